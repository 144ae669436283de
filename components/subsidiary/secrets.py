"""A tenant's secrets in the platform's vault: each readable by the one that needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Component
from components.rotation import role_passwords, session_keys
from components.subsidiary.args import SubsidiaryArgs
from components.subsidiary.people import ODOO, SCALER, People
from components.vault_secret import SecretSpec, keep_secret


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Names and values of the tenant's secrets.

    Args:
        blue: name of the secret with the password of its blue login role.
        green: name of that of its green login role.
        monitor: name of that of the role that KEDA reads queue depths as.
        administrator: name of that of its own server's administrator, where it has a server.
        session_key: name of the secret with the keys that seal sessions.
        values: values by name, secret outputs.
        resources: all of them, with their grants.
    """

    blue: str
    green: str
    monitor: str
    administrator: str
    session_key: str
    values: Mapping[str, pulumi.Output[str]]
    resources: tuple[pulumi.Resource, ...]


def declare_secrets(component: Component, name: str, args: SubsidiaryArgs, people: People) -> Secrets:
    """Declares the secrets, and who reads each.

    The platform's own operations read the passwords of roles, by a right that the platform gives them.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        people: its identities.
    """
    administrator, sessions = f"{args.tenant}-database-administrator", f"{args.tenant}-session-key"
    specs = {
        **_passwords(args),
        **({administrator: SecretSpec()} if args.database.own is not None else {}),
        sessions: session_keys(args.database.generation, {ODOO: people.odoo.principal_id}),
    }
    kept = {
        secret_name: keep_secret(
            component,
            f"{name}-{secret_name.removeprefix(f'{args.tenant}-')}",
            vault_name=args.platform.vaults.secrets_name,
            resource_group_name=args.platform.vaults.resource_group_name,
            secret_name=secret_name,
            spec=spec,
            expires_on=args.database.expires_on,
        )
        for secret_name, spec in specs.items()
    }
    return Secrets(
        blue=f"{args.tenant}-database-blue",
        green=f"{args.tenant}-database-green",
        monitor=f"{args.tenant}-database-monitor",
        administrator=administrator,
        session_key=sessions,
        values={secret_name: each.value for secret_name, each in kept.items()},
        resources=tuple(resource for each in kept.values() for resource in each.resources),
    )


def _passwords(args: SubsidiaryArgs) -> Mapping[str, SecretSpec]:
    return role_passwords(
        f"{args.tenant}-database",
        args.database.generation,
        readers={},
        monitor_readers={SCALER: args.platform.cluster.scaler_principal_id},
    )
