"""What every environment stands on, wired: resource groups, monitoring, flow logs, the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import pulumi

from components.base import Placement
from components.cluster import (
    ClusterEncryption,
    ClusterMonitoring,
    ClusterNames,
    ClusterNetwork,
    ClusterUpgrades,
    NodePool,
    OdooCluster,
    OdooClusterArgs,
)
from components.customer_key import CustomerKey
from components.disk_encryption import DiskEncryption, DiskEncryptionArgs
from components.image_registry import ImageRegistry
from components.monitoring import AlertReceivers, MonitoringBase, MonitoringBaseArgs, MonitoringNames
from components.network.flow_log_store import FlowLogStore, FlowLogStoreArgs
from components.network.flow_logs import NetworkFlowLogs, NetworkFlowLogsArgs
from components.network.private_dns import cluster_zone
from components.network.subnets import NODES, SubnetKind
from components.resource_groups import ResourceGroupPlace, ResourceGroups, ResourceGroupsArgs
from components.tenant.running import POOL_KEY
from components.workload_identity import WorkloadIdentity
from stacks.cluster_people import cluster_access
from stacks.network import PrivateNetwork
from stacks.planning.plan import ClusterFoundationPlan, FoundationPlan, PoolPlan
from stacks.scalars import DataProtection, Egress
from stacks.settings import CommonSettings
from stacks.stack_config import Secrets
from stacks.vaults import SCALER

SYSTEM_POOL = "system"
WEB_POOL = "web"
"""The pool of nodes that users' requests are answered on."""
JOBS_POOL = "jobs"
"""The pool of nodes that is tainted: batch work never takes the place of people's requests, nor they its."""


def resource_groups(
    name: str, settings: CommonSettings, plan: FoundationPlan, subscription_id: pulumi.Output[str]
) -> Mapping[str, Placement]:
    """One resource group for each life cycle.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        subscription_id: the subscription.

    Returns:
        placement by purpose.
    """
    return ResourceGroups(
        f"{name}-groups",
        ResourceGroupsArgs(
            subscription_id=subscription_id,
            groups={
                purpose: ResourceGroupPlace(
                    group_name=group_name,
                    location=plan.recovery_region if purpose == "recovery" else plan.location,
                )
                for purpose, group_name in asdict(plan.names.resource_groups).items()
            },
            tags=plan.tags,
            data_protected=settings.environment.data_protection is DataProtection.PROTECTED,
        ),
    ).placements


def monitoring_base(
    name: str,
    settings: CommonSettings,
    plan: FoundationPlan,
    secrets: Secrets,
    placement: Placement,
    scaler: WorkloadIdentity | None = None,
) -> MonitoringBase:
    """Where logs, metrics and alerts go.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        secrets: what is secret in the settings.
        placement: of monitoring.
        scaler: identity of KEDA, which reads metrics; None without a cluster.
    """
    return MonitoringBase(
        f"{name}-monitoring",
        MonitoringBaseArgs(
            placement=placement,
            names=MonitoringNames(
                log_workspace=plan.names.log_workspace,
                metrics_workspace=plan.names.monitor_workspace,
                endpoint=plan.names.data_collection_endpoint,
                action_group=plan.names.action_group,
            ),
            retention_days=plan.monitoring.log_retention_days,
            daily_cap_gib=plan.monitoring.daily_cap_gib,
            metrics_readers={SCALER: scaler.principal_id} if scaler else {},
            receivers=AlertReceivers(
                short_name=settings.environment.application,
                emails=tuple(settings.alerts.email),
                webhook_uri=secrets.on_call_webhook_url,
            ),
        ),
    )


def flow_logs(
    name: str,
    plan: FoundationPlan,
    placement: Placement,
    network: PrivateNetwork,
    key: CustomerKey,
    monitoring: MonitoringBase,
) -> None:
    """Who talked to whom in the network, and where that is kept.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: of the network.
        network: the network.
        key: key that encrypts the logs.
        monitoring: where they go too.
    """
    store = FlowLogStore(
        f"{name}-flow-log-store",
        FlowLogStoreArgs(
            placement=placement,
            account_name=plan.names.flow_log_storage,
            sku_name=plan.storage.backup_sku,
            key=key,
            private_link=network.link,
            retention_days=plan.monitoring.flow_log_days,
        ),
    )
    NetworkFlowLogs(
        f"{name}-flow-logs",
        NetworkFlowLogsArgs(
            placement=placement,
            network_id=network.spoke.network_id,
            network_name=plan.names.virtual_network,
            storage_account_id=store.account_id,
            writer_id=store.writer_id,
            retention_days=plan.monitoring.flow_log_days,
            workspace_customer_id=monitoring.log_workspace_customer_id,
        ),
    )


