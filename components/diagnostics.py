"""Which resources have logs, and the setting that sends them to Log Analytics."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import monitor

ALL_LOGS = "allLogs"

# learn.microsoft.com azure/azure-monitor/reference/supported-logs: types with a category group take it, so that new
# categories are collected too; AKS has categories only, and kube-audit would repeat kube-audit-admin at ten times the
# volume.
_CATEGORY_GROUPS: dict[str, str] = {
    "azure-native:containerregistry:Registry": ALL_LOGS,
    "azure-native:dbforpostgresql:Server": ALL_LOGS,
    "azure-native:keyvault:Vault": ALL_LOGS,
    "azure-native:network:AzureFirewall": ALL_LOGS,
    "azure-native:network:BastionHost": ALL_LOGS,
    "azure-native:network:LoadBalancer": ALL_LOGS,
    "azure-native:network:NetworkSecurityGroup": ALL_LOGS,
    "azure-native:network:PublicIPAddress": ALL_LOGS,
    "azure-native:network:VirtualNetwork": ALL_LOGS,
    "azure-native:operationalinsights:Workspace": ALL_LOGS,
    "azure-native:redisenterprise:Database": ALL_LOGS,
    "azure-native:storage:BlobServiceProperties": ALL_LOGS,
    "azure-native:storage:FileServiceProperties": ALL_LOGS,
}
_CATEGORIES: dict[str, tuple[str, ...]] = {
    "azure-native:containerservice:ManagedCluster": (
        "kube-apiserver",
        "kube-audit-admin",
        "kube-controller-manager",
        "kube-scheduler",
        "cluster-autoscaler",
        "cloud-controller-manager",
        "guard",
        "csi-azuredisk-controller",
        "csi-azurefile-controller",
    ),
    # What was done; why nothing was done would be a line a minute.
    "azure-native:monitor:AutoscaleSetting": ("AutoscaleScaleActions",),
}
# NSGs have no metrics; the others' platform metrics are read where they are, at no cost, so they are not exported.
_METRICS: tuple[str, ...] = ("azure-native:storage:BlobServiceProperties", "azure-native:storage:FileServiceProperties")
# These types fill AzureDiagnostics only, and ARM refuses a destination type for them.
_LEGACY_TABLE: tuple[str, ...] = (
    "azure-native:network:NetworkSecurityGroup",
    "azure-native:network:PublicIPAddress",
    "azure-native:network:VirtualNetwork",
)


def diagnosable(type_token: str) -> bool:
    """Whether resources of this Pulumi type have logs of their own."""
    return type_token in _CATEGORY_GROUPS or type_token in _CATEGORIES


def log_to(
    workspace_id: pulumi.Input[str] | None,
    name: str,
    type_token: str,
    resource: pulumi.CustomResource,
    opts: pulumi.ResourceOptions,
) -> monitor.DiagnosticSetting:
    """Sends all logs of a resource to a Log Analytics workspace, into resource-specific tables where it has them.

    Args:
        workspace_id: the workspace.
        name: the resource's Pulumi name; the setting is called `<name>-logs`.
        type_token: its Pulumi type, one that is `diagnosable`.
        resource: the resource.
        opts: options of the setting.
    """
    group = _CATEGORY_GROUPS.get(type_token)
    logs = (
        [monitor.DiagnosticsLogSettingsArgs(category_group=group, enabled=True)]
        if group
        else [
            monitor.DiagnosticsLogSettingsArgs(category=category, enabled=True) for category in _CATEGORIES[type_token]
        ]
    )
    return monitor.DiagnosticSetting(
        f"{name}-logs",
        name="logs",
        resource_uri=resource.id,
        workspace_id=workspace_id,
        log_analytics_destination_type=None if type_token in _LEGACY_TABLE else "Dedicated",
        logs=logs,
        metrics=(
            [monitor.DiagnosticsMetricSettingsArgs(category="Transaction", enabled=True)]
            if type_token in _METRICS
            else None
        ),
        opts=opts,
    )
