"""The connection budget: what Odoo's pools can open, against what PgBouncer and PostgreSQL take."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from types import MappingProxyType

from stacks.planning.ledger import Ledger
from stacks.planning.odoo_pools import CRON, QUEUE, REPORTING, WEB, WEBSOCKET, left, surge
from stacks.planning.plan_odoo import ConnectionPlan, OdooPoolPlan, PoolConnections
from stacks.planning.sizes import DatabaseSize

POOLED_PORT, DIRECT_PORT = 6432, 5432
# learn.microsoft.com azure/postgresql/flexible-server/concepts-limits: 15 connections are the service's own.
RESERVED_CONNECTIONS = 15
CONNECTIONS_STEP = 50
# Odoo's workers talk to two databases, their own and `postgres` (where the bus sends): PgBouncer has a pool for each.
POOLED_DATABASES = 2
# Two login roles take turns: during a rotation both have pools.
LOGIN_ROLES = 2
USUAL_PER_WORKER = 3  # OCA bus_alt_connection: their own database, the bus's, and a nested cursor's
USUAL_PER_CRON_WORKER = 3  # one LISTENs
USUAL_PER_WEBSOCKET_PROCESS = 4  # one LISTENs; the others serve clients in turn
QUEUE_RUNNER, OPERATIONS = "queue-runner", "operations"
RUNNER_CONNECTIONS = 2  # LISTEN, and the lock that makes one of them the leader
OPERATIONS_CONNECTIONS = 8  # an update's own, its watcher's, a dump's
OTHERS = 20  # people, exporters, the scaler's queries, bootstrap
RESERVE = 0.2
# Prefork starts a gevent process beside its workers, whether anyone reaches it or not: db_maxconn_gevent is 1 there.
GEVENT_PROCESSES = GEVENT_CONNECTIONS = 1

_PGBOUNCER = "learn.microsoft.com azure/postgresql/flexible-server/concepts-pgbouncer"
_LIMITS = "learn.microsoft.com azure/postgresql/flexible-server/concepts-limits"


def plan_connections(
    pools: Mapping[str, OdooPoolPlan],
    size: DatabaseSize,
    zones: int,
    ledger: Ledger,
    *,
    production: bool,
    beside: Mapping[str, PoolConnections] = MappingProxyType({}),
) -> ConnectionPlan:
    """Connections of all pools at their highest scale, in the middle of a rolling update and of a password's rotation.

    Refuses what the server's memory does not carry.

    Args:
        pools: Odoo's pools.
        size: the server.
        zones: how many the region has.
        ledger: takes the reasons.
        production: whether a part of the web pods is there for the loss of a zone only.
        beside: what else of the runtime connects with Odoo's login.
    """
    made = {**pool_connections(pools), **beside}
    busy = left(pools[WEB].max_replicas, zones, production=production) * pools[WEB].workers
    pool_size = busy + sum(
        pools[pool].workers * pools[pool].max_replicas for pool in (QUEUE, REPORTING) if pool in pools
    )
    role_limit = POOLED_DATABASES * pool_size + at_worst(made, DIRECT_PORT)
    clients = at_worst(made, POOLED_PORT)
    needed = ceil((LOGIN_ROLES * role_limit + OTHERS) * (1 + RESERVE)) + RESERVED_CONNECTIONS
    plan = ConnectionPlan(
        pools=made,
        pool_size=pool_size,
        max_clients=stepped(ceil(clients * (1 + RESERVE))),
        role_limit=role_limit,
        others=OTHERS,
        max_connections=stepped(needed),
        server_limit=size.max_connections,
    )
    _check(plan, size, ledger)
    _explain(plan, size, ledger)
    return plan


def database_limit(role_limit: int, others: int, ledger: Ledger) -> int:
    """Connections that a tenant's database may have."""
    return ledger.decide(
        "odoo.database_limit",
        LOGIN_ROLES * role_limit + others,
        f"Both login roles at {role_limit}, since a rotation has connections of both, and {others} others.",
        "postgresql.org docs/17/sql-createdatabase.html",
    )


