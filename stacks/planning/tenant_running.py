"""How a tenant runs on nodes and a server that it shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.planning.connections import database_limit
from stacks.planning.foundation import is_production, reads_from_replica
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_pools import CRON, NODE_POOLS, QUEUE, REPORTING, SURGE_PERCENT, WEB, WEBSOCKET
from stacks.planning.plan_odoo import ClusterRunningPlan
from stacks.planning.plan_tenant import PlatformPlan
from stacks.planning.shared_servers import OTHERS_PER_TENANT
from stacks.planning.tiers import Envelope, TierPools, envelope, tenant_workload, tier_pools
from stacks.planning.windows import plan_windows

if TYPE_CHECKING:
    from stacks.sections import Calendar
    from stacks.settings import PlatformSettings
    from stacks.subsidiary import Subsidiary

# What makes a pool too large for its tier, where its users alone do not.
_ASKED = {
    WEB: "integrations",
    WEBSOCKET: "concurrent_users",
    CRON: "legal_entities",
    QUEUE: "invoices_per_month",
    REPORTING: "concurrent_users",
}


def tenant_calendar(subsidiary: Subsidiary, usual: Calendar) -> Calendar:
    """The platform's calendar, with what the tenant's file has in its place."""
    own = {key: value for key, value in subsidiary.calendar if value is not None}
    return usual.model_copy(update=own)


def plan_running(
    subsidiary: Subsidiary, settings: PlatformSettings, platform: PlatformPlan, ledger: Ledger
) -> ClusterRunningPlan:
    """Pools of a tenant's users, within what its tier has; quota and connections of its tier.

    Args:
        subsidiary: its file.
        settings: the platform's settings.
        platform: the platform's plan.
        ledger: takes the reasons.
    """
    tier, zones, production = subsidiary.tier, len(platform.zones), is_production(settings)
    release = subsidiary.odoo or settings.platform.default_release
    given = envelope(tier, settings, zones, production=production)
    running = tier_pools(
        tier,
        tenant_workload(subsidiary),
        zones,
        queue_jobs=settings.platform.releases[release].queue_jobs,
        production=production,
    )
    _check(running, given, subsidiary, ledger)
    calendar = tenant_calendar(subsidiary, settings.calendar)
    replica = REPORTING in running.pools and platform.servers[0].database.read_replica
    _explain(running, given, subsidiary, ledger)
    return ClusterRunningPlan(
        pools=running.pools,
        node_pools={pool: NODE_POOLS[pool] for pool in running.pools},
        surge_percent=SURGE_PERCENT,
        operations=given.operations,
        namespace=given.namespace,
        role_limit=ledger.decide(
            "odoo.role_limit", platform.role_limits[tier.value], f"That of tier {tier.value} on a shared server."
        ),
        database_limit=database_limit(platform.role_limits[tier.value], OTHERS_PER_TENANT, ledger),
        reads_from_replica=reads_from_replica(release, ledger, replica=replica),
        windows=plan_windows(running.pools, running.normal, calendar, ledger),
        timezone=ledger.decide("odoo.timezone", calendar.timezone, "Its calendar's, or the platform's."),
    )


def _check(running: TierPools, given: Envelope, subsidiary: Subsidiary, ledger: Ledger) -> None:
    for pool, plan in running.pools.items():
        most = _most(pool, given)
        if plan.max_replicas > most:
            ledger.refuse(
                _ASKED[pool],
                f"work for {plan.max_replicas} pods of {pool} at the close, of {plan.workers} workers each",
                f"{most}: what a tenant of tier {subsidiary.tier.value} with {given.limits.max_users} users has",
                "correct it, or take the next tier",
            )


def _most(pool: str, given: Envelope) -> int:
    return given.running.pools[pool].max_replicas if pool in given.running.pools else 0


def _explain(running: TierPools, given: Envelope, subsidiary: Subsidiary, ledger: Ledger) -> None:
    for pool, plan in running.pools.items():
        ledger.note(
            f"odoo.pools.{pool}",
            f"{plan.min_replicas} to {plan.max_replicas} pods x {plan.workers}",
            f"{running.normal[pool]} on a normal day of {subsidiary.concurrent_users} users, {plan.max_replicas} at "
            f"the close of {running.load.peak_users}; at most {_most(pool, given)} in its tier.",
        )
    reasons = {
        "node_pools": "websocket with web; cron, queue, reporting on jobs: the platform's shared nodes.",
        "surge_percent": "New pods start before old ones stop; quota and connections have room for them.",
        "operations": "Odoo as in a pod of background processes, and the operations image; one job at a time.",
        "namespace": f"What a tenant of tier {subsidiary.tier.value} with {given.limits.max_users} users needs in the "
        "middle of a rolling update: its fair share.",
    }
    for subject, because in reasons.items():
        ledger.note(f"odoo.{subject}", "", because)
