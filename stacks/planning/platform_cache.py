"""The session cache that all tenants of a platform share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.planning.foundation import is_production
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import odoo_load
from stacks.planning.odoo_pools import plan_odoo_pools, surge
from stacks.planning.plan import CachePlan
from stacks.planning.plan_odoo import OdooPoolPlan
from stacks.planning.regions import Region
from stacks.planning.sizes import BALANCED_CACHES, CacheSize
from stacks.planning.storage import plan_cache, sessions_gib
from stacks.planning.tiers import Envelope, has_queue, largest_workload, platform_peak_users, tier_capacity, tier_limits
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

# Our own estimate: a worker holds one connection, a pod's gevent process one for each client that it serves at once.
GEVENT_CLIENTS = 4


def cache_clients(pools: Mapping[str, OdooPoolPlan]) -> int:
    """Connections to the cache that a tenant's pods make in the middle of a rolling update."""
    return sum(
        (plan.max_replicas + surge(plan.max_replicas)) * (plan.workers + GEVENT_CLIENTS) for plan in pools.values()
    )


def tier_clients(settings: PlatformSettings, given: Mapping[Tier, Envelope], zones: int) -> Mapping[Tier, int]:
    """Connections to the cache of a tenant as large as its tier allows, by tier."""
    load = odoo_load(largest_workload(tier_limits(settings, Tier.ISOLATED)), queue_jobs=has_queue(settings))
    isolated = plan_odoo_pools(load, zones, Ledger(), production=is_production(settings))
    return {tier: cache_clients(each.running.pools) for tier, each in given.items()} | {
        Tier.ISOLATED: cache_clients(isolated)
    }


def cache_size(sku_name: str) -> CacheSize:
    """A size by its Azure name."""
    return next(size for size in BALANCED_CACHES if size.sku_name == sku_name)


def plan_shared_cache(
    settings: PlatformSettings, given: Mapping[Tier, Envelope], location: Region, ledger: Ledger
) -> CachePlan:
    """The smallest cache that holds the sessions of all tenants that the platform is built for; refuses too many.

    Args:
        settings: the platform's settings.
        given: what tenants may take, by tier.
        location: the region.
        ledger: takes the reasons.
    """
    users, each = platform_peak_users(settings), tier_clients(settings, given, 3 if location.has_zones else 0)
    clients = sum(each[tier] * tier_capacity(settings, tier) for tier in Tier)
    largest = BALANCED_CACHES[-1]
    if sessions_gib(users) > largest.usable_gib or clients > largest.clients:
        ledger.refuse(
            "platform.capacity",
            f"{users} users at the close with {sessions_gib(users):.0f} GiB of sessions, and {clients} connections",
            f"{largest.usable_gib:.0f} GiB and {largest.clients} connections, what {largest.sku_name} holds",
            "lower platform.capacity or platform.tiers, or build a second platform",
        )
    return plan_cache(users, location, ledger, production=is_production(settings), clients=clients)
