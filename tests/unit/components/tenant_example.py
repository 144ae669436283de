"""A tenant with all five pools, files in a share and passwords in their first generation."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.odoo.pool import Pool, PoolSize
from components.tenant.args import Application, NamespaceLimits, OdooTenantArgs, TenantNetwork
from components.tenant.running import NodePlacement, PoolScaling, TenantPools, TenantScaling
from components.tenant.services import (
    AdministrationPlace,
    TenantDatabase,
    TenantFiles,
    TenantIdentities,
    TenantSecrets,
    TenantServices,
    TenantStores,
)
from tests.unit.components.harness import placement
from tests.unit.components.mocked_azure import KUBECONFIG, RESOURCE_GROUP, TENANT_ID

TENANT = "acme"
LABELS = {"owner": "finance-platform", "cost-center": "4711"}
DIGEST = "sha256:" + "ab" * 32
VAULT = "kv-erp-test-app"
ODOO_CLIENT_ID = "55555555-5555-4555-8555-555555555555"
ODOO_PRINCIPAL_ID = "66666666-6666-4666-8666-666666666666"
OPERATIONS_CLIENT_ID = "77777777-7777-4777-8777-777777777777"
OPERATIONS_PRINCIPAL_ID = "99999999-9999-4999-8999-999999999999"
ADMINISTRATION_CLIENT_ID = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
SCALER_CLIENT_ID = "88888888-8888-4888-8888-888888888888"
BLUE_PASSWORD = "BlueBlueBlueBlueBlueBlueBlueBlueBlueBlue"
GREEN_PASSWORD = "GreenGreenGreenGreenGreenGreenGreenGreen"
EXPIRES_ON = datetime(2027, 6, 1, tzinfo=UTC)

SIZES = {
    Pool.WEB: PoolSize(
        workers=6,
        min_replicas=3,
        max_replicas=8,
        cpu_millicores=2000,
        memory_mib=4096,
        worker_memory_mib=2560,
        db_maxconn=4,
    ),
    Pool.WEBSOCKET: PoolSize(
        workers=1,
        min_replicas=2,
        max_replicas=4,
        cpu_millicores=250,
        memory_mib=1024,
        worker_memory_mib=2560,
        db_maxconn=8,
    ),
    Pool.CRON: PoolSize(
        workers=1,
        min_replicas=1,
        max_replicas=1,
        cpu_millicores=500,
        memory_mib=2048,
        worker_memory_mib=4096,
        db_maxconn=4,
    ),
    Pool.QUEUE: PoolSize(
        workers=4,
        min_replicas=1,
        max_replicas=4,
        cpu_millicores=1000,
        memory_mib=3072,
        worker_memory_mib=4096,
        db_maxconn=4,
    ),
    Pool.REPORTING: PoolSize(
        workers=2,
        min_replicas=1,
        max_replicas=3,
        cpu_millicores=1000,
        memory_mib=4096,
        worker_memory_mib=8192,
        db_maxconn=4,
    ),
}
_ON_WEB_NODES = NodePlacement(node_selector={"odoo-azure/pool": "web"})
_ON_JOBS_NODES = NodePlacement(node_selector={"odoo-azure/pool": "jobs"}, tolerated_taints=("jobs",))


def tenant_args(**changes: Any) -> OdooTenantArgs:
    """Arguments of the example's tenant, changed as by `changed`."""
    args = OdooTenantArgs(
        placement=placement(),
        provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
        tenant=TENANT,
        labels=LABELS,
        limits=NamespaceLimits(
            requests={"cpu": "24", "memory": "96Gi"},
            limits={"memory": "96Gi"},
            pods=60,
            default_request={"cpu": "100m", "memory": "128Mi"},
            default_limit={"memory": "512Mi"},
            container_max={"memory": "24Gi"},
        ),
        application=Application(
            version="18.0",
            image=f"crerptest.azurecr.io/odoo@{DIGEST}",
            image_digest=DIGEST,
            ops_image="crerptest.azurecr.io/ops@sha256:" + "cd" * 32,
            hostname="erp.acme.example",
            queue_jobs=True,
        ),
        services=TenantServices(
            database=TenantDatabase(
                host=pulumi.Output.from_input("psql-erp-test.postgres.database.azure.com"),
                name="odoo",
                owner="odoo",
                administrator_login="odoo_bootstrap",
                connection_limit=200,
                database_connection_limit=380,
                reader_host=pulumi.Output.from_input("psql-erp-test-reader.postgres.database.azure.com"),
            ),
            secrets=tenant_secrets(),
            identities=TenantIdentities(
                odoo_client_id=ODOO_CLIENT_ID,
                odoo_principal_id=ODOO_PRINCIPAL_ID,
                operations_client_id=OPERATIONS_CLIENT_ID,
                operations_principal_id=OPERATIONS_PRINCIPAL_ID,
                scaler_client_id=SCALER_CLIENT_ID,
            ),
            stores=TenantStores(
                backup_account_url="https://sterptestbak.blob.core.windows.net",
                backup_container="archive",
                files=TenantFiles(
                    account_name="sterptestfiles",
                    share_name="odoo",
                    resource_group_name=RESOURCE_GROUP,
                    capacity_gib=512,
                ),
            ),
            administration=AdministrationPlace(
                client_id=ADMINISTRATION_CLIENT_ID, nodes=_ON_JOBS_NODES, priority_class="erp-jobs"
            ),
        ),
        pools=TenantPools(
            sizes=SIZES,
            nodes={
                Pool.WEB: _ON_WEB_NODES,
                Pool.WEBSOCKET: _ON_WEB_NODES,
                Pool.CRON: _ON_JOBS_NODES,
                Pool.QUEUE: _ON_JOBS_NODES,
                Pool.REPORTING: _ON_JOBS_NODES,
            },
            scaling=TenantScaling(
                prometheus_query_url="https://amw-erp-test.westeurope.prometheus.monitor.azure.com",
                timezone="Europe/Amsterdam",
                pools={pool: PoolScaling() for pool in Pool},
            ),
            priority_classes={pool: "erp-web" if pool in (Pool.WEB, Pool.WEBSOCKET) else "erp-jobs" for pool in Pool},
        ),
        network=TenantNetwork(
            database_range="10.40.8.0/28",
            private_endpoints_range="10.40.9.0/26",
            api_server_range="10.40.7.0/28",
            ingress_namespace="ingress",
            client_ranges=("10.0.0.0/8",),
            internet_ports=(443, 587),
        ),
    )
    return changed(args, **changes)


def changed(args: OdooTenantArgs, **changes: Any) -> OdooTenantArgs:
    """The arguments with other values, named as the fields of them, or of their application, services or pools are."""
    for group in ("application", "services", "pools"):
        inner = getattr(args, group)
        mine = {field.name: changes.pop(field.name) for field in fields(inner) if field.name in changes}
        args = replace(args, **{group: replace(inner, **mine)})
    return replace(args, **changes)


def tenant_secrets(generation: int = 1) -> TenantSecrets:
    """Its secrets, in that generation of the password."""
    return TenantSecrets(
        vault_name=VAULT,
        vault_resource_group_name=RESOURCE_GROUP,
        vault_uri=f"https://{VAULT}.vault.azure.net/",
        azure_tenant_id=TENANT_ID,
        administrator_password="database-administrator",
        blue_password="database-odoo-blue",
        green_password="database-odoo-green",
        monitor_password="database-odoo-monitor",
        blue_value=pulumi.Output.secret(BLUE_PASSWORD),
        green_value=pulumi.Output.secret(GREEN_PASSWORD),
        generation=generation,
        expires_on=EXPIRES_ON,
        session_key="acme-session-key",
    )
