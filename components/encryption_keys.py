"""Customer-managed keys: a vault for them, one key per purpose, and for each the one identity that may use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, keyvault, managedidentity

from components.access import Role, grant
from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.key_vault import hardened_vault
from components.private_link import PrivateLink

# 3072 bits are good beyond 2030 (NIST SP 800-57 part 1, table 2), and all Azure services that take customer keys know
# them (learn.microsoft.com azure/key-vault/keys/about-keys).
KEY_BITS = 3072

# A new version every eleven months; the old one stays valid for two more, in which services move on and a failed
# rotation can be put right (learn.microsoft.com azure/key-vault/keys/how-to-configure-key-rotation).
ROTATE_AFTER_CREATION = "P11M"
VERSION_LIFETIME = "P13M"
NOTIFY_BEFORE_EXPIRY = "P30D"


@dataclass(frozen=True, kw_only=True)
class EncryptionKeysArgs:
    """What to make keys for, and where.

    Args:
        placement: where they go; a vault serves its own region, so the recovery region has an `EncryptionKeys` too.
        vault_name: Azure name of the vault, globally unique, 3 to 24 characters.
        tenant_id: Entra tenant of the identities.
        private_link: where the vault's private endpoint goes.
        purposes: what the keys are for, e.g. `database`; also their names in the vault. Letters, digits and hyphens.
        direct_purposes: those whose service encrypts with the key itself rather than wrapping keys of its own: AKS, for
            the secrets in etcd (learn.microsoft.com azure/aks/use-kms-etcd-encryption).
    """

    placement: Placement
    vault_name: str
    tenant_id: pulumi.Input[str]
    private_link: PrivateLink
    purposes: tuple[str, ...]
    direct_purposes: tuple[str, ...] = ()


# All that encryption at rest needs: the services' own data keys are wrapped with it.
_WRAPPING = (keyvault.JsonWebKeyOperation.WRAP_KEY, keyvault.JsonWebKeyOperation.UNWRAP_KEY)
_DIRECT = (keyvault.JsonWebKeyOperation.ENCRYPT, keyvault.JsonWebKeyOperation.DECRYPT)


class EncryptionKeys(Component):
    """A Key Vault with one hardware-protected, rotating RSA key per purpose.

    No identity can use the key of another purpose: each is granted its own key alone. Nobody can purge a key, and the
    vault is reached through its private endpoint and by Azure's trusted services only.

    Attributes:
        vault_id: ARM id of the vault.
        keys: the keys by purpose, ready to hand to a component. They resolve once the grants exist.
    """

    vault_id: pulumi.Output[str]
    keys: Mapping[str, CustomerKey]

    def __init__(self, name: str, args: EncryptionKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__name = name
        self.__args = args
        self.__grants: list[pulumi.Resource] = []
        self.__vault = hardened_vault(
            self, f"{name}-vault", vault_name=args.vault_name, tenant_id=args.tenant_id, link=args.private_link
        )
        self.vault_id = self.__vault.id
        self.keys = {purpose: self.__customer_key(purpose) for purpose in args.purposes}
        self.lock(
            f"{name}-lock",
            self.__vault,
            "Without its keys the encrypted stores of this environment are lost.",
            depends_on=self.__grants,
        )
        self.finish({"vault_id": self.vault_id})

    def __customer_key(self, purpose: str) -> CustomerKey:
        key = self.__key(purpose)
        identity = managedidentity.UserAssignedIdentity(
            f"{self.__name}-{purpose}-identity",
            resource_name_=f"id-{self.__args.vault_name}-{purpose}",
            resource_group_name=self.placement.resource_group_name,
            location=self.placement.location,
            tags=self.placement.tags,
            opts=self.child(),
        )
        key_grant = self.__grant(purpose, key, identity)
        return CustomerKey(
            vault_id=self.__vault.id,
            vault_uri=self.__vault.properties.apply(lambda vault: vault.vault_uri or ""),
            key_name=key.name,
            key_uri=key.key_uri,
            versioned_key_uri=key.key_uri_with_version,
            # Through the grant: whoever takes the identity waits until it may use the key.
            identity_id=pulumi.Output.all(identity.id, key_grant.id).apply(lambda ids: str(ids[0])),
            identity_client_id=identity.client_id,
            identity_principal_id=identity.principal_id,
        )

    def __key(self, purpose: str) -> keyvault.Key:
        return keyvault.Key(
            f"{self.__name}-{purpose}-key",
            key_name=purpose,
            vault_name=self.__vault.name,
            resource_group_name=self.placement.resource_group_name,
            tags=self.placement.tags,
            properties=keyvault.KeyPropertiesArgs(
                kty=keyvault.JsonWebKeyType.RS_A_HSM,
                key_size=KEY_BITS,
                key_ops=list(_DIRECT if purpose in self.__args.direct_purposes else _WRAPPING),
                attributes=keyvault.KeyAttributesArgs(enabled=True, exportable=False),
                rotation_policy=_rotation_policy(),
            ),
            opts=self.child(),
        )

    def __grant(
        self, purpose: str, key: keyvault.Key, identity: managedidentity.UserAssignedIdentity
    ) -> authorization.RoleAssignment:
        key_grant = grant(
            self,
            f"{self.__name}-{purpose}-use",
            Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER,
            scope=key.id,
            principal_id=identity.principal_id,
            purpose=f"Encrypts the {purpose} at rest with the key of that name, and no other.",
        )
        self.__grants.append(key_grant)
        return key_grant


def _rotation_policy() -> keyvault.RotationPolicyArgs:
    return keyvault.RotationPolicyArgs(
        attributes=keyvault.KeyRotationPolicyAttributesArgs(expiry_time=VERSION_LIFETIME),
        lifetime_actions=[
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
                trigger=keyvault.TriggerArgs(time_after_create=ROTATE_AFTER_CREATION),
            ),
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.NOTIFY),
                trigger=keyvault.TriggerArgs(time_before_expiry=NOTIFY_BEFORE_EXPIRY),
            ),
        ],
    )
