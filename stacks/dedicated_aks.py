"""Topology `dedicated-aks`: an environment with an AKS cluster and data services of its own.

A bill of materials: which components, wired how. Numbers and names come from the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import pulumi
from pulumi_azure_native import authorization

from components.base import Placement
from components.cluster import (
    ClusterAccess,
    ClusterEncryption,
    ClusterMonitoring,
    ClusterNames,
    ClusterNetwork,
    ClusterUpgrades,
    NodePool,
    OdooCluster,
    OdooClusterArgs,
)
from components.cost_budget import CostBudget, CostBudgetArgs
from components.disk_encryption import DiskEncryption, DiskEncryptionArgs
from components.monitoring import AlertReceivers, MonitoringBase, MonitoringBaseArgs, MonitoringNames
from components.network.flow_log_store import FlowLogStore, FlowLogStoreArgs
from components.network.flow_logs import NetworkFlowLogs, NetworkFlowLogsArgs
from components.network.private_dns import cluster_zone
from components.network.subnets import NODES, SubnetKind
from components.resource_groups import ResourceGroupPlace, ResourceGroups, ResourceGroupsArgs
from components.tenant.running import POOL_KEY
from stacks.data_services import DataServices, data_services
from stacks.exports import Exports, exported_plan
from stacks.identities import Identities, identities
from stacks.network import PrivateNetwork, private_network
from stacks.odoo import odoo_workload
from stacks.planning.plan import Plan, PoolPlan
from stacks.scalars import DataProtection, Egress
from stacks.settings import Settings
from stacks.stack_config import Secrets
from stacks.tenant import JOBS_POOL, Foundation
from stacks.vaults import SCALER, Vaults, vaults

SYSTEM_POOL = "system"


def dedicated_aks(name: str, settings: Settings, plan: Plan, secrets: Secrets) -> Exports:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: what follows from them.
        secrets: what is secret in them.
    """
    client = authorization.get_client_config_output()
    groups = _resource_groups(name, settings, plan, client.subscription_id)
    people = identities(name, plan, groups["runtime"])
    monitoring = _monitoring(name, settings, plan, secrets, groups["monitoring"], people)
    placements = {
        purpose: replace(placement, log_workspace_id=monitoring.log_workspace_id)
        for purpose, placement in groups.items()
    }
    network = private_network(name, settings.network, plan, placements["network"], monitoring)
    opened = vaults(name, plan, placements, network, client.tenant_id, people, settings.odoo.password_generation)
    _flow_logs(name, plan, placements["network"], network, opened, monitoring)
    services = data_services(name, settings, plan, placements, network, opened, client.tenant_id, people)
    cluster = _cluster(name, settings, plan, placements["runtime"], network, opened, services, monitoring)
    foundation = Foundation(
        services=services,
        vaults=opened,
        identities=people,
        monitoring=monitoring,
        azure_tenant_id=client.tenant_id,
    )
    workload = odoo_workload(name, settings, plan, placements["runtime"], cluster, foundation)
    _budget(name, settings, plan, placements, monitoring)
    return Exports(
        url=workload.url,
        ingress_address=workload.ingress_address,
        cluster_id=cluster.cluster_id,
        cluster_name=cluster.cluster_name,
        cluster_resource_group=plan.names.resource_groups.runtime,
        oidc_issuer_url=cluster.oidc_issuer_url,
        registry_login_server=services.registry.login_server,
        database_host=services.database.writer_host,
        database_reader_host=services.database.reader_host,
        cache_host=services.cache.host_name,
        secret_vault_uri=opened.secrets.vault_uri,
        certificate_vault_name=opened.certificates.vault_name,
        network_id=network.spoke.network_id,
        egress_addresses=network.spoke.egress_addresses,
        log_workspace_id=monitoring.log_workspace_id,
        plan=exported_plan(plan),
        reasons={reason.subject: f"{reason.value}: {reason.because}" for reason in plan.reasons},
        warnings=plan.warnings,
    )


