"""Customer-managed keys: a vault for them, one key per purpose, and for each the one identity that may use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.key_vault import hardened_vault
from components.private_link import PrivateLink
from components.vault_key import KeyVaultAddress, make_key


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


class EncryptionKeys(Component):
    """A Key Vault with one hardware-protected, rotating RSA key per purpose.

    No identity can use the key of another purpose: each is granted its own key alone. Nobody can purge a key, and the
    vault is reached through its private endpoint and by Azure's trusted services only.

    Attributes:
        vault_id: ARM id of the vault.
        vault_name: its Azure name.
        vault_uri: its URI, with a closing slash.
        keys: the keys by purpose, ready to hand to a component. They resolve once the grants exist.
    """

    vault_id: pulumi.Output[str]
    vault_name: pulumi.Output[str]
    vault_uri: pulumi.Output[str]
    keys: Mapping[str, CustomerKey]

    def __init__(self, name: str, args: EncryptionKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        vault = hardened_vault(
            self, f"{name}-vault", vault_name=args.vault_name, tenant_id=args.tenant_id, link=args.private_link
        )
        self.vault_id = vault.id
        self.vault_name = vault.name
        self.vault_uri = vault.properties.apply(lambda properties: properties.vault_uri or "")
        address = KeyVaultAddress(
            vault_id=self.vault_id,
            vault_name=self.vault_name,
            vault_uri=self.vault_uri,
            resource_group_name=args.placement.resource_group_name,
        )
        made = {
            purpose: make_key(
                self,
                f"{name}-{purpose}",
                address,
                purpose,
                f"id-{args.vault_name}-{purpose}",
                direct=purpose in args.direct_purposes,
            )
            for purpose in args.purposes
        }
        self.lock(
            f"{name}-lock",
            vault,
            "Without its keys the encrypted stores of this environment are lost.",
            depends_on=[each.use for each in made.values()],
        )
        self.keys = {purpose: each.customer_key for purpose, each in made.items()}
        self.finish({"vault_id": self.vault_id})
