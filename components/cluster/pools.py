"""Node pools: one set of settings for the pool inside the cluster resource and for those beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import containerservice

from components.base import Component
from components.cluster.args import ClusterNetwork, NodePool

SYSTEM_POOL_NAME = "system"
# learn.microsoft.com azure/aks/use-system-pools: keeps everything but the cluster's own workloads away.
SYSTEM_POOL_TAINT = "CriticalAddonsOnly=true:NoSchedule"

MAX_SURGE = "33%"
"""Extra nodes during an upgrade: one of three, so that a zone at a time is renewed."""
DRAIN_TIMEOUT_MINUTES = 60
"""Time for pods to leave a node: a long posting or reporting run of Odoo may end first."""


@dataclass(frozen=True, kw_only=True)
class ClusterAddress:
    """A cluster, as whatever is made in it names it.

    Args:
        cluster_name: its Azure name.
        resource_group_name: its resource group.
        kubernetes_version: minor version of its nodes.
    """

    cluster_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    kubernetes_version: str


def _settings(pool: NodePool, subnet_id: pulumi.Input[str], kubernetes_version: str) -> dict[str, Any]:
    """What every pool has; the two Azure types name it alike."""
    return {
        "type": containerservice.AgentPoolType.VIRTUAL_MACHINE_SCALE_SETS,
        # A minor version: AKS keeps it as it is while patches go in
        # (learn.microsoft.com azure/aks/supported-kubernetes-versions#alias-minor-version).
        "orchestrator_version": kubernetes_version,
        "vm_size": pool.vm_size,
        "availability_zones": list(pool.zones),
        "vnet_subnet_id": subnet_id,
        "count": pool.min_nodes,
        "min_count": pool.min_nodes,
        "max_count": pool.max_nodes,
        "enable_auto_scaling": True,
        "max_pods": pool.max_pods,
        "node_labels": dict(pool.labels),
        "node_taints": list(pool.taints),
        "os_type": containerservice.OSType.LINUX,
        # Ubuntu, not Azure Linux: AZNFS, which encrypts NFS on its way to the file store, ships for Ubuntu nodes.
        "os_sku": containerservice.OSSKU.UBUNTU,
        # An ephemeral disk is the node's own: faster, free of charge, and nothing outlives a node.
        "os_disk_type": containerservice.OSDiskType.EPHEMERAL,
        "os_disk_size_gb": pool.os_disk_gib,
        "enable_encryption_at_host": True,
        "enable_node_public_ip": False,
        "enable_fips": False,
        "security_profile": containerservice.AgentPoolSecurityProfileArgs(enable_secure_boot=True, enable_vtpm=True),
        "upgrade_settings": containerservice.AgentPoolUpgradeSettingsArgs(
            max_surge=MAX_SURGE, drain_timeout_in_minutes=DRAIN_TIMEOUT_MINUTES
        ),
    }


def system_pool_profile(
    pool: NodePool, network: ClusterNetwork, kubernetes_version: str, tags: dict[str, str]
) -> containerservice.ManagedClusterAgentPoolProfileArgs:
    """The pool that the cluster cannot be made without."""
    settings = _settings(pool, network.subnet_ids[pool.subnet], kubernetes_version)
    settings["node_taints"] = [SYSTEM_POOL_TAINT, *pool.taints]
    return containerservice.ManagedClusterAgentPoolProfileArgs(
        name=SYSTEM_POOL_NAME, mode=containerservice.AgentPoolMode.SYSTEM, tags=tags, **settings
    )


def agent_pool(
    component: Component,
    name: str,
    cluster: ClusterAddress,
    pool_name: str,
    pool: NodePool,
    subnet_id: pulumi.Input[str],
) -> containerservice.AgentPool:
    """Makes a pool for workloads: a resource of its own, so that it can be replaced without touching the cluster.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        cluster: the cluster.
        pool_name: 1 to 12 lower-case letters and digits, a letter first.
        pool: its nodes.
        subnet_id: subnet of its nodes.
    """
    return containerservice.AgentPool(
        name,
        agent_pool_name=pool_name,
        resource_group_name=cluster.resource_group_name,
        resource_name_=cluster.cluster_name,
        tags=component.placement.tags,
        mode=containerservice.AgentPoolMode.USER,
        **_settings(pool, subnet_id, cluster.kubernetes_version),
        opts=component.child(),
    )
