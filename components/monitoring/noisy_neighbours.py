"""Who takes so much of what is shared that others wait, and why: recording rules and the alert. No Pulumi.

A tenant is noisy where four things hold at once: it has several times its fair share, a part that matters, the place is
at its limits, and others there are slow. Any three of them are everyday: a close raises everybody's load, a night
leaves all of it to one tenant, and a slow answer may have a cause of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.ingress.transactions import TRANSACTIONS, Limit
from components.monitoring.rule_groups import AlertRule, RecordingRule, RuleGroup
from components.monitoring.tenant_shares import DATABASE, DATABASE_SERVER_LABEL, REQUESTS, WINDOW, of_tenant
from components.odoo.pool import Pool

ALERT: Final = "TenantOverFairShare"
BLIND: Final = "DatabaseMetricsMissing"

REPORTING: Final = "reporting burst"
INTEGRATION: Final = "integration"
IMPORT: Final = "import"
UNKNOWN: Final = "unknown"

_RUNBOOK: Final = "docs/runbooks/noisy-neighbour.md"
_DOMINANT: Final = 0.5
"""Part of what a tenant does that is its cause."""
_SECONDS: Final = "traefik_router_request_duration_seconds"


@dataclass(frozen=True, kw_only=True)
class NoiseLimits:
    """When a tenant is noisy.

    Args:
        fair_shares: how many times its fair share a tenant uses more than.
        least_share: share that matters, 0 to 1: a smaller one is not what slows others down.
        full_load: part of a place's processors in use from which on the place is at its limits.
        slow_seconds: a tenant is slow where the 95th percentile of its answers, without reports and integrations, takes
            longer.
        slow_neighbours: how many other tenants there are slow.
    """

    fair_shares: float = 2.0
    least_share: float = 0.1
    full_load: float = 0.8
    slow_seconds: float = 2.0
    slow_neighbours: int = 1


def noise_group(limits: NoiseLimits) -> RuleGroup:
    """Who suffers, who is noisy and why, and the alerts.

    Args:
        limits: when a tenant is noisy.
    """
    return RuleGroup(
        name="noisy-neighbours",
        description="Tenants that take what others wait for, and why they do",
        rules=(*_sufferers(limits), *_causes(), _noisy(limits), _alert(), _blind()),
    )


def _sufferers(limits: NoiseLimits) -> tuple[RecordingRule, ...]:
    people = f'{REQUESTS},transaction!~"{_named(Limit.REPORTS)}|{_named(Limit.RPC)}"'
    return (
        RecordingRule(
            record="tenant:slow:bool",
            expression=(
                f"histogram_quantile(0.95, sum by (tenant, le) (rate({_SECONDS}_bucket{{{people}}}[{WINDOW}]))) "
                f"> bool {limits.slow_seconds:g}"
            ),
        ),
        RecordingRule(
            record="tenant:slow_here:bool",
            expression="0 * tenant:use:avg3m + on (tenant) group_left () tenant:slow:bool",
        ),
        RecordingRule(
            record="tenant:slow_neighbours:count",
            expression=(
                "0 * tenant:use:avg3m + on (resource, place) group_left () "
                "sum by (resource, place) (tenant:slow_here:bool) - (tenant:slow_here:bool or 0 * tenant:use:avg3m)"
            ),
        ),
    )


def _causes() -> tuple[RecordingRule, ...]:
    """What each tenant mostly does.

    Requests, rows and active time count when they end. The processors of the reporting pool and the locks of writers
    show as soon as the work begins.
    """
    causes = {
        REPORTING: _either(_of_requests(Limit.REPORTS), _of_processors(f"{Pool.REPORTING.value}-.+")),
        INTEGRATION: _of_requests(Limit.RPC),
        IMPORT: _either(_of_written_rows(), _of_write_locks()),
    }
    # The one that has a lever of its own comes first: an integration that writes a lot is held back as an integration.
    dominant = " or on (tenant) ".join(f'tenant:cause:ratio{{cause="{cause}"}} >= {_DOMINANT:g}' for cause in causes)
    unknown = f'label_replace(tenant:weight:cpu, "cause", "{UNKNOWN}", "", "")'
    return (
        *(
            RecordingRule(record="tenant:cause:ratio", expression=expression, labels={"cause": cause})
            for cause, expression in causes.items()
        ),
        RecordingRule(record="tenant:cause:dominant", expression=f"0 * ({dominant} or on (tenant) {unknown}) + 1"),
    )


def _named(limit: Limit) -> str:
    return "|".join(sorted({each.name for each in TRANSACTIONS if each.limit is limit}))


def _of_requests(limit: Limit) -> str:
    """Part of the time of a tenant's requests."""
    some, all_ = (
        f"sum by (tenant) (rate({_SECONDS}_sum{{{matchers}}}[{WINDOW}]))"
        for matchers in (f'{REQUESTS},transaction=~"{_named(limit)}"', REQUESTS)
    )
    return f"{some} / ({all_} > 0)"


