"""Who is told when an environment costs too much or is not well, wired."""

from __future__ import annotations

from collections.abc import Mapping

from components.base import Placement
from components.cost_budget import CostBudget, CostBudgetArgs
from components.monitoring import HealthAlert, HealthAlertArgs, MonitoringBase
from stacks.planning.plan import FoundationPlan
from stacks.settings import CommonSettings


def alerting(
    name: str,
    settings: CommonSettings,
    plan: FoundationPlan,
    placements: Mapping[str, Placement],
    monitoring: MonitoringBase,
    managed_groups: tuple[str, ...] = (),
) -> None:
    """What the environment may cost and whether it is well, and who hears of it.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        placements: placement by purpose.
        monitoring: who is told.
        managed_groups: resource groups that Azure makes for the environment, such as that of a cluster's nodes. They
            cost; their health is for what they were made for to look after.
    """
    groups = [placement.resource_group_name for placement in placements.values()]
    CostBudget(
        f"{name}-budget",
        CostBudgetArgs(
            placement=placements["monitoring"],
            budget_name=plan.names.budget,
            amount=settings.cost.monthly_budget,
            start=settings.cost.budget_start,
            resource_group_names=[*groups, *managed_groups],
            emails=tuple(settings.alerts.email),
            action_group_id=monitoring.action_group_id,
        ),
    )
    HealthAlert(
        f"{name}-health",
        HealthAlertArgs(
            placement=placements["monitoring"],
            alert_name=plan.names.health_alert,
            resource_group_names=groups,
            action_group_id=monitoring.action_group_id,
        ),
    )
