"""Application secrets: a vault of their own, apart from the encryption keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pulumi
import pulumi_random
from pulumi_azure_native import keyvault

from components.access import Role, grant
from components.base import Component, Placement
from components.key_vault import hardened_vault
from components.private_link import PrivateLink

PASSWORD_CHARACTERS = 40
# Letters and digits only: forty of them carry 238 bits, and none has to be escaped in a libpq password file, a URL or
# a shell (postgresql.org docs/current/libpq-pgpass.html).
PASSWORD_HAS_SYMBOLS = False


@dataclass(frozen=True, kw_only=True)
class SecretSpec:
    """One secret.

    Args:
        content_type: what it is, shown beside it in the vault, e.g. `password`.
        value: its value; None to generate a password, which is renewed whenever `renewed_with` changes.
        renewed_with: what its password is renewed with; None for the store's `expires_on`.
        readers: object ids of the service principals that may read this secret and no other, by what they are.
    """

    content_type: str = "password"
    value: pulumi.Input[str] | None = None
    renewed_with: str | None = None
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SecretStoreArgs:
    """What to keep, where and until when.

    Args:
        placement: where the vault goes.
        vault_name: Azure name of the vault, globally unique, 3 to 24 characters.
        tenant_id: Entra tenant of the readers.
        private_link: where the vault's private endpoint goes.
        secrets: the secrets by name: letters, digits and hyphens.
        expires_on: when they expire, with its time zone. The same on every run until they are to be renewed.
    """

    placement: Placement
    vault_name: str
    tenant_id: pulumi.Input[str]
    private_link: PrivateLink
    secrets: Mapping[str, SecretSpec]
    expires_on: datetime

    def __post_init__(self) -> None:
        if self.expires_on.tzinfo is None:
            raise ValueError("expires_on needs a time zone: without one it means another moment on every machine")


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
        self.__name = name
        self.__args = args
        self.__children: list[pulumi.Resource] = []
        self.__vault = hardened_vault(
            self, f"{name}-vault", vault_name=args.vault_name, tenant_id=args.tenant_id, link=args.private_link
        )
        self.vault_id = self.__vault.id
        self.vault_name = self.__vault.name
        self.vault_uri = self.__vault.properties.apply(lambda vault: vault.vault_uri or "")
        self.values = {secret_name: self.__keep(secret_name, spec) for secret_name, spec in args.secrets.items()}
        self.lock(
            f"{name}-lock",
            self.__vault,
            "Holds the passwords and tokens that the applications log in with.",
            depends_on=self.__children,
        )
        self.finish({"vault_id": self.vault_id, "vault_name": self.vault_name, "vault_uri": self.vault_uri})

    def __keep(self, secret_name: str, spec: SecretSpec) -> pulumi.Output[str]:
        value = pulumi.Output.secret(self.__password(secret_name, spec) if spec.value is None else spec.value)
        secret = keyvault.Secret(
            f"{self.__name}-{secret_name}",
            secret_name=secret_name,
            vault_name=self.__vault.name,
            resource_group_name=self.placement.resource_group_name,
            tags=self.placement.tags,
            properties=keyvault.SecretPropertiesArgs(
                value=value,
                content_type=spec.content_type,
                attributes=keyvault.SecretAttributesArgs(enabled=True, expires=int(self.__args.expires_on.timestamp())),
            ),
            opts=self.child(),
        )
        self.__children.append(secret)
        for reader, principal_id in spec.readers.items():
            self.__children.append(
                grant(
                    self,
                    f"{self.__name}-{secret_name}-{reader}",
                    Role.KEY_VAULT_SECRETS_USER,
                    scope=secret.id,
                    principal_id=principal_id,
                    purpose=f"Lets {reader} read the secret {secret_name}, and no other.",
                )
            )
        return value

    def __password(self, secret_name: str, spec: SecretSpec) -> pulumi.Output[str]:
        expires_on = self.__args.expires_on.isoformat()
        return pulumi_random.RandomPassword(
            f"{self.__name}-{secret_name}-value",
            length=PASSWORD_CHARACTERS,
            special=PASSWORD_HAS_SYMBOLS,
            min_lower=1,
            min_upper=1,
            min_numeric=1,
            keepers={"expires_on": expires_on} if spec.renewed_with is None else {"renewed_with": spec.renewed_with},
            opts=self.child(),
        ).result
