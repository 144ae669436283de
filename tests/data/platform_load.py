"""Synthetic metrics of a platform with twelve tenants, sample by sample, as its exporters would give them.

Eleven tenants share the PostgreSQL server `psql-1` (16 processors) and the nodes of the pool `web` (64); the twelfth
has a server (4) and a pool (8) of its own. What each does is given by minute, as `Load`; all that is scraped follows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

SECONDS: Final = 30
"""Between two scrapes."""
STANDARD: Final = tuple(f"acme-{country}" for country in ("at", "be", "de", "es", "fr", "it", "nl", "pt"))
PRIORITY: Final = ("globex-uk", "globex-us", "globex-jp")
SHARED: Final = (*STANDARD, *PRIORITY)
ISOLATED: Final = "initech"
TENANTS: Final = (*SHARED, ISOLATED)
CORES: Final = {"psql-1": 16, "psql-initech": 4}
"""Processors of the PostgreSQL servers."""
_WEIGHTS: Final = {**dict.fromkeys(STANDARD, 4), **dict.fromkeys(PRIORITY, 8), ISOLATED: 8}
_NODES: Final = {"web": 64, "isolated": 8}
_BUCKETS: Final = (0.5, 1, 2, 5, 10)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a tenant does in a minute.

    Args:
        sessions: database sessions that work.
        lock_waits: sessions that wait for a lock.
        processors: processors its pods use, without the reporting pool.
        reporting_processors: processors its reporting pool uses.
        requests: requests of people under way.
        reports: reports under way, counted only when they end.
        rpc: calls of integrations under way.
        rows: rows written in a second.
        write_locks: locks that writers hold.
        slow: whether people wait for more than five seconds, instead of less than one.
        workers: workers that its queue asks for.
    """

    sessions: float = 0.3
    lock_waits: float = 0
    processors: float = 1.0
    reporting_processors: float = 0.1
    requests: float = 1.0
    reports: float = 0.1
    rpc: float = 0.2
    rows: float = 40
    write_locks: float = 4
    slow: bool = False
    workers: float = 1

    def times(self, factor: float) -> Load:
        """The same work, so many times as much."""
        grown = {
            name: getattr(self, name) * factor
            for name in self.__dataclass_fields__
            if name not in ("slow", "workers", "lock_waits")
        }
        return replace(self, **grown)

    def plus(self, **more: float) -> Load:
        """More of some kinds of work."""
        return replace(self, **{name: getattr(self, name) + extra for name, extra in more.items()})


Plan = Callable[[str, int], Load]
"""What a tenant does in a minute."""


@dataclass
class Series:
    """The samples of one series so far; a counter's last sample is its height."""

    values: list[float] = field(default_factory=lambda: [0.0])

    def climb(self, per_second: float) -> None:
        self.values.append(self.values[-1] + per_second * SECONDS)

    def show(self, value: float) -> None:
        self.values.append(value)


def ordinary(tenant: str, seed: int, minute: int) -> Load:
    """An ordinary minute: the tenant's size, give or take a quarter."""
    jitter = random.Random(f"{tenant}-{seed}-{minute}").uniform(0.75, 1.25)  # noqa: S311 load, not a secret
    return Load().times(_WEIGHTS[tenant] / 4 * jitter)


