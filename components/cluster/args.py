"""What the cluster is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.base import Placement
from components.customer_key import CustomerKey


@dataclass(frozen=True, kw_only=True)
class ClusterNames:
    """Names of what the cluster consists of.

    Args:
        cluster: the managed cluster, also its DNS prefix: 1 to 54 characters.
        node_resource_group: resource group that AKS makes for the nodes: at most 80 characters, not there yet.
    """

    cluster: str
    node_resource_group: str


@dataclass(frozen=True, kw_only=True)
class ClusterNetwork:
    """Where the cluster lives in the network, and the address ranges inside it.

    Args:
        virtual_network_id: virtual network of the subnets.
        api_server_subnet_id: subnet of the API server, delegated to Microsoft.ContainerService/managedClusters, /28 or
            larger.
        subnet_ids: subnets of nodes and load balancers, by name; node pools refer to these names.
        private_dns_zone_id: zone of the API server's name: `private.<region>.azmk8s.io` or
            `privatelink.<region>.azmk8s.io`.
        pod_cidr: range of pod addresses; every node takes a /24 of it. It can grow later, never shrink.
        service_cidr: range of service addresses, smaller than a /12.
        dns_service_ip: address of the cluster's DNS, inside `service_cidr`.
        routed_egress: the subnets' route table sends egress to a firewall; else their NAT gateway takes it.
    """

    virtual_network_id: pulumi.Input[str]
    api_server_subnet_id: pulumi.Input[str]
    subnet_ids: Mapping[str, pulumi.Input[str]]
    private_dns_zone_id: pulumi.Input[str]
    pod_cidr: str
    service_cidr: str
    dns_service_ip: str
    routed_egress: bool


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """Nodes of one kind.

    Args:
        vm_size: size with a local disk that the operating system fits on.
        min_nodes: fewest nodes.
        max_nodes: most nodes.
        os_disk_gib: size of the operating system's ephemeral disk, in GiB, at most the size's local disk.
        max_pods: most pods on a node, 10 to 250.
        subnet: name of its subnet in `ClusterNetwork.subnet_ids`.
        zones: availability zones; fixed at creation.
        labels: labels of its nodes.
        taints: taints of its nodes, as `key=value:effect`.
    """

    vm_size: str
    min_nodes: int
    max_nodes: int
    os_disk_gib: int
    max_pods: int
    subnet: str
    zones: tuple[str, ...] = ("1", "2", "3")
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClusterUpgrades:
    """Which version the cluster starts with, and when AKS may change it.

    Args:
        kubernetes_version: minor version at creation, e.g. `1.35`; patches follow by themselves.
        day: day of the week of the maintenance window, e.g. `Sunday`.
        start_time: when it begins, `HH:MM`.
        utc_offset: offset of `start_time` from UTC, e.g. `+01:00`.
        duration_hours: how long it lasts: 4 to 24 hours.
        start_date: first day of the schedule, as an ISO date.
        frozen_dates: spans of days in which AKS must not touch the cluster (the closes): first and last, ISO dates.
    """

    kubernetes_version: str
    day: str
    start_time: str
    utc_offset: str
    duration_hours: int
    start_date: str
    frozen_dates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ClusterEncryption:
    """Keys of the cluster.

    Args:
        secrets_key: key of the Kubernetes secrets in etcd. AKS uses it as the cluster's own identity, so the identity
            of this key becomes the control plane's.
        disk_encryption_set_id: disk encryption set of the nodes' and volumes' disks; platform keys without one.
            Fixed at creation.
    """

    secrets_key: CustomerKey
    disk_encryption_set_id: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class ClusterMonitoring:
    """How metrics and container logs are collected.

    Args:
        workspace_id: Log Analytics workspace of container logs and of Defender's findings.
        endpoint_id: data collection endpoint in the cluster's region.
        metrics_rule_id: data collection rule of Prometheus metrics.
        logs_rule_id: data collection rule of container logs.
    """

    workspace_id: pulumi.Input[str]
    endpoint_id: pulumi.Input[str]
    metrics_rule_id: pulumi.Input[str]
    logs_rule_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class ClusterAccess:
    """Who may do what, all the time.

    Args:
        administrators: object ids of Entra groups that administer everything in the cluster; none where they activate
            that right (`AccessModel`).
        readers: object ids of Entra groups that see everything in it but secrets.
        registry_id: container registry that the nodes pull images from.
    """

    administrators: tuple[str, ...]
    readers: tuple[str, ...]
    registry_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class OdooClusterArgs:
    """Arguments of `OdooCluster`.

    Args:
        placement: where the cluster goes.
        names: names of what it consists of.
        sku_tier: tier of the control plane: `Standard` has a service level of 99.95 % over zones, `Free` has none.
        network: its place in the network.
        system_pool: nodes of the cluster's own workloads: at least two of at least 4 vCPU.
        pools: further nodes by pool name: 1 to 12 lower-case letters and digits, a letter first.
        upgrades: version and maintenance.
        encryption: its keys.
        monitoring: collection of metrics and logs.
        access: who may do what.
    """

    placement: Placement
    names: ClusterNames
    sku_tier: str
    network: ClusterNetwork
    system_pool: NodePool
    pools: Mapping[str, NodePool]
    upgrades: ClusterUpgrades
    encryption: ClusterEncryption
    monitoring: ClusterMonitoring
    access: ClusterAccess
