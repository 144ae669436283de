"""How Odoo runs, from the plan's plain data to the components' arguments."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.odoo.pool import Pool, PoolSize
from components.tenant.args import NamespaceLimits
from components.tenant.running import POOL_KEY, CalendarWindow, NodePlacement, PoolScaling, TenantPools, TenantScaling
from stacks.foundation import WEB_POOL
from stacks.planning.plan_odoo import ClusterRunningPlan, NamespacePlan, OdooPoolPlan


def on_nodes(pool: str) -> NodePlacement:
    """Placement on a pool of nodes; all but those of users' requests are tainted.

    Args:
        pool: name of the pool of nodes.
    """
    return NodePlacement(node_selector={POOL_KEY: pool}, tolerated_taints=() if pool == WEB_POOL else (pool,))


def namespace_limits(limits: NamespacePlan) -> NamespaceLimits:
    """What a namespace may take."""
    return NamespaceLimits(
        requests=limits.requests,
        limits=limits.limits,
        pods=limits.pods,
        default_request=limits.default_request,
        default_limit=limits.default_limit,
        container_max=limits.container_max,
    )


def tenant_pools(
    running: ClusterRunningPlan,
    prometheus_query_url: pulumi.Input[str],
    priority_classes: Mapping[Pool, pulumi.Input[str]],
) -> TenantPools:
    """Odoo's pools.

    Args:
        running: the plan.
        prometheus_query_url: query endpoint of managed Prometheus.
        priority_classes: names of priority classes by pool.
    """
    return TenantPools(
        sizes={Pool(pool): pool_size(size) for pool, size in running.pools.items()},
        nodes={Pool(pool): on_nodes(nodes) for pool, nodes in running.node_pools.items()},
        scaling=_scaling(running, prometheus_query_url),
        priority_classes=priority_classes,
    )


def pool_size(size: OdooPoolPlan) -> PoolSize:
    """Size of a pool."""
    return PoolSize(
        workers=size.workers,
        min_replicas=size.min_replicas,
        max_replicas=size.max_replicas,
        cpu_millicores=size.cpu_millicores,
        memory_mib=size.memory_mib,
        worker_memory_mib=size.worker_memory_mib,
        db_maxconn=size.db_maxconn,
    )


def _scaling(running: ClusterRunningPlan, prometheus_query_url: pulumi.Input[str]) -> TenantScaling:
    windows = {
        pool: tuple(
            CalendarWindow(start=window.start, end=window.end, replicas=window.replicas, purpose=window.purpose)
            for window in running.windows
            if window.pool == pool
        )
        for pool in running.pools
    }
    return TenantScaling(
        prometheus_query_url=prometheus_query_url,
        timezone=running.timezone,
        pools={Pool(pool): PoolScaling(windows=spans) for pool, spans in windows.items()},
    )
