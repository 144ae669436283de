"""The exporters of two shared servers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi_kubernetes as kubernetes

from components.monitoring import (
    DatabaseExporter,
    DatabaseMetrics,
    DatabaseMetricsArgs,
    MeteredServer,
    MetricsSecrets,
)
from components.tenant.running import NodePlacement
from tests.unit.components.harness import placement
from tests.unit.components.mocked_azure import KUBECONFIG, TENANT_ID

LABELS = {"owner": "finance-platform", "cost-center": "4711"}
IMAGE = "crerptest.azurecr.io/postgres-exporter@sha256:" + "ab" * 32
CLIENT_ID = "88888888-8888-4888-8888-888888888888"
HOST = "psql-erp-test-1.postgres.database.azure.com"
SERVERS = {
    "psql-1": MeteredServer(host=HOST, password_secret="metrics-psql-1", generation=3),
    "psql-2": MeteredServer(host=HOST.replace("-1", "-2"), password_secret="metrics-psql-2"),
}


def database_metrics(**changes: Any) -> DatabaseMetrics:
    """The example; with `changes` as `dataclasses.replace` takes them."""
    args = DatabaseMetricsArgs(
        placement=placement(),
        provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
        labels=LABELS,
        servers=SERVERS,
        exporter=DatabaseExporter(
            image=IMAGE,
            nodes=NodePlacement(node_selector={"odoo-azure/pool": "web"}, tolerated_taints=("web",)),
            priority_class="erp-web",
        ),
        secrets=MetricsSecrets(vault_name="kv-erp-test-sec", azure_tenant_id=TENANT_ID, client_id=CLIENT_ID),
        database_range="10.40.5.0/27",
    )
    return DatabaseMetrics("metrics", replace(args, **changes))
