"""Sizes of a platform for many subsidiaries, by the functions that plan it, and its kinds of day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stacks.errors import SettingsError
from stacks.planning.assessment.case import Case
from stacks.planning.assessment.model import Season, Unmet
from stacks.planning.assessment.platform_stand_in import stand_in
from stacks.planning.assessment.seasons import MONTH_END, NORMAL, YEAR_END, month_end
from stacks.planning.assessment.sized import Sized
from stacks.planning.assessment.unmet import unmet_by
from stacks.planning.connections import DIRECT_PORT, POOLED_PORT, pool_connections
from stacks.planning.isolated import plan_own_nodes
from stacks.planning.ledger import Ledger
from stacks.planning.namespace import SYSTEM_POOL
from stacks.planning.odoo_load import odoo_load
from stacks.planning.odoo_pools import WEB, left, normal_replicas, plan_odoo_pools
from stacks.planning.plan import PoolPlan, Reason
from stacks.planning.plan_odoo import OdooPoolPlan
from stacks.planning.platform import make_platform_plan
from stacks.planning.platform_layout import PLATFORM_PREFIX
from stacks.planning.platform_nodes import plan_shared_pools
from stacks.planning.tiers import PEAK_FACTOR, SHARED, envelope, envelopes, largest_workload, tier_limits
from stacks.platform_sections import Tiers
from stacks.settings import PlatformSettings
from stacks.tenant_scalars import Tier

SIZED = ("cache.", "cluster.pools.", "isolated_servers", "monitoring.", "servers.", "storage.")
"""Parts of a platform's plan that are sizes, beside those of the tier."""
UNSIZED = ("servers.names", "servers.database.maintenance_")
"""What is not, in them."""
TENANTS_PER_SERVER: Mapping[Tier, int] = {Tier.STANDARD: 20, Tier.PRIORITY: 15, Tier.ISOLATED: 20}
"""Slots of a shared server: what a platform has unless told otherwise, or fewer."""
SUBSIDIARIES = "workload.isolated_subsidiaries"
_ADDRESS_SPACE = Reason(
    subject="network.smallest_address_space",
    value=f"/{PLATFORM_PREFIX}",
    because="Subnets of a platform keep their places while tenants come; twice as large leaves room for what is new.",
    source="learn.microsoft.com azure/virtual-network/virtual-networks-faq",
)


@dataclass(frozen=True, kw_only=True)
class Tenants:
    """The subsidiaries of a platform, all of one tier and as large as it allows.

    Args:
        settings: the platform's settings.
        tier: their tier.
        count: how many they are.
        zones: the region's zones.
        production: whether a zone may be lost.
        pools: Odoo's pools of each.
        normal: pods of a normal day of each, by pool.
    """

    settings: PlatformSettings
    tier: Tier
    count: int
    zones: tuple[str, ...]
    production: bool
    pools: Mapping[str, OdooPoolPlan]
    normal: Mapping[str, int]


def size_platform(case: Case) -> Sized:
    """Sizes of a platform for the subsidiaries of a business.

    Args:
        case: what it needs.
    """
    tier = tier_of(case)
    try:
        settings = stand_in(case, tier, TENANTS_PER_SERVER[tier])
        plan = make_platform_plan(settings)
    except SettingsError as error:
        return Sized(unmet=(*_too_large(case), *unmet_by(error.problems, at=SUBSIDIARIES)))
    tenants = _tenants(settings, tier, case)
    web = tenants.pools[WEB]
    return Sized(
        reasons=(
            _capacity(tier, case),
            _slots(settings),
            _ADDRESS_SPACE,
            *(reason for reason in plan.reasons if _is_size(reason.subject, tier)),
        ),
        warnings=(*plan.warnings, *_warnings(case)),
        unmet=_too_large(case),
        seasons=_seasons(case, tenants),
        standing=_surviving(tenants, web.min_replicas) * web.workers * tenants.count,
        surviving=_surviving(tenants, web.max_replicas) * web.workers * tenants.count,
    )


def tier_of(case: Case) -> Tier:
    """The smallest tier that a subsidiary of average size fits; the largest where none does."""
    fitting = (tier for tier in Tier if _fits(case, tier))
    return next(fitting, Tier.ISOLATED)


def _fits(case: Case, tier: Tier) -> bool:
    limits = getattr(Tiers(), tier.value)
    return bool(case.users_each <= limits.max_users and case.database_gib_each <= limits.max_database_gib)


def _is_size(subject: str, tier: Tier) -> bool:
    named = (f"role_limits.{tier.value}", f"traefik.{tier.value}")
    return subject in named or (subject.startswith(SIZED) and not subject.startswith(UNSIZED))


def _slots(settings: PlatformSettings) -> Reason:
    return Reason(
        subject="platform.tenants_per_server",
        value=str(settings.platform.tenants_per_server),
        because="Of tenants as large as their tier allows, one server's memory holds what so many have in daily use: "
        "permanent.",
        source="learn.microsoft.com azure/postgresql/flexible-server/concepts-compute",
    )


