"""HealthAlert: who hears when Azure itself says that a resource is not well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.base import Component, Placement
from components.monitoring.activity_alert import make_activity_alert

# learn.microsoft.com azure/azure-monitor/platform/activity-log-schema#resource-health-category
_CONDITIONS = {
    "category": ["ResourceHealth"],
    "properties.currentHealthStatus": ["Degraded", "Unavailable"],
    # What people do themselves, such as stopping a machine, is no news to them.
    "properties.cause": ["PlatformInitiated", "Unknown"],
}


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
    unless they did it themselves. One watches many groups: a subscription has room for 100 alerts on its activity log
    (learn.microsoft.com azure/azure-monitor/service-limits#alerts).

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
        subscription = pulumi.Output.concat("/subscriptions/", args.placement.subscription_id)
        alert = make_activity_alert(
            self,
            f"{name}-alert",
            args.alert_name,
            "Tells of each resource that Azure reports as degraded or unavailable.",
            [pulumi.Output.concat(subscription, "/resourceGroups/", group) for group in args.resource_group_names],
            _CONDITIONS,
            args.action_group_id,
        )
        self.alert_id = alert.id
        self.finish({"alert_id": self.alert_id})
