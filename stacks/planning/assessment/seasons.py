"""Kinds of day, and the months of a year: what comes, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping

from stacks.planning.assessment.case import Case, case_of
from stacks.planning.assessment.model import Month, Season
from stacks.planning.assessment.runtime import Runtime, constant, plan_runtime
from stacks.planning.connections import DIRECT_PORT
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.odoo_pools import CRON, QUEUE, REPORTING, WEB, WEBSOCKET
from stacks.planning.sizes import DatabaseSize
from stacks.scalars import Topology
from stacks.sections import Calendar

NORMAL, MONTH_END, YEAR_END = "normal day", "month-end", "year-end"
_MONTHS_A_YEAR = 12


def month_end(case: Case) -> Case:
    """The same business without the close of its financial year."""
    workload = case.profile.workload.model_copy(update={"year_end_factor": 1.0})
    return case_of(case.profile.model_copy(update={"workload": workload}))


def loads(case: Case) -> Mapping[str, tuple[int, OdooLoad]]:
    """Users and load by kind of day."""
    month = month_end(case)
    return {
        NORMAL: (case.profile.workload.concurrent_users, constant(case.load, close=False)),
        MONTH_END: (month.load.peak_users, constant(month.load, close=True)),
        YEAR_END: (case.load.peak_users, constant(case.load, close=True)),
    }


def seasons_of(case: Case, topology: Topology, runtime: Runtime, size: DatabaseSize) -> tuple[Season, ...]:
    """A normal day, a month-end and a year-end.

    Args:
        case: what the business needs.
        topology: `dedicated-vm` or `dedicated-aks`.
        runtime: what runs Odoo in it.
        size: of the database server.
    """
    seasons = []
    for name, (users, load) in loads(case).items():
        day = plan_runtime(topology, load, case.zones, Ledger(), production=case.profile.production)
        seasons.append(
            Season(
                name=name,
                users=users,
                processes=_processes(load),
                instances=day.lowest if case.profile.production else day.highest,
                always_on=runtime.lowest,
                connections=_connections(case, day, size),
            )
        )
    return tuple(seasons)


def _processes(load: OdooLoad) -> Mapping[str, int]:
    processes = {
        WEB: load.peak_web_workers,
        WEBSOCKET: load.websocket_processes,
        CRON: load.cron_processes,
        QUEUE: load.queue_processes,
        REPORTING: load.reporting_processes,
    }
    return {pool: count for pool, count in processes.items() if count}


def _connections(case: Case, runtime: Runtime, size: DatabaseSize) -> int:
    """Connections that the server has: PgBouncer's, and the usual ones that go past it."""
    plan = runtime.connections(size, len(case.zones), Ledger(), production=case.profile.production)
    return plan.pool_size + sum(made.usual for made in plan.pools.values() if made.port == DIRECT_PORT)


def year_of(case: Case, standing: int, surviving: int) -> tuple[Month, ...]:
    """The twelve months of a year, from January.

    Args:
        case: what the business needs.
        standing: HTTP workers that stand at all hours, with a zone (or one machine) lost.
        surviving: HTTP workers at the highest scale, with the same loss.
    """
    ordinary, longest = month_end(case).load.peak_web_workers, case.load.peak_web_workers
    closing = months_of_year_end(case.profile.calendar)
    return tuple(
        Month(
            month=month,
            load_processes=longest if month in closing else ordinary,
            standing_processes=standing,
            capacity_processes=surviving,
        )
        for month in range(1, _MONTHS_A_YEAR + 1)
    )


def months_of_year_end(calendar: Calendar) -> frozenset[int]:
    """Months that the close of the financial year falls in; the one after it, where the calendar names no days."""
    last, following = calendar.fiscal_year_end_month, calendar.fiscal_year_end_month % _MONTHS_A_YEAR + 1
    days = {last: calendar.close.last_working_days, following: calendar.close.first_working_days}
    return frozenset(month for month, count in days.items() if count) or frozenset({following})
