"""Each thing of which a platform has so much, and what its tenants take of it.

A tenant takes what its tier promises, whether it uses it or not; of servers' memory and disks what its file says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from stacks.errors import Problem
from stacks.planning.addressing import NODE_POOLS, POD_PREFIX, with_surge
from stacks.planning.connections import LOGIN_ROLES
from stacks.planning.database_sizing import WARM_SHARE_OF_DATABASE
from stacks.planning.foundation import is_production
from stacks.planning.isolated import most_own_nodes
from stacks.planning.namespace import SIZES
from stacks.planning.node_pools import free_cores, free_mib
from stacks.planning.odoo_pools import NODE_POOLS as NODES_OF_POOL
from stacks.planning.plan_tenant import PlatformPlan, Room, TenantPlan
from stacks.planning.platform_cache import cache_size, tier_clients
from stacks.planning.platform_layout import ADDRESSES_PER_SERVER, free_addresses
from stacks.planning.platform_nodes import kept
from stacks.planning.storage import sessions_gib
from stacks.planning.tiers import PEAK_FACTOR, SHARED, Envelope, envelopes, tier_capacity, tier_limits
from stacks.tenant_scalars import TenantState, Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

MIB_PER_GIB = 1024
# Grants of a tenant: each is one role assignment.
TENANT_GRANTS = (
    "Odoo reads its database's login",
    "Odoo reads the key of its sessions",
    "Odoo writes its attachments",
    "its jobs read its database's login",
    "its jobs write its attachments",
    "its jobs write its archive",
    "its Traefik reads its certificate",
    "the scaler reads its monitor's password",
)
OWN_SERVER_GRANTS = ("its server uses its key",)
# Our own counts of what a platform without tenants has, rounded up.
PLATFORM_GRANTS, PLATFORM_GROUPS, PLATFORM_ENDPOINTS, PLATFORM_POOLS, PLATFORM_RECORDS = 100, 10, 20, 3, 10

_RBAC = "learn.microsoft.com azure/role-based-access-control/troubleshoot-limits"
_DNS = "learn.microsoft.com azure/dns/private-dns-privatednszone"
_NETWORK = "learn.microsoft.com azure/azure-resource-manager/management/azure-subscription-service-limits"
_AKS = "learn.microsoft.com azure/aks/quotas-skus-regions"
_FILES = "learn.microsoft.com azure/storage/files/storage-files-scale-targets"
_REDIS = "learn.microsoft.com azure/redis/overview"
_IDENTITY = "learn.microsoft.com azure/aks/workload-identity-overview"
_LINK = "learn.microsoft.com azure/private-link/private-link-faq"

Each = Mapping[Tier, int]
Tenants = Mapping[str, TenantPlan]


def _running(tenants: Tenants) -> list[TenantPlan]:
    return [tenant for tenant in tenants.values() if tenant.state == TenantState.ACTIVE]


def _kept(tenants: Tenants) -> list[TenantPlan]:
    """Those whose data is still there."""
    return [tenant for tenant in tenants.values() if tenant.state != TenantState.REMOVED]


def _room(what: str, limit: int, each: Each, takers: list[TenantPlan], *, base: int = 0, source: str = "") -> Room:
    """A room of the whole platform; `base` is what the platform itself takes."""
    used = base + sum(each.get(Tier(tenant.tier), 0) for tenant in takers)
    return Room(what=what, limit=limit, used=used, each={tier.value: each.get(tier, 0) for tier in Tier}, source=source)


def platform_rooms(platform: PlatformPlan, settings: PlatformSettings, tenants: Tenants) -> Iterator[Room]:
    """Rooms of the whole platform.

    Args:
        platform: the platform's plan.
        settings: its settings.
        tenants: plans of its tenants, by name.
    """
    given = envelopes(settings, len(platform.zones), production=is_production(settings))
    yield from _node_rooms(platform, settings, given, _running(tenants))
    yield from _store_rooms(platform, settings, given, tenants)
    yield from _address_rooms(platform, settings, tenants)
    # Budgets and quotas are for so many servers; nothing else of the platform would stop one more.
    yield _room(
        "tenants of tier isolated",
        platform.isolated_servers,
        {Tier.ISOLATED: 1},
        _kept(tenants),
        source="platform.capacity.isolated",
    )
    yield from _subscription_rooms(tenants)


def overbooked(platform: PlatformPlan, settings: PlatformSettings) -> list[Problem]:
    """What would run out before the platform has the tenants that it is built for.

    Args:
        platform: the platform's plan.
        settings: its settings.
    """
    problems = []
    for room in platform_rooms(platform, settings, {}):
        needed = room.used + sum(room.each[tier.value] * tier_capacity(settings, tier) for tier in Tier)
        if needed > room.limit:
            problems.append(
                Problem(
                    path="odoo-azure:platform.capacity",
                    found=f"{settings.platform.capacity.total} tenants, who need {needed} {room.what}",
                    allowed=f"{room.limit} {room.what}" + (f" ({room.source})" if room.source else ""),
                    remedy="Lower it, and build a second platform for the others.",
                )
            )
    return problems


def _node_rooms(
    platform: PlatformPlan, settings: PlatformSettings, given: Mapping[Tier, Envelope], running: list[TenantPlan]
) -> Iterator[Room]:
    for name in ("web", "jobs"):
        pool = platform.cluster.pools[name]
        size = SIZES[pool.vm_size]
        production = is_production(settings)
        nodes = kept(pool.max_nodes, len(platform.zones), production=production)
        takes = {tier: _pods(each, name) for tier, each in given.items()}
        left = f", those of {pool.max_nodes} that are left when a zone is lost" if production else ""
        source = f"{nodes} nodes of {pool.vm_size}{left}"
        yield _room(
            f"millicores of pool {name}",
            int(free_cores(size) * 1000 * nodes),
            {tier: millicores for tier, (millicores, _) in takes.items()},
            running,
            source=source,
        )
        yield _room(
            f"MiB of memory of pool {name}",
            int(free_mib(size, pool.max_pods) * nodes),
            {tier: mib for tier, (_, mib) in takes.items()},
            running,
            source=source,
        )


def _pods(given: Envelope, nodes: str) -> tuple[int, int]:
    """Millicores and MiB that all pods of a tenant request at most on a pool of nodes."""
    pools = [plan for pool, plan in given.running.pools.items() if NODES_OF_POOL[pool] == nodes]
    traefik = given.traefik_replicas if nodes == "web" else 0
    return (
        sum(plan.max_replicas * plan.cpu_millicores for plan in pools) + traefik * given.traefik.cpu_millicores,
        sum(plan.max_replicas * plan.memory_mib for plan in pools) + traefik * given.traefik.memory_mib,
    )


def _store_rooms(
    platform: PlatformPlan, settings: PlatformSettings, given: Mapping[Tier, Envelope], tenants: Tenants
) -> Iterator[Room]:
    cache, running = cache_size(platform.cache.sku_name), _running(tenants)
    sessions = {
        tier: int(sessions_gib(int(tier_limits(settings, tier).max_users * PEAK_FACTOR)) * MIB_PER_GIB) for tier in Tier
    }
    yield _room("MiB of Redis", int(cache.usable_gib * MIB_PER_GIB), sessions, running, source=_REDIS)
    clients = tier_clients(settings, given, len(platform.zones))
    yield _room("connections to Redis", cache.clients, clients, running, source=_REDIS)
    share = dict.fromkeys(Tier, platform.storage.file_share_gib)
    yield _room("GiB of file shares", 100 * MIB_PER_GIB, share, _kept(tenants), source=_FILES)


def _address_rooms(platform: PlatformPlan, settings: PlatformSettings, tenants: Tenants) -> Iterator[Room]:
    subnets, data = platform.network.subnets, _kept(tenants)
    one = dict.fromkeys(Tier, 1)
    yield _room("addresses of subnet ingress", free_addresses(subnets["ingress"]), one, _running(tenants))
    yield _room(
        "addresses of subnet database",
        free_addresses(subnets["database"]),
        {Tier.ISOLATED: ADDRESSES_PER_SERVER},
        data,
        base=ADDRESSES_PER_SERVER * len(platform.servers),
    )
    own = {Tier.ISOLATED: with_surge(most_own_nodes(settings, platform.zones))}
    nodes = {name: with_surge(platform.cluster.pools[name].max_nodes) for name in NODE_POOLS}
    yield _room("addresses of subnet web", free_addresses(subnets["web"]), own, data, base=nodes["web"])
    ranges = 2 ** (POD_PREFIX - IPv4Network(platform.network.pod_range).prefixlen)
    yield _room("ranges of pods, one a node", ranges, own, data, base=sum(nodes.values()))


def _subscription_rooms(tenants: Tenants) -> Iterator[Room]:
    running, data, one = _running(tenants), _kept(tenants), dict.fromkeys(Tier, 1)
    grants = dict.fromkeys(Tier, len(TENANT_GRANTS))
    grants[Tier.ISOLATED] += len(OWN_SERVER_GRANTS)
    yield _room("load-balancer rules of a node", 300, one, running, source=_NETWORK)
    yield _room("load-balancer front ends", 600, one, running, source=_NETWORK)
    yield _room("load-balanced services", 300, one, running, source=_AKS)
    yield _room("node pools", 100, {Tier.ISOLATED: 1}, data, base=PLATFORM_POOLS, source=_AKS)
    yield _room("role assignments", 4000, grants, data, base=PLATFORM_GRANTS, source=_RBAC)
    yield _room("DNS names", 25_000, one, data, base=PLATFORM_RECORDS, source=_DNS)
    yield _room("resource groups", 980, one, data, base=PLATFORM_GROUPS, source=_NETWORK)
    # Every tenant has identities of its own, with one each; nothing of a tenant is behind an endpoint of its own.
    yield _room("federated credentials of an identity", 20, {}, data, base=1, source=_IDENTITY)
    yield _room("private endpoints", 1000, {}, data, base=PLATFORM_ENDPOINTS, source=_LINK)


def server_rooms(platform: PlatformPlan, settings: PlatformSettings, tenants: Tenants) -> Iterator[Room]:
    """Rooms of each shared server; a slot beyond the last counts for the last.

    Args:
        platform: the platform's plan.
        settings: its settings.
        tenants: plans of its tenants, by name.
    """
    gib = {tier: tier_limits(settings, tier).max_database_gib for tier in SHARED}
    limits = {tier: LOGIN_ROLES * platform.role_limits[tier.value] for tier in SHARED}
    by_server: dict[int, list[TenantPlan]] = defaultdict(list)
    for tenant in tenants.values():
        by_server[slot_server(tenant.slot, platform)].append(tenant)
    for index, server in enumerate(platform.servers):
        here = by_server[index]
        data = [tenant for tenant in here if tenant.state != TenantState.REMOVED and Tier(tenant.tier) in SHARED]
        databases = sum(tenant.database_gib for tenant in data)
        slots = server.slots[1] - server.slots[0] + 1
        taken = [
            ("slots", slots, len(here), dict.fromkeys(Tier, 1)),
            ("connections", server.connections, sum(limits[Tier(tenant.tier)] for tenant in data), limits),
            ("GiB of databases", server.data_gib, databases, gib),
        ]
        if is_production(settings):  # others read from the disk
            warm = {tier: _warm_mib(gib[tier]) for tier in gib}
            taken.append(("MiB of memory", server.memory_mib, _warm_mib(databases), warm))
        for what, limit, used, each in taken:
            yield Room(
                what=f"{what} of server {index + 1}",
                limit=limit,
                used=used,
                each={tier.value: each.get(tier, 0) for tier in Tier},
                server=index,
                source="platform.tenants_per_server" if what == "slots" else server.database.sku_name,
            )


def _warm_mib(gib: int) -> int:
    """Memory for what is in daily use of so many GiB of databases."""
    return int(gib * WARM_SHARE_OF_DATABASE * MIB_PER_GIB)


def slot_server(slot: int, platform: PlatformPlan) -> int:
    """Index of the server that a slot is on, or would be on."""
    first, last = platform.servers[0].slots
    return min((slot - first) // (last - first + 1), len(platform.servers) - 1)
