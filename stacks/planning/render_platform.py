"""A platform for people: its plan, its tenants, and what still fits; and for programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from stacks.planning.plan_tenant import CapacityPlan, PlatformPlan, TenantPlan
from stacks.planning.render import show_with
from stacks.planning.render_odoo import pools_table, table_of

_COLUMNS = ("slot", "tenant", "tier", "state", "host name", "address", "server", "pods", "connections", "quota")


def platform_json(plan: PlatformPlan, tenants: Mapping[str, TenantPlan], capacity: CapacityPlan) -> str:
    """All of it, reasons included."""
    return json.dumps(
        {
            "platform": asdict(plan),
            "tenants": {name: asdict(tenant) for name, tenant in tenants.items()},
            "capacity": asdict(capacity),
        },
        indent=2,
    )


def show_platform(
    plan: PlatformPlan, tenants: Mapping[str, TenantPlan], capacity: CapacityPlan, console: Console
) -> None:
    """Prints the plan of a platform.

    Args:
        plan: the plan.
        tenants: plans of its tenants, by name.
        capacity: what still fits.
        console: where to.
    """
    show_with(plan, _tables(tenants, capacity), console)


def _tables(tenants: Mapping[str, TenantPlan], capacity: CapacityPlan) -> Iterator[Table]:
    yield table_of(
        f"Tenants: {len(tenants)}",
        _COLUMNS,
        (_row(tenant) for tenant in sorted(tenants.values(), key=lambda tenant: tenant.slot)),
    )
    tiers = tuple(capacity.fitting)
    yield table_of(
        "Capacity",
        ("of", "there is", "taken", *(f"each of {tier}" for tier in tiers), "source"),
        (
            (room.what, f"{room.limit}", f"{room.used}", *(f"{room.each[tier]}" for tier in tiers), room.source)
            for room in capacity.rooms
        ),
    )
    yield table_of(
        "What still fits, of one tier alone",
        ("tier", "tenants", "runs out first"),
        ((tier, f"{capacity.fitting[tier]}", capacity.binding[tier]) for tier in tiers),
    )


def _row(tenant: TenantPlan) -> tuple[str, ...]:
    pods = ", ".join(f"{pool} {plan.min_replicas}-{plan.max_replicas}" for pool, plan in tenant.odoo.pools.items())
    return (
        f"{tenant.slot}",
        tenant.name,
        tenant.tier,
        tenant.state,
        tenant.hostname,
        tenant.ingress_address,
        "its own" if tenant.server is None else f"{tenant.server + 1}",
        pods,
        f"{tenant.odoo.role_limit}",
        ", ".join(tenant.odoo.namespace.requests.values()),
    )


def tenant_tables(tenant: TenantPlan) -> Iterator[Table]:
    """A tenant's plan as tables: what it gets, its pools, and why.

    Args:
        tenant: the plan.
    """
    yield table_of("Tenant", _COLUMNS, [_row(tenant)])
    yield pools_table(tenant.odoo)
    yield table_of("Why", ("what", "why"), tenant.reasons.items())
