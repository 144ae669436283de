"""What runs on a platform's cluster whichever tenants it has: guards, operations, the exporter of figures, rules."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.cluster_guards import ClusterGuards
from components.monitoring import (
    DatabaseExporter,
    DatabaseMetrics,
    DatabaseMetricsArgs,
    MeteredServer,
    MetricsSecrets,
    MonitoringBase,
    TenantShareRules,
    TenantShareRulesArgs,
)
from components.network.subnets import SubnetKind
from components.platform_operations import PlatformOperations
from components.server_preparation import PreparationVault, PreparedServer, ServerPreparation, ServerPreparationArgs
from stacks.cluster_base import cluster_guards, operations_place
from stacks.data_services import DATABASE_ADMINISTRATOR
from stacks.foundation import JOBS_POOL
from stacks.planning.plan_tenant import PlatformPlan
from stacks.planning.sizes import vcores
from stacks.platform_identities import METRICS_NAMESPACE, PlatformIdentities
from stacks.platform_services import PlatformServices
from stacks.running import on_nodes
from stacks.settings import PlatformSettings
from stacks.vaults import Vaults, administrator_secret, metrics_secret


@dataclass(frozen=True, kw_only=True)
class PlatformFoundation:
    """What the cluster's own things stand on.

    Args:
        services: what tenants share.
        vaults: the vaults.
        people: the platform's identities.
        monitoring: where metrics and alerts go.
        azure_tenant_id: Entra tenant.
        placement: of monitoring.
    """

    services: PlatformServices
    vaults: Vaults
    people: PlatformIdentities
    monitoring: MonitoringBase
    azure_tenant_id: pulumi.Input[str]
    placement: Placement


def platform_cluster(
    name: str,
    settings: PlatformSettings,
    plan: PlatformPlan,
    placement: Placement,
    provider: kubernetes.Provider,
    foundation: PlatformFoundation,
) -> tuple[ClusterGuards, PlatformOperations]:
    """Makes them.

    Args:
        name: prefix of the Pulumi names.
        settings: the platform's settings.
        plan: its plan.
        placement: of the cluster.
        provider: of the cluster.
        foundation: what they stand on.

    Returns:
        what tenants wait for.
    """
    registry, people = foundation.services.registry.login_server, foundation.people
    guards = cluster_guards(name, settings, plan, placement, provider, registry)
    operations = operations_place(name, plan, placement, provider, people.administration.client_id, guards)
    _measure(name, settings, plan, placement, provider, foundation, guards, operations)
    return guards, operations


def server_name(index: int) -> str:
    """Name of a shared server in metrics and alerts, counted from 0."""
    return f"shared-{index + 1:02d}"


def _measure(
    name: str,
    settings: PlatformSettings,
    plan: PlatformPlan,
    placement: Placement,
    provider: kubernetes.Provider,
    foundation: PlatformFoundation,
    guards: ClusterGuards,
    operations: PlatformOperations,
) -> None:
    """The servers' figures, and the rules that find who takes more than is fair."""
    services, vaults = foundation.services, foundation.vaults
    registry = services.registry.login_server
    generation = settings.platform.metrics_password_generation
    preparation = ServerPreparation(
        f"{name}-servers",
        ServerPreparationArgs(
            placement=placement,
            provider=provider,
            labels=plan.cluster.labels,
            place=operations.place,
            ops_image=pulumi.Output.concat(registry, "/", settings.platform.ops_image),
            ops_digest=settings.platform.ops_image.partition("@")[2],
            vault=PreparationVault(vault_name=vaults.secrets.vault_name, azure_tenant_id=foundation.azure_tenant_id),
            servers={
                server_name(index): PreparedServer(
                    host=server.writer_host,
                    administrator_login=DATABASE_ADMINISTRATOR,
                    administrator_secret=administrator_secret(index),
                    metrics_secret=metrics_secret(index),
                )
                for index, server in services.servers.items()
            },
            generation=generation,
        ),
        pulumi.ResourceOptions(depends_on=[operations]),
    )
    DatabaseMetrics(
        f"{name}-database-metrics",
        DatabaseMetricsArgs(
            placement=placement,
            provider=provider,
            labels=plan.cluster.labels,
            servers={
                server_name(index): MeteredServer(
                    host=server.writer_host, password_secret=metrics_secret(index), generation=generation
                )
                for index, server in services.servers.items()
            },
            exporter=DatabaseExporter(
                image=pulumi.Output.concat(registry, "/", settings.platform.metrics_image),
                nodes=on_nodes(JOBS_POOL),
                priority_class=guards.jobs_priority_class,
            ),
            secrets=MetricsSecrets(
                vault_name=vaults.secrets.vault_name,
                azure_tenant_id=foundation.azure_tenant_id,
                client_id=foundation.people.metrics.client_id,
            ),
            database_range=plan.network.subnets[SubnetKind.DATABASE],
            namespace=METRICS_NAMESPACE,
        ),
        pulumi.ResourceOptions(depends_on=[guards, preparation]),
    )
    TenantShareRules(
        f"{name}-shares",
        TenantShareRulesArgs(
            placement=foundation.placement,
            name_prefix=plan.names.monitor_workspace,
            metrics_workspace_id=foundation.monitoring.metrics_workspace_id,
            action_group_id=foundation.monitoring.action_group_id,
            database_cores={
                server_name(index): vcores(server.database.sku_name) for index, server in enumerate(plan.servers)
            },
        ),
    )
