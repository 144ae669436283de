"""The hardened storage account that file and backup stores are built on."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.base import Component
from components.customer_key import CustomerKey


@dataclass(frozen=True, kw_only=True)
class AccountAddress:
    """A storage account, as whatever is made in it names it.

    Args:
        account_name: its Azure name.
        resource_group_name: its resource group.
    """

    account_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Immutability:
    """For how long nobody, not even an owner of the subscription, can change or delete a blob version.

    Args:
        days: days from the version's creation, 1 to 146000.
        locked: True is for ever: the period can then only grow. An account starts unlocked, so it takes two runs
            (learn.microsoft.com azure/storage/blobs/immutable-version-level-worm-policies).
    """

    days: int
    locked: bool = False


def hardened_account(
    component: Component,
    name: str,
    *,
    account_name: str,
    kind: storage.Kind,
    sku_name: str,
    key: CustomerKey,
    immutability: Immutability | None = None,
    trusted_services: bool = False,
) -> storage.StorageAccount:
    """Makes an account that takes Entra tokens only, over TLS, through private endpoints, encrypted twice.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        account_name: its Azure name, globally unique, 3 to 24 lower-case letters and digits.
        kind: `StorageV2` for blobs, `FileStorage` for premium files.
        sku_name: performance and redundancy, e.g. `Standard_ZRS`; `Standard_RAGZRS` (over zones) and `Standard_RAGRS`
            keep a copy in the paired region, which can be read.
        key: key that encrypts it; rotations are followed.
        immutability: default retention of all its blob versions; None for none. Fixed at creation.
        trusted_services: let in the few Azure services that write as themselves (flow logs), and nobody else.
    """
    return storage.StorageAccount(
        name,
        account_name=account_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        kind=kind,
        sku=storage.SkuArgs(name=sku_name),
        access_tier=storage.AccessTier.HOT if kind is storage.Kind.STORAGE_V2 else None,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        enable_https_traffic_only=True,
        public_network_access=storage.PublicNetworkAccess.DISABLED,
        network_rule_set=storage.NetworkRuleSetArgs(
            default_action=storage.DefaultAction.DENY,
            bypass=storage.Bypass.AZURE_SERVICES if trusted_services else storage.Bypass.NONE,
        ),
        allow_shared_key_access=False,
        default_to_o_auth_authentication=True,
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        # Blobs are copied within the Entra tenant only.
        allowed_copy_scope=storage.AllowedCopyScope.AAD,
        is_local_user_enabled=False,
        is_sftp_enabled=False,
        identity=storage.IdentityArgs(
            type=storage.IdentityType.USER_ASSIGNED, user_assigned_identities=[key.identity_id]
        ),
        encryption=_encryption(key),
        immutable_storage_with_versioning=_immutable(immutability) if immutability else None,
        opts=component.child(),
    )


def _encryption(key: CustomerKey) -> storage.EncryptionArgs:
    account_key = storage.EncryptionServiceArgs(enabled=True, key_type=storage.KeyType.ACCOUNT)
    return storage.EncryptionArgs(
        key_source=storage.KeySource.MICROSOFT_KEYVAULT,
        # Without a version, the account takes each new one within a day
        # (learn.microsoft.com azure/storage/common/customer-managed-keys-overview).
        key_vault_properties=storage.KeyVaultPropertiesArgs(key_name=key.key_name, key_vault_uri=key.vault_uri),
        encryption_identity=storage.EncryptionIdentityArgs(encryption_user_assigned_identity=key.identity_id),
        require_infrastructure_encryption=True,
        services=storage.EncryptionServicesArgs(blob=account_key, file=account_key),
    )


def _immutable(immutability: Immutability) -> storage.ImmutableStorageAccountArgs:
    state = storage.AccountImmutabilityPolicyState
    return storage.ImmutableStorageAccountArgs(
        enabled=True,
        immutability_policy=storage.AccountImmutabilityPolicyPropertiesArgs(
            immutability_period_since_creation_in_days=immutability.days,
            state=state.LOCKED if immutability.locked else state.UNLOCKED,
            # Dumps are written once, whole: nothing appends to them.
            allow_protected_append_writes=False,
        ),
    )


def soft_delete(days: int) -> storage.DeleteRetentionPolicyArgs:
    """Keeps what is deleted for that many days, 1 to 365."""
    return storage.DeleteRetentionPolicyArgs(enabled=True, days=days)
