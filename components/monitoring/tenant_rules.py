"""TenantShareRules: who of a platform's tenants uses what, and who slows others down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import alertsmanagement

from components.base import Component, Placement
from components.monitoring.noisy_neighbours import NoiseLimits, noise_group
from components.monitoring.rule_groups import MINUTES_BETWEEN_EVALUATIONS, azure_rules
from components.monitoring.tenant_shares import share_group


@dataclass(frozen=True, kw_only=True)
class TenantShareRulesArgs:
    """Arguments of `TenantShareRules`.

    Args:
        placement: where the rule groups go: the region of the workspace.
        name_prefix: beginning of the groups' Azure names, to which `-tenant-shares` and `-noisy-neighbours` are added.
        metrics_workspace_id: ARM id of the Azure Monitor workspace with the metrics.
        action_group_id: ARM id of the action group that alerts go to.
        database_cores: processors of each PostgreSQL server that tenants share, by its name in `DatabaseMetrics`. A
            server of one tenant alone is not among them.
        limits: when a tenant is noisy.
    """

    placement: Placement
    name_prefix: str
    metrics_workspace_id: pulumi.Input[str]
    action_group_id: pulumi.Input[str]
    database_cores: Mapping[str, float]
    limits: NoiseLimits = field(default_factory=NoiseLimits)


class TenantShareRules(Component):
    """Rule groups of managed Prometheus: each tenant's share of what is shared, its fair share, and an alert.

    The alert `TenantOverFairShare` names tenant, resource, place and cause, within five minutes.
    The rules name no tenant, so they stay as they are when one comes or goes.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.
    """

    def __init__(self, name: str, args: TenantShareRulesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        for group in (share_group(args.database_cores), noise_group(args.limits)):
            alertsmanagement.PrometheusRuleGroup(
                f"{name}-{group.name}",
                rule_group_name=f"{args.name_prefix}-{group.name}",
                resource_group_name=args.placement.resource_group_name,
                location=args.placement.location,
                tags=args.placement.tags,
                description=group.description,
                enabled=True,
                interval=f"PT{MINUTES_BETWEEN_EVALUATIONS}M",
                scopes=[args.metrics_workspace_id],
                rules=azure_rules(group, args.action_group_id),
                opts=self.child(),
            )
        self.finish({})