def _of_processors(pods: str) -> str:
    """Part of the processors that a tenant uses."""
    some, all_ = (
        f"sum by (tenant) ({of_tenant(f'rate(container_cpu_usage_seconds_total{{{matchers}}}[{WINDOW}])')})"
        for matchers in (f'container!="",pod=~"{pods}"', 'container!=""')
    )
    return f"{some} / ({all_} > 0)"


def _of_written_rows() -> str:
    """Part of the rows that are written on a server."""
    return _of_server(
        *(f'rate(pg_stat_database_{kind}{{tenant!=""}}[{WINDOW}])' for kind in ("tup_inserted", "tup_updated"))
    )


def _of_write_locks() -> str:
    """Part of the locks on a server that whoever writes holds."""
    return _of_server(f'sum_over_time(pg_locks_count{{tenant!="",mode="rowexclusivelock"}}[{WINDOW}])')


def _of_server(*vectors: str) -> str:
    by_tenant, by_server = (
        " + ".join(f"sum by ({labels}) ({vector})" for vector in vectors)
        for labels in (f"tenant, {DATABASE_SERVER_LABEL}", DATABASE_SERVER_LABEL)
    )
    return f"max by (tenant) (({by_tenant}) / on ({DATABASE_SERVER_LABEL}) group_left () (({by_server}) > 0))"


def _either(*vectors: str) -> str:
    """The larger of the values that there are."""
    marked = (f'label_replace({vector}, "evidence", "{number}", "", "")' for number, vector in enumerate(vectors))
    return f"max by (tenant) ({' or '.join(marked)})"


def _noisy(limits: NoiseLimits) -> RecordingRule:
    return RecordingRule(
        record="tenant:noisy:ratio",
        expression=(
            f"tenant:share:ratio / tenant:fair_share:ratio > {limits.fair_shares:g} "
            f"and tenant:share:ratio >= {limits.least_share:g} "
            f"and on (resource, place) place:load:ratio >= {limits.full_load:g} "
            f"and tenant:slow_neighbours:count >= {limits.slow_neighbours}"
        ),
    )


def _alert() -> AlertRule:
    return AlertRule(
        alert=ALERT,
        # Twice in three minutes, not `for`: that would start anew whenever the cause changes, which is a label.
        expression=(
            f"(round(tenant:noisy:ratio, 0.1) and count_over_time(tenant:noisy:ratio[{WINDOW}]) >= 2) "
            "* on (tenant) group_left (cause) tenant:cause:dominant"
        ),
        severity=2,
        annotations={
            "summary": "{{ $labels.tenant }} slows others down on {{ $labels.place }}: {{ $labels.cause }}",
            "description": (
                "{{ $labels.tenant }} uses {{ $value }} times its fair share of the {{ $labels.resource }} "
                "of {{ $labels.place }}, which is at its limits, and others there are slow."
            ),
            "runbook": _RUNBOOK,
        },
    )


def _blind() -> AlertRule:
    """Nobody is found where nothing is measured."""
    measured = f'max by (place) (label_replace(pg_up == 1, "place", "$1", "{DATABASE_SERVER_LABEL}", "(.+)"))'
    return AlertRule(
        alert=BLIND,
        expression=f'place:capacity:cores{{resource="{DATABASE}"}} unless on (place) {measured}',
        severity=3,
        hold_minutes=10,
        annotations={
            "summary": "No metrics of the PostgreSQL server {{ $labels.place }}",
            "description": "Noisy tenants are not found on {{ $labels.place }}: its exporter is down or cannot log in.",
            "runbook": _RUNBOOK,
        },
    )