def _capacity(tier: Tier, case: Case) -> Reason:
    limits, count = getattr(Tiers(), tier.value), case.profile.workload.isolated_subsidiaries
    return Reason(
        subject=f"platform.capacity.{tier.value}",
        value=str(count),
        because=f"{case.users_each} people and {case.database_gib_each} GiB of database each on average; tier "
        f"{tier.value} takes {limits.max_users} and {limits.max_database_gib}. Larger ones than the rest may have "
        "another tier.",
    )


def _too_large(case: Case) -> tuple[Unmet, ...]:
    if _fits(case, Tier.ISOLATED):
        return ()
    limits = Tiers().isolated
    return (
        Unmet(
            path="workload.concurrent_users",
            found=f"{case.users_each} people and {case.database_gib_each} GiB of database for each subsidiary",
            allowed=f"{limits.max_users} people and {limits.max_database_gib} GiB, what tier isolated takes",
            remedy="Give such companies an environment each: dedicated-aks.",
        ),
    )


def _warnings(case: Case) -> tuple[str, ...]:
    found = []
    if case.peak_factor > PEAK_FACTOR:
        found.append(
            f"A platform plans {PEAK_FACTOR} times a normal day for all its tenants; of this profile's "
            f"{case.peak_factor:g} times the rest waits at the close."
        )
    if case.separating:
        found.append(
            f"{', '.join(case.separating)}: subsidiaries that it applies to need tier isolated, with nodes and a "
            "server of their own."
        )
    return tuple(found)


def _tenants(settings: PlatformSettings, tier: Tier, case: Case) -> Tenants:
    zones, production = case.zones, case.profile.production
    pools: Mapping[str, OdooPoolPlan]
    if tier in SHARED:
        running = envelope(tier, settings, len(zones), production=production).running
        pools, normal = running.pools, running.normal
    else:
        load = odoo_load(largest_workload(tier_limits(settings, tier)), queue_jobs=case.profile.odoo.queue_jobs)
        pools = plan_odoo_pools(load, len(zones), Ledger(), production=production)
        normal = normal_replicas(load, len(zones), production=production)
    return Tenants(
        settings=settings,
        tier=tier,
        count=case.profile.workload.isolated_subsidiaries,
        zones=zones,
        production=production,
        pools=pools,
        normal={pool: normal[pool] for pool in pools},
    )


def _surviving(tenants: Tenants, replicas: int) -> int:
    """Pods of so many that are left when a zone is lost; those of tier standard are started again elsewhere."""
    if tenants.tier is Tier.STANDARD:
        return replicas
    return left(replicas, len(tenants.zones), production=tenants.production)


def _seasons(case: Case, tenants: Tenants) -> tuple[Season, ...]:
    users = {
        NORMAL: case.profile.workload.concurrent_users,
        MONTH_END: month_end(case).load.peak_users,
        YEAR_END: case.load.peak_users,
    }
    always_on = {name: pool.min_nodes for name, pool in _nodes(tenants, tenants.pools).items()}
    seasons = []
    for name, count in users.items():
        pools = _at(tenants, close=name != NORMAL)
        seasons.append(
            Season(
                name=name,
                users=count,
                processes={pool: tenants.count * plan.max_replicas * plan.workers for pool, plan in pools.items()},
                instances={
                    kind: pool.min_nodes if kind == SYSTEM_POOL else pool.max_nodes
                    for kind, pool in _nodes(tenants, pools).items()
                },
                always_on=always_on,
                connections=tenants.count * _connections(pools),
            )
        )
    return tuple(seasons)


def _at(tenants: Tenants, *, close: bool) -> Mapping[str, OdooPoolPlan]:
    """Pools of a tenant as they are on a normal day, or at the close."""
    return {
        pool: plan if close else replace(plan, max_replicas=tenants.normal[pool])
        for pool, plan in tenants.pools.items()
    }


def _connections(pools: Mapping[str, OdooPoolPlan]) -> int:
    """Connections that a tenant's database has: one of PgBouncer's a worker, and the usual ones that go past it."""
    made = pool_connections(pools)
    pooled = sum(plan.workers * plan.max_replicas for pool, plan in pools.items() if made[pool].port == POOLED_PORT)
    return pooled + sum(each.usual for each in made.values() if each.port == DIRECT_PORT)


def _nodes(tenants: Tenants, pools: Mapping[str, OdooPoolPlan]) -> Mapping[str, PoolPlan]:
    """Nodes for such pools of all tenants, with a zone lost or in the middle of a rolling update."""
    given = envelopes(tenants.settings, len(tenants.zones), production=tenants.production)
    if tenants.tier in SHARED:
        running = replace(given[tenants.tier].running, pools=pools)
        given = {**given, tenants.tier: replace(given[tenants.tier], running=running)}
    shared = plan_shared_pools(tenants.settings, given, tenants.zones, Ledger())
    if tenants.tier in SHARED:
        return shared
    own = plan_own_nodes(pools, tenants.zones, Ledger(), production=tenants.production)
    return {
        **shared,
        "own": replace(own, min_nodes=own.min_nodes * tenants.count, max_nodes=own.max_nodes * tenants.count),
    }
