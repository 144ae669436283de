"""TenantShareRules: rules as Azure Monitor takes them, that name no tenant and go to people."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from components.ingress.measurement import TENANT_LABEL, TRANSACTION_LABEL
from components.ingress.transactions import TRANSACTIONS, Limit
from components.monitoring import NoiseLimits, TenantShareRules, TenantShareRulesArgs
from components.monitoring.noisy_neighbours import noise_group
from components.monitoring.rule_groups import MOST_RULES, RecordingRule, RuleGroup, promtool_rules
from components.monitoring.tenant_shares import share_group
from tests.unit.components.harness import Declared, arm_findings, declare, names, of_type, one, placement
from tests.unit.components.mocked_azure import arm_id

WORKSPACE = arm_id("Microsoft.Monitor/accounts", "amw-erp-test-weu")
PEOPLE = arm_id("Microsoft.Insights/actionGroups", "ag-erp-test")
ARGS = TenantShareRulesArgs(
    placement=placement(),
    name_prefix="prg-erp-test-weu",
    metrics_workspace_id=WORKSPACE,
    action_group_id=PEOPLE,
    database_cores={"psql-1": 16, "psql-2": 8},
)


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: TenantShareRules("shares", ARGS))


def _rules(declared: list[Declared]) -> list[dict[str, Any]]:
    """All rules, in the order of their groups."""
    return [
        rule
        for group in ("shares-tenant-shares", "shares-noisy-neighbours")
        for rule in one(declared, "alertsmanagement:PrometheusRuleGroup", group).inputs["rules"]
    ]


def test_declares_exactly_these(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("alertsmanagement:PrometheusRuleGroup", "shares-tenant-shares"),
        ("alertsmanagement:PrometheusRuleGroup", "shares-noisy-neighbours"),
    }


def test_azure_resource_manager_takes_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []


def test_groups_read_the_workspace_every_minute(declared: list[Declared]) -> None:
    groups = of_type(declared, "alertsmanagement:PrometheusRuleGroup")
    for group in groups:
        assert group.inputs["scopes"] == [WORKSPACE]
        assert group.inputs["interval"] == "PT1M"
        assert group.inputs["enabled"] is True
        assert group.inputs["location"] == "westeurope"
        assert len(group.inputs["rules"]) <= MOST_RULES
    assert {group.inputs["ruleGroupName"] for group in groups} == {
        "prg-erp-test-weu-tenant-shares",
        "prg-erp-test-weu-noisy-neighbours",
    }


def test_alerts_reach_people_and_end_by_themselves(declared: list[Declared]) -> None:
    alerts = {rule["alert"]: rule for rule in _rules(declared) if "alert" in rule}
    assert {name: (rule["severity"], rule.get("for")) for name, rule in alerts.items()} == {
        "TenantOverFairShare": (2, None),
        "DatabaseMetricsMissing": (3, "PT10M"),
    }
    for rule in alerts.values():
        assert rule["actions"] == [{"actionGroupId": PEOPLE}]
        assert rule["resolveConfiguration"] == {"autoResolved": True, "timeToResolve": "PT10M"}
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}


def test_azure_evaluates_what_promtool_is_given(declared: list[Declared]) -> None:
    written = promtool_rules([share_group(ARGS.database_cores), noise_group(ARGS.limits)])
    ours = [(rule.get("record"), rule.get("alert"), rule["expression"]) for rule in _rules(declared)]
    theirs = [
        (rule.get("record"), rule.get("alert"), rule["expr"]) for group in written["groups"] for rule in group["rules"]
    ]
    assert ours == theirs


def test_what_a_rule_reads_is_recorded_before_it(declared: list[Declared]) -> None:
    recorded = [rule["record"] for rule in _rules(declared) if "record" in rule]
    known: set[str] = set()
    for rule in _rules(declared):
        assert {name for name in recorded if name in rule["expression"]} <= known
        known |= {rule["record"]} if "record" in rule else set()


def test_only_servers_are_named(declared: list[Declared]) -> None:
    texts = [rule["expression"] for rule in _rules(declared) if "psql-" in rule["expression"]]
    assert texts == [
        'label_replace(vector(16), "place", "psql-1", "", "") or label_replace(vector(8), "place", "psql-2", "", "")'
    ]


def test_every_limited_transaction_is_a_cause_and_no_measure_of_patience(declared: list[Declared]) -> None:
    rules = _rules(declared)
    [slow] = [rule["expression"] for rule in rules if rule.get("record") == "tenant:slow:bool"]
    causes = {
        rule["labels"]["cause"]: rule["expression"] for rule in rules if rule.get("record") == "tenant:cause:ratio"
    }
    for transaction in TRANSACTIONS:
        found = {
            cause for cause, text in causes.items() if f'"{transaction.name}|' in text or f"|{transaction.name}" in text
        }
        wanted = {Limit.REPORTS: {"reporting burst"}, Limit.RPC: {"integration"}}.get(transaction.limit, set())
        assert found == wanted
        assert (transaction.name in slow) == bool(wanted)


def test_requests_are_told_apart_by_the_labels_that_traefiks_samples_get(declared: list[Declared]) -> None:
    texts = "".join(rule["expression"] for rule in _rules(declared) if "traefik_" in rule["expression"])
    read = {
        name for matchers in re.findall(r"traefik_\w+{(.*?)}", texts) for name in re.findall(r"(\w+)[=!]", matchers)
    }
    assert read == {TENANT_LABEL, TRANSACTION_LABEL, "code"}


def test_limits_are_what_the_rules_compare_with() -> None:
    limits = NoiseLimits(fair_shares=3, least_share=0.2, full_load=0.7, slow_seconds=5, slow_neighbours=4)
    declared = declare(lambda: TenantShareRules("shares", replace(ARGS, limits=limits)))
    texts = {rule["record"]: rule["expression"] for rule in _rules(declared) if "record" in rule}
    for limit in ("> 3 ", ">= 0.2 ", ">= 0.7 ", ">= 4"):
        assert limit in texts["tenant:noisy:ratio"]
    assert texts["tenant:slow:bool"].endswith("> bool 5")


def test_a_platform_without_servers_is_refused() -> None:
    with pytest.raises(ValueError, match="database_cores is empty"):
        share_group({})


def test_more_rules_than_azure_takes_are_refused() -> None:
    rules = tuple(RecordingRule(record=f"a:b:{number}", expression="vector(1)") for number in range(MOST_RULES + 1))
    with pytest.raises(ValueError, match="21 rules; Azure Monitor takes 20"):
        RuleGroup(name="many", description="Too many", rules=rules)
