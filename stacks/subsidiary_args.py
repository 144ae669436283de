"""A tenant of a platform: from its plan to the arguments of its component."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.cluster import NodePool
from components.customer_key import CustomerKey
from components.database import DatabaseBackup, DatabaseServer, MaintenanceWindow, ReadReplica
from components.ingress.middlewares import TenantLimits
from components.odoo.pool import Pool
from components.subsidiary.args import (
    OwnServer,
    SubsidiaryAllowance,
    SubsidiaryApplication,
    SubsidiaryArgs,
    SubsidiaryBudget,
    SubsidiaryDatabase,
    SubsidiaryIngress,
    SubsidiaryNames,
    SubsidiaryRunning,
)
from components.subsidiary.shared import SharedPlatform
from components.tenant.args import Rollback
from stacks.data_services import DATABASE_ADMINISTRATOR
from stacks.foundation import WEB_POOL, node_pool
from stacks.planning.plan import DatabasePlan
from stacks.planning.plan_tenant import PlatformPlan, TenantPlan
from stacks.running import namespace_limits, tenant_pools
from stacks.scalars import DestinationSource
from stacks.settings import PlatformSettings
from stacks.shared_platform import PlatformHandle, Rank
from stacks.subsidiary import Subsidiary
from stacks.tenant_scalars import TenantState, Tier


def subsidiary_args(
    tenant: Subsidiary,
    plan: TenantPlan,
    settings: PlatformSettings,
    platform: PlatformPlan,
    handle: PlatformHandle,
    placement: Placement,
    provider: kubernetes.Provider,
) -> SubsidiaryArgs:
    """Arguments of a tenant's component.

    Args:
        tenant: its file.
        plan: its plan.
        settings: the platform's settings.
        platform: the platform's plan.
        handle: what it finds on the platform.
        placement: of the platform; the tenant's own tags and protection take the place of the platform's.
        provider: Kubernetes provider of the platform's cluster.
    """
    released = plan.state == TenantState.RELEASED
    shared = _ranked(handle, plan)
    return SubsidiaryArgs(
        placement=replace(placement, tags=plan.tags, data_protected=placement.data_protected and not released),
        provider=provider,
        tenant=plan.name,
        platform=shared,
        names=SubsidiaryNames(
            resource_group=plan.names.resource_group,
            odoo_identity=plan.names.odoo_identity,
            operations_identity=plan.names.operations_identity,
            ingress_identity=plan.names.ingress_identity,
            share=plan.names.share,
            attachments=plan.names.attachments,
            archive=plan.names.archive,
            budget=plan.names.budget,
            health_alert=plan.names.health_alert,
        ),
        application=_application(tenant, plan, settings),
        database=_database(tenant, plan, settings, platform, handle),
        allowance=SubsidiaryAllowance(share_gib=plan.file_share_gib, budget=_budget(tenant, settings)),
        running=SubsidiaryRunning(
            labels=plan.labels,
            limits=namespace_limits(plan.odoo.namespace),
            pools=tenant_pools(plan.odoo, shared.cluster.prometheus_query_url, shared.cluster.priority_classes),
            nodes=_nodes(plan),
            internet_ports=internet_ports(settings),
            suspended=plan.state != TenantState.ACTIVE,
        ),
        ingress=_ingress(plan, settings),
    )


def _ranked(handle: PlatformHandle, plan: TenantPlan) -> SharedPlatform:
    """The platform with the priority classes of the tenant's tier: who pays for more goes first when nodes are full."""
    ranks = handle.priority_classes
    people = ranks[Rank.WEB if plan.tier == Tier.STANDARD else Rank.FIRST]
    classes = {
        Pool(pool): people if pool in (Pool.WEB, Pool.WEBSOCKET) else ranks[Rank.JOBS] for pool in plan.odoo.pools
    }
    return replace(handle.shared, cluster=replace(handle.shared.cluster, priority_classes=classes))


def internet_ports(settings: PlatformSettings) -> tuple[int, ...]:
    """TCP ports that Odoo may reach on the Internet: the firewall narrows them to names."""
    destinations = settings.network.destinations
    return tuple(sorted({each.port for each in destinations if each.source is DestinationSource.ODOO}))


