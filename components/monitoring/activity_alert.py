"""Alerts on the activity log of a subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import monitor

from components.base import Component


def make_activity_alert(
    component: Component,
    name: str,
    azure_name: str,
    why: str,
    scopes: Sequence[pulumi.Input[str]],
    conditions: Mapping[str, Sequence[str]],
    action_group_id: pulumi.Input[str],
) -> monitor.ActivityLogAlert:
    """Makes an alert on each record of the activity log that meets all conditions.

    It costs nothing; a subscription has room for 100 (learn.microsoft.com azure/azure-monitor/service-limits#alerts).

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        azure_name: its Azure name, up to 260 characters.
        why: what it tells of.
        scopes: ARM ids of the subscription, or of resource groups or resources in it.
        conditions: values of which a field of the record has one, by field; `category` is one of the fields
            (learn.microsoft.com azure/azure-monitor/platform/activity-log-schema).
        action_group_id: who is told.
    """
    return monitor.ActivityLogAlert(
        name,
        activity_log_alert_name=azure_name,
        resource_group_name=component.placement.resource_group_name,
        # Alerts must arrive while a region is down.
        location="Global",
        tags=component.placement.tags,
        enabled=True,
        description=why,
        scopes=scopes,
        condition=monitor.AlertRuleAllOfConditionArgs(
            all_of=[_one_of(field, values) for field, values in conditions.items()]
        ),
        actions=monitor.ActionListArgs(action_groups=[monitor.ActionGroupArgs(action_group_id=action_group_id)]),
        opts=component.child(),
    )


def _one_of(field: str, values: Sequence[str]) -> monitor.AlertRuleAnyOfOrLeafConditionArgs:
    """Azure takes one value as it is, and several as a list."""
    if len(values) == 1:
        return monitor.AlertRuleAnyOfOrLeafConditionArgs(field=field, equals=values[0])
    return monitor.AlertRuleAnyOfOrLeafConditionArgs(
        any_of=[monitor.AlertRuleLeafConditionArgs(field=field, equals=value) for value in values]
    )
