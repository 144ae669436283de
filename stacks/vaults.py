"""The vaults, wired: keys apart from secrets, secrets apart from certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pulumi

from components.base import Placement
from components.certificate_vault import CertificateVault, CertificateVaultArgs
from components.customer_key import CustomerKey
from components.encryption_keys import EncryptionKeys, EncryptionKeysArgs
from components.rotation import role_passwords, session_keys
from components.secret_store import SecretStore, SecretStoreArgs
from components.vault_secret import SecretSpec
from stacks.identities import Identities
from stacks.network import PrivateNetwork
from stacks.planning.plan import FoundationPlan

ADMINISTRATOR_PASSWORD = "database-administrator"  # noqa: S105 - the name of a secret, not its value
ROLES = "database-odoo"
"""What the names of the secrets with the passwords of Odoo's database roles begin with."""
BLUE_PASSWORD, GREEN_PASSWORD = f"{ROLES}-blue", f"{ROLES}-green"
MONITOR_PASSWORD = f"{ROLES}-monitor"
SESSION_KEY = "odoo-session-key"
PURPOSES = ("attachments", "backups", "cache", "cluster", "database", "disks", "files", "flow-logs", "registry")
"""What keys are for: each service has its own."""
DIRECT_PURPOSES = ("cluster",)
RECOVERY_PURPOSES = ("backups", "database")
OPERATIONS, ADMINISTRATION, SCALER, ODOO = "operations", "administration", "scaler", "odoo"
"""Who reads and writes, among the grants."""


@dataclass(frozen=True, kw_only=True)
class Vaults:
    """Keys of the region and of its recovery region, the application's secrets, the ingress's certificates."""

    keys: Mapping[str, CustomerKey]
    key_vault_name: pulumi.Output[str]
    recovery_keys: Mapping[str, CustomerKey]
    secrets: SecretStore
    certificates: CertificateVault


@dataclass(frozen=True, kw_only=True)
class PasswordReaders:
    """Who reads the passwords of database roles, beside what sets them: object ids by what they are.

    Args:
        monitor: those that ask how many jobs wait: KEDA, in a cluster.
        login: those that log in as Odoo does with the passwords themselves.
    """

    monitor: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    login: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


def vaults(
    name: str,
    plan: FoundationPlan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    tenant_id: pulumi.Input[str],
    people: Identities,
    password_generation: int,
    readers: PasswordReaders,
) -> Vaults:
    """Makes the vaults of an environment of its own.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placements: placement by purpose.
        network: where private endpoints go.
        tenant_id: Entra tenant.
        people: who reads what.
        password_generation: how often Odoo's database password has been changed.
        readers: who reads the passwords of database roles, beside what sets them.
    """
    secrets = _secrets(people, password_generation, readers)
    return open_vaults(
        name, plan, placements, network, tenant_id, secrets, certificate_reader=people.ingress.principal_id
    )


def open_vaults(
    name: str,
    plan: FoundationPlan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    tenant_id: pulumi.Input[str],
    secrets: Mapping[str, SecretSpec],
    *,
    secret_readers: Mapping[str, pulumi.Input[str]] | None = None,
    certificate_reader: pulumi.Input[str] | None = None,
) -> Vaults:
    """Makes the vaults.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placements: placement by purpose.
        network: where private endpoints go.
        tenant_id: Entra tenant.
        secrets: secrets by name, each with its readers.
        secret_readers: object ids of those that read every secret, tenants' own too, by what they are.
        certificate_reader: object id of the one ingress that reads every certificate.
    """
    keys = EncryptionKeys(
        f"{name}-keys",
        EncryptionKeysArgs(
            placement=placements["security"],
            vault_name=plan.names.key_vault,
            tenant_id=tenant_id,
            private_link=network.link,
            purposes=PURPOSES,
            direct_purposes=DIRECT_PURPOSES,
        ),
    )
    recovery_keys = EncryptionKeys(
        f"{name}-recovery-keys",
        EncryptionKeysArgs(
            placement=placements["recovery"],
            vault_name=plan.names.recovery_key_vault,
            tenant_id=tenant_id,
            private_link=network.link,
            purposes=RECOVERY_PURPOSES,
        ),
    )
    store = SecretStore(
        f"{name}-secrets",
        SecretStoreArgs(
            placement=placements["security"],
            vault_name=plan.names.secret_vault,
            tenant_id=tenant_id,
            private_link=network.link,
            secrets=secrets,
            readers=secret_readers or {},
            expires_on=datetime.fromisoformat(plan.password_expires_on).replace(tzinfo=UTC),
        ),
    )
    certificates = CertificateVault(
        f"{name}-certificates",
        CertificateVaultArgs(
            placement=placements["security"],
            vault_name=plan.names.certificate_vault,
            tenant_id=tenant_id,
            private_link=network.link,
            reader_principal_id=certificate_reader,
        ),
    )
    return Vaults(
        keys=keys.keys,
        key_vault_name=keys.vault_name,
        recovery_keys=recovery_keys.keys,
        secrets=store,
        certificates=certificates,
    )


def administrator_secret(server: int) -> str:
    """Name of the secret with the password of the administrator of a platform's shared server, counted from 0."""
    return f"{ADMINISTRATOR_PASSWORD}-{server + 1:02d}"


def metrics_secret(server: int) -> str:
    """Name of the secret with the password that a shared server's figures are read with, counted from 0."""
    return f"database-metrics-{server + 1:02d}"


def _secrets(people: Identities, generation: int, readers: PasswordReaders) -> Mapping[str, SecretSpec]:
    administration = {ADMINISTRATION: people.administration.principal_id}
    return {
        ADMINISTRATOR_PASSWORD: SecretSpec(readers=administration),
        **role_passwords(
            ROLES,
            generation,
            readers=administration,
            monitor_readers=readers.monitor,
            login_readers=readers.login,
        ),
        SESSION_KEY: session_keys(generation, {ODOO: people.odoo.principal_id}),
    }
