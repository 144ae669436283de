"""Application secrets: a vault of their own, apart from the encryption keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pulumi
from pulumi_azure_native import keyvault

from components.access import Role, grant
from components.base import Component, Placement
from components.key_vault import hardened_vault
from components.private_link import PrivateLink
from components.vault_secret import SecretSpec, keep_secret


@dataclass(frozen=True, kw_only=True)
class SecretStoreArgs:
    """What to keep, where and until when.

    Args:
        placement: where the vault goes.
        vault_name: Azure name of the vault, globally unique, 3 to 24 characters.
        tenant_id: Entra tenant of the readers.
        private_link: where the vault's private endpoint goes.
        secrets: the secrets by name: letters, digits and hyphens. Tenants of a platform add their own.
        expires_on: when they expire, with its time zone. The same on every run until they are to be renewed.
        readers: object ids of the service principals that may read every secret in the vault, tenants' own too, by what
            they are.
    """

    placement: Placement
    vault_name: str
    tenant_id: pulumi.Input[str]
    private_link: PrivateLink
    secrets: Mapping[str, SecretSpec]
    expires_on: datetime
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


class SecretStore(Component):
    """A Key Vault with application secrets, each readable by those that need it, through the private network only.

    Values are secret outputs: the state holds them encrypted and nothing prints them.

    Attributes:
        vault_id: ARM id of the vault.
        vault_name: its Azure name, which the secrets-store driver wants.
        vault_uri: its URI, with a closing slash.
        values: the secrets' values by name, for resources that must be given one. Secret outputs.
    """

    vault_id: pulumi.Output[str]
    vault_name: pulumi.Output[str]
    vault_uri: pulumi.Output[str]
    values: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: SecretStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        vault = hardened_vault(
            self, f"{name}-vault", vault_name=args.vault_name, tenant_id=args.tenant_id, link=args.private_link
        )
        kept = {
            secret_name: keep_secret(
                self,
                f"{name}-{secret_name}",
                vault_name=vault.name,
                resource_group_name=args.placement.resource_group_name,
                secret_name=secret_name,
                spec=spec,
                expires_on=args.expires_on,
            )
            for secret_name, spec in args.secrets.items()
        }
        resources = [resource for each in kept.values() for resource in each.resources]
        self.lock(
            f"{name}-lock",
            vault,
            "Holds the passwords and tokens that the applications log in with.",
            depends_on=[*resources, *self.__readers(name, vault, args.readers)],
        )
        self.vault_id = vault.id
        self.vault_name = vault.name
        self.vault_uri = vault.properties.apply(lambda properties: properties.vault_uri or "")
        self.values = {secret_name: each.value for secret_name, each in kept.items()}
        self.finish({"vault_id": self.vault_id, "vault_name": self.vault_name, "vault_uri": self.vault_uri})

    def __readers(
        self, name: str, vault: keyvault.Vault, readers: Mapping[str, pulumi.Input[str]]
    ) -> list[pulumi.Resource]:
        return [
            grant(
                self,
                f"{name}-{reader}",
                Role.KEY_VAULT_SECRETS_USER,
                scope=vault.id,
                principal_id=principal_id,
                purpose=f"Lets {reader} read every secret of the vault: it sets tenants' passwords.",
            )
            for reader, principal_id in readers.items()
        ]
