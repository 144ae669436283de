"""Hardware of a tenant of tier isolated: a pool of nodes and a PostgreSQL server of its own, as an environment has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.planning.connections import database_limit, plan_connections
from stacks.planning.database_parameters import one_tenant
from stacks.planning.database_sizing import DatabaseHardware, database_load, plan_hardware
from stacks.planning.foundation import is_production, plan_database, reads_from_replica
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import plan_maintenance
from stacks.planning.namespace import plan_namespace
from stacks.planning.node_pools import Kind, node_range, nodes_for, pool_of, units
from stacks.planning.odoo_load import odoo_load
from stacks.planning.odoo_pools import NODE_POOLS, OPERATIONS_POD, SURGE_PERCENT, normal_replicas, plan_odoo_pools
from stacks.planning.plan import DatabasePlan, PoolPlan
from stacks.planning.plan_odoo import ClusterRunningPlan, ConnectionPlan, OdooPoolPlan
from stacks.planning.plan_tenant import OwnHardware, PlatformPlan
from stacks.planning.sizes import E8
from stacks.planning.tenant_names import node_pool_name
from stacks.planning.tenant_running import tenant_calendar
from stacks.planning.tiers import has_queue, largest_workload, tenant_workload, tier_limits, traefik_replicas
from stacks.planning.windows import plan_windows
from stacks.tenant_scalars import TenantState, Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings
    from stacks.subsidiary import Subsidiary

UNIT_MILLICORES = 1000
"""Web pods, background processes and Traefik share the nodes: units of a processor, each with 8 GiB of memory."""


def _units(millicores: int) -> int:
    return -(-millicores // UNIT_MILLICORES)


def plan_own_nodes(
    pools: Mapping[str, OdooPoolPlan], zones: tuple[str, ...], ledger: Ledger, *, production: bool
) -> PoolPlan:
    """The pool of nodes that carries all pods of a tenant, its Traefik's too.

    Args:
        pools: Odoo's pools.
        zones: the region's zones.
        ledger: takes the reason.
        production: whether a zone, or without zones a node, may be lost.
    """
    traefik = traefik_replicas(Tier.ISOLATED, len(zones), production=production)
    kinds = [Kind(plan.min_replicas, plan.max_replicas, _units(plan.cpu_millicores)) for plan in pools.values()]
    nodes = node_range(
        units(E8, UNIT_MILLICORES),
        [*kinds, Kind(traefik, traefik, 1)],
        [(1, _units(OPERATIONS_POD.cpu_millicores))],
        max(len(zones), 1) if production else 1,
        lambda needed: nodes_for(needed, len(zones)) if production else needed,
    )
    pool = pool_of(E8, nodes, zones)
    ledger.note(
        "own.nodes",
        f"{pool.min_nodes} to {pool.max_nodes} x {pool.vm_size}",
        "All pods of the tenant and its Traefik; at most also a rolling update's extra ones and an operations job"
        + ("; still enough with a zone lost." if production else "."),
        "learn.microsoft.com azure/aks/node-resource-reservations",
    )
    return pool


def most_own_nodes(settings: PlatformSettings, zones: tuple[str, ...]) -> int:
    """Nodes at the most of one isolated tenant that is as large as its tier allows."""
    production, scratch = is_production(settings), Ledger()
    load = odoo_load(largest_workload(tier_limits(settings, Tier.ISOLATED)), queue_jobs=has_queue(settings))
    pools = plan_odoo_pools(load, len(zones), scratch, production=production)
    return plan_own_nodes(pools, zones, scratch, production=production).max_nodes


def plan_isolated(
    subsidiary: Subsidiary, settings: PlatformSettings, platform: PlatformPlan, ledger: Ledger
) -> tuple[ClusterRunningPlan, OwnHardware]:
    """How an isolated tenant runs, and on what.

    Args:
        subsidiary: its file.
        settings: the platform's settings.
        platform: the platform's plan.
        ledger: takes the reasons.
    """
    production, zones = is_production(settings), len(platform.zones)
    release = subsidiary.odoo or settings.platform.default_release
    workload = tenant_workload(subsidiary)
    load = odoo_load(workload, queue_jobs=settings.platform.releases[release].queue_jobs)
    pools = plan_odoo_pools(load, zones, ledger, production=production)
    nodes = plan_own_nodes(pools, platform.zones, ledger, production=production)
    hardware = plan_hardware(database_load(workload, load), ledger, production=production)
    connections = plan_connections(pools, hardware.size, zones, ledger, production=production)
    database = _database(settings, load.peak_users, hardware, connections, ledger)
    calendar = tenant_calendar(subsidiary, settings.calendar)
    name = node_pool_name(subsidiary.slot)
    running = ClusterRunningPlan(
        pools=pools,
        node_pools=_node_pools(subsidiary, pools, ledger),
        surge_percent=SURGE_PERCENT,
        operations=OPERATIONS_POD,
        namespace=plan_namespace({name: nodes}, ledger),
        role_limit=ledger.decide("odoo.role_limit", connections.role_limit, "What its own server has room for."),
        database_limit=database_limit(connections.role_limit, connections.others, ledger),
        reads_from_replica=reads_from_replica(release, ledger, replica=database.read_replica),
        windows=plan_windows(pools, normal_replicas(load, zones, production=production), calendar, ledger),
        timezone=ledger.decide("odoo.timezone", calendar.timezone, "Its calendar's, or the platform's."),
    )
    return running, OwnHardware(nodes=nodes, database=database)


def _node_pools(subsidiary: Subsidiary, pools: Mapping[str, OdooPoolPlan], ledger: Ledger) -> dict[str, str]:
    if subsidiary.lifecycle.state is TenantState.ACTIVE:
        name = node_pool_name(subsidiary.slot)
        return dict.fromkeys(pools, ledger.decide("odoo.node_pools", name, "Its own pool of nodes."))
    ledger.note("odoo.node_pools", "jobs", "While it is suspended, its jobs run on the platform's nodes.")
    return {pool: NODE_POOLS[pool] for pool in pools}


def _database(
    settings: PlatformSettings,
    peak_users: int,
    hardware: DatabaseHardware,
    connections: ConnectionPlan,
    ledger: Ledger,
) -> DatabasePlan:
    """Its server, patched when the platform is."""
    maintenance = plan_maintenance(settings.calendar, Ledger(), production=False)
    for part in ("day", "hour"):
        ledger.note(f"database.maintenance_{part}", "", "As the platform's servers.")
    return plan_database(settings, peak_users, hardware, one_tenant(connections), maintenance, ledger)
