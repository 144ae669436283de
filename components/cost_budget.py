"""CostBudget: who hears of it when an environment costs more than planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
        resource_group_names: resource groups whose cost counts; the cluster's node resource group is one of them.
        emails: addresses that are told.
        action_group_id: action group that is told as well.
    """

    placement: Placement
    budget_name: str
    amount: float
    start: date
    resource_group_names: Sequence[pulumi.Input[str]]
    emails: tuple[str, ...]
    action_group_id: pulumi.Input[str]


class CostBudget(Component):
    """A monthly budget of an environment, at the subscription and narrowed to its resource groups.

    Tells of 80 % and 100 % spent, and as soon as the month is forecast to end above the budget. It stops nothing.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        budget_id: ARM id of the budget.

    Raises:
        ValueError: `start` is not the first day of a month (learn.microsoft.com rest/api/consumption/budgets).
    """

    budget_id: pulumi.Output[str]

    def __init__(self, name: str, args: CostBudgetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if args.start.day != 1:
            raise ValueError(f"a budget starts on the first day of a month, not on {args.start.isoformat()}")
        super().__init__(name, args.placement, opts)
        budget = consumption.Budget(
            f"{name}-budget",
            budget_name=args.budget_name,
            scope=pulumi.Output.concat("/subscriptions/", args.placement.subscription_id),
            category=consumption.CategoryType.COST,
            time_grain=consumption.TimeGrainType.MONTHLY,
            amount=args.amount,
            time_period=consumption.BudgetTimePeriodArgs(start_date=f"{args.start.isoformat()}T00:00:00Z"),
            filter=consumption.BudgetFilterArgs(
                dimensions=consumption.BudgetComparisonExpressionArgs(
                    name="ResourceGroupName",
                    operator=consumption.BudgetOperatorType.IN_,
                    values=list(args.resource_group_names),
                )
            ),
            notifications=_notifications(args),
            opts=self.child(),
        )
        self.budget_id = budget.id
        self.finish({"budget_id": self.budget_id})


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
