"""MachineAgents: what the agents on machines need before there is one."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import authorization, monitor

from components.access import Role, grant
from components.base import Component
from components.machines.args import MachineAgentsArgs
from components.monitoring.rules import machine_logs_rule


class MachineAgents(Component):
    """The rule by which machines' logs are collected, and the right to write their metrics.

    Attributes:
        logs_rule_id: ARM id of the data collection rule.
        metrics_rule_id: the rule that takes metrics, known once all publishers may write to it.
    """

    logs_rule_id: pulumi.Output[str]
    metrics_rule_id: pulumi.Output[str]

    def __init__(self, name: str, args: MachineAgentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        rule = machine_logs_rule(args.log_workspace_id)
        self.logs_rule_id = monitor.DataCollectionRule(
            f"{name}-logs-rule",
            data_collection_rule_name=args.rule_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            kind=monitor.KnownDataCollectionRuleResourceKind.LINUX,
            description=rule.description,
            # A destination behind a private link takes data only through an endpoint in the same scope.
            data_collection_endpoint_id=args.endpoint_id,
            data_sources=rule.data_sources,
            destinations=rule.destinations,
            data_flows=[rule.data_flow],
            opts=self.child(),
        ).id
        grants = self.__grant_publishers(name, args)
        self.metrics_rule_id = pulumi.Output.all(args.metrics_rule_id, *[each.id for each in grants]).apply(
            lambda ids: str(ids[0])
        )
        self.finish({"logs_rule_id": self.logs_rule_id})

    def __grant_publishers(self, name: str, args: MachineAgentsArgs) -> list[authorization.RoleAssignment]:
        return [
            grant(
                self,
                f"{name}-metrics-{publisher}",
                Role.MONITORING_METRICS_PUBLISHER,
                scope=args.metrics_rule_id,
                principal_id=principal_id,
                purpose=f"Lets {publisher} write metrics.",
            )
            for publisher, principal_id in args.publishers.items()
        ]
