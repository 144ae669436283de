"""CostBudget: told in time, and of this environment only."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from components.cost_budget import CostBudget, CostBudgetArgs
from tests.unit.components.harness import arm_findings, declare, names, one, placement
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID, arm_id

ACTION_GROUP_ID = arm_id("Microsoft.Insights/actionGroups", "ag-erp-test")
ARGS = CostBudgetArgs(
    placement=placement(),
    budget_name="budget-erp-test",
    amount=8500,
    start=date(2026, 12, 1),
    resource_group_names=["rg-erp-test-data-weu", "rg-erp-test-nodes-weu"],
    emails=("finance@example.com",),
    action_group_id=ACTION_GROUP_ID,
)


def test_it_tells_before_and_at_the_limit() -> None:
    declared = declare(lambda: CostBudget("erp", ARGS))
    assert names(declared) == {("consumption:Budget", "erp-budget")}
    assert arm_findings(declared) == []
    budget = one(declared, "consumption:Budget").inputs
    assert budget["scope"] == f"/subscriptions/{SUBSCRIPTION_ID}"
    assert (budget["amount"], budget["timeGrain"], budget["category"]) == (8500, "Monthly", "Cost")
    assert budget["filter"]["dimensions"] == {
        "name": "ResourceGroupName",
        "operator": "In",
        "values": ["rg-erp-test-data-weu", "rg-erp-test-nodes-weu"],
    }
    told = {(each["thresholdType"], each["threshold"]) for each in budget["notifications"].values()}
    assert told == {("Actual", 80), ("Actual", 100), ("Forecasted", 100)}
    for notification in budget["notifications"].values():
        assert notification["enabled"] is True
        assert notification["contactEmails"] == ["finance@example.com"]
        assert notification["contactGroups"] == [ACTION_GROUP_ID]


def test_it_may_count_what_has_some_tags() -> None:
    tagged = replace(ARGS, resource_group_names=(), tags={"tenant": "acme-es"})
    budget = one(declare(lambda: CostBudget("erp", tagged)), "consumption:Budget")
    acme = {"name": "tenant", "operator": "In", "values": ["acme-es"]}
    assert budget.inputs["filter"] == {"tags": acme}
    both = replace(ARGS, resource_group_names=["rg-erp"], tags={"tenant": "acme-es"})
    declared = declare(lambda: CostBudget("erp", both))
    groups = {"name": "ResourceGroupName", "operator": "In", "values": ["rg-erp"]}
    assert one(declared, "consumption:Budget").inputs["filter"] == {"and": [{"tags": acme}, {"dimensions": groups}]}
    assert arm_findings(declared) == []


def test_it_counts_no_whole_subscription() -> None:
    with pytest.raises(ValueError, match="not the whole subscription"):
        declare(lambda: CostBudget("erp", replace(ARGS, resource_group_names=())))


def test_its_first_month_never_changes() -> None:
    budget = one(declare(lambda: CostBudget("erp", ARGS)), "consumption:Budget")
    assert budget.inputs["timePeriod"] == {"startDate": "2026-12-01T00:00:00Z"}
    assert budget.ignore_changes == ("timePeriod.startDate",)


def test_a_budget_cannot_start_within_a_month() -> None:
    with pytest.raises(ValueError, match="not on 2026-12-02"):
        declare(lambda: CostBudget("erp", replace(ARGS, start=date(2026, 12, 2))))
