"""The vaults, wired: keys apart from secrets, secrets apart from certificates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi

from components.base import Placement
from components.certificate_vault import CertificateVault, CertificateVaultArgs
from components.customer_key import CustomerKey
from components.encryption_keys import EncryptionKeys, EncryptionKeysArgs
from components.secret_store import SecretSpec, SecretStore, SecretStoreArgs
from stacks.identities import Identities
from stacks.network import PrivateNetwork
from stacks.planning.plan import Plan

ADMINISTRATOR_PASSWORD = "database-administrator"  # noqa: S105 - the name of a secret, not its value
BLUE_PASSWORD = "database-odoo-blue"  # noqa: S105 - as above: Odoo logs in as one of two roles that take turns
GREEN_PASSWORD = "database-odoo-green"  # noqa: S105
MONITOR_PASSWORD = "database-odoo-monitor"  # noqa: S105 - of the role that KEDA reads queue depths as
PURPOSES = ("attachments", "backups", "cache", "cluster", "database", "disks", "files", "flow-logs", "registry")
"""What keys are for: each service has its own."""
DIRECT_PURPOSES = ("cluster",)
RECOVERY_PURPOSES = ("backups", "database")
OPERATIONS, SCALER = "operations", "scaler"


@dataclass(frozen=True, kw_only=True)
class Vaults:
    """Keys of the region and of its recovery region, the application's secrets, the ingress's certificates."""

    keys: Mapping[str, CustomerKey]
    recovery_keys: Mapping[str, CustomerKey]
    secrets: SecretStore
    certificates: CertificateVault


def vaults(
    name: str,
    plan: Plan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    tenant_id: pulumi.Input[str],
    people: Identities,
    password_generation: int,
) -> Vaults:
    """Makes the vaults.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placements: placement by purpose.
        network: where private endpoints go.
        tenant_id: Entra tenant.
        people: who reads what.
        password_generation: how often Odoo's database password has been changed.
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
    secrets = SecretStore(
        f"{name}-secrets",
        SecretStoreArgs(
            placement=placements["security"],
            vault_name=plan.names.secret_vault,
            tenant_id=tenant_id,
            private_link=network.link,
            secrets=_secrets(people, password_generation),
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
            reader_principal_id=people.ingress.principal_id,
        ),
    )
    return Vaults(keys=keys.keys, recovery_keys=recovery_keys.keys, secrets=secrets, certificates=certificates)


def _secrets(people: Identities, generation: int) -> Mapping[str, SecretSpec]:
    """Passwords of the database's roles: a new generation renews that of the role whose turn it is, not the other."""
    operations = {OPERATIONS: people.operations.principal_id}
    blue, green = (generation, generation - 1) if generation % 2 else (generation - 1, generation)
    return {
        ADMINISTRATOR_PASSWORD: SecretSpec(readers=operations),
        BLUE_PASSWORD: SecretSpec(readers=operations, renewed_with=f"generation {blue}"),
        GREEN_PASSWORD: SecretSpec(readers=operations, renewed_with=f"generation {green}"),
        # The bootstrap of the same generation sets it, so it may not change at another moment.
        MONITOR_PASSWORD: SecretSpec(
            readers={**operations, SCALER: people.scaler.principal_id}, renewed_with=f"generation {generation}"
        ),
    }
