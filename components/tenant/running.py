"""How a tenant's pools run: how large, where, and what makes them grow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.odoo.pool import Pool, PoolSize

POOL_KEY = "odoo-azure/pool"
"""Label and taint of nodes that says which of Odoo's pools they carry."""


@dataclass(frozen=True, kw_only=True)
class NodePlacement:
    """Which nodes a pool's pods run on.

    Args:
        node_selector: labels of the nodes.
        tolerated_taints: values of the taint `POOL_KEY` that the pods tolerate.
    """

    node_selector: Mapping[str, str]
    tolerated_taints: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CalendarWindow:
    """A span of the calendar in which a pool is held at a size, as two cron expressions.

    Args:
        start: cron expression of its beginning, e.g. `0 6 25-31 * *`.
        end: cron expression of its end.
        replicas: pods to have in it.
        purpose: what it is for.
    """

    start: str
    end: str
    replicas: int
    purpose: str


@dataclass(frozen=True, kw_only=True)
class PoolScaling:
    """What makes a pool grow beside its own load.

    Args:
        windows: spans of the calendar.
        target_busy_percent: share of busy workers that a pool of HTTP workers is kept at.
        target_latency_ms: latency of the 95th percentile above which it grows.
        jobs_per_worker: ready jobs for each worker (queue pool).
    """

    windows: tuple[CalendarWindow, ...] = ()
    target_busy_percent: int = 70
    target_latency_ms: int = 2000
    jobs_per_worker: int = 4


@dataclass(frozen=True, kw_only=True)
class TenantScaling:
    """How pools scale.

    Args:
        prometheus_query_url: query endpoint of managed Prometheus.
        timezone: IANA name; of the windows.
        pools: by pool.
        scale_down_minutes: how long a lull must last before a pool shrinks.
    """

    prometheus_query_url: pulumi.Input[str]
    timezone: str
    pools: Mapping[Pool, PoolScaling]
    scale_down_minutes: int = 15


@dataclass(frozen=True, kw_only=True)
class TenantPools:
    """How a tenant's pools run.

    Args:
        sizes: size by pool; a pool that is not there does not run.
        nodes: which nodes each pool runs on.
        scaling: how pools scale.
        priority_classes: names of the priority classes, by pool.
    """

    sizes: Mapping[Pool, PoolSize]
    nodes: Mapping[Pool, NodePlacement]
    scaling: TenantScaling
    priority_classes: Mapping[Pool, pulumi.Input[str]] = field(default_factory=dict)
