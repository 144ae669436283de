"""The fixed choices of the managed cluster, one function a profile."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import containerservice

from components.cluster.args import ClusterNetwork
from components.customer_key import CustomerKey

IMAGE_CLEANER_INTERVAL_HOURS = 168
"""Weekly; the service takes 24 hours to 3 months (learn.microsoft.com azure/aks/image-cleaner)."""
SECRET_ROTATION_POLL_INTERVAL = "2m"  # noqa: S105
"""How soon a rotated secret reaches its mounts."""
EVICTION_GRACE_SECONDS = 900
"""Longest wait for a pod when the autoscaler removes its node: a posting run of Odoo may end first."""
SCALE_DOWN_DELAY = "15m"
"""Nodes outlive a lull of a quarter of an hour: users come back after a meeting."""


def api_server_access(network: ClusterNetwork) -> containerservice.ManagedClusterAPIServerAccessProfileArgs:
    """An API server inside the network, without a public name and without commands through Azure's own API."""
    return containerservice.ManagedClusterAPIServerAccessProfileArgs(
        enable_private_cluster=True,
        enable_private_cluster_public_fqdn=False,
        private_dns_zone=network.private_dns_zone_id,
        enable_vnet_integration=True,
        subnet_id=network.api_server_subnet_id,
        disable_run_command=True,
    )


def networking(network: ClusterNetwork) -> containerservice.ContainerServiceNetworkProfileArgs:
    """Azure CNI overlay with Cilium: network policies enforced by eBPF, domain names in them, flows observed."""
    return containerservice.ContainerServiceNetworkProfileArgs(
        network_plugin=containerservice.NetworkPlugin.AZURE,
        network_plugin_mode=containerservice.NetworkPluginMode.OVERLAY,
        network_dataplane=containerservice.NetworkDataplane.CILIUM,
        network_policy=containerservice.NetworkPolicy.CILIUM,
        advanced_networking=containerservice.AdvancedNetworkingArgs(
            enabled=True,
            observability=containerservice.AdvancedNetworkingObservabilityArgs(enabled=True),
            security=containerservice.AdvancedNetworkingSecurityArgs(
                enabled=True, advanced_network_policies=containerservice.AdvancedNetworkPolicies.FQDN
            ),
        ),
        pod_cidr=network.pod_cidr,
        service_cidr=network.service_cidr,
        dns_service_ip=network.dns_service_ip,
        load_balancer_sku=containerservice.LoadBalancerSku.STANDARD,
        outbound_type=(
            containerservice.OutboundType.USER_DEFINED_ROUTING
            if network.routed_egress
            else containerservice.OutboundType.USER_ASSIGNED_NAT_GATEWAY
        ),
    )


def security(
    secrets_key: CustomerKey, workspace_id: pulumi.Input[str]
) -> containerservice.ManagedClusterSecurityProfileArgs:
    """Secrets in etcd under a customer-managed key, Defender's sensor, unused images removed, workload identity.

    learn.microsoft.com azure/aks/use-kms-etcd-encryption: a vault without public access needs API server VNet
    integration, and a key with its version. The newer experience, which follows rotations by itself
    (`kubernetesResourceObjectEncryptionProfile`), is not in API version 2025-09-01.
    """
    return containerservice.ManagedClusterSecurityProfileArgs(
        azure_key_vault_kms=containerservice.AzureKeyVaultKmsArgs(
            enabled=True,
            key_id=secrets_key.versioned_key_uri,
            key_vault_network_access=containerservice.KeyVaultNetworkAccessTypes.PRIVATE,
            key_vault_resource_id=secrets_key.vault_id,
        ),
        defender=containerservice.ManagedClusterSecurityProfileDefenderArgs(
            log_analytics_workspace_resource_id=workspace_id,
            security_monitoring=containerservice.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs(
                enabled=True
            ),
        ),
        image_cleaner=containerservice.ManagedClusterSecurityProfileImageCleanerArgs(
            enabled=True, interval_hours=IMAGE_CLEANER_INTERVAL_HOURS
        ),
        workload_identity=containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(enabled=True),
    )


def addons(workspace_id: pulumi.Input[str]) -> dict[str, containerservice.ManagedClusterAddonProfileArgs]:
    """Add-ons that AKS patches itself: Azure Policy, secrets from Key Vault, container logs."""
    return {
        "azurepolicy": containerservice.ManagedClusterAddonProfileArgs(enabled=True, config={"version": "v2"}),
        "azureKeyvaultSecretsProvider": containerservice.ManagedClusterAddonProfileArgs(
            enabled=True,
            config={"enableSecretRotation": "true", "rotationPollInterval": SECRET_ROTATION_POLL_INTERVAL},
        ),
        "omsagent": containerservice.ManagedClusterAddonProfileArgs(
            enabled=True,
            config={"logAnalyticsWorkspaceResourceID": workspace_id, "useAADAuth": "true"},
        ),
    }


def autoscaler() -> containerservice.ManagedClusterPropertiesAutoScalerProfileArgs:
    """Scales up for the pods that wait, and down slowly; all values are strings."""
    return containerservice.ManagedClusterPropertiesAutoScalerProfileArgs(
        expander=containerservice.Expander.LEAST_WASTE,
        balance_similar_node_groups="true",
        scale_down_delay_after_add=SCALE_DOWN_DELAY,
        scale_down_unneeded_time=SCALE_DOWN_DELAY,
        max_graceful_termination_sec=str(EVICTION_GRACE_SECONDS),
        # Odoo's pods have scratch volumes of their own, which must not hold a node back.
        skip_nodes_with_local_storage="false",
    )


def storage() -> containerservice.ManagedClusterStorageProfileArgs:
    """Drivers of files (the file store) and disks; snapshots are what a cluster backup is made of."""
    return containerservice.ManagedClusterStorageProfileArgs(
        file_csi_driver=containerservice.ManagedClusterStorageProfileFileCSIDriverArgs(enabled=True),
        disk_csi_driver=containerservice.ManagedClusterStorageProfileDiskCSIDriverArgs(enabled=True),
        snapshot_controller=containerservice.ManagedClusterStorageProfileSnapshotControllerArgs(enabled=True),
    )
