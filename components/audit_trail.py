"""AuditTrail: who did what in a subscription, kept where those who did it cannot change it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import aadiam, monitor

from components.base import Component, Placement
from components.monitoring.log_workspace import make_log_workspace
from components.monitoring.people import AlertReceivers, make_action_group

# learn.microsoft.com azure/azure-monitor/platform/activity-log-schema#categories
ACTIVITY_CATEGORIES = (
    "Administrative",
    "Security",
    "ServiceHealth",
    "Alert",
    "Recommendation",
    "Policy",
    "Autoscale",
    "ResourceHealth",
)


@dataclass(frozen=True, kw_only=True)
class AuditTrailArgs:
    """Arguments of `AuditTrail`.

    Args:
        placement: where it goes, without a log workspace, which is made here; its subscription is what is recorded.
        workspace_name: Log Analytics workspace: 4 to 63 characters.
        retention_days: days that the records can be queried: 30 to 730.
        action_group_name: action group: up to 260 characters.
        receivers: who is told.
        directory_logs: whether the directory's sign-ins and audit log come here too. The deploying identity then needs
            the directory role Security Administrator (learn.microsoft.com entra/identity/monitoring-health/
            howto-configure-diagnostic-settings).
    """

    placement: Placement
    workspace_name: str
    retention_days: int
    action_group_name: str
    receivers: AlertReceivers
    directory_logs: bool = False


class AuditTrail(Component):
    """The activity log of a subscription, and the directory's logs, in a workspace of their own.

    The workspace is protected and locked; it answers no public network. Azure delivers both logs to it by itself.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        log_workspace_id: ARM id of the workspace.
        action_group_id: ARM id of the action group.
    """

    log_workspace_id: pulumi.Output[str]
    action_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        workspace = make_log_workspace(self, f"{name}-logs", args.workspace_name, args.retention_days)
        self.lock(f"{name}-logs-lock", workspace, "Holds the audit trail of the subscription")
        monitor.SubscriptionDiagnosticSetting(
            f"{name}-activity",
            name="audit-trail",
            workspace_id=workspace.id,
            logs=[
                monitor.SubscriptionLogSettingsArgs(category=category, enabled=True) for category in ACTIVITY_CATEGORIES
            ],
            opts=self.child(),
        )
        if args.directory_logs:
            aadiam.DiagnosticSetting(
                f"{name}-directory",
                name="audit-trail",
                workspace_id=workspace.id,
                logs=[aadiam.LogSettingsArgs(category=category, enabled=True) for category in aadiam.Category],
                opts=self.child(),
            )
        self.log_workspace_id = workspace.id
        self.action_group_id = make_action_group(self, f"{name}-people", args.action_group_name, args.receivers).id
        self.finish({"log_workspace_id": self.log_workspace_id}, log_workspace_id=self.log_workspace_id)