def encrypted_disks(name: str, plan: FoundationPlan, placement: Placement, key: CustomerKey) -> pulumi.Output[str]:
    """The disk encryption set of the machines that Odoo runs on, nodes or not; its ARM id.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: of the machines.
        key: key of the disks.
    """
    disks = DiskEncryption(
        f"{name}-disks",
        DiskEncryptionArgs(placement=placement, set_name=plan.names.disk_encryption_set, key=key),
    )
    return disks.disk_encryption_set_id


def private_cluster(
    name: str,
    settings: CommonSettings,
    plan: ClusterFoundationPlan,
    placement: Placement,
    network: PrivateNetwork,
    keys: Mapping[str, CustomerKey],
    registry: ImageRegistry,
    monitoring: MonitoringBase,
) -> OdooCluster:
    """The cluster, with the disks of its nodes encrypted by a key of ours.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        placement: of the cluster.
        network: the network.
        keys: keys by purpose.
        registry: the registry that nodes pull from.
        monitoring: where logs and metrics go.
    """
    disks = encrypted_disks(name, plan, placement, keys["disks"])
    subnets = network.spoke.subnet_ids
    return OdooCluster(
        f"{name}-cluster",
        OdooClusterArgs(
            placement=placement,
            names=ClusterNames(cluster=plan.names.cluster, node_resource_group=plan.names.node_resource_group),
            network=ClusterNetwork(
                virtual_network_id=network.spoke.network_id,
                api_server_subnet_id=subnets[SubnetKind.API_SERVER],
                subnet_ids={kind.value: subnets[kind] for kind in (*NODES, SubnetKind.INGRESS)},
                private_dns_zone_id=network.zones.zone_ids[cluster_zone(plan.location)],
                pod_cidr=plan.network.pod_range,
                service_cidr=plan.network.service_range,
                dns_service_ip=plan.network.dns_service_ip,
                routed_egress=settings.network.egress is Egress.FIREWALL,
            ),
            system_pool=node_pool(SYSTEM_POOL, plan.cluster.pools[SYSTEM_POOL]),
            pools={kind: node_pool(kind, pool) for kind, pool in plan.cluster.pools.items() if kind != SYSTEM_POOL},
            upgrades=ClusterUpgrades(
                kubernetes_version=plan.cluster.kubernetes_version,
                day=plan.cluster.maintenance_day,
                start_time=plan.cluster.maintenance_time,
                utc_offset=plan.cluster.utc_offset,
                duration_hours=plan.cluster.maintenance_hours,
                start_date=plan.cluster.maintenance_start,
                frozen_dates=tuple((freeze.start, freeze.end) for freeze in plan.cluster.freezes),
            ),
            encryption=ClusterEncryption(secrets_key=keys["cluster"], disk_encryption_set_id=disks),
            monitoring=ClusterMonitoring(
                workspace_id=monitoring.log_workspace_id,
                endpoint_id=monitoring.endpoint_id,
                metrics_rule_id=monitoring.metrics_rule_id,
                logs_rule_id=monitoring.logs_rule_id,
            ),
            sku_tier=plan.cluster.sku_tier,
            access=cluster_access(settings, registry.registry_id),
        ),
    )


def node_pool(pool_name: str, pool: PoolPlan, subnet: str | None = None) -> NodePool:
    """A pool of nodes.

    Args:
        pool_name: its name, which its nodes are labelled with; but for users' requests also their taint.
        pool: its plan.
        subnet: kind of subnet; that of the same name unless given.
    """
    return NodePool(
        vm_size=pool.vm_size,
        min_nodes=pool.min_nodes,
        max_nodes=pool.max_nodes,
        os_disk_gib=pool.os_disk_gib,
        max_pods=pool.max_pods,
        subnet=subnet or pool_name,
        zones=pool.zones,
        labels={} if pool_name == SYSTEM_POOL else {POOL_KEY: pool_name},
        taints=() if pool_name in (SYSTEM_POOL, WEB_POOL) else (f"{POOL_KEY}={pool_name}:NoSchedule",),
    )