def _resource_groups(
    name: str, settings: Settings, plan: Plan, subscription_id: pulumi.Output[str]
) -> Mapping[str, Placement]:
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


def _monitoring(
    name: str, settings: Settings, plan: Plan, secrets: Secrets, placement: Placement, people: Identities
) -> MonitoringBase:
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
            metrics_readers={SCALER: people.scaler.principal_id},
            receivers=AlertReceivers(
                short_name=settings.environment.application,
                emails=tuple(settings.alerts.email),
                webhook_uri=secrets.on_call_webhook_url,
            ),
        ),
    )


def _flow_logs(
    name: str, plan: Plan, placement: Placement, network: PrivateNetwork, opened: Vaults, monitoring: MonitoringBase
) -> None:
    store = FlowLogStore(
        f"{name}-flow-log-store",
        FlowLogStoreArgs(
            placement=placement,
            account_name=plan.names.flow_log_storage,
            sku_name=plan.storage.backup_sku,
            key=opened.keys["flow-logs"],
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


def _cluster(
    name: str,
    settings: Settings,
    plan: Plan,
    placement: Placement,
    network: PrivateNetwork,
    opened: Vaults,
    services: DataServices,
    monitoring: MonitoringBase,
) -> OdooCluster:
    disks = DiskEncryption(
        f"{name}-disks",
        DiskEncryptionArgs(placement=placement, set_name=plan.names.disk_encryption_set, key=opened.keys["disks"]),
    )
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
            system_pool=_pool(SYSTEM_POOL, plan.cluster.pools[SYSTEM_POOL]),
            pools={kind: _pool(kind, pool) for kind, pool in plan.cluster.pools.items() if kind != SYSTEM_POOL},
            upgrades=ClusterUpgrades(
                kubernetes_version=plan.cluster.kubernetes_version,
                day=plan.cluster.maintenance_day,
                start_time=plan.cluster.maintenance_time,
                utc_offset=plan.cluster.utc_offset,
                duration_hours=plan.cluster.maintenance_hours,
                start_date=plan.cluster.maintenance_start,
                frozen_dates=tuple((freeze.start, freeze.end) for freeze in plan.cluster.freezes),
            ),
            encryption=ClusterEncryption(
                secrets_key=opened.keys["cluster"], disk_encryption_set_id=disks.disk_encryption_set_id
            ),
            monitoring=ClusterMonitoring(
                workspace_id=monitoring.log_workspace_id,
                endpoint_id=monitoring.endpoint_id,
                metrics_rule_id=monitoring.metrics_rule_id,
                logs_rule_id=monitoring.logs_rule_id,
            ),
            sku_tier=plan.cluster.sku_tier,
            access=ClusterAccess(
                administrators=(settings.access.platform_administrators,),
                readers=(settings.access.developers, settings.access.auditors, settings.access.erp_functional),
                registry_id=services.registry.registry_id,
            ),
        ),
    )


def _pool(kind: str, pool: PoolPlan) -> NodePool:
    return NodePool(
        vm_size=pool.vm_size,
        min_nodes=pool.min_nodes,
        max_nodes=pool.max_nodes,
        os_disk_gib=pool.os_disk_gib,
        max_pods=pool.max_pods,
        subnet=kind,
        zones=pool.zones,
        labels={} if kind == SYSTEM_POOL else {POOL_KEY: kind},
        taints=(f"{POOL_KEY}={kind}:NoSchedule",) if kind == JOBS_POOL else (),
    )


def _budget(
    name: str, settings: Settings, plan: Plan, placements: Mapping[str, Placement], monitoring: MonitoringBase
) -> None:
    CostBudget(
        f"{name}-budget",
        CostBudgetArgs(
            placement=placements["monitoring"],
            budget_name=plan.names.budget,
            amount=settings.cost.monthly_budget,
            start=settings.cost.budget_start,
            resource_group_names=[
                *(placement.resource_group_name for placement in placements.values()),
                plan.names.node_resource_group,
            ],
            emails=tuple(settings.alerts.email),
            action_group_id=monitoring.action_group_id,
        ),
    )
