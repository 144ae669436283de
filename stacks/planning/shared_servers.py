"""PostgreSQL servers that tenants share: each carries a block of slots, and keeps what it promises to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from stacks.planning.connections import (
    DIRECT_PORT,
    LOGIN_ROLES,
    OTHERS,
    POOLED_DATABASES,
    POOLED_PORT,
    RESERVE,
    RESERVED_CONNECTIONS,
    at_worst,
    pool_connections,
    stepped,
)
from stacks.planning.database_parameters import ServerLoad
from stacks.planning.database_sizing import (
    MAX_FILL,
    WAL_AND_BLOAT_FACTOR,
    WARM_SHARE_OF_DATABASE,
    Asked,
    DatabaseLoad,
    plan_hardware,
)
from stacks.planning.foundation import is_production, plan_database
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan
from stacks.planning.naming import plan_server_names
from stacks.planning.plan_odoo import OdooPoolPlan
from stacks.planning.plan_tenant import ServerPlan
from stacks.planning.regions import REGIONS
from stacks.planning.sizes import MOST_CONNECTIONS
from stacks.planning.tiers import SHARED, Envelope, tier_capacity
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

OTHERS_PER_TENANT = 3  # the scaler's queries for its pools, and bootstrap
MIB_PER_GIB = 1024

_LIMITS = "learn.microsoft.com azure/postgresql/flexible-server/concepts-limits"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Connections of a shared server.

    Args:
        pool_size: PgBouncer's server connections for each role and database.
        role_limits: connections that a login role may have, by tier.
        promised: connections that the tenants of a full block are promised.
        others: those of people, metrics, the scaler and bootstrap.
        max_clients: clients that PgBouncer takes.
    """

    pool_size: int
    role_limits: Mapping[Tier, int]
    promised: int
    others: int
    max_clients: int

    @property
    def max_connections(self) -> int:
        """Limit of the server."""
        return stepped(self.promised + self.others + RESERVED_CONNECTIONS)


def role_limit(pool_size: int, pools: Mapping[str, OdooPoolPlan]) -> int:
    """Connections that a login role may have: pools as large as the server makes them, and direct ones at worst.

    Less would make PgBouncer's own connections fail, and requests with them, instead of letting requests wait.
    """
    return POOLED_DATABASES * pool_size + at_worst(pool_connections(pools), DIRECT_PORT)


def mixed_block(settings: PlatformSettings) -> Mapping[Tier, int]:
    """Tenants on a full server that has its part of each tier, rounded up."""
    shared = sum(tier_capacity(settings, tier) for tier in SHARED)
    part = min(settings.platform.tenants_per_server / shared, 1) if shared else 0
    return {tier: ceil(tier_capacity(settings, tier) * part) for tier in SHARED}


def worst_block(settings: PlatformSettings, takes: Mapping[Tier, int]) -> Mapping[Tier, int]:
    """Tenants on a full server that has as many as possible of those who take most."""
    left, block = settings.platform.tenants_per_server, {}
    for tier in sorted(SHARED, key=lambda tier: takes[tier], reverse=True):
        block[tier] = min(tier_capacity(settings, tier), left)
        left -= block[tier]
    return block


def connection_budget(settings: PlatformSettings, given: Mapping[Tier, Envelope], ledger: Ledger) -> Budget:
    """Connections of a full server, whichever tenants have its slots; refuses what no server carries."""
    offered = [tier for tier in SHARED if tier_capacity(settings, tier)] or list(SHARED)
    pool_size = max(given[tier].running.pooled for tier in offered)
    limits = {tier: role_limit(pool_size, given[tier].running.pools) for tier in SHARED}
    clients = {tier: at_worst(pool_connections(given[tier].running.pools), POOLED_PORT) for tier in SHARED}
    block = worst_block(settings, limits)
    budget = Budget(
        pool_size=pool_size,
        role_limits=limits,
        promised=LOGIN_ROLES * sum(limits[tier] * count for tier, count in block.items()),
        others=OTHERS + OTHERS_PER_TENANT * settings.platform.tenants_per_server,
        max_clients=stepped(
            ceil(sum(clients[tier] * count for tier, count in worst_block(settings, clients).items()) * (1 + RESERVE))
        ),
    )
    _check(settings, budget, ledger)
    return budget


def _check(settings: PlatformSettings, budget: Budget, ledger: Ledger) -> None:
    needed = budget.promised + budget.others + RESERVED_CONNECTIONS
    if needed <= MOST_CONNECTIONS:
        return
    tenants = settings.platform.tenants_per_server
    largest = max(budget.role_limits.values())
    fitting = (MOST_CONNECTIONS - OTHERS - RESERVED_CONNECTIONS) // (LOGIN_ROLES * largest + OTHERS_PER_TENANT)
    ledger.refuse(
        "platform.tenants_per_server",
        f"{tenants}: {needed} connections, with both login roles of each tenant at up to {largest}",
        f"{MOST_CONNECTIONS} connections, the most of any server: {fitting} tenants of the largest tier",
        "lower it before the first tenant comes (it is permanent), or lower platform.tiers.priority.max_users: "
        f"PgBouncer's pools are as large as the largest tenant's {budget.pool_size} workers",
    )


