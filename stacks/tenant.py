"""The arguments of a tenant, from the settings and the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.ingress.objects import NAMESPACE as INGRESS
from components.monitoring import MonitoringBase
from components.odoo.pool import Pool, PoolSize
from components.tenant.args import (
    Application,
    Attachments,
    NamespaceLimits,
    OdooTenantArgs,
    Rollback,
    Sessions,
    TenantNetwork,
)
from components.tenant.running import POOL_KEY, CalendarWindow, NodePlacement, PoolScaling, TenantPools, TenantScaling
from components.tenant.services import (
    TenantDatabase,
    TenantFiles,
    TenantIdentities,
    TenantSecrets,
    TenantServices,
    TenantStores,
)
from stacks.data_services import ARCHIVE, DATABASE_ADMINISTRATOR, ODOO, DataServices
from stacks.identities import Identities
from stacks.planning.plan import NamespacePlan, Plan
from stacks.scalars import DestinationSource
from stacks.settings import Settings
from stacks.vaults import ADMINISTRATOR_PASSWORD, BLUE_PASSWORD, GREEN_PASSWORD, MONITOR_PASSWORD, Vaults

JOBS_POOL = "jobs"
"""The pool of nodes that is tainted: batch work never takes the place of people's requests, nor they its."""


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What a tenant stands on outside of the cluster."""

    services: DataServices
    vaults: Vaults
    identities: Identities
    monitoring: MonitoringBase
    azure_tenant_id: pulumi.Input[str]


def on_nodes(pool: str) -> NodePlacement:
    """Placement on a pool of nodes.

    Args:
        pool: name of the pool of nodes.
    """
    return NodePlacement(node_selector={POOL_KEY: pool}, tolerated_taints=(pool,) if pool == JOBS_POOL else ())


def in_registry(services: DataServices, image: str) -> pulumi.Output[str]:
    """An image of the settings, `name@sha256:...`, with the environment's registry."""
    return pulumi.Output.concat(services.registry.login_server, "/", image)


def tenant_args(
    settings: Settings,
    plan: Plan,
    placement: Placement,
    provider: kubernetes.Provider,
    foundation: Foundation,
    priority_classes: Mapping[Pool, pulumi.Input[str]],
) -> OdooTenantArgs:
    """The one tenant of a dedicated environment.

    Args:
        settings: the settings.
        plan: the plan.
        placement: of the cluster.
        provider: of the cluster.
        foundation: what it stands on.
        priority_classes: names of priority classes by pool.
    """
    return OdooTenantArgs(
        placement=placement,
        provider=provider,
        tenant=ODOO,
        labels=plan.cluster.labels,
        limits=_limits(plan.cluster.namespace),
        application=_application(settings, foundation.services),
        services=TenantServices(
            database=_database(plan, foundation.services),
            secrets=_secrets(settings, plan, foundation),
            identities=TenantIdentities(
                odoo_client_id=foundation.identities.odoo.client_id,
                odoo_principal_id=foundation.identities.odoo.principal_id,
                operations_client_id=foundation.identities.operations.client_id,
                scaler_client_id=foundation.identities.scaler.client_id,
            ),
            stores=_stores(plan, foundation.services),
        ),
        pools=TenantPools(
            sizes={Pool(pool): _size(plan, pool) for pool in plan.odoo.pools},
            nodes={Pool(pool): on_nodes(nodes) for pool, nodes in plan.odoo.node_pools.items()},
            scaling=_scaling(plan, foundation.monitoring),
            priority_classes=priority_classes,
        ),
        network=_network(settings, plan),
        rollback=Rollback(backup=settings.odoo.rollback.backup) if settings.odoo.rollback else None,
    )


def _limits(limits: NamespacePlan) -> NamespaceLimits:
    return NamespaceLimits(
        requests=limits.requests,
        limits=limits.limits,
        pods=limits.pods,
        default_request=limits.default_request,
        default_limit=limits.default_limit,
        container_max=limits.container_max,
    )


