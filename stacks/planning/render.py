"""The plan for people, as tables, and for programs, as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from itertools import groupby

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stacks.planning.governance import GovernancePlan
from stacks.planning.plan import EnvironmentPlan, FoundationPlan, Reason
from stacks.planning.plan_names import Names
from stacks.planning.render_odoo import odoo_tables

TITLES = {
    "network": "Network",
    "database": "Database",
    "servers": "Database servers",
    "role_limits": "Connections of a login role",
    "cache": "Session cache",
    "storage": "Files and backups",
    "cluster": "Cluster",
    "machines": "Machines",
    "odoo": "Odoo",
    "ingress": "Ingress",
    "traefik": "Ingress of a tenant",
    "monitoring": "Monitoring",
}
GENERAL = "Environment"


def as_json(plan: FoundationPlan | GovernancePlan) -> str:
    """The whole plan, reasons and warnings included."""
    return json.dumps(asdict(plan), indent=2)


def _title(reason: Reason) -> str:
    return TITLES.get(reason.subject.partition(".")[0], GENERAL)


def _reason_tables(reasons: Iterable[Reason]) -> Iterator[Table]:
    order = [GENERAL, *TITLES.values()]
    reasons = sorted(reasons, key=lambda reason: order.index(_title(reason)))
    for title, group in groupby(reasons, key=_title):
        table = Table(title=title, title_justify="left", title_style="bold", show_lines=True, expand=True)
        table.add_column("what", ratio=4, overflow="fold")
        table.add_column("value", ratio=3, overflow="fold", style="cyan")
        table.add_column("why", ratio=7, overflow="fold")
        for reason in group:
            subject = reason.subject.partition(".")[2] if title in TITLES.values() else reason.subject
            why = Text(reason.because)
            if reason.source:
                why.append(f"\n{reason.source}", style="dim")
            table.add_row(subject, Text(reason.value), why)
        yield table


def _names(names: Names) -> Iterator[tuple[str, str]]:
    for field in fields(names.resource_groups):
        yield f"resource group: {field.name}", getattr(names.resource_groups, field.name)
    for field in fields(names):
        if field.name != "resource_groups":
            yield field.name.replace("_", " "), getattr(names, field.name)


def _pairs(title: str, rows: Iterator[tuple[str, str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, expand=True)
    table.add_column("what", ratio=4)
    table.add_column("value", ratio=9, style="cyan", overflow="fold")
    for what, value in rows:
        table.add_row(what, Text(value))
    return table


def show(plan: EnvironmentPlan, console: Console) -> None:
    """Prints the plan: each decision with its reason and source, names, tags, and warnings last."""
    show_with(plan, odoo_tables(plan.odoo), console)


def show_with(plan: FoundationPlan, more: Iterable[RenderableType], console: Console) -> None:
    """Prints the plan of any environment.

    Args:
        plan: the plan.
        more: what its topology has besides.
        console: where to.
    """
    console.print(
        f"\n[bold]{plan.environment}[/bold], {plan.topology}, in {plan.location}, recovery in {plan.recovery_region}\n"
    )
    _show(plan, [*more, _pairs("Names", _names(plan.names))], console)


def show_governance(plan: GovernancePlan, console: Console) -> None:
    """Prints the plan of what guards a subscription.

    Args:
        plan: the plan.
        console: where to.
    """
    console.print(f"\n[bold]{plan.environment}[/bold], {plan.topology}, in {plan.location}\n")
    names = ((field.name.replace("_", " "), getattr(plan.names, field.name)) for field in fields(plan.names))
    _show(plan, [_pairs("Names", names)], console)


def _show(plan: FoundationPlan | GovernancePlan, more: Iterable[RenderableType], console: Console) -> None:
    for part in (*_reason_tables(plan.reasons), *more, _pairs("Tags", iter(plan.tags.items()))):
        console.print(part, "")
    for warning in plan.warnings:
        console.print(Text(f"Warning: {warning}", style="yellow"))
