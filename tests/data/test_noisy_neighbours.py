"""Rules of tenants' shares against synthetic quarter-end series, by promtool: who is named, when, and who is not."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.monitoring.noisy_neighbours import ALERT, BLIND, NoiseLimits, noise_group
from components.monitoring.rule_groups import promtool_rules
from components.monitoring.tenant_shares import share_group
from tests.data.platform_load import CORES, ISOLATED, SHARED, Load, Plan, input_series, ordinary

LIMITS = NoiseLimits()
BEGIN, MINUTES = 30, 45
"""The minute in which a tenant becomes noisy, and how long is measured."""
NOISY = "acme-es"
FOUND_WITHIN = 5
BURSTS: Mapping[str, Mapping[str, float]] = {
    "reporting burst": {"sessions": 9, "reporting_processors": 6, "reports": 20},
    "import": {"sessions": 9, "processors": 3, "requests": 3, "rows": 4000, "write_locks": 200},
    "integration": {"sessions": 9, "processors": 4, "rpc": 12, "rows": 2500, "write_locks": 150},
    "unknown": {"sessions": 9, "processors": 3, "requests": 9},
}
UNENDED: Mapping[str, Mapping[str, float]] = {
    "reporting burst": {"sessions": 9, "reporting_processors": 6},
    "import": {"sessions": 9, "processors": 3, "write_locks": 200},
}
"""Bursts of which nothing has ended yet: a request counts when it is answered, a row when it is committed."""
Samples = list[dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def promtool() -> str:
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is missing: `make servers` installs it")
    return program


def _quarter_end(tenant: str, minute: int) -> Load:
    """Everybody has two and a half times an ordinary day's work, which fits."""
    return ordinary(tenant, 1, minute).times(1 + 1.5 * min(minute, 20) / 20)


def _burst(more: Mapping[str, float]) -> Plan:
    def plan(tenant: str, minute: int) -> Load:
        load = _quarter_end(tenant, minute)
        if minute < BEGIN:
            return load
        return load.plus(**more) if tenant == NOISY else replace(load, slow=tenant in SHARED)

    return plan


def _month_end(tenant: str, minute: int) -> Load:
    """Everybody has four times an ordinary day's work at once: too much, and the fault of nobody."""
    load = ordinary(tenant, 2, minute).times(1 + 3 * min(minute, 20) / 20)
    return replace(load, slow=minute > 20)


def _uneven(tenant: str, minute: int) -> Load:
    """A month-end that one tenant closes with half as much again as its tier is for."""
    load = _month_end(tenant, minute)
    return load.times(1.5) if tenant == NOISY else load


def _night(tenant: str, minute: int) -> Load:
    """One tenant alone uses nine tenths of a nearly idle platform, and another is slow by itself."""
    load = ordinary(tenant, 3, minute).times(1.5 if tenant == NOISY else 0.015)
    return replace(load, slow=tenant == "acme-fr")


def _content(tenant: str, minute: int) -> Load:
    """A tenant works hard, and nobody is slow for it."""
    return replace(_burst(BURSTS["import"])(tenant, minute), slow=False)


def _alone(tenant: str, minute: int) -> Load:
    """The tenant with a server and nodes of its own fills them, while others are slow by themselves."""
    load = _quarter_end(tenant, minute)
    return load.plus(sessions=12, processors=7) if tenant == ISOLATED else replace(load, slow=tenant == "acme-fr")


def _queueing(tenant: str, minute: int) -> Load:
    """A tenant's sessions wait for a lock of its own; another tenant is slow by itself."""
    load = _quarter_end(tenant, minute)
    if tenant == NOISY and minute >= BEGIN:
        return replace(load, lock_waits=30, slow=True)
    return replace(load, slow=tenant == "acme-fr")


