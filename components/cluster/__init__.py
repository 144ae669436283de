"""The AKS cluster that runs Odoo: control plane, node pools, upgrades, and who may do what in it."""

from components.cluster.args import (
    ClusterAccess,
    ClusterEncryption,
    ClusterMonitoring,
    ClusterNames,
    ClusterNetwork,
    ClusterUpgrades,
    NodePool,
    OdooClusterArgs,
)
from components.cluster.cluster import OdooCluster

__all__ = [
    "ClusterAccess",
    "ClusterEncryption",
    "ClusterMonitoring",
    "ClusterNames",
    "ClusterNetwork",
    "ClusterUpgrades",
    "NodePool",
    "OdooCluster",
    "OdooClusterArgs",
]