def pool_connections(pools: Mapping[str, OdooPoolPlan]) -> dict[str, PoolConnections]:
    """Connections by who makes them: Odoo's pools, what hands out jobs, and an operations job."""
    made = {pool: _made(pool, plan) for pool, plan in pools.items()}
    if QUEUE in pools:
        pods = made[QUEUE].pods
        most = pods * RUNNER_CONNECTIONS
        made[QUEUE_RUNNER] = PoolConnections(port=DIRECT_PORT, pods=pods, processes=1, usual=most, worst=most)
    made[OPERATIONS] = PoolConnections(
        port=DIRECT_PORT, pods=1, processes=1, usual=OPERATIONS_CONNECTIONS, worst=OPERATIONS_CONNECTIONS
    )
    return made


def at_worst(made: Mapping[str, PoolConnections], port: int) -> int:
    """Most connections to a port."""
    return sum(each.worst for each in made.values() if each.port == port)


def _made(pool: str, plan: OdooPoolPlan) -> PoolConnections:
    usual_each = {CRON: USUAL_PER_CRON_WORKER, WEBSOCKET: USUAL_PER_WEBSOCKET_PROCESS}.get(pool, USUAL_PER_WORKER)
    direct = pool in {CRON, WEBSOCKET}
    pods = plan.max_replicas + surge(plan.max_replicas)
    most_each = plan.workers * plan.db_maxconn + (0 if direct else GEVENT_CONNECTIONS)
    return PoolConnections(
        port=DIRECT_PORT if direct else POOLED_PORT,
        pods=pods,
        processes=plan.workers + (0 if direct else GEVENT_PROCESSES),
        usual=pods * plan.workers * usual_each,
        worst=pods * most_each,
    )


def stepped(connections: int) -> int:
    """Rounded up to a number that does not change with every pod: a new limit restarts the server."""
    return ceil(connections / CONNECTIONS_STEP) * CONNECTIONS_STEP


def _check(plan: ConnectionPlan, size: DatabaseSize, ledger: Ledger) -> None:
    if plan.max_connections > plan.server_limit:
        excess = plan.max_connections - plan.server_limit
        fewer = ceil(excess / (LOGIN_ROLES * POOLED_DATABASES * (1 + RESERVE)))
        ledger.refuse(
            "workload.concurrent_users",
            f"work for {plan.pool_size} HTTP and job workers at the close: {plan.max_connections} connections",
            f"{plan.server_limit} connections, what {size.memory_gib} GiB of memory carry ({size.sku_name}): "
            f"{max(plan.pool_size - fewer, 0)} workers",
            "lower workload.concurrent_users, workload.peak_factor, workload.integrations or "
            f"workload.invoices_per_month until {fewer} workers fewer are needed, or split the business into several "
            "environments",
        )


def _explain(plan: ConnectionPlan, size: DatabaseSize, ledger: Ledger) -> None:
    for pool, made in plan.pools.items():
        server = "PgBouncer" if made.port == POOLED_PORT else "PostgreSQL itself"
        ledger.note(
            f"odoo.connections.pools.{pool}",
            f"{made.usual} usual, {made.worst} at worst",
            f"{made.pods} x {made.processes}, its pods (a rolling update's among them) and the processes of each, to "
            f"{server} ({made.port}).",
            _PGBOUNCER,
        )
    direct = at_worst(plan.pools, DIRECT_PORT)
    reasons = {
        "pool_size": (
            plan.pool_size,
            "One for each HTTP and job worker that the close keeps busy: none waits for another. Those that production "
            "has for the loss of a zone take their places.",
            _PGBOUNCER,
        ),
        "max_clients": (
            plan.max_clients,
            "All that workers may open at worst, and a fifth more: PgBouncer refuses whoever comes beyond it.",
            _PGBOUNCER,
        ),
        "role_limit": (
            plan.role_limit,
            f"{POOLED_DATABASES} databases with {plan.pool_size} pooled connections each, and {direct} direct ones: a "
            "login role that runs away leaves the other, and people, room.",
            "postgresql.org docs/17/sql-createrole.html",
        ),
        "others": (plan.others, "People, exporters, the scaler's queries, bootstrap.", ""),
        "max_connections": (
            plan.max_connections,
            f"Both login roles at {plan.role_limit}, since a rotation has pools of both, {plan.others} others, a fifth "
            f"in reserve, and {RESERVED_CONNECTIONS} of the service's own; {plan.server_limit} would fit.",
            _LIMITS,
        ),
        "server_limit": (
            plan.server_limit,
            f"What Azure itself gives a server of {size.memory_gib} GiB of memory.",
            _LIMITS,
        ),
    }
    for name, (value, because, source) in reasons.items():
        ledger.note(f"odoo.connections.{name}", str(value), because, source)
