"""Which part of a platform each tenant uses, and which is fair: recording rules. No Pulumi.

Nothing here names a tenant: a rule that did would change with each tenant that comes or goes.

A tenant is a namespace whose ResourceQuota bounds the processor, and that bound is its weight: the tier's share, as the
cluster holds it. Four things are measured, as `tenant:use:avg3m` with the labels `tenant`, `resource` and `place`:

| resource | place | in use |
|---|---|---|
| database | PostgreSQL server | sessions that work |
| processor | pool of nodes | processors |
| ingress | platform | requests under way |
| queue | platform | workers that its jobs ask for |

Database and processor are shared, so their load counts as well. Ingress and queue say what a tenant does: each has
a Traefik and workers of its own, and all it can take from others there is processor and database.

Managed Prometheus keeps all that is read here of cAdvisor and kube-state-metrics in its minimal profile
(github.com/Azure/prometheus-collector, kubestateRegex_minimal).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.monitoring.rule_groups import RecordingRule, RuleGroup
from components.odoo.pool import Pool

WINDOW: Final = "3m"
"""What is averaged over: six scrapes, and short enough for an alert within five minutes."""
DATABASE_SERVER_LABEL: Final = "database_server"
"""Label of PostgreSQL's metrics: the server."""
DATABASE: Final = "database"
PROCESSOR: Final = "processor"

_PLATFORM: Final = {"place": "platform"}
# Traefik's namespaces, and the platform's own.
_NO_TENANTS: Final = ".+-ingress|platform-.+"
# learn.microsoft.com azure/aks/create-node-pools: pools have no hyphen; nodes are aks-<pool>-<number>-vmss<number>.
_POOL_OF_NODE: Final = "aks-([a-z0-9]+)-.+"
# components/tenant/scaling.py; KEDA names a HorizontalPodAutoscaler after the ScaledObject (controllers/keda/hpa.go).
_QUEUE_SCALER: Final = f"keda-hpa-{Pool.QUEUE.value}"

REQUESTS: Final = 'tenant!="",code!="0"'
"""Matchers of requests that are a tenant's; a websocket counts when it closes, with code 0."""


def share_group(database_cores: Mapping[str, float]) -> RuleGroup:
    """Use, share, fair share and load.

    Args:
        database_cores: processors of each PostgreSQL server, by its name.

    Raises:
        ValueError: there is no server.
    """
    if not database_cores:
        raise ValueError("database_cores is empty: without a server there is nothing to share")
    return RuleGroup(
        name="tenant-shares",
        description="What each tenant uses of what is shared, and what is fair",
        rules=(_weight(), *_use(), *_shares(), *_loads(database_cores)),
    )


def of_tenant(vector: str, namespace: str = "(.+)") -> str:
    """PromQL: the same samples with the label `tenant`, taken from their namespace.

    Args:
        vector: PromQL of the samples.
        namespace: regular expression of the namespace, whose first group is the tenant.
    """
    return f'label_replace({vector}, "tenant", "$1", "namespace", "{namespace}")'


def _weight() -> RecordingRule:
    quotas = f'kube_resourcequota{{resource="requests.cpu",type="hard",namespace!~"{_NO_TENANTS}"}}'
    return RecordingRule(record="tenant:weight:cpu", expression=f"max by (tenant) ({of_tenant(quotas)})")


