"""A cluster with three pools, under keys of the customer's own, and what it declares."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

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
from tests.unit.components.harness import Declared, customer_key, declare, one, placement
from tests.unit.components.mocked_azure import arm_id

ADMINISTRATORS = "33333333-3333-4333-8333-333333333333"
AUDITORS = "44444444-4444-4444-8444-444444444444"
NETWORK_ID = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu")
ZONE_ID = arm_id("Microsoft.Network/privateDnsZones", "private.westeurope.azmk8s.io")
REGISTRY_ID = arm_id("Microsoft.ContainerRegistry/registries", "crerptest")
DISKS_ID = arm_id("Microsoft.Compute/diskEncryptionSets", "des-erp-test-weu")
KEY = customer_key("cluster")


def node_pool(subnet: str, **changes: Any) -> NodePool:
    """A pool in that subnet; with `changes` as `dataclasses.replace` takes them."""
    pool = NodePool(vm_size="Standard_D8ads_v5", min_nodes=2, max_nodes=6, os_disk_gib=128, max_pods=50, subnet=subnet)
    return replace(pool, **changes)


ARGS = OdooClusterArgs(
    placement=placement(),
    names=ClusterNames(cluster="aks-erp-test-weu", node_resource_group="rg-erp-test-nodes-weu"),
    sku_tier="Standard",
    network=ClusterNetwork(
        virtual_network_id=NETWORK_ID,
        api_server_subnet_id=f"{NETWORK_ID}/subnets/snet-api-server",
        subnet_ids={pool: f"{NETWORK_ID}/subnets/snet-{pool}" for pool in ("system", "web", "jobs", "ingress")},
        private_dns_zone_id=ZONE_ID,
        pod_cidr="172.20.0.0/14",
        service_cidr="172.24.0.0/20",
        dns_service_ip="172.24.0.10",
        routed_egress=True,
    ),
    system_pool=node_pool("system", min_nodes=3, taints=("team=platform:NoSchedule",)),
    pools={
        "web": node_pool("web", labels={"workload": "web"}),
        "jobs": node_pool("jobs", zones=("1",), taints=("workload=jobs:NoSchedule",)),
    },
    upgrades=ClusterUpgrades(
        kubernetes_version="1.35",
        day="Sunday",
        start_time="03:00",
        utc_offset="+01:00",
        duration_hours=4,
        start_date="2026-12-01",
        frozen_dates=(("2026-12-29", "2027-01-08"), ("2027-01-28", "2027-02-05")),
    ),
    encryption=ClusterEncryption(secrets_key=KEY, disk_encryption_set_id=DISKS_ID),
    monitoring=ClusterMonitoring(
        workspace_id=arm_id("Microsoft.OperationalInsights/workspaces", "log-erp-test-weu"),
        endpoint_id=arm_id("Microsoft.Insights/dataCollectionEndpoints", "dce-erp-test-weu"),
        metrics_rule_id=arm_id("Microsoft.Insights/dataCollectionRules", "dcr-metrics"),
        logs_rule_id=arm_id("Microsoft.Insights/dataCollectionRules", "dcr-logs"),
    ),
    access=ClusterAccess(administrators=(ADMINISTRATORS,), readers=(AUDITORS, ADMINISTRATORS), registry_id=REGISTRY_ID),
)


@cache
def declared_cluster() -> list[Declared]:
    """What the cluster declares."""
    return declare(lambda: OdooCluster("erp", ARGS))


def declare_with(**changes: Any) -> list[Declared]:
    """What the cluster declares with other arguments."""
    return declare(lambda: OdooCluster("erp", replace(ARGS, **changes)))


def inputs_of(declared: list[Declared]) -> dict[str, Any]:
    """The inputs of the managed cluster itself."""
    return dict(one(declared, "containerservice:ManagedCluster").inputs)
