"""Tenants of one platform, whole."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi_kubernetes as kubernetes

from components.cluster import NodePool
from components.database import DatabaseBackup, DatabaseServer, MaintenanceWindow
from components.ingress.middlewares import TenantLimits
from components.odoo.pool import Pool
from components.subsidiary.args import (
    OwnServer,
    SubsidiaryAllowance,
    SubsidiaryApplication,
    SubsidiaryArgs,
    SubsidiaryDatabase,
    SubsidiaryIngress,
    SubsidiaryNames,
    SubsidiaryRunning,
)
from components.subsidiary.shared import (
    SharedCluster,
    SharedNetwork,
    SharedPlatform,
    SharedServer,
    SharedStores,
    SharedVaults,
)
from components.subsidiary.subsidiary import Subsidiary
from components.tenant.args import NamespaceLimits
from components.tenant.running import NodePlacement, PoolScaling, TenantPools, TenantScaling
from tests.unit.components.harness import Declared, declare, names, of_type, placement
from tests.unit.components.mocked_azure import KUBECONFIG, TENANT_ID, arm_id
from tests.unit.components.tenant_example import DIGEST, EXPIRES_ON, SIZES

GROUPS = {
    "data": "rg-erp-data",
    "security": "rg-erp-security",
    "network": "rg-erp-network",
    "runtime": "rg-erp-runtime",
}
CERTIFICATES_ID = arm_id("Microsoft.KeyVault/vaults", "kv-erp-tls")
SCALER_ID = "33333333-3333-4333-8333-333333333333"
DATABASE_ADMINISTRATORS = "44444444-4444-4444-8444-444444444444"


def platform() -> SharedPlatform:
    """The platform that the tenants are on."""
    return SharedPlatform(
        servers={index: _server(index) for index in (0, 1)},
        stores=SharedStores(
            resource_group_name=GROUPS["data"],
            files_account="sterpfiles",
            attachments_account="sterpattach",
            attachments_url="https://sterpattach.blob.core.windows.net",
            backups_account="sterpbackups",
            backups_url="https://sterpbackups.blob.core.windows.net/",
            cache_name="amr-erp",
            cache_host="amr-erp.westeurope.redis.azure.net",
        ),
        vaults=SharedVaults(
            resource_group_name=GROUPS["security"],
            secrets_name="kv-erp-app",
            secrets_uri="https://kv-erp-app.vault.azure.net/",
            certificates_name="kv-erp-tls",
            certificates_id=CERTIFICATES_ID,
            keys_name="kv-erp-keys",
            keys_uri="https://kv-erp-keys.vault.azure.net/",
            keys_id=arm_id("Microsoft.KeyVault/vaults", "kv-erp-keys"),
            azure_tenant_id=TENANT_ID,
        ),
        network=SharedNetwork(
            resource_group_name=GROUPS["network"],
            database_range="10.40.8.0/26",
            database_subnet_id=arm_id("Microsoft.Network/virtualNetworks", "vnet-erp") + "/subnets/snet-database",
            database_zone_id=arm_id("Microsoft.Network/privateDnsZones", "erp.private.postgres.database.azure.com"),
            private_endpoints_range="10.40.9.0/26",
            api_server_range="10.40.7.0/28",
            ingress_subnet_name="snet-ingress",
            domain_zone_name="erp.acme.example",
        ),
        cluster=SharedCluster(
            resource_group_name=GROUPS["runtime"],
            cluster_name="aks-erp",
            oidc_issuer_url="https://oidc.example/aks-erp/",
            registry_login_server="crerp.azurecr.io",
            nodes_subnet_id=arm_id("Microsoft.Network/virtualNetworks", "vnet-erp") + "/subnets/snet-web",
            kubernetes_version="1.35",
            priority_classes=dict.fromkeys(Pool, "erp-web"),
            prometheus_query_url="https://amw-erp.westeurope.prometheus.monitor.azure.com",
            scaler_client_id="55555555-5555-4555-8555-555555555555",
            scaler_principal_id=SCALER_ID,
            operations_client_id="66666666-6666-4666-8666-666666666666",
            operations_namespace="platform-operations",
        ),
        action_group_id=arm_id("Microsoft.Insights/actionGroups", "ag-erp"),
    )


def _server(index: int) -> SharedServer:
    return SharedServer(
        server_name=f"psql-erp-{index}",
        host=f"psql-erp-{index}.postgres.database.azure.com",
        reader_host=f"psql-erp-{index}-replica.postgres.database.azure.com",
        administrator_login="odoo_bootstrap",
        administrator_secret=f"database-administrator-{index}",
    )


def own_server() -> OwnServer:
    """A server for a tenant of tier isolated."""
    return OwnServer(
        server=DatabaseServer(
            name="psql-erp-acme-it",
            version="17",
            sku_name="Standard_E4ads_v5",
            tier="MemoryOptimized",
            storage_gib=128,
            storage_tier="P10",
        ),
        backup=DatabaseBackup(retention_days=35),
        maintenance=MaintenanceWindow(day_of_week=0, start_hour=2),
        parameters={"max_connections": "400"},
        replica=None,
        key_purpose="database-acme-it",
        administrator_login="odoo_bootstrap",
        entra_administrators={"sg-erp-dba": DATABASE_ADMINISTRATORS},
    )


def shared_database(**changes: Any) -> SubsidiaryDatabase:
    """A database on the first shared server; with `changes` as `dataclasses.replace` takes them."""
    database = SubsidiaryDatabase(server=0, role_limit=30, database_limit=40, expires_on=EXPIRES_ON)
    return replace(database, **changes)


def nodes() -> Mapping[str, NodePool]:
    """A pool of nodes for a tenant of tier isolated."""
    pool = NodePool(vm_size="Standard_D4ads_v5", min_nodes=3, max_nodes=6, os_disk_gib=128, max_pods=110, subnet="web")
    return {"t007": pool}


def application(**changes: Any) -> SubsidiaryApplication:
    """Odoo of a tenant; with `changes` as `dataclasses.replace` takes them."""
    wanted = SubsidiaryApplication(
        version="18.0",
        image=f"odoo@{DIGEST}",
        ops_image="ops@sha256:" + "cd" * 32,
        hostname="acme-es.erp.acme.example",
    )
    return replace(wanted, **changes)


def running(**changes: Any) -> SubsidiaryRunning:
    """How a tenant of tier standard runs; with `changes` as `dataclasses.replace` takes them."""
    dense = (Pool.WEB, Pool.WEBSOCKET, Pool.CRON)
    wanted = SubsidiaryRunning(
        labels={"owner": "finance-platform"},
        limits=NamespaceLimits(
            requests={"cpu": "4", "memory": "12Gi"},
            limits={"memory": "12Gi"},
            pods=20,
            default_request={"cpu": "100m", "memory": "128Mi"},
            default_limit={"memory": "512Mi"},
            container_max={"memory": "4Gi"},
        ),
        pools=TenantPools(
            sizes={pool: SIZES[pool] for pool in dense},
            nodes={pool: NodePlacement(node_selector={"odoo-azure/pool": "web"}) for pool in dense},
            scaling=TenantScaling(
                prometheus_query_url="https://amw-erp.westeurope.prometheus.monitor.azure.com",
                timezone="Europe/Madrid",
                pools={pool: PoolScaling() for pool in dense},
            ),
            priority_classes=dict.fromkeys(dense, "erp-web"),
        ),
        nodes={},
    )
    return replace(wanted, **changes)


def subsidiary(tenant: str = "acme-es", **changes: Any) -> Subsidiary:
    """A tenant; with `changes` of its arguments as `dataclasses.replace` takes them."""
    args = SubsidiaryArgs(
        placement=placement(),
        provider=kubernetes.Provider(f"cluster-of-{tenant}", kubeconfig=KUBECONFIG),
        tenant=tenant,
        platform=platform(),
        names=SubsidiaryNames(
            resource_group=f"rg-erp-{tenant}",
            odoo_identity=f"id-erp-{tenant}-odoo",
            operations_identity=f"id-erp-{tenant}-operations",
            ingress_identity=f"id-erp-{tenant}-ingress",
            share=tenant,
            attachments=f"attachments-{tenant}",
            archive=f"archive-{tenant}",
            budget=f"budget-erp-{tenant}",
            health_alert=f"health-erp-{tenant}",
        ),
        application=application(hostname=f"{tenant}.erp.acme.example"),
        database=shared_database(),
        allowance=SubsidiaryAllowance(share_gib=100),
        running=running(),
        ingress=SubsidiaryIngress(
            image="traefik@sha256:" + "ef" * 32,
            certificate=tenant,
            address="10.40.6.11",
            client_ranges=("10.0.0.0/8",),
            limits=TenantLimits(),
            replicas=2,
            cpu_millicores=100,
            memory_mib=256,
        ),
    )
    return Subsidiary(tenant, replace(args, **changes))


@cache
def declared_subsidiary() -> list[Declared]:
    """What a tenant declares."""
    return declare(subsidiary)


def principal(identity_name: str) -> str:
    """Object id of the identity of that name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{identity_name}/principal"))


def grants(declared: list[Declared]) -> set[tuple[str, str, str]]:
    """Principal, role and scope of every role assignment."""
    return {
        (each.inputs["principalId"], each.inputs["roleDefinitionId"].rpartition("/")[2], each.inputs["scope"])
        for each in of_type(declared, "authorization:RoleAssignment")
    }


def azure(declared: list[Declared]) -> set[tuple[str, str]]:
    """Type and Pulumi name of its resources in Azure."""
    return names(each for each in declared if each.type.startswith("azure-native:"))
