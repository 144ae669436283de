"""The preparation of two shared servers, on the cluster of the example's tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.server_preparation import PreparationVault, PreparedServer, ServerPreparation, ServerPreparationArgs
from tests.unit.components.mocked_azure import TENANT_ID
from tests.unit.components.tenant_example import LABELS, VAULT, tenant_args

OPS_DIGEST = "sha256:" + "cd" * 32
OPS_IMAGE = f"crerptest.azurecr.io/ops@{OPS_DIGEST}"
HOSTS = {
    "shared-01": "psql-erp-test-1.postgres.database.azure.com",
    "shared-02": "psql-erp-test-2.postgres.database.azure.com",
}
SERVERS = {
    name: PreparedServer(
        host=host,
        administrator_login="odoo_bootstrap",
        administrator_secret=f"database-administrator-{name[-2:]}",
        metrics_secret=f"database-metrics-{name[-2:]}",
    )
    for name, host in HOSTS.items()
}


def server_preparation(**changes: Any) -> ServerPreparation:
    """The example; with `changes` as `dataclasses.replace` takes them."""
    tenant = tenant_args()
    args = ServerPreparationArgs(
        placement=tenant.placement,
        provider=tenant.provider,
        labels=LABELS,
        place=tenant.services.administration,
        ops_image=OPS_IMAGE,
        ops_digest=OPS_DIGEST,
        vault=PreparationVault(vault_name=VAULT, azure_tenant_id=TENANT_ID),
        servers=SERVERS,
    )
    return ServerPreparation("erp-servers", replace(args, **changes))
