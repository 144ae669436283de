"""Shows what follows from a new tenant: its plan, and what it takes of the platform's capacity."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from stacks.planning.plan_tenant import CapacityPlan, Room, TenantPlan


def consequences(plan: TenantPlan, before: CapacityPlan, after: CapacityPlan) -> RenderableType:
    """What follows from a new tenant, as tables.

    Args:
        plan: its plan.
        before: what fits without it.
        after: what fits with it.
    """
    return Group(_plan(plan), _quota(before, after), _fitting(before, after))


def _plan(plan: TenantPlan) -> Table:
    table = Table(title=f"{plan.name}: what it gets", title_justify="left", show_header=False)
    for what, value in _facts(plan):
        table.add_row(Text(what), Text(value))
    return table


def _facts(plan: TenantPlan) -> Iterator[tuple[str, str]]:
    yield "host name", plan.hostname
    yield "address", plan.ingress_address
    yield "certificate", f"{plan.certificate}, in the platform's vault: put it there first"
    yield "database", f"on shared server {plan.server + 1}" if plan.server is not None else "on a server of its own"
    yield "connections", f"{plan.odoo.role_limit} for each login role"
    yield (
        "pods",
        ", ".join(f"{pool} {each.min_replicas} to {each.max_replicas}" for pool, each in plan.odoo.pools.items()),
    )
    yield "quota", ", ".join(f"{value} {name}" for name, value in plan.odoo.namespace.requests.items())
    yield "file share", f"{plan.file_share_gib} GiB"
    yield "backups", f"each immutable for {plan.archive_days} days, as all tenants'"


def _quota(before: CapacityPlan, after: CapacityPlan) -> Table:
    table = Table(title="What it costs in quota", title_justify="left")
    for heading in ("of", "it takes", "then used", "of all"):
        table.add_column(heading, justify="left" if heading == "of" else "right")
    used = {_key(room): room.used for room in before.rooms}
    for room in after.rooms:
        taken = room.used - used.get(_key(room), 0)
        if taken:
            table.add_row(Text(room.what), f"{taken:,}", f"{room.used:,}", f"{room.limit:,}")
    return table


def _key(room: Room) -> tuple[str, int | None]:
    return room.what, room.server


def _fitting(before: CapacityPlan, after: CapacityPlan) -> Table:
    table = Table(title="What still fits, of each tier alone", title_justify="left")
    for heading in ("tier", "before", "after", "what binds"):
        table.add_column(heading)
    for tier, fitting in after.fitting.items():
        table.add_row(tier, str(before.fitting[tier]), str(fitting), Text(after.binding[tier]))
    return table
