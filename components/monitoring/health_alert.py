"""HealthAlert: who hears when Azure itself says that a resource is not well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.base import Component, Placement

# learn.microsoft.com azure/azure-monitor/platform/activity-log-schema#resource-health-category
_UNWELL = ("Degraded", "Unavailable")
# What people do themselves, such as stopping a machine, is no news to them.
_NOT_BY_PEOPLE = ("PlatformInitiated", "Unknown")


@dataclass(frozen=True, kw_only=True)
class HealthAlertArgs:
    """Arguments of `HealthAlert`.

    Args:
        placement: where the alert goes.
        alert_name: its name: up to 260 characters.
        resource_group_names: resource groups of the placement's subscription that it watches.
        action_group_id: action group that is told.
    """

    placement: Placement
    alert_name: str
    resource_group_names: Sequence[pulumi.Input[str]]
    action_group_id: pulumi.Input[str]


class HealthAlert(Component):
    """An alert on the health of everything in some resource groups: databases, caches, stores, vaults, clusters.

    Azure says of each resource whether it is available, degraded or unavailable; this tells people of the last two,
    unless they did it themselves. It costs nothing; a subscription has room for 100 alerts on its activity log
    (learn.microsoft.com azure/azure-monitor/service-limits#alerts), which is why one watches many groups.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        alert_id: ARM id of the alert.
    """

    alert_id: pulumi.Output[str]

    def __init__(self, name: str, args: HealthAlertArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        alert = monitor.ActivityLogAlert(
            f"{name}-alert",
            activity_log_alert_name=args.alert_name,
            resource_group_name=args.placement.resource_group_name,
            # Alerts must arrive while a region is down.
            location="Global",
            tags=args.placement.tags,
            enabled=True,
            description="Tells of each resource that Azure reports as degraded or unavailable.",
            scopes=[
                pulumi.Output.concat("/subscriptions/", args.placement.subscription_id, "/resourceGroups/", group)
                for group in args.resource_group_names
            ],
            condition=monitor.AlertRuleAllOfConditionArgs(
                all_of=[
                    monitor.AlertRuleAnyOfOrLeafConditionArgs(field="category", equals="ResourceHealth"),
                    _any_of("properties.currentHealthStatus", _UNWELL),
                    _any_of("properties.cause", _NOT_BY_PEOPLE),
                ]
            ),
            actions=monitor.ActionListArgs(
                action_groups=[monitor.ActionGroupArgs(action_group_id=args.action_group_id)]
            ),
            opts=self.child(),
        )
        self.alert_id = alert.id
        self.finish({"alert_id": self.alert_id})


def _any_of(field: str, values: Sequence[str]) -> monitor.AlertRuleAnyOfOrLeafConditionArgs:
    return monitor.AlertRuleAnyOfOrLeafConditionArgs(
        any_of=[monitor.AlertRuleLeafConditionArgs(field=field, equals=value) for value in values]
    )
