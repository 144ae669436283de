"""What a tenant of a tier that shares nodes may take at most, and what one of so many users takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from stacks.planning.ingress import LEAST_REPLICAS
from stacks.planning.namespace import DEFAULT_LIMIT, DEFAULT_REQUEST, LIMITS_FACTOR
from stacks.planning.node_pools import Kind
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.odoo_pools import CRON, NODE_POOLS, QUEUE, REPORTING, WEB, WEBSOCKET, spread, surge
from stacks.planning.plan_odoo import NamespacePlan, OdooPoolPlan, PodPlan
from stacks.planning.tier_shapes import (
    SHAPES,
    TRAEFIK,
    TRAEFIK_UNITS,
    USERS_PER_WEBSOCKET_PROCESS,
    operations_pod,
)
from stacks.sections import Workload
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.platform_sections import TierLimits
    from stacks.settings import PlatformSettings
    from stacks.subsidiary import Subsidiary

SHARED = (Tier.STANDARD, Tier.PRIORITY)
"""Tiers whose tenants share nodes and servers."""
PEAK_FACTOR = 1.5
"""Of all tenants: their months close on the same days."""
INVOICES_PER_USER = 100
# Our own estimates of a tenant as large as its tier allows.
USERS_PER_INTEGRATION, USERS_PER_ENTITY = 20, 10
MOST_INTEGRATIONS, MOST_ENTITIES, MOST_INVOICES = 200, 500, 5_000_000
STANDARD_WEB_PODS = {True: 2, False: 1}
JOB_PODS = {True: 2, False: 1}
"""Of tier priority; both by whether it is production."""
JOBS_AT_ONCE = 2  # an operations job, and the one before it while it ends


@dataclass(frozen=True, kw_only=True)
class TierPools:
    """Pools of a tenant that shares nodes.

    Args:
        load: processes that it needs.
        pools: pods by pool.
        normal: pods of a normal day, by pool.
    """

    load: OdooLoad
    pools: Mapping[str, OdooPoolPlan]
    normal: Mapping[str, int]

    @property
    def pooled(self) -> int:
        """Workers that the close keeps busy, whose connections PgBouncer pools."""
        reporting = self.load.reporting_processes if REPORTING in self.pools else 0
        return self.load.peak_web_workers + self.load.queue_processes + reporting

    @property
    def processes(self) -> int:
        """All processes that the close keeps busy."""
        return self.pooled + sum(self.pools[pool].max_replicas for pool in (WEBSOCKET, CRON))


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What a tenant of a tier may take.

    Args:
        limits: its users, and the size of its database.
        running: its pools with as many users as it may have.
        traefik: what each of its Traefik's pods requests.
        traefik_replicas: how many there are.
        operations: what an operations job requests.
        namespace: what Odoo's namespace may take.
    """

    limits: TierLimits
    running: TierPools
    traefik: PodPlan
    traefik_replicas: int
    operations: PodPlan
    namespace: NamespacePlan


def has_queue(settings: PlatformSettings) -> bool:
    """Whether any release on offer carries OCA queue_job."""
    return any(release.queue_jobs for release in settings.platform.releases.values())


def largest_workload(limits: TierLimits) -> Workload:
    """What a tenant does that is as large as its tier allows."""
    users = limits.max_users
    return Workload(
        concurrent_users=users,
        peak_factor=PEAK_FACTOR,
        invoices_per_month=min(users * INVOICES_PER_USER, MOST_INVOICES),
        legal_entities=min(ceil(users / USERS_PER_ENTITY), MOST_ENTITIES),
        integrations=min(ceil(users / USERS_PER_INTEGRATION), MOST_INTEGRATIONS),
        database_gib=limits.max_database_gib,
        database_growth_gib_per_year=0,
    )


def tenant_workload(tenant: Subsidiary) -> Workload:
    """What a tenant does, from its file."""
    invoices = tenant.invoices_per_month
    return Workload(
        concurrent_users=tenant.concurrent_users,
        peak_factor=PEAK_FACTOR,
        invoices_per_month=tenant.concurrent_users * INVOICES_PER_USER if invoices is None else invoices,
        legal_entities=tenant.legal_entities,
        integrations=tenant.integrations,
        database_gib=tenant.database_gib,
        database_growth_gib_per_year=0,
        attachments_gib=tenant.attachments_gib,
    )


def tier_limits(settings: PlatformSettings, tier: Tier) -> TierLimits:
    """What the settings allow a tier."""
    limits: TierLimits = getattr(settings.platform.tiers, tier.value)
    return limits


def tier_capacity(settings: PlatformSettings, tier: Tier) -> int:
    """Tenants of a tier that the platform is built for."""
    count: int = getattr(settings.platform.capacity, tier.value)
    return count


def platform_peak_users(settings: PlatformSettings) -> int:
    """Users at the close of all tenants that the platform is built for, each as large as its tier allows."""
    users = (tier_limits(settings, tier).max_users * tier_capacity(settings, tier) for tier in Tier)
    return ceil(sum(users) * PEAK_FACTOR)


