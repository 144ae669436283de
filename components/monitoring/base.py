"""MonitoringBase: the workspaces that everything reports to, and the people who are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import monitor

from components.access import Role, grant
from components.base import Component, Placement
from components.monitoring.log_workspace import make_log_workspace
from components.monitoring.people import AlertReceivers, make_action_group
from components.monitoring.rules import CollectionRule, logs_rule, metrics_rule, write_url

DISABLED = "Disabled"


@dataclass(frozen=True, kw_only=True)
class MonitoringNames:
    """Names of what the base consists of.

    Args:
        log_workspace: Log Analytics workspace: 4 to 60 characters (its rule is called `dcr-<workspace>`).
        metrics_workspace: Azure Monitor workspace: 4 to 44 characters (its rule likewise).
        endpoint: data collection endpoint: 3 to 44 characters.
        action_group: action group: up to 260 characters.
    """

    log_workspace: str
    metrics_workspace: str
    endpoint: str
    action_group: str


@dataclass(frozen=True, kw_only=True)
class MonitoringBaseArgs:
    """Arguments of `MonitoringBase`.

    Args:
        placement: where it goes; without a log workspace, which is made here.
        names: names of what it consists of.
        retention_days: days that logs can be queried: 30 to 730.
        receivers: who is told.
        metrics_readers: service principals that may query the metrics: object ids by what they are.
        daily_cap_gib: most logs a day, in GiB; no limit by default. Beyond it the audit trail has a gap.
    """

    placement: Placement
    names: MonitoringNames
    retention_days: int
    receivers: AlertReceivers
    metrics_readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    daily_cap_gib: float | None = None


class MonitoringBase(Component):
    """Logs, metrics, and the way to people.

    Makes a Log Analytics workspace and an Azure Monitor workspace (both protected and locked), a data collection
    endpoint, the rules for Prometheus metrics and container logs, and an action group. None of them answers from
    public networks: `MonitoringPrivateLink` is how agents and people reach them. Diagnostic settings of Azure resources
    need no link: the platform delivers them itself (learn.microsoft.com azure/azure-monitor/logs/private-link-design).

    The activity log is left out: its setting belongs to the subscription, and several environments may share one
    (`AuditTrail`).

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        log_workspace_id: ARM id of the Log Analytics workspace.
        log_workspace_customer_id: GUID that traffic analytics knows it by.
        metrics_workspace_id: ARM id of the Azure Monitor workspace.
        metrics_query_url: where its Prometheus metrics are queried.
        endpoint_id: ARM id of the data collection endpoint.
        metrics_rule_id: ARM id of the rule for Prometheus metrics.
        metrics_write_url: where Prometheus servers write to by that rule (remote write).
        logs_rule_id: ARM id of the rule for container logs.
        action_group_id: ARM id of the action group.
    """

    log_workspace_id: pulumi.Output[str]
    log_workspace_customer_id: pulumi.Output[str]
    metrics_workspace_id: pulumi.Output[str]
    metrics_query_url: pulumi.Output[str]
    endpoint_id: pulumi.Output[str]
    metrics_rule_id: pulumi.Output[str]
    metrics_write_url: pulumi.Output[str]
    logs_rule_id: pulumi.Output[str]
    action_group_id: pulumi.Output[str]

    def __init__(self, name: str, args: MonitoringBaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        log_workspace = make_log_workspace(
            self, f"{name}-logs", args.names.log_workspace, args.retention_days, args.daily_cap_gib
        )
        metrics_workspace = self.__make_metrics_workspace(name, args)
        endpoint = self.__make_endpoint(name, args)
        self.__grant_readers(name, args, metrics_workspace)
        self.lock(f"{name}-logs-lock", log_workspace, "Holds the audit trail")
        self.lock(f"{name}-metrics-lock", metrics_workspace, "Holds the history that sizes are judged by")

        self.log_workspace_id = log_workspace.id
        self.log_workspace_customer_id = log_workspace.customer_id
        self.metrics_workspace_id = metrics_workspace.id
        self.metrics_query_url = metrics_workspace.metrics.apply(
            lambda metrics: metrics.prometheus_query_endpoint if metrics else ""
        )
        self.endpoint_id = endpoint.id
        metrics = self.__make_rule(
            f"{name}-metrics-rule",
            args,
            f"dcr-{args.names.metrics_workspace}",
            metrics_rule(metrics_workspace.id),
            endpoint,
        )
        self.metrics_rule_id = metrics.id
        self.metrics_write_url = write_url(endpoint, metrics)
        self.logs_rule_id = self.__make_rule(
            f"{name}-logs-rule", args, f"dcr-{args.names.log_workspace}", logs_rule(log_workspace.id), endpoint
        ).id
        self.action_group_id = make_action_group(self, f"{name}-people", args.names.action_group, args.receivers).id
        self.finish({"log_workspace_id": self.log_workspace_id}, log_workspace_id=self.log_workspace_id)

    def __make_metrics_workspace(self, name: str, args: MonitoringBaseArgs) -> monitor.AzureMonitorWorkspace:
        return monitor.AzureMonitorWorkspace(
            f"{name}-metrics",
            azure_monitor_workspace_name=args.names.metrics_workspace,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            public_network_access=monitor.PublicNetworkAccess.DISABLED,
            opts=self.child(),
        )

    def __make_endpoint(self, name: str, args: MonitoringBaseArgs) -> monitor.DataCollectionEndpoint:
        return monitor.DataCollectionEndpoint(
            f"{name}-endpoint",
            data_collection_endpoint_name=args.names.endpoint,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            kind=monitor.KnownDataCollectionEndpointResourceKind.LINUX,
            network_acls=monitor.DataCollectionEndpointNetworkAclsArgs(public_network_access=DISABLED),
            opts=self.child(),
        )

    def __grant_readers(self, name: str, args: MonitoringBaseArgs, workspace: monitor.AzureMonitorWorkspace) -> None:
        for reader, principal_id in args.metrics_readers.items():
            grant(
                self,
                f"{name}-metrics-{reader}",
                Role.MONITORING_DATA_READER,
                scope=workspace.id,
                principal_id=principal_id,
                purpose=f"Lets {reader} query the metrics.",
            )

    def __make_rule(
        self,
        name: str,
        args: MonitoringBaseArgs,
        azure_name: str,
        rule: CollectionRule,
        endpoint: monitor.DataCollectionEndpoint,
    ) -> monitor.DataCollectionRule:
        return monitor.DataCollectionRule(
            name,
            data_collection_rule_name=azure_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            kind=monitor.KnownDataCollectionRuleResourceKind.LINUX,
            description=rule.description,
            # A destination behind a private link takes data only through an endpoint in the same scope.
            data_collection_endpoint_id=endpoint.id,
            data_sources=rule.data_sources,
            destinations=rule.destinations,
            data_flows=[rule.data_flow],
            opts=self.child(),
        )