def _crowd(tenant: str, minute: int) -> Load:
    """A priority tenant fills the server, and a standard one has a little more than twice its own small share."""
    load = ordinary(tenant, 4, minute).times(0.25)
    if tenant == "globex-uk":
        return load.plus(sessions=13)
    return load.plus(sessions=2.6) if tenant == NOISY else replace(load, slow=True)


QUIET: Mapping[str, Plan] = {
    "month-end": _month_end,
    "uneven month-end": _uneven,
    "night": _night,
    "content": _content,
    "alone": _alone,
    "queueing": _queueing,
}


def _evaluate(
    folder: Path,
    series: list[dict[str, str]],
    expected: Mapping[tuple[str, int], Samples],
    limits: NoiseLimits = LIMITS,
    change: tuple[str, str] = ("", ""),
) -> str:
    """What promtool finds wrong with the expectations, by expression and minute; nothing when they all hold."""
    groups = [share_group(CORES), noise_group(limits)]
    rules = yaml.safe_dump(promtool_rules(groups))
    (folder / "rules.yaml").write_text(rules.replace(*change) if any(change) else rules, encoding="utf-8")
    test = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "group_eval_order": [group.name for group in groups],
        "tests": [
            {
                "interval": "30s",
                "input_series": series,
                "promql_expr_test": [
                    {"expr": expression, "eval_time": f"{minute}m", "exp_samples": samples}
                    for (expression, minute), samples in expected.items()
                ],
            }
        ],
    }
    (folder / "test.yaml").write_text(yaml.safe_dump(test), encoding="utf-8")
    command = ["promtool", "test", "rules", "test.yaml"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    assert ("SUCCESS" in said) == (ran.returncode == 0), said
    return "" if ran.returncode == 0 else said


def _metrics(plan: Plan) -> list[dict[str, str]]:
    return input_series(plan, MINUTES)


FIRING = f'count by (tenant, cause) (ALERTS{{alertname="{ALERT}",alertstate="firing"}} > 0) > bool 0'


def _firing(*found: tuple[str, str]) -> Samples:
    return [{"labels": f'{{tenant="{tenant}",cause="{cause}"}}', "value": 1} for tenant, cause in found]


def _never() -> dict[tuple[str, int], Samples]:
    return {(FIRING, minute): [] for minute in range(1, MINUTES)}


@pytest.mark.parametrize(("cause", "more"), [*BURSTS.items(), *UNENDED.items()])
def test_a_noisy_tenant_is_named_with_its_cause_within_five_minutes_and_nobody_else_is(
    cause: str, more: Mapping[str, float], tmp_path: Path
) -> None:
    before = {(FIRING, minute): _firing() for minute in range(1, BEGIN + 1)}
    after = {(FIRING, minute): _firing((NOISY, cause)) for minute in range(BEGIN + FOUND_WITHIN, MINUTES)}
    assert _evaluate(tmp_path, _metrics(_burst(more)), before | after) == ""


@pytest.mark.parametrize("plan", QUIET)
def test_there_is_no_false_alarm(plan: str, tmp_path: Path) -> None:
    assert _evaluate(tmp_path, _metrics(QUIET[plan]), _never()) == ""


@pytest.mark.parametrize(
    ("limits", "plan"),
    [
        (replace(LIMITS, fair_shares=0, least_share=0), "month-end"),
        (replace(LIMITS, full_load=0), "night"),
        (replace(LIMITS, slow_neighbours=0), "content"),
    ],
)
def test_each_condition_is_what_keeps_one_of_them_quiet(limits: NoiseLimits, plan: str, tmp_path: Path) -> None:
    assert ALERT in _evaluate(tmp_path, _metrics(QUIET[plan]), _never(), limits)


def test_sessions_that_wait_for_a_lock_are_what_keeps_a_queue_quiet(tmp_path: Path) -> None:
    said = _evaluate(tmp_path, _metrics(_queueing), _never(), change=("Lock|Client", "Client"))
    assert NOISY in said


def test_who_has_little_is_not_blamed_for_what_another_does(tmp_path: Path) -> None:
    minute = MINUTES - 5
    for least_share, blamed in ((0.1, (NOISY, "globex-uk")), (0.2, ("globex-uk",))):
        expected = {(FIRING, minute): _firing(*((tenant, "unknown") for tenant in blamed))}
        assert _evaluate(tmp_path, _metrics(_crowd), expected, replace(LIMITS, least_share=least_share)) == ""


def test_the_alert_says_what_is_overused_and_where(tmp_path: Path) -> None:
    labels = f'alertname="{ALERT}",alertstate="firing",tenant="{NOISY}",cause="import"'
    firing = {"labels": f'ALERTS{{{labels},resource="database",place="psql-1"}}', "value": 1}
    expected = {(f'ALERTS{{alertname="{ALERT}"}}', MINUTES - 5): [firing]}
    assert _evaluate(tmp_path, _metrics(_burst(BURSTS["import"])), expected) == ""


def test_shares_and_fair_shares_of_each_place_are_parts_of_a_whole(tmp_path: Path) -> None:
    places = [
        ("database", "psql-1"),
        ("database", "psql-initech"),
        ("processor", "web"),
        ("processor", "isolated"),
        ("ingress", "platform"),
        ("queue", "platform"),
    ]
    whole = [{"labels": f'{{resource="{resource}",place="{place}"}}', "value": 1} for resource, place in places]
    expected = {
        (f"round(sum by (resource, place) (tenant:{kind}:ratio), 0.001)", MINUTES - 5): whole
        for kind in ("share", "fair_share")
    }
    assert _evaluate(tmp_path, _metrics(_quarter_end), expected) == ""


def test_a_fair_share_is_what_the_tier_may_request_of_all_that_those_in_the_place_may(tmp_path: Path) -> None:
    weights = {("acme-es", "psql-1"): 4 / 56, ("globex-uk", "psql-1"): 8 / 56, (ISOLATED, "psql-initech"): 1}
    expected = {
        (f'round(tenant:fair_share:ratio{{resource="database",tenant="{tenant}"}}, 0.001)', 10): [
            {"labels": f'{{resource="database",tenant="{tenant}",place="{place}"}}', "value": round(weight, 3)}
        ]
        for (tenant, place), weight in weights.items()
    }
    assert _evaluate(tmp_path, _metrics(_quarter_end), expected) == ""


def test_a_share_is_what_a_tenant_uses_of_all_that_is_used(tmp_path: Path) -> None:
    def plan(tenant: str, _: int) -> Load:
        return Load(sessions=4, processors=9, reporting_processors=1) if tenant == NOISY else Load(sessions=0.6)

    # Ten others use 0.6 sessions and 1.1 processors each.
    shares = {("database", "psql-1"): 4 / 10, ("processor", "web"): 10 / 21}
    expected = {
        (f'round(tenant:share:ratio{{tenant="{NOISY}",resource="{resource}"}}, 0.001)', 10): [
            {"labels": f'{{tenant="{NOISY}",resource="{resource}",place="{place}"}}', "value": round(share, 3)}
        ]
        for (resource, place), share in shares.items()
    }
    assert _evaluate(tmp_path, _metrics(plan), expected) == ""


def test_a_server_without_metrics_is_reported_after_ten_minutes(tmp_path: Path) -> None:
    series = [each for each in _metrics(_quarter_end) if 'database_server="psql-1"' not in each["series"]]
    firing = f'count by (place) (ALERTS{{alertname="{BLIND}",alertstate="firing"}})'
    expected: dict[tuple[str, int], Samples] = {
        (firing, 9): [],
        (firing, 12): [{"labels": '{place="psql-1"}', "value": 1}],
    }
    assert _evaluate(tmp_path, series, expected) == ""


def test_promtool_takes_the_rules(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(yaml.safe_dump(promtool_rules([share_group(CORES), noise_group(LIMITS)])), encoding="utf-8")
    ran = subprocess.run(["promtool", "check", "rules", str(rules)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