def plan_servers(
    settings: PlatformSettings,
    given: Mapping[Tier, Envelope],
    budget: Budget,
    maintenance: MaintenancePlan,
    ledger: Ledger,
) -> tuple[ServerPlan, ...]:
    """The servers, all of one size. A slot's server never changes.

    Args:
        settings: the platform's settings.
        given: what tenants may take, by tier.
        budget: connections of a full server.
        maintenance: when Azure may patch them.
        ledger: takes the reasons.
    """
    load = _load(settings, given, budget)
    hardware = plan_hardware(load, ledger, production=is_production(settings))
    database = plan_database(
        settings,
        load.peak_users,
        hardware,
        ServerLoad(
            max_connections=min(budget.max_connections, hardware.size.max_connections),
            pool_size=budget.pool_size,
            max_clients=budget.max_clients,
            busy=load.workers,
            databases=settings.platform.tenants_per_server,
        ),
        maintenance,
        ledger,
    )
    each, total = settings.platform.tenants_per_server, settings.platform.capacity.total
    servers = tuple(
        ServerPlan(
            names=plan_server_names(settings.environment, REGIONS[settings.location], f"{number:02d}"),
            database=database,
            slots=((number - 1) * each + 1, min(number * each, total)),
            pool_size=budget.pool_size,
            connections=min(budget.max_connections, hardware.size.max_connections)
            - budget.others
            - RESERVED_CONNECTIONS,
            memory_mib=hardware.size.memory_gib * MIB_PER_GIB,
            data_gib=int(hardware.storage_gib * MAX_FILL / WAL_AND_BLOAT_FACTOR),
        )
        for number in range(1, ceil(total / each) + 1)
    )
    _explain(settings, budget, servers, ledger)
    return servers


def _load(settings: PlatformSettings, given: Mapping[Tier, Envelope], budget: Budget) -> DatabaseLoad:
    block = mixed_block(settings)
    data_gib = sum(given[tier].limits.max_database_gib * count for tier, count in block.items())
    workers = sum(given[tier].running.processes * count for tier, count in block.items())
    words = " and ".join(f"{count} of tier {tier}" for tier, count in block.items())
    remedy = "lower it before the first tenant comes (it is permanent), or lower platform.tiers"
    return DatabaseLoad(
        workers=max(workers, 1),
        peak_users=sum(given[tier].running.load.peak_users * count for tier, count in block.items()),
        data_gib=data_gib,
        warm_gib=WARM_SHARE_OF_DATABASE * data_gib,
        because=f"{data_gib} GiB of a full server's tenants, {words}",
        users_asked=Asked(
            "platform.tenants_per_server",
            f"{settings.platform.tenants_per_server}: {words}, {workers} processes at the close and {data_gib} GiB",
            remedy,
        ),
        data_asked=Asked("platform.tenants_per_server", f"{words}, {data_gib} GiB", remedy),
        connections=min(budget.max_connections, MOST_CONNECTIONS),
    )


def _explain(settings: PlatformSettings, budget: Budget, servers: tuple[ServerPlan, ...], ledger: Ledger) -> None:
    each, total = settings.platform.tenants_per_server, settings.platform.capacity.total
    server = servers[0]
    limits = ", ".join(f"{tier} {limit}" for tier, limit in budget.role_limits.items())
    reasons = {
        "names": (f"{server.names.server} ...", "A number for each server, in the order of their slots.", ""),
        "slots": (
            f"{len(servers)} servers of {each} slots",
            f"{total} tenants of platform.capacity, {each} a server (platform.tenants_per_server); a slot's server "
            "never changes.",
            "",
        ),
        "pool_size": (
            f"{server.pool_size}",
            "HTTP and job workers that the close keeps busy for a tenant as large as the largest tier allows: one "
            "number for all tenants of a server.",
            "learn.microsoft.com azure/postgresql/flexible-server/concepts-pgbouncer",
        ),
        "connections": (
            f"{server.connections}",
            f"Both login roles of each tenant of a full server at their limits ({limits}); besides, {budget.others} "
            f"for people, metrics, the scaler and bootstrap, and {RESERVED_CONNECTIONS} of the service's own. Limits "
            "are hard, so that a tenant that opens too many hurts only itself.",
            _LIMITS,
        ),
        "memory_mib": (
            f"{server.memory_mib}",
            "That of its size: a quarter of each database is in daily use.",
            "",
        ),
        "data_gib": (
            f"{server.data_gib}",
            f"Its disk filled to {MAX_FILL:.0%}, less a quarter for write-ahead log and bloat.",
            "learn.microsoft.com azure/postgresql/flexible-server/concepts-storage",
        ),
    }
    for name, (value, because, source) in reasons.items():
        ledger.note(f"servers.{name}", value, because, source)
