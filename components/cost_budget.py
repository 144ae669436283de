"""CostBudget: who hears of it when an environment costs more than planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pulumi
from pulumi_azure_native import consumption

from components.base import Component, Placement

ACTUAL_THRESHOLDS_PERCENT: tuple[int, ...] = (80, 100)
FORECAST_THRESHOLD_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class CostBudgetArgs:
    """Arguments of `CostBudget`.

    Args:
        placement: of the environment; the budget itself is the subscription's.
        budget_name: its name: 1 to 63 letters, digits, hyphens and underscores.
        amount: cost that is planned for a month, in the currency that the subscription is billed in.
        start: first day of the month that it begins in. Fixed at creation: a later change is ignored.
        resource_group_names: resource groups whose cost counts; the cluster's node resource group is one of them. All
            unless given.
        tags: tags of the resources whose cost counts: those that have all of them.
        emails: addresses that are told.
        action_group_id: action group that is told as well.
    """

    placement: Placement
    budget_name: str
    amount: float
    start: date
    emails: tuple[str, ...]
    action_group_id: pulumi.Input[str]
    resource_group_names: Sequence[pulumi.Input[str]] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


class CostBudget(Component):
    """A monthly budget, at the subscription and narrowed to what some resource groups, or resources of some tags, cost.

    Tells of 80 % and 100 % spent, and as soon as the month is forecast to end above the budget. It stops nothing.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        budget_id: ARM id of the budget.

    Raises:
        ValueError: `start` is not the first day of a month (learn.microsoft.com rest/api/consumption/budgets), or
            nothing narrows it.
    """

    budget_id: pulumi.Output[str]

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.start.day != 1:
            raise ValueError(f"a budget starts on the first day of a month, not on {args.start.isoformat()}")
        if not args.resource_group_names and not args.tags:
            raise ValueError("a budget counts some resource groups or tags, not the whole subscription")
        super().__init__(name, args.placement, opts)
        budget = consumption.Budget(
            f"{name}-budget",
            budget_name=args.budget_name,
            scope=pulumi.Output.concat("/subscriptions/", args.placement.subscription_id),
            category=consumption.CategoryType.COST,
            time_grain=consumption.TimeGrainType.MONTHLY,
            amount=args.amount,
            time_period=consumption.BudgetTimePeriodArgs(start_date=f"{args.start.isoformat()}T00:00:00Z"),
            filter=_filter(args),
            notifications=_notifications(args),
            opts=self.child(),
        )
        self.budget_id = budget.id
        self.finish({"budget_id": self.budget_id})


def _filter(args: CostBudgetArgs) -> consumption.BudgetFilterArgs:
    """What counts. Azure takes one condition as it is, and a list from two on (rest/api/consumption/budgets)."""
    tags = [_is_one_of(tag, [value]) for tag, value in args.tags.items()]
    groups = [_is_one_of("ResourceGroupName", args.resource_group_names)] if args.resource_group_names else []
    if len(tags) + len(groups) == 1:
        return consumption.BudgetFilterArgs(tags=next(iter(tags), None), dimensions=next(iter(groups), None))
    return consumption.BudgetFilterArgs(
        and_=[
            *(consumption.BudgetFilterPropertiesArgs(tags=each) for each in tags),
            *(consumption.BudgetFilterPropertiesArgs(dimensions=each) for each in groups),
        ]
    )


def _is_one_of(name: str, values: Sequence[pulumi.Input[str]]) -> consumption.BudgetComparisonExpressionArgs:
    return consumption.BudgetComparisonExpressionArgs(
        name=name, operator=consumption.BudgetOperatorType.IN_, values=list(values)
    )


def _notifications(args: CostBudgetArgs) -> dict[str, consumption.NotificationArgs]:
    thresholds = [(percent, consumption.ThresholdType.ACTUAL) for percent in ACTUAL_THRESHOLDS_PERCENT]
    thresholds.append((FORECAST_THRESHOLD_PERCENT, consumption.ThresholdType.FORECASTED))
    return {
        f"{kind.value.lower()}-{percent}-percent": consumption.NotificationArgs(
            enabled=True,
            operator=consumption.OperatorType.GREATER_THAN_OR_EQUAL_TO,
            threshold=percent,
            threshold_type=kind,
            contact_emails=list(args.emails),
            contact_groups=[args.action_group_id],
        )
        for percent, kind in thresholds
    }
