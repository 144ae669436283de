"""How many machines there are: by the calendar, and by what they do."""

from __future__ import annotations

import json

import pulumi
from pulumi_azure_native import compute, monitor

from components.base import Component
from components.machines.args import BusyDays, BusyHours, Scaling
from components.machines.load_balancer import FrontEnd

MOST_PROFILES = 20
"""learn.microsoft.com azure/azure-monitor/autoscale/autoscale-understanding-settings#autoscale-profiles"""
_DEFAULT = "default"
_MINUTE = "PT1M"
_OUT_WINDOW, _IN_WINDOW = "PT5M", "PT15M"
_OUT_COOLDOWN, _IN_COOLDOWN = "PT10M", "PT20M"
"""A new machine is well after some minutes; until then the processors of the others tell nothing new."""
_WELL_PERCENT = 99
_AVERAGE = monitor.MetricStatisticType.AVERAGE, monitor.TimeAggregationType.AVERAGE
_Operator = monitor.ComparisonOperationType


def autoscale(
    component: Component,
    name: str,
    scaling: Scaling,
    scale_set: compute.VirtualMachineScaleSet,
    front_end: FrontEnd | None,
) -> monitor.AutoscaleSetting:
    """Makes the autoscale setting of a set.

    One goes only while the processors are idle and all probes of the load balancer succeed: autoscale takes a machine
    away if all its rules for that say so. Busy days have no such rule: no machine goes in a close.

    Args:
        component: owner.
        name: prefix of Pulumi names.
        scaling: the numbers.
        scale_set: what is scaled.
        front_end: load balancer in front of it, whose probes are asked.

    Raises:
        ValueError: more profiles than Azure takes.
    """
    out, in_ = _out_rule(scaling, scale_set), _in_rules(scaling, scale_set, front_end)
    profiles = [
        *(_busy_days(days, scaling, [out]) for days in scaling.busy_days),
        *(profile for hours in scaling.busy_hours for profile in _busy_hours(hours, scaling, [out, *in_])),
    ]
    if not scaling.busy_hours:
        profiles.append(_profile(_DEFAULT, scaling, scaling.min_instances, [out, *in_]))
    if len(profiles) > MOST_PROFILES:
        raise ValueError(f"{scaling.name}: {len(profiles)} profiles; Azure takes {MOST_PROFILES}")
    return monitor.AutoscaleSetting(
        f"{name}-autoscale",
        autoscale_setting_name=scaling.name,
        # ARM wants it a second time, inside.
        name=scaling.name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        enabled=True,
        target_resource_uri=scale_set.id,
        profiles=profiles,
        opts=component.child(),
    )


def _profile(
    name: str,
    scaling: Scaling,
    instances: int,
    rules: list[monitor.ScaleRuleArgs],
    fixed_date: monitor.TimeWindowArgs | None = None,
    recurrence: monitor.RecurrenceArgs | None = None,
) -> monitor.AutoscaleProfileArgs:
    return monitor.AutoscaleProfileArgs(
        name=name,
        capacity=monitor.ScaleCapacityArgs(
            minimum=str(instances), default=str(instances), maximum=str(scaling.max_instances)
        ),
        rules=rules,
        fixed_date=fixed_date,
        recurrence=recurrence,
    )


def _busy_days(days: BusyDays, scaling: Scaling, rules: list[monitor.ScaleRuleArgs]) -> monitor.AutoscaleProfileArgs:
    span = monitor.TimeWindowArgs(
        start=f"{days.first}T00:00:00", end=f"{days.last}T23:59:00", time_zone=scaling.time_zone
    )
    return _profile(days.name, scaling, days.instances, rules, fixed_date=span)


def _busy_hours(
    hours: BusyHours, scaling: Scaling, rules: list[monitor.ScaleRuleArgs]
) -> tuple[monitor.AutoscaleProfileArgs, monitor.AutoscaleProfileArgs]:
    """The profile of the hours, and the default one that begins when they end.

    A recurring profile has no end: another must begin, and its name says after which (learn.microsoft.com
    azure/azure-monitor/autoscale/autoscale-multiprofile).
    """
    after = json.dumps({"name": _DEFAULT, "for": hours.name}, separators=(",", ":"))
    return (
        _profile(hours.name, scaling, hours.instances, rules, recurrence=_every_week(hours, hours.start, scaling)),
        _profile(after, scaling, scaling.min_instances, rules, recurrence=_every_week(hours, hours.end, scaling)),
    )


def _every_week(hours: BusyHours, time: str, scaling: Scaling) -> monitor.RecurrenceArgs:
    hour, _, minute = time.partition(":")
    return monitor.RecurrenceArgs(
        frequency=monitor.RecurrenceFrequency.WEEK,
        schedule=monitor.RecurrentScheduleArgs(
            time_zone=scaling.time_zone, days=list(hours.days), hours=[int(hour)], minutes=[int(minute)]
        ),
    )


def _out_rule(scaling: Scaling, scale_set: compute.VirtualMachineScaleSet) -> monitor.ScaleRuleArgs:
    trigger = _cpu(scale_set.id, _Operator.GREATER_THAN, scaling.out_cpu_percent, _OUT_WINDOW)
    return _rule(trigger, monitor.ScaleDirection.INCREASE, _OUT_COOLDOWN)


def _in_rules(
    scaling: Scaling, scale_set: compute.VirtualMachineScaleSet, front_end: FrontEnd | None
) -> list[monitor.ScaleRuleArgs]:
    triggers = [_cpu(scale_set.id, _Operator.LESS_THAN, scaling.in_cpu_percent, _IN_WINDOW)]
    if front_end is not None:
        triggers.append(_all_well(front_end))
    return [_rule(trigger, monitor.ScaleDirection.DECREASE, _IN_COOLDOWN) for trigger in triggers]


def _cpu(
    scale_set_id: pulumi.Input[str], operator: monitor.ComparisonOperationType, percent: int, window: str
) -> monitor.MetricTriggerArgs:
    return _trigger(
        "Percentage CPU", "Microsoft.Compute/virtualMachineScaleSets", scale_set_id, operator, percent, window
    )


def _all_well(front_end: FrontEnd) -> monitor.MetricTriggerArgs:
    """Of each hundred probes, 99 succeed (azure/load-balancer/load-balancer-standard-diagnostics: DipAvailability)."""
    return _trigger(
        "DipAvailability",
        "Microsoft.Network/loadBalancers",
        front_end.load_balancer_id,
        _Operator.GREATER_THAN_OR_EQUAL,
        _WELL_PERCENT,
        _IN_WINDOW,
    )


def _trigger(
    metric: str,
    namespace: str,
    resource_id: pulumi.Input[str],
    operator: monitor.ComparisonOperationType,
    threshold: int,
    window: str,
) -> monitor.MetricTriggerArgs:
    statistic, aggregation = _AVERAGE
    return monitor.MetricTriggerArgs(
        metric_name=metric,
        metric_namespace=namespace,
        metric_resource_uri=resource_id,
        operator=operator,
        threshold=threshold,
        statistic=statistic,
        time_aggregation=aggregation,
        time_grain=_MINUTE,
        time_window=window,
    )


def _rule(
    trigger: monitor.MetricTriggerArgs, direction: monitor.ScaleDirection, cooldown: str
) -> monitor.ScaleRuleArgs:
    return monitor.ScaleRuleArgs(
        metric_trigger=trigger,
        scale_action=monitor.ScaleActionArgs(
            direction=direction, type=monitor.ScaleType.CHANGE_COUNT, value="1", cooldown=cooldown
        ),
    )
