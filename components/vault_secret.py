"""A secret in whoever's Key Vault, and who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pulumi
import pulumi_random
from pulumi_azure_native import keyvault

from components.access import Role, grant
from components.base import Component

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
        renewed_with: what its password is renewed with; None for the date that it expires on.
        lines: for a secret of several generated passwords, one a line: what each is renewed with, by a name that stays
            with it when the lines change places.
        readers: object ids of the service principals that may read this secret and no other, by what they are.
    """

    content_type: str = "password"
    value: pulumi.Input[str] | None = None
    renewed_with: str | None = None
    lines: Mapping[str, str] = field(default_factory=dict)
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class KeptSecret:
    """A secret that is kept in a vault.

    Args:
        value: its value, a secret output.
        resources: the secret and its grants.
    """

    value: pulumi.Output[str]
    resources: tuple[pulumi.Resource, ...]


def keep_secret(
    component: Component,
    name: str,
    *,
    vault_name: pulumi.Input[str],
    resource_group_name: pulumi.Input[str],
    secret_name: str,
    spec: SecretSpec,
    expires_on: datetime,
) -> KeptSecret:
    """Keeps a secret in a vault, and lets its readers read it.

    Args:
        component: the component that owns it.
        name: its Pulumi name; its grants are `<name>-<reader>`, a generated password `<name>-value`.
        vault_name: Azure name of the vault.
        resource_group_name: the vault's resource group.
        secret_name: its name in the vault: letters, digits and hyphens.
        spec: what it is.
        expires_on: when it expires, with its time zone.

    Raises:
        ValueError: the date has no time zone.
    """
    if expires_on.tzinfo is None:
        raise ValueError("expires_on needs a time zone: without one it means another moment on every machine")
    value = pulumi.Output.secret(_generated(component, name, spec, expires_on) if spec.value is None else spec.value)
    secret = keyvault.Secret(
        name,
        secret_name=secret_name,
        vault_name=vault_name,
        resource_group_name=resource_group_name,
        tags=component.placement.tags,
        properties=keyvault.SecretPropertiesArgs(
            value=value,
            content_type=spec.content_type,
            attributes=keyvault.SecretAttributesArgs(enabled=True, expires=int(expires_on.timestamp())),
        ),
        opts=component.child(),
    )
    readers = [
        grant(
            component,
            f"{name}-{reader}",
            Role.KEY_VAULT_SECRETS_USER,
            scope=secret.id,
            principal_id=principal_id,
            purpose=f"Lets {reader} read the secret {secret_name}, and no other.",
        )
        for reader, principal_id in spec.readers.items()
    ]
    return KeptSecret(value=value, resources=(secret, *readers))


def _generated(component: Component, name: str, spec: SecretSpec, expires_on: datetime) -> pulumi.Output[str]:
    if spec.lines:
        lines = [
            _password(component, f"{name}-value-{line}", {"renewed_with": renewed_with})
            for line, renewed_with in spec.lines.items()
        ]
        return pulumi.Output.all(*lines).apply("\n".join)
    expiry = {"expires_on": expires_on.isoformat()}
    keepers = expiry if spec.renewed_with is None else {"renewed_with": spec.renewed_with}
    return _password(component, f"{name}-value", keepers)


def _password(component: Component, name: str, keepers: Mapping[str, str]) -> pulumi.Output[str]:
    return pulumi_random.RandomPassword(
        name,
        length=PASSWORD_CHARACTERS,
        special=PASSWORD_HAS_SYMBOLS,
        min_lower=1,
        min_upper=1,
        min_numeric=1,
        keepers=dict(keepers),
        opts=component.child(),
    ).result
