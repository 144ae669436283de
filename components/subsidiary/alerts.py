"""Who is told when what is a tenant's own costs too much or is not well."""

from __future__ import annotations

import pulumi

from components.base import Component
from components.cost_budget import CostBudget, CostBudgetArgs
from components.monitoring import HealthAlert, HealthAlertArgs
from components.subsidiary.args import SubsidiaryArgs

_BUDGET_TAGS = ("environment", "tenant")
"""Tags that tell a tenant's resources, its nodes in the cluster's own resource group too."""


def declare_alerts(component: Component, name: str, args: SubsidiaryArgs) -> None:
    """Declares a budget where it has one, and an alert where it has a server of its own.

    What it shares is the platform's to look after.

    Args:
        component: the tenant's component, placed in its own resource group.
        name: prefix of the Pulumi names.
        args: the tenant's arguments.
    """
    below = pulumi.ResourceOptions(parent=component)
    budget, people = args.allowance.budget, args.platform.action_group_id
    if budget:
        CostBudget(
            f"{name}-budget",
            CostBudgetArgs(
                placement=component.placement,
                budget_name=args.names.budget,
                amount=budget.amount,
                start=budget.start,
                tags={tag: component.placement.tags[tag] for tag in _BUDGET_TAGS},
                emails=budget.emails,
                action_group_id=people,
            ),
            below,
        )
    if args.database.own:
        HealthAlert(
            f"{name}-health",
            HealthAlertArgs(
                placement=component.placement,
                alert_name=args.names.health_alert,
                resource_group_names=[component.placement.resource_group_name],
                action_group_id=people,
            ),
            below,
        )