def _application(settings: Settings, services: DataServices) -> Application:
    odoo = settings.odoo
    image = odoo.rollback.image if odoo.rollback else odoo.image
    return Application(
        version=odoo.version,
        image=in_registry(services, image),
        image_digest=image.partition("@")[2],
        ops_image=in_registry(services, odoo.ops_image),
        hostname=odoo.hostname,
        sessions=Sessions(odoo.sessions.value),
        attachments=Attachments(odoo.attachments.value),
        queue_jobs=odoo.queue_jobs,
    )


def _database(plan: Plan, services: DataServices) -> TenantDatabase:
    return TenantDatabase(
        host=services.database.writer_host,
        reader_host=services.database.reader_host if plan.odoo.reads_from_replica else None,
        name=ODOO,
        owner=ODOO,
        administrator_login=DATABASE_ADMINISTRATOR,
        connection_limit=plan.odoo.connections.role_limit,
    )


def _secrets(settings: Settings, plan: Plan, foundation: Foundation) -> TenantSecrets:
    secrets = foundation.vaults.secrets
    return TenantSecrets(
        vault_name=secrets.vault_name,
        vault_resource_group_name=plan.names.resource_groups.security,
        vault_uri=secrets.vault_uri,
        azure_tenant_id=foundation.azure_tenant_id,
        administrator_password=ADMINISTRATOR_PASSWORD,
        blue_password=BLUE_PASSWORD,
        green_password=GREEN_PASSWORD,
        monitor_password=MONITOR_PASSWORD,
        blue_value=secrets.values[BLUE_PASSWORD],
        green_value=secrets.values[GREEN_PASSWORD],
        generation=settings.odoo.password_generation,
        expires_on=datetime.fromisoformat(plan.password_expires_on).replace(tzinfo=UTC),
    )


def _stores(plan: Plan, services: DataServices) -> TenantStores:
    return TenantStores(
        files=TenantFiles(
            account_name=services.files.account_name,
            share_name=services.files.share_name,
            resource_group_name=plan.names.resource_groups.data,
            capacity_gib=plan.storage.file_share_gib,
        ),
        cache_host=services.cache.host_name,
        cache_port=services.cache.port,
        blob_account_url=services.attachments.account_url if services.attachments else None,
        backup_account_url=services.backups.blob_endpoint,
        backup_container=ARCHIVE,
    )


def _size(plan: Plan, pool: str) -> PoolSize:
    size = plan.odoo.pools[pool]
    return PoolSize(
        workers=size.workers,
        min_replicas=size.min_replicas,
        max_replicas=size.max_replicas,
        cpu_millicores=size.cpu_millicores,
        memory_mib=size.memory_mib,
        worker_memory_mib=size.worker_memory_mib,
        db_maxconn=size.db_maxconn,
    )


def _scaling(plan: Plan, monitoring: MonitoringBase) -> TenantScaling:
    windows = {
        pool: tuple(
            CalendarWindow(start=window.start, end=window.end, replicas=window.replicas, purpose=window.purpose)
            for window in plan.odoo.windows
            if window.pool == pool
        )
        for pool in plan.odoo.pools
    }
    return TenantScaling(
        prometheus_query_url=monitoring.metrics_query_url,
        timezone=plan.odoo.timezone,
        pools={Pool(pool): PoolScaling(windows=spans) for pool, spans in windows.items()},
    )


def _network(settings: Settings, plan: Plan) -> TenantNetwork:
    subnets = plan.network.subnets
    return TenantNetwork(
        database_range=subnets["database"],
        private_endpoints_range=subnets["private-endpoints"],
        api_server_range=subnets["api-server"],
        ingress_namespace=INGRESS,
        client_ranges=plan.ingress.allowed_ranges,
        internet_ports=tuple(
            sorted(
                {
                    destination.port
                    for destination in settings.network.destinations
                    if destination.source is DestinationSource.ODOO
                }
            )
        ),
    )