def tier_pools(tier: Tier, workload: Workload, zones: int, *, queue_jobs: bool, production: bool) -> TierPools:
    """Pools of a tenant that shares nodes. More of anything never makes fewer pods."""
    load = odoo_load(workload, queue_jobs=queue_jobs)
    needed = {pool: processes for pool, processes in _processes(load).items() if pool in SHAPES[tier] and processes[1]}
    pods = {
        pool: tuple(_replicas(tier, pool, count, zones, production=production) for count in processes)
        for pool, processes in needed.items()
    }
    return TierPools(
        load=load,
        pools={pool: _pool(tier, pool, *counts, production=production) for pool, counts in pods.items()},
        normal={pool: normal for pool, (normal, _) in pods.items()},
    )


def _processes(load: OdooLoad) -> Mapping[str, tuple[int, int]]:
    """Processes by pool, on a normal day and at the close."""
    websocket = ceil(load.peak_users / USERS_PER_WEBSOCKET_PROCESS)
    cron = load.cron_processes - 1  # without the spare one: a subsidiary's scheduled actions may wait for each other
    return {
        WEB: (load.normal_web_workers, load.peak_web_workers),
        WEBSOCKET: (websocket, websocket),
        CRON: (cron, cron),
        QUEUE: (load.normal_queue_processes, load.queue_processes),
        REPORTING: (load.normal_reporting_processes, load.reporting_processes),
    }


def _replicas(tier: Tier, pool: str, processes: int, zones: int, *, production: bool) -> int:
    pods = max(ceil(processes / SHAPES[tier][pool].workers), 1)
    if tier is Tier.PRIORITY and NODE_POOLS[pool] == "web":
        return spread(pods, zones, production=production)
    if tier is Tier.PRIORITY:
        return max(pods, JOB_PODS[production])
    return max(pods, STANDARD_WEB_PODS[production]) if NODE_POOLS[pool] == "web" else pods


def _pool(tier: Tier, pool: str, normal: int, most: int, *, production: bool) -> OdooPoolPlan:
    shape = SHAPES[tier][pool]
    at_night = 1
    if pool in {WEBSOCKET, CRON} or (tier is Tier.PRIORITY and production):
        at_night = normal
    elif pool == WEB:
        at_night = STANDARD_WEB_PODS[production]
    return OdooPoolPlan(
        workers=shape.workers,
        min_replicas=min(at_night, normal),
        max_replicas=most,
        cpu_millicores=shape.pod.cpu_millicores,
        memory_mib=shape.pod.memory_mib,
        worker_memory_mib=shape.worker_memory_mib,
        db_maxconn=shape.db_maxconn,
    )


def envelope(tier: Tier, settings: PlatformSettings, zones: int, *, production: bool) -> Envelope:
    """What a tenant of a tier may take: pods of a tenant with as many users as it may have, on any release."""
    limits = tier_limits(settings, tier)
    workload = largest_workload(limits)
    running = tier_pools(tier, workload, zones, queue_jobs=has_queue(settings), production=production)
    if not all(release.queue_jobs for release in settings.platform.releases.values()):
        # Without a queue, scheduled actions do its work.
        busier = tier_pools(tier, workload, zones, queue_jobs=False, production=production)
        running = replace(running, pools={**running.pools, CRON: busier.pools[CRON]})
    operations = operations_pod(tier)
    return Envelope(
        limits=limits,
        running=running,
        traefik=TRAEFIK[tier],
        traefik_replicas=traefik_replicas(tier, zones, production=production),
        operations=operations,
        namespace=_namespace(running.pools, operations),
    )


def envelopes(settings: PlatformSettings, zones: int, *, production: bool) -> Mapping[Tier, Envelope]:
    """What tenants may take, by tier that shares nodes."""
    return {tier: envelope(tier, settings, zones, production=production) for tier in SHARED}


def traefik_replicas(tier: Tier, zones: int, *, production: bool) -> int:
    """Pods of a tenant's Traefik: as many are left when a zone is lost, but in tier standard."""
    return LEAST_REPLICAS if tier is Tier.STANDARD else spread(LEAST_REPLICAS, zones, production=production)


def _namespace(pools: Mapping[str, OdooPoolPlan], operations: PodPlan) -> NamespacePlan:
    counts = {pool: plan.max_replicas + surge(plan.max_replicas) for pool, plan in pools.items()}
    millicores = sum(counts[pool] * plan.cpu_millicores for pool, plan in pools.items()) + operations.cpu_millicores
    mib = sum(counts[pool] * plan.memory_mib for pool, plan in pools.items()) + operations.memory_mib
    largest = max([plan.memory_mib for plan in pools.values()] + [operations.memory_mib])
    return NamespacePlan(
        requests={"cpu": f"{millicores}m", "memory": f"{mib}Mi"},
        limits={"memory": f"{mib * LIMITS_FACTOR}Mi"},
        pods=sum(counts.values()) + JOBS_AT_ONCE,
        default_request=DEFAULT_REQUEST,
        default_limit=DEFAULT_LIMIT,
        container_max={"memory": f"{largest}Mi"},
    )


def kinds(tier: Tier, given: Envelope, nodes: str, count: int) -> list[Kind]:
    """Pods of so many tenants of a tier on a pool of nodes.

    Args:
        tier: their tier.
        given: what each may take.
        nodes: pool of nodes, `web` or `jobs`.
        count: tenants.
    """
    found = [
        Kind(plan.min_replicas, plan.max_replicas, SHAPES[tier][pool].units, count)
        for pool, plan in given.running.pools.items()
        if NODE_POOLS[pool] == nodes
    ]
    if nodes == "web":
        found.append(Kind(given.traefik_replicas, given.traefik_replicas, TRAEFIK_UNITS[tier], count))
    return found if count else []
