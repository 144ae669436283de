"""Blobs for Odoo's attachments, which can be taken back to any moment together with the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import storage

from components.base import Component, Placement
from components.blob_container import blob_container, grant_writers
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint
from components.storage_account import AccountAddress, hardened_account, soft_delete

PRIVATE_ZONE = "privatelink.blob.core.windows.net"


@dataclass(frozen=True, kw_only=True)
class AttachmentStoreArgs:
    """Where attachments are kept, and who reads and writes them.

    Args:
        placement: where the account goes.
        account_name: Azure name, globally unique, 3 to 24 lower-case letters and digits.
        key: key that encrypts the attachments.
        private_link: where the account's private endpoint goes.
        writers: object ids of the service principals that read and write attachments, by what they are.
        container_name: name of the container, 3 to 63 lower-case letters, digits and hyphens; None for an account whose
            containers are made by the tenants that they belong to.
        sku_name: redundancy; `Standard_ZRS` keeps three copies in three zones.
        restore_days: how far back the container can be restored, 1 to 364 days: as far as the database can.
    """

    placement: Placement
    account_name: str
    key: CustomerKey
    private_link: PrivateLink
    writers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    container_name: str | None = "attachments"
    sku_name: str = "Standard_ZRS"
    restore_days: int = 35


class AttachmentStore(Component):
    """A private storage account for attachments, which survive being overwritten or deleted.

    Attributes:
        account_id: ARM id of the account.
        account_name: its Azure name. It resolves once versioning and change feed are on.
        account_url: URL of its blobs, without a closing slash.
    """

    account_id: pulumi.Output[str]
    account_name: pulumi.Output[str]
    account_url: pulumi.Output[str]

    def __init__(self, name: str, args: AttachmentStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        account = hardened_account(
            self,
            f"{name}-account",
            account_name=args.account_name,
            kind=storage.Kind.STORAGE_V2,
            sku_name=args.sku_name,
            key=args.key,
        )
        service = self.__service(name, account, args.restore_days)
        aging = self.__aging(name, account, service, args.restore_days)
        contents = self.__contents(name, account, service, args)
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=account.id,
            service_name=args.account_name,
            group_id="blob",
            zone_names=(PRIVATE_ZONE,),
        )
        self.lock(f"{name}-lock", account, "Holds Odoo's attachments.", depends_on=[service, aging, *contents])
        self.account_id = account.id
        self.account_name = pulumi.Output.all(account.name, service.id).apply(lambda known: str(known[0]))
        self.account_url = account.primary_endpoints.apply(lambda endpoints: endpoints.blob.rstrip("/"))
        self.finish({"account_id": self.account_id, "account_name": self.account_name})

    def __service(self, name: str, account: storage.StorageAccount, restore_days: int) -> storage.BlobServiceProperties:
        # What was deleted must be kept longer than a restore may reach back
        # (learn.microsoft.com azure/storage/blobs/point-in-time-restore-overview).
        kept = soft_delete(restore_days + 1)
        return storage.BlobServiceProperties(
            f"{name}-service",
            blob_services_name="default",
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            is_versioning_enabled=True,
            change_feed=storage.ChangeFeedArgs(enabled=True, retention_in_days=restore_days + 1),
            delete_retention_policy=kept,
            container_delete_retention_policy=kept,
            restore_policy=storage.RestorePolicyPropertiesArgs(enabled=True, days=restore_days),
            opts=self.child(),
        )

    def __aging(
        self,
        name: str,
        account: storage.StorageAccount,
        service: storage.BlobServiceProperties,
        restore_days: int,
    ) -> storage.ManagementPolicy:
        """Old versions go once no restore reaches them; nothing else would ever delete them."""
        expiry = storage.DateAfterCreationArgs(days_after_creation_greater_than=restore_days + 1)
        rule = storage.ManagementPolicyRuleArgs(
            name="drop-old-versions",
            type=storage.RuleType.LIFECYCLE,
            enabled=True,
            definition=storage.ManagementPolicyDefinitionArgs(
                filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
                actions=storage.ManagementPolicyActionArgs(version=storage.ManagementPolicyVersionArgs(delete=expiry)),
            ),
        )
        return storage.ManagementPolicy(
            f"{name}-aging",
            management_policy_name="default",
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            policy=storage.ManagementPolicySchemaArgs(rules=[rule]),
            opts=self.child(depends_on=[service]),
        )

    def __contents(
        self,
        name: str,
        account: storage.StorageAccount,
        service: storage.BlobServiceProperties,
        args: AttachmentStoreArgs,
    ) -> list[pulumi.Resource]:
        if args.container_name is None:
            return []
        address = AccountAddress(account_name=account.name, resource_group_name=self.placement.resource_group_name)
        container = blob_container(self, f"{name}-container", address, args.container_name, [service])
        return [container, *grant_writers(self, name, container, args.writers, "read and write attachments")]
