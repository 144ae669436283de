"""Whether somebody is told: alerts that are on, what they watch, and who receives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node, may_be_named
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Value, one_of
from policies.rules.catalog import LEARN, OBSERVABILITY

_RECEIVERS = (
    "armRoleReceivers",
    "automationRunbookReceivers",
    "azureAppPushReceivers",
    "azureFunctionReceivers",
    "emailReceivers",
    "eventHubReceivers",
    "itsmReceivers",
    "logicAppReceivers",
    "smsReceivers",
    "voiceReceivers",
    "webhookReceivers",
)
_PROMETHEUS = types("alertsmanagement:PrometheusRuleGroup")
_ALERTS = _PROMETHEUS | types(
    "monitor:ActivityLogAlert",
    "monitor:MetricAlert",
    "monitor:ScheduledQueryRule",
)
_STORES = (
    "cosmosdb:DatabaseAccount",
    "dbformysql:Server",
    "dbforpostgresql:Server",
    "keyvault:Vault",
    "redis:Redis",
    "redisenterprise:RedisEnterprise",
    "sql:Server",
    "storage:StorageAccount",
)
_HEALTH_ALERT = "monitor:ActivityLogAlert"
_METRIC_ALERTS = ("monitor:MetricAlert", "monitor:ScheduledQueryRule")
# /subscriptions/<id>, and the group and the resource where it is narrower.
_SCOPE = re.compile(r"(?i)^/subscriptions/[^/]+(?:/resourcegroups/(?P<group>[^/]+)(?P<resource>/.+)?)?/?$")
_CATEGORY, _HEALTH = one_of("category"), one_of("ResourceHealth")
_STATE, _LOST = one_of("properties.currentHealthStatus"), one_of("Unavailable")


def _reaches_somebody(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("enabled").must(IS_TRUE)
    if not any(resource.at(name).is_set() for name in _RECEIVERS):
        yield Finding(message="an action group must have a receiver")


def _alerts_are_on(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("enabled").must_if_set(IS_TRUE)
    for rule in resource.at("rules").elements():
        yield from rule.at("enabled").must_if_set(IS_TRUE)
        if resource.type in _PROMETHEUS and rule.at("alert").is_set():
            yield from rule.at("actions").must(IS_SET)
            for action in rule.at("actions").elements():
                yield from action.at("actionGroupId").must(IS_SET)


def _stores_have_alerts(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    groups = list(graph.of("resources:ResourceGroup"))
    alerts = [alert for alert in graph.of(*_METRIC_ALERTS) if _tells(alert)]
    alerts += [alert for alert in graph.of(_HEALTH_ALERT) if _tells(alert) and _tells_of_health(alert.at("condition"))]
    for store in graph.of(*_STORES):
        if not any(_covers(alert, store, groups) for alert in alerts):
            yield store.finding(
                "an alert that is on must watch this resource: on a metric, or on the health of its resource group"
            )


def _tells(alert: Node) -> bool:
    # Of a metric alert the actions are a list; the others have one below.
    actions = alert.at("actions")
    told = actions.at("actionGroups").is_set() or any(each.is_set() for each in actions.elements())
    return told and not alert.at("enabled").meets(IS_FALSE)


def _tells_of_health(condition: Value) -> bool:
    """Whether an alert on the activity log tells of resources that Azure lost."""
    if not condition.at("allOf").known():
        return True
    parts = [list(part.at("anyOf").elements()) or [part] for part in condition.at("allOf").elements()]
    about_health = any(
        leaf.at("field").may_meet(_CATEGORY) and leaf.at("equals").may_meet(_HEALTH) for part in parts for leaf in part
    )
    states = [part for part in parts if any(leaf.at("field").meets(_STATE) for leaf in part)]
    tells_of_loss = all(any(leaf.at("equals").may_meet(_LOST) for leaf in part) for part in states)
    # Azure takes no condition that asks for nothing.
    asks = all(leaf.at("field").is_set() or leaf.at("anyOf").is_set() for part in parts for leaf in part)
    return about_health and tells_of_loss and asks


def _covers(alert: Node, store: Node, groups: Sequence[Node]) -> bool:
    scopes = alert.at("scopes")
    return not scopes.known() or any(_scope_covers(alert, scope, store, groups) for scope in scopes.elements())


def _scope_covers(alert: Node, scope: Value, store: Node, groups: Sequence[Node]) -> bool:
    own_groups = [group for group in groups if group.urn in store.references.get("resourceGroupName", ())]
    if scope.is_unknown() and not alert.references.get("scopes"):
        return not scope.known()
    if scope.is_unknown():
        return alert.refers_to(store, scope) or any(alert.refers_to(group, scope) for group in own_groups)
    found = _SCOPE.match(scope.text() or "")
    if found is None:
        return False
    if found["resource"]:
        return alert.refers_to(store, scope) and _ends_with(found["resource"], store)
    return found["group"] is None or _is_in(store, found["group"], own_groups)


def _ends_with(resource: str, store: Node) -> bool:
    name = store.at("name").text()
    return name is None or name.casefold() in resource.casefold().split("/")


def _is_in(store: Node, name: str, own_groups: Sequence[Node]) -> bool:
    if own_groups:
        return any(may_be_named(group, name) for group in own_groups)
    # Of a group that is not of the stack, a resource that is there says no more than its own name.
    given = store.at("resourceGroupName")
    return not given.is_set() or given.may_meet(one_of(name))


RULES = (
    ResourceRule(
        id="alerts-reach-somebody",
        title="Action groups are on and have a receiver",
        family=OBSERVABILITY,
        severity=Severity.HIGH,
        types=types("monitor:ActionGroup"),
        why="All alerts of the stack end here.",
        remedy="Set enabled to true, and name at least one receiver.",
        url=f"{LEARN}/azure-monitor/alerts/action-groups",
        references=("MCSB IR-2", "ISO 27001 5.26"),
        check=_reaches_somebody,
    ),
    ResourceRule(
        id="alerts-on",
        title="Alerts are on and tell somebody",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=_ALERTS,
        why="An alert that was silenced for a night stays silent.",
        remedy="Set enabled of the alert, and of each rule in it, to true, and give alerting rules an action group.",
        url=f"{LEARN}/azure-monitor/alerts/alerts-overview",
        references=("MCSB LT-1", "MCSB IR-2", "ISO 27001 8.16"),
        check=_alerts_are_on,
    ),
    StackRule(
        id="data-has-alert",
        title="Somebody is told when a store of data is not well",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types(_HEALTH_ALERT, *_METRIC_ALERTS, *_STORES, "resources:ResourceGroup"),
        why="A database that has gone is found by the people who wanted to post, not by those who can help.",
        remedy="Add an ActivityLogAlert of category ResourceHealth over the resource group, or a MetricAlert on the "
        "resource, with an action group.",
        url=f"{LEARN}/service-health/resource-health-alert-monitor-guide",
        references=("MCSB LT-1", "MCSB IR-2", "ISO 27001 8.16", "SOC 2 A1.1"),
        check=_stores_have_alerts,
    ),
)
