"""Encryption of virtual machines' disks with a customer-managed key."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import compute

from components.base import Component, Placement
from components.customer_key import CustomerKey


@dataclass(frozen=True, kw_only=True)
class DiskEncryptionArgs:
    """Which disks, which key.

    Args:
        placement: where the set goes: the region of the disks and of the key's vault.
        set_name: Azure name of the disk encryption set.
        key: the key; the set follows its rotations.
    """

    placement: Placement
    set_name: str
    key: CustomerKey


class DiskEncryption(Component):
    """A disk encryption set: disks that name it are encrypted by the platform's key and the customer's.

    Attributes:
        disk_encryption_set_id: what a node pool or disk names.
    """

    disk_encryption_set_id: pulumi.Output[str]

    def __init__(self, name: str, args: DiskEncryptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        encryption_set = compute.DiskEncryptionSet(
            f"{name}-set",
            disk_encryption_set_name=args.set_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            encryption_type=compute.DiskEncryptionSetType.ENCRYPTION_AT_REST_WITH_PLATFORM_AND_CUSTOMER_KEYS,
            # The version is required even though the set then follows the newest one by itself
            # (learn.microsoft.com rest/api/compute/disk-encryption-sets).
            active_key=compute.KeyForDiskEncryptionSetArgs(
                key_url=args.key.versioned_key_uri, source_vault=compute.SourceVaultArgs(id=args.key.vault_id)
            ),
            rotation_to_latest_key_version_enabled=True,
            identity=compute.EncryptionSetIdentityArgs(
                type=compute.DiskEncryptionSetIdentityType.USER_ASSIGNED,
                user_assigned_identities=[args.key.identity_id],
            ),
            opts=self.child(),
        )
        self.disk_encryption_set_id = encryption_set.id
        self.finish({"disk_encryption_set_id": self.disk_encryption_set_id})
