"""Flow logs of a virtual network."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component, Placement

_WATCHER_GROUP = "NetworkWatcherRG"
"""Where Azure puts the network watcher that it makes with a region's first virtual network
(learn.microsoft.com azure/network-watcher/network-watcher-create)."""
_FORMAT_VERSION = 2
_ANALYTICS_INTERVAL_MINUTES = 10
"""10 or 60; the shorter one makes an alert on denied flows worth having."""


@dataclass(frozen=True, kw_only=True)
class NetworkFlowLogsArgs:
    """Arguments of `NetworkFlowLogs`.

    Args:
        placement: of the network; the logs themselves belong to the region's network watcher.
        network_id: ARM id of the virtual network.
        network_name: its Azure name; the flow log is called `fl-<network_name>`.
        storage_account_id: ARM id of the account that keeps the logs; in the network's region, and open to trusted
            Azure services.
        writer_id: ARM id of the user-assigned identity that writes to it.
        retention_days: how long they are kept, 1 to 365.
        workspace_customer_id: GUID by which traffic analytics knows the placement's workspace.
        watcher_name: network watcher of the region; None for the one that Azure makes.
    """

    placement: Placement
    network_id: pulumi.Input[str]
    network_name: str
    storage_account_id: pulumi.Input[str]
    retention_days: int
    writer_id: pulumi.Input[str]
    workspace_customer_id: pulumi.Input[str]
    watcher_name: str | None = None


class NetworkFlowLogs(Component):
    """Who talked to whom, allowed or denied: kept in storage, and analysed in the workspace (table NTANetAnalytics).

    It is a log of the virtual network: logs of single security groups cannot be made since 2025-06-30
    (learn.microsoft.com azure/network-watcher/nsg-flow-logs-overview).

    Attributes:
        flow_log_id: ARM id.

    Raises:
        ValueError: the placement names no workspace.
    """

    flow_log_id: pulumi.Output[str]

    def __init__(self, name: str, args: NetworkFlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        workspace_id = args.placement.log_workspace_id
        if workspace_id is None:
            raise ValueError("traffic analytics needs the placement's log_workspace_id")
        super().__init__(name, args.placement, opts)
        log = network.FlowLog(
            f"{name}-flow-log",
            flow_log_name=f"fl-{args.network_name}",
            network_watcher_name=args.watcher_name or f"NetworkWatcher_{args.placement.location}",
            resource_group_name=_WATCHER_GROUP,
            location=args.placement.location,
            tags=args.placement.tags,
            target_resource_id=args.network_id,
            storage_id=args.storage_account_id,
            identity=network.ManagedServiceIdentityArgs(
                type=network.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[args.writer_id]
            ),
            enabled=True,
            format=network.FlowLogFormatParametersArgs(type=network.FlowLogFormatType.JSON, version=_FORMAT_VERSION),
            retention_policy=network.RetentionPolicyParametersArgs(enabled=True, days=args.retention_days),
            flow_analytics_configuration=network.TrafficAnalyticsPropertiesArgs(
                network_watcher_flow_analytics_configuration=network.TrafficAnalyticsConfigurationPropertiesArgs(
                    enabled=True,
                    workspace_id=args.workspace_customer_id,
                    workspace_region=args.placement.location,
                    workspace_resource_id=workspace_id,
                    traffic_analytics_interval=_ANALYTICS_INTERVAL_MINUTES,
                )
            ),
            opts=self.child(),
        )
        self.flow_log_id = log.id
        self.finish({"flowLogId": self.flow_log_id})
