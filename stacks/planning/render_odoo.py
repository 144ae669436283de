"""Tables of the plan's Odoo part: its pools, its connections, and when pools are held at a size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.table import Table
from rich.text import Text

from stacks.planning.connections import DIRECT_PORT, POOLED_PORT
from stacks.planning.plan_odoo import ClusterOdooPlan, ClusterRunningPlan, ConnectionPlan, OdooPlan, RunningPlan


def odoo_tables(odoo: OdooPlan) -> Iterator[Table]:
    """The tables, in the order that they are read in."""
    yield pools_table(odoo)
    yield _connections(odoo.connections)
    if isinstance(odoo, ClusterOdooPlan) and odoo.windows:
        yield table_of(
            f"Scaling windows ({odoo.timezone})",
            ("pool", "from", "to", "pods", "for"),
            ((each.pool, each.start, each.end, f"{each.replicas}", each.purpose) for each in odoo.windows),
        )


def pools_table(odoo: RunningPlan) -> Table:
    """Odoo's pools."""
    nodes = odoo.node_pools if isinstance(odoo, ClusterRunningPlan) else dict.fromkeys(odoo.pools, "each machine")
    return table_of(
        "Odoo's pools",
        ("pool", "nodes", "pods", "workers", "processor", "memory", "address space", "connections"),
        (
            (
                name,
                nodes[name],
                f"{pool.min_replicas}-{pool.max_replicas}",
                f"{pool.workers}",
                f"{pool.cpu_millicores}m",
                f"{pool.memory_mib} MiB",
                f"{pool.worker_memory_mib} MiB",
                f"{pool.db_maxconn}",
            )
            for name, pool in odoo.pools.items()
        ),
    )


def _connections(plan: ConnectionPlan) -> Table:
    rows = [
        (name, f"{made.port}", f"{made.pods}", f"{made.processes}", f"{made.usual}", f"{made.worst}")
        for name, made in plan.pools.items()
    ]
    for port, limit, what in (
        (POOLED_PORT, plan.max_clients, "PgBouncer's clients"),
        (DIRECT_PORT, plan.role_limit, "a login role, pooled ones included"),
    ):
        there = [made for made in plan.pools.values() if made.port == port]
        usual, worst = sum(made.usual for made in there), sum(made.worst for made in there)
        rows.append((f"all on {port}", f"{port}", "", "", f"{usual}", f"{worst} of {limit}: {what}"))
    rows.append(
        ("server", "", "", "", "", f"{plan.max_connections} of {plan.server_limit}: both login roles, others, reserve")
    )
    return table_of("Connections", ("from", "port", "pods", "processes", "usual", "at worst"), rows)


def table_of(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    """A table of texts."""
    table = Table(title=title, title_justify="left", title_style="bold", expand=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