def input_series(plan: Plan, minutes: int) -> list[dict[str, str]]:
    """All series, as a test of promtool takes them.

    Args:
        plan: what each tenant does.
        minutes: how long.
    """
    series: dict[str, Series] = {}
    for step in range(minutes * 60 // SECONDS):
        for tenant in TENANTS:
            for name, kind, value in _scraped(tenant, plan(tenant, step * SECONDS // 60)):
                found = series.setdefault(name, Series())
                (found.climb if kind == "counter" else found.show)(value)
    constants = {
        name: f"{value}x{minutes * 60 // SECONDS}" for name, value in (*_cluster(), *(_up(server) for server in CORES))
    }
    samples = {name: " ".join(f"{value:g}" for value in each.values) for name, each in series.items()}
    return [{"series": name, "values": values} for name, values in (samples | constants).items()]


def _up(server: str) -> tuple[str, float]:
    return f'pg_up{{database_server="{server}",instance="10.0.0.9:9187"}}', 1


def _cluster() -> Iterator[tuple[str, float]]:
    """What kube-state-metrics says of objects that do not change."""
    for tenant in TENANTS:
        labels = f'namespace="{tenant}",resourcequota="quota",resource="requests.cpu"'
        yield f'kube_resourcequota{{{labels},type="hard"}}', _WEIGHTS[tenant]
        yield f'kube_resourcequota{{{labels},type="used"}}', 1
        for pod, namespace in _pods(tenant):
            yield f'kube_pod_info{{namespace="{namespace}",pod="{pod}",node="{_node(tenant)}"}}', 1
    yield 'kube_resourcequota{namespace="platform-operations",resource="requests.cpu",type="hard"}', 100
    for pool, cores in _NODES.items():
        yield f'kube_node_status_allocatable{{node="aks-{pool}-1-vmss000000",resource="cpu",unit="core"}}', cores
        yield f'kube_node_status_allocatable{{node="aks-{pool}-1-vmss000000",resource="memory",unit="byte"}}', 1e9


def _node(tenant: str) -> str:
    return f"aks-{'isolated' if tenant == ISOLATED else 'web'}-1-vmss000000"


def _pods(tenant: str) -> Sequence[tuple[str, str]]:
    return ("web-5f-a1", tenant), ("reporting-7c-b2", tenant), ("traefik-9d-c3", f"{tenant}-ingress")


def _scraped(tenant: str, load: Load) -> Iterator[tuple[str, str, float]]:
    """Name, kind and value of each sample; for counters, what is added in a second."""
    yield from _of_database(tenant, load)
    for (pod, namespace), cores in zip(
        _pods(tenant), (load.processors * 0.9, load.reporting_processors, load.processors * 0.1), strict=True
    ):
        labels = f'namespace="{namespace}",pod="{pod}",container="main"'
        yield f"container_cpu_usage_seconds_total{{{labels}}}", "counter", cores
    scaler = f'namespace="{tenant}",horizontalpodautoscaler="keda-hpa-queue"'
    yield f"kube_horizontalpodautoscaler_status_desired_replicas{{{scaler}}}", "gauge", load.workers
    for transaction, under_way in (("web", load.requests), ("reports", load.reports), ("json2", load.rpc)):
        yield from _of_requests(tenant, transaction, under_way, slow=load.slow)


def _of_database(tenant: str, load: Load) -> Iterator[tuple[str, str, float]]:
    labels: dict[str, Any] = {
        "database_server": "psql-initech" if tenant == ISOLATED else "psql-1",
        "datname": tenant,
        "tenant": tenant,
    }
    text = ",".join(f'{name}="{value}"' for name, value in labels.items())
    # Two workers, of which one reads from disk.
    for wait, part in (("", 0.7), ("IO", 0.3)):
        one = f'{text},state="active",wait_event_type="{wait}"'
        yield f"pg_stat_activity_count{{{one}}}", "gauge", load.sessions * part
    blocked = f'{text},state="active",wait_event_type="Lock"'
    yield f"pg_stat_activity_count{{{blocked}}}", "gauge", load.lock_waits
    yield f"pg_stat_database_tup_inserted{{{text}}}", "counter", load.rows * 0.6
    yield f"pg_stat_database_tup_updated{{{text}}}", "counter", load.rows * 0.4
    yield f'pg_locks_count{{{text},mode="rowexclusivelock"}}', "gauge", load.write_locks
    yield f'pg_locks_count{{{text},mode="accesssharelock"}}', "gauge", 10 * load.sessions


def _of_requests(tenant: str, transaction: str, under_way: float, *, slow: bool) -> Iterator[tuple[str, str, float]]:
    labels = f'tenant="{tenant}",transaction="{transaction}",code="200",method="POST"'
    name = "traefik_router_request_duration_seconds"
    yield f"{name}_sum{{{labels}}}", "counter", under_way
    each = 8.0 if slow or transaction == "reports" else 0.4
    for bucket in _BUCKETS:
        yield f'{name}_bucket{{{labels},le="{bucket}"}}', "counter", under_way / each if each <= bucket else 0
    yield f'{name}_bucket{{{labels},le="+Inf"}}', "counter", under_way / each