def _application(tenant: Subsidiary, plan: TenantPlan, settings: PlatformSettings) -> SubsidiaryApplication:
    version = tenant.odoo or settings.platform.default_release
    rollback = tenant.rollback
    backup = rollback.backup if rollback else tenant.former.backup if tenant.former else None
    return SubsidiaryApplication(
        version=version.value,
        image=rollback.image if rollback else plan.image,
        ops_image=settings.platform.ops_image,
        hostname=plan.hostname,
        modules=plan.modules,
        queue_jobs=plan.queue_jobs,
        rollback=Rollback(backup=backup, into_empty=rollback is None) if backup else None,
    )


def _database(
    tenant: Subsidiary, plan: TenantPlan, settings: PlatformSettings, platform: PlatformPlan, handle: PlatformHandle
) -> SubsidiaryDatabase:
    hardware = plan.own.database if plan.own else None
    return SubsidiaryDatabase(
        server=plan.server,
        role_limit=plan.odoo.role_limit,
        database_limit=plan.odoo.database_limit,
        expires_on=datetime.fromisoformat(platform.password_expires_on).replace(tzinfo=UTC),
        former_server=plan.former_server,
        former_released=tenant.former is not None and tenant.former.released,
        own=_own_server(plan, hardware, settings, handle.recovery_key) if hardware else None,
        generation=tenant.password_generation,
        reads_from_replica=plan.odoo.reads_from_replica,
    )


def _own_server(
    plan: TenantPlan, size: DatabasePlan, settings: PlatformSettings, recovery_key: CustomerKey
) -> OwnServer:
    names = plan.names.server
    return OwnServer(
        server=DatabaseServer(
            name=names.server,
            version=size.postgres_version,
            sku_name=size.sku_name,
            tier=size.sku_tier,
            storage_gib=size.storage_gib,
            storage_tier=size.storage_tier,
            high_availability=size.high_availability,
        ),
        backup=DatabaseBackup(
            retention_days=size.backup_retention_days, geo_key=recovery_key if size.geo_redundant_backup else None
        ),
        maintenance=MaintenanceWindow(day_of_week=size.maintenance_day, start_hour=size.maintenance_hour),
        parameters=size.parameters,
        replica=ReadReplica(
            server_name=names.replica,
            sku_name=size.sku_name,
            tier=size.sku_tier,
            virtual_endpoint_name=names.endpoint,
        )
        if size.read_replica
        else None,
        key_purpose=plan.names.customer_key,
        administrator_login=DATABASE_ADMINISTRATOR,
        entra_administrators={settings.access.database_administrators_name: settings.access.database_administrators},
    )


def _budget(tenant: Subsidiary, settings: PlatformSettings) -> SubsidiaryBudget | None:
    if tenant.cost is None:
        return None
    return SubsidiaryBudget(
        amount=tenant.cost.monthly_budget,
        start=tenant.cost.budget_start,
        emails=tuple(tenant.contacts or settings.alerts.email),
    )


def _nodes(plan: TenantPlan) -> dict[str, NodePool]:
    name = plan.names.node_pool
    return {name: node_pool(name, plan.own.nodes, subnet=WEB_POOL)} if plan.own else {}


def _ingress(plan: TenantPlan, settings: PlatformSettings) -> SubsidiaryIngress:
    limits = settings.ingress.limits
    return SubsidiaryIngress(
        image=settings.ingress.image,
        certificate=plan.certificate,
        address=plan.ingress_address,
        client_ranges=plan.ingress.allowed_ranges,
        limits=TenantLimits(
            upload_mib=settings.ingress.upload_limit_mib,
            login_per_minute=limits.login_requests_per_minute,
            rpc_per_minute=limits.rpc_requests_per_minute,
            reports_in_flight=limits.in_flight_reports,
        ),
        replicas=plan.ingress.replicas,
        cpu_millicores=plan.ingress.pod.cpu_millicores,
        memory_mib=plan.ingress.pod.memory_mib,
    )
