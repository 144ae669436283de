"""A machine of each kind, with everything that it can have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.machines.model import (
    AppMachine,
    FileShare,
    Images,
    MachineSecret,
    MetricsTarget,
    OperationsMachine,
)
from tests.unit.odoo.example import settings

VAULT = "https://kv-acme.vault.azure.net/"
REGISTRY = "acracme.azurecr.io"
ODOO_IDENTITY = "00000000-0000-4000-8000-000000000001"
INGRESS_IDENTITY = "00000000-0000-4000-8000-000000000002"
OPERATIONS_IDENTITY = "00000000-0000-4000-8000-000000000003"
ADMINISTRATION_IDENTITY = "00000000-0000-4000-8000-000000000004"
METRICS_IDENTITY = "00000000-0000-4000-8000-000000000005"
DIGEST = f"sha256:{'a1' * 32}"
HOST = "erp.acme.example"

IMAGES = Images(
    registry=REGISTRY,
    odoo=f"{REGISTRY}/odoo@{DIGEST}",
    odoo_digest=DIGEST,
    operations=f"{REGISTRY}/ops@sha256:{'b2' * 32}",
    traefik=f"{REGISTRY}/traefik@sha256:{'c3' * 32}",
    metrics=f"{REGISTRY}/prometheus@sha256:{'d4' * 32}",
)
FILES = FileShare(account_name="stacme", share_name="odoo")
METRICS = MetricsTarget(
    remote_write_url="https://acme.westeurope-1.metrics.ingest.monitor.azure.com/dataCollectionRules/dcr-1/streams/"
    "Microsoft-PrometheusMetrics/api/v1/write?api-version=2023-04-24",
    identity=METRICS_IDENTITY,
)


def secret(name: str, identity: str = ODOO_IDENTITY) -> MachineSecret:
    """A secret of the vault."""
    return MachineSecret(vault_uri=VAULT, name=name, identity=identity)


def app_machine(version: str = "18.0", **changes: Any) -> AppMachine:
    """A machine that answers people."""
    machine = AppMachine(
        odoo=settings(version),
        images=IMAGES,
        login="acme_blue",
        password=secret("acme-blue"),
        session_key=secret("acme-sessions"),
        odoo_identity=ODOO_IDENTITY,
        hostname=HOST,
        certificate=secret("erp-acme", INGRESS_IDENTITY),
        client_ranges=("10.0.0.0/8",),
        files=FILES,
        metrics=METRICS,
        packages_snapshot="20261101T000000Z",
    )
    return replace(machine, **changes)


def operations_machine(version: str = "18.0", **changes: Any) -> OperationsMachine:
    """The operations machine."""
    machine = OperationsMachine(
        odoo=settings(version),
        images=IMAGES,
        owner="acme",
        generation=1,
        administrator_login="pgadmin",
        passwords={
            name: secret(f"acme-{name}", ADMINISTRATION_IDENTITY)
            for name in ("administrator", "blue", "green", "monitor")
        },
        login_password=secret("acme-blue", OPERATIONS_IDENTITY),
        administration_identity=ADMINISTRATION_IDENTITY,
        operations_identity=OPERATIONS_IDENTITY,
        backup_account_url="https://stbackup.blob.core.windows.net",
        backup_container="acme",
        connection_limit=90,
        database_connection_limit=200,
        modules=("base", "account"),
        files=FILES,
        metrics=METRICS,
        packages_snapshot="20261101T000000Z",
        backup_time="02:30",
        timezone="Europe/Amsterdam",
    )
    return replace(machine, **changes)
