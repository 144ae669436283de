"""Spans of the calendar in which a pool is held at a size, as cron expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from stacks.planning.freezes import YEAR_END_FACTOR, close_span, month_start
from stacks.planning.ledger import Ledger
from stacks.planning.plan_odoo import OdooPoolPlan, WindowPlan
from stacks.scalars import Weekday
from stacks.sections import Batch, BusinessHours, Calendar, Close

# The Gregorian calendar repeats itself after 28 years, until 2100: what holds in these holds in all.
_EVERY_MONTH = tuple(month_start(date(2000, 1, 1), months) for months in range(28 * 12))
_HOURS_A_DAY = 24
_DAYS_A_WEEK = 7
_SUNDAY_BASED = {day: (index + 1) % _DAYS_A_WEEK for index, day in enumerate(Weekday)}  # as cron counts
_EARLY_MINUTE = 30  # half an hour before people come: nodes take some minutes, and pods some more


def plan_windows(
    pools: Mapping[str, OdooPoolPlan], normal: Mapping[str, int], calendar: Calendar, ledger: Ledger
) -> tuple[WindowPlan, ...]:
    """Windows of all pools that may grow: the close, business hours, and batches.

    Args:
        pools: Odoo's pools.
        normal: pods for a normal day, by pool; where they are there at all hours, business hours need no window.
        calendar: when people work, when months close, and what runs at fixed hours.
        ledger: takes the reason.
    """
    growing = {pool: plan for pool, plan in pools.items() if plan.max_replicas > plan.min_replicas}
    windows = (
        *(window for pool, plan in growing.items() for window in _closes(pool, plan.max_replicas, calendar)),
        *(
            _business_hours(pool, normal[pool], calendar.business_hours)
            for pool, plan in growing.items()
            if normal[pool] > plan.min_replicas
        ),
        *(_batch(batch, growing[batch.pool]) for batch in calendar.batches if batch.pool in growing),
    )
    hours = calendar.business_hours
    ledger.note(
        "odoo.windows",
        f"{len(windows)} for {', '.join(growing) or 'no pool'}",
        f"From half an hour before {hours.start}:00 to {hours.end}:00 on every day that a close can fall on in any "
        "year, weekends included: cron counts days of a month, not working days. Batches at their hours.",
        "keda.sh docs/2.17/scalers/cron",
    )
    return windows


def _daily(hours: BusinessHours, days: str) -> tuple[str, str]:
    return f"{_EARLY_MINUTE} {hours.start - 1} {days}", f"0 {hours.end} {days}"


def _business_hours(pool: str, replicas: int, hours: BusinessHours) -> WindowPlan:
    start, end = _daily(hours, "* * 1-5")
    return WindowPlan(pool=pool, start=start, end=end, replicas=replicas, purpose="business hours")


def _closes(pool: str, replicas: int, calendar: Calendar) -> Iterator[WindowPlan]:
    """Every month's close, and what the financial year's takes longer."""
    ordinary = {day for _, day in close_days(calendar.close, 1)}
    year_end = close_days(calendar.close, YEAR_END_FACTOR, calendar.fiscal_year_end_month)
    spans = [(f"{_ranges(ordinary)} * *", "close of a month")] if ordinary else []
    for month in sorted({month for month, _ in year_end}):
        if longer := {day for each, day in year_end if each == month} - ordinary:
            spans.append((f"{_ranges(longer)} {month} *", "close of the financial year"))
    for days, purpose in spans:
        start, end = _daily(calendar.business_hours, days)
        yield WindowPlan(pool=pool, start=start, end=end, replicas=replicas, purpose=purpose)


@cache
def close_days(close: Close, factor: int, closing: int | None = None) -> frozenset[tuple[int, int]]:
    """Months and days of the month that a close can fall on, in any year.

    Args:
        close: its working days.
        factor: how many times as many it takes.
        closing: month that is closed; None for any.
    """
    before, after = close.last_working_days * factor, close.first_working_days * factor
    turns = (turn for turn in _EVERY_MONTH if closing in {None, month_start(turn, -1).month})
    spans = (close_span(turn, before, after) for turn in turns)
    return frozenset((day.month, day.day) for span in spans if span for day in _days(*span))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=days) for days in range((last - first).days + 1))


def _ranges(days: Iterable[int]) -> str:
    """Days of a month as cron has them: `1-7,25-31`."""
    runs: list[list[int]] = []
    for day in sorted(days):
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _batch(batch: Batch, pool: OdooPoolPlan) -> WindowPlan:
    days = {_SUNDAY_BASED[day] for day in batch.days}
    later, end = divmod(batch.start + batch.hours, _HOURS_A_DAY)
    return WindowPlan(
        pool=batch.pool,
        start=f"0 {batch.start} * * {_weekdays(days)}",
        end=f"0 {end} * * {_weekdays({(day + later) % _DAYS_A_WEEK for day in days})}",
        replicas=pool.max_replicas,
        purpose=batch.name,
    )


def _weekdays(days: set[int]) -> str:
    return "*" if len(days) == _DAYS_A_WEEK else _ranges(days)
