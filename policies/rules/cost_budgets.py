"""Cost: budgets that tell somebody in time, and logs whose price has a bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node, may_be_named
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_TRUE, Finding, Test, Value, at_least, matches, one_of
from policies.rules.catalog import COST, LEARN

_BUDGET = types("consumption:Budget", "costmanagement:Budget")
_WORKSPACE = types("operationalinsights:Workspace")
_REFERENCES = ("FinOps Framework 2024: Budgeting", "WAF CO:04", "MCSB AM-1")
_LOG_REFERENCES = ("FinOps Framework 2024: Workload Optimization", "WAF CO:10")
_PERCENTS = {"type": "array", "items": {"type": "number", "minimum": 0, "maximum": 1000}}
_CONTACTS = ("contactEmails", "contactGroups", "contactRoles")
_GROUP_IN_ID = re.compile(r"(?i)/resourcegroups/([^/]+)")
_RESOURCE_GROUP = one_of("ResourceGroupName")
# learn.microsoft.com rest/api/consumption/budgets: it must begin with a month.
_FIRST_OF_A_MONTH = matches(r"^\d{4}-\d{2}-01(T|$)", "be the first day of a month")


def _groups_have_budgets(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    budgets = list(graph.of("consumption:Budget", "costmanagement:Budget"))
    groups = list(graph.of("resources:ResourceGroup"))
    for group in groups:
        elsewhere = [(group.at("tags").key(tag), one_of(*values)) for tag, values in config["elsewhere"].items()]
        if any(tag.may_meet(value) for tag, value in elsewhere):
            continue
        if not any(_counts(budget, group, groups) for budget in budgets):
            yield group.finding("a budget of the stack must count what this resource group costs")


def _counts(budget: Node, group: Node, groups: Sequence[Node]) -> bool:
    given = budget.at("filter")
    if not given.known():
        return True
    conditions = (given, *given.at("and").elements())
    return _spans(budget, group, groups) and all(_lets_in(condition, group) for condition in conditions)


def _spans(budget: Node, group: Node, groups: Sequence[Node]) -> bool:
    scope = budget.at("scope")
    narrow = _GROUP_IN_ID.search(scope.text() or "")
    if narrow:
        return may_be_named(group, narrow[1])
    # Once it is there, a budget says no more what it spans; what that was computed from does.
    computed_from = budget.references.get("scope", frozenset())
    named = {each.urn for each in groups} & computed_from
    return not named or group.urn in named


def _lets_in(condition: Value, group: Node) -> bool:
    """Whether a condition of a budget's filter leaves the group in: by its name, and by its tags, which are also those
    of what is in it. Conditions on other things only narrow the budget further."""
    dimension, tag = condition.at("dimensions"), condition.at("tags")
    by_name = dimension.at("values") if dimension.at("name").meets(_RESOURCE_GROUP) else None
    if by_name is not None and by_name.known() and not any(_may_name(value, group) for value in by_name.elements()):
        return False
    name, values = tag.at("name"), tag.at("values")
    if not name.is_set() or not name.known() or not values.known():
        return True
    own = group.at("tags").key(name.text() or "")
    return any(_may_be(own, value) for value in values.elements())


def _may_be(own: Value, value: Value) -> bool:
    return not value.known() or own.may_meet(one_of(value.text() or ""))


def _may_name(value: Value, group: Node) -> bool:
    return not value.known() or may_be_named(group, value.text() or "")


def _tells_in_time(resource: Resource) -> Iterator[Finding]:
    notifications = resource.at("notifications")
    if not notifications.known():
        return
    told = [each for _, each in notifications.entries() if each.at("enabled").may_meet(IS_TRUE)]
    for kind, setting in (("Actual", "actual"), ("Forecasted", "forecasted")):
        for percent in resource.config[setting]:
            if not any(_tells(each, kind, percent) for each in told):
                yield Finding(message=f"notifications must have an enabled one, {kind}, at {percent:g} % or less")
    for each in told:
        if not any(each.at(contact).is_set() for contact in _CONTACTS):
            yield Finding(message=f"{each.path} must have {', '.join(_CONTACTS[:-1])} or {_CONTACTS[-1]}")


def _tells(notification: Value, kind: str, percent: float) -> bool:
    given = notification.at("thresholdType")
    # Actual is the default (learn.microsoft.com rest/api/consumption/budgets).
    right_kind = given.may_meet(one_of(kind)) or (kind == "Actual" and not given.is_set())
    low = Test(f"be at most {percent:g}", lambda value: at_least(0).passes(value) and value <= percent)
    return right_kind and notification.at("threshold").may_meet(low)


def _is_capped(resource: Resource) -> Iterator[Finding]:
    most = resource.config["gigabytes"]
    # -1 is no cap at all.
    bounded = Test(f"be above 0 and at most {most:g} GB", lambda value: at_least(0).passes(value) and 0 < value <= most)
    yield from resource.at("workspaceCapping.dailyQuotaGb").must(bounded)


def _is_dropped(resource: Resource) -> Iterator[Finding]:
    most = resource.config["days"]
    bounded = Test(f"be at most {most} days", lambda value: at_least(0).passes(value) and value <= most)
    yield from resource.at("retentionInDays").must(bounded)


RULES = (
    StackRule(
        id="budget-exists",
        title="Each resource group is counted by a budget",
        family=COST,
        severity=Severity.MEDIUM,
        types=_BUDGET | types("resources:ResourceGroup"),
        why="What nobody has planned for is found on the bill, a month too late.",
        remedy="Add a budget whose scope or filter ResourceGroupName names the group; groups with one of the "
        "setting `elsewhere`'s values of a tag are counted outside of the stack.",
        url=f"{LEARN}/cost-management-billing/costs/tutorial-acm-create-budgets",
        references=_REFERENCES,
        config_schema={
            "elsewhere": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
                "default": {},
            }
        },
        check=_groups_have_budgets,
    ),
    ResourceRule(
        id="budget-alerts",
        title="Budgets tell somebody before they are spent, and when they will be",
        family=COST,
        severity=Severity.MEDIUM,
        types=_BUDGET,
        why="A budget stops nothing: it is worth what it says, to whom, and how early.",
        remedy="Add enabled notifications at the rule's settings `actual` and `forecasted`, each with contacts.",
        url=f"{LEARN}/cost-management-billing/costs/cost-mgt-alerts-monitor-usage-spending",
        references=(*_REFERENCES, "FinOps Framework 2024: Forecasting"),
        config_schema={
            "actual": {**_PERCENTS, "default": [80, 100]},
            "forecasted": {**_PERCENTS, "default": [100]},
        },
        check=_tells_in_time,
    ),
    ResourceRule(
        id="budget-period",
        title="Budgets begin with a month",
        family=COST,
        severity=Severity.LOW,
        types=_BUDGET,
        why="Azure refuses any other day, half-way through a deployment.",
        remedy="Set timePeriod.startDate to the first day of a month, and keep it: a new one replaces the budget.",
        url="https://learn.microsoft.com/rest/api/consumption/budgets/create-or-update",
        references=_REFERENCES,
        check=lambda resource: resource.at("timePeriod.startDate").must(_FIRST_OF_A_MONTH),
    ),
    ResourceRule(
        id="cost-log-cap",
        title="Log workspaces take in no more than planned in a day",
        family=COST,
        severity=Severity.LOW,
        types=_WORKSPACE,
        why="One program that logs in a loop costs more in a night than all others in a month.",
        remedy="Set workspaceCapping.dailyQuotaGb well above a normal day, with an alert before it is reached.",
        url=f"{LEARN}/azure-monitor/logs/daily-cap",
        references=_LOG_REFERENCES,
        config_schema={"gigabytes": {"type": "number", "exclusiveMinimum": 0, "default": 100}},
        check=_is_capped,
    ),
    ResourceRule(
        id="cost-log-retention",
        title="Logs are searchable no longer than approved",
        family=COST,
        severity=Severity.LOW,
        types=_WORKSPACE,
        why="Beyond the first month each further one is paid for; what is kept for auditors belongs into an archive.",
        remedy="Set retentionInDays, and longer times for the tables that need them (totalRetentionInDays).",
        url=f"{LEARN}/azure-monitor/logs/data-retention-configure",
        references=_LOG_REFERENCES,
        config_schema={"days": {"type": "integer", "minimum": 30, "default": 730}},
        check=_is_dropped,
    ),
)
