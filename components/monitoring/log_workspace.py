"""A Log Analytics workspace as all of ours are."""

from __future__ import annotations

from pulumi_azure_native import operationalinsights

from components.base import Component


def make_log_workspace(
    component: Component, name: str, azure_name: str, retention_days: int, daily_cap_gib: float | None = None
) -> operationalinsights.Workspace:
    """Makes a workspace that answers no public network and takes no shared key.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        azure_name: its Azure name, 4 to 63 characters.
        retention_days: days that logs can be queried: 30 to 730.
        daily_cap_gib: most logs a day, in GiB; no limit by default. Beyond it the audit trail has a gap.
    """
    return operationalinsights.Workspace(
        name,
        workspace_name=azure_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        sku=operationalinsights.WorkspaceSkuArgs(name=operationalinsights.WorkspaceSkuNameEnum.PER_GB2018),
        retention_in_days=retention_days,
        workspace_capping=(
            operationalinsights.WorkspaceCappingArgs(daily_quota_gb=daily_cap_gib)
            if daily_cap_gib is not None
            else None
        ),
        public_network_access_for_ingestion=operationalinsights.PublicNetworkAccessType.DISABLED,
        public_network_access_for_query=operationalinsights.PublicNetworkAccessType.DISABLED,
        features=operationalinsights.WorkspaceFeaturesArgs(
            # Shared keys could write forged logs; agents have identities.
            disable_local_auth=True,
            # Whoever may read a resource may read its logs, and no others.
            enable_log_access_using_only_resource_permissions=True,
        ),
        opts=component.child(),
    )