def _use() -> tuple[RecordingRule, ...]:
    pods = f'label_replace(kube_pod_info{{node!=""}}, "pool", "$1", "node", "{_POOL_OF_NODE}")'
    # Traefik's work for a tenant is the tenant's.
    processors = of_tenant("namespace_pool:processor_cores:rate3m", "(.+?)(?:-ingress)?")
    workers = f'kube_horizontalpodautoscaler_status_desired_replicas{{horizontalpodautoscaler="{_QUEUE_SCALER}"}}'
    return (
        RecordingRule(
            record="namespace_pool:processor_cores:rate3m",
            expression=(
                "sum by (namespace, pool) (sum by (namespace, pod) "
                f'(rate(container_cpu_usage_seconds_total{{container!=""}}[{WINDOW}])) * on (namespace, pod) '
                f"group_left (pool) topk by (namespace, pod) (1, max by (namespace, pod, pool) ({pods})))"
            ),
        ),
        _used(DATABASE, f"sum by (tenant, place) ({_placed(_working_sessions(), DATABASE_SERVER_LABEL)})"),
        _used(PROCESSOR, f"sum by (tenant, place) ({_placed(processors, 'pool')})"),
        _used(
            "ingress",
            f"sum by (tenant) (rate(traefik_router_request_duration_seconds_sum{{{REQUESTS}}}[{WINDOW}]))",
            _PLATFORM,
        ),
        _used("queue", f"sum by (tenant) ({of_tenant(workers)})", _PLATFORM),
    )


def _working_sessions() -> str:
    """The average number of sessions that work: seconds of database time in a second.

    Sampled at each scrape: PostgreSQL adds up a session's active time only when its transaction ends
    (src/backend/utils/activity/pgstat.c, pgstat_report_stat), too late for a report of ten minutes. Who waits for
    a lock is held up by its own tenant, who waits for its client by that client: neither keeps others from working.
    """
    sessions = 'pg_stat_activity_count{tenant!="",state="active",wait_event_type!~"Lock|Client"}'
    return (
        f"sum by (tenant, {DATABASE_SERVER_LABEL}) (sum_over_time({sessions}[{WINDOW}])) "
        f"/ on ({DATABASE_SERVER_LABEL}) group_left () "
        f"sum by ({DATABASE_SERVER_LABEL}) (count_over_time(pg_up[{WINDOW}]))"
    )


def _used(resource: str, expression: str, labels: Mapping[str, str] | None = None) -> RecordingRule:
    return RecordingRule(
        record="tenant:use:avg3m",
        expression=f"{expression} and on (tenant) tenant:weight:cpu",
        labels={"resource": resource, **(labels or {})},
    )


def _placed(vector: str, label: str) -> str:
    return f'label_replace({vector}, "place", "$1", "{label}", "(.+)")'


def _shares() -> tuple[RecordingRule, ...]:
    # Whoever is in a place has a fair share of it, also while it is idle.
    weights = "(0 * tenant:use:avg3m + on (tenant) group_left () tenant:weight:cpu)"
    return (
        RecordingRule(record="place:use:sum", expression="sum by (resource, place) (tenant:use:avg3m)"),
        RecordingRule(
            record="tenant:share:ratio",
            expression="tenant:use:avg3m / on (resource, place) group_left () (place:use:sum > 0)",
        ),
        RecordingRule(
            record="tenant:fair_share:ratio",
            expression=f"{weights} / on (resource, place) group_left () sum by (resource, place) ({weights})",
        ),
    )


def _loads(database_cores: Mapping[str, float]) -> tuple[RecordingRule, ...]:
    capacity = " or ".join(
        f'label_replace(vector({cores:g}), "place", "{server}", "", "")'
        for server, cores in sorted(database_cores.items())
    )
    busy = _placed("namespace_pool:processor_cores:rate3m", "pool")
    nodes = f'label_replace(kube_node_status_allocatable{{resource="cpu"}}, "place", "$1", "node", "{_POOL_OF_NODE}")'
    return (
        RecordingRule(record="place:capacity:cores", expression=capacity, labels={"resource": DATABASE}),
        RecordingRule(
            record="place:load:ratio",
            expression=(
                f'sum by (place) (tenant:use:avg3m{{resource="{DATABASE}"}}) '
                f'/ sum by (place) (place:capacity:cores{{resource="{DATABASE}"}})'
            ),
            labels={"resource": DATABASE},
        ),
        RecordingRule(
            record="place:load:ratio",
            expression=f"sum by (place) ({busy}) / sum by (place) ({nodes})",
            labels={"resource": PROCESSOR},
        ),
    )
