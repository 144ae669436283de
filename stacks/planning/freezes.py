"""Days of the close on which nothing is upgraded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from stacks.planning.ledger import Ledger
from stacks.planning.plan import FreezePlan
from stacks.sections import Calendar

MONTHS_AHEAD = 13
YEAR_END_FACTOR = 2
"""The close of the financial year takes twice the days of a month's."""
LONGEST_FREEZE_DAYS = 45
"""Own judgement: Azure publishes node images with security fixes every week; six weeks without are too many."""
AKS_SCHEDULES = "learn.microsoft.com azure/aks/planned-maintenance"
MACHINE_SCHEDULES = "learn.microsoft.com azure/virtual-machines/maintenance-configurations"
_SATURDAY = 5
_MONTHS_A_YEAR = 12

Span = tuple[date, date]


def month_start(day: date, months: int) -> date:
    """First day of the month `months` after the month of `day`."""
    index = day.year * _MONTHS_A_YEAR + day.month - 1 + months
    return date(index // _MONTHS_A_YEAR, index % _MONTHS_A_YEAR + 1, 1)


def _working_day(start: date, count: int, step: timedelta) -> date:
    """The `count`-th working day (Monday to Friday) from `start` on, in the direction of `step`."""
    day = start
    while True:
        if day.weekday() < _SATURDAY:
            count -= 1
            if count <= 0:
                return day
        day += step


def close_span(turn: date, before: int, after: int) -> Span | None:
    """Span around the turn of a month, `turn` being the first of the new one; None without days to spare."""
    one_day = timedelta(days=1)
    if before == after == 0:
        return None
    start = _working_day(turn - one_day, before, -one_day) if before else turn
    end = _working_day(turn, after, one_day) if after else turn - one_day
    return start, end


def _closes(calendar: Calendar) -> Iterator[Span]:
    for months in range(MONTHS_AHEAD + 1):
        turn = month_start(calendar.plan_from, months)
        year_ends = month_start(turn, -1).month == calendar.fiscal_year_end_month
        factor = YEAR_END_FACTOR if year_ends else 1
        before, after = calendar.close.last_working_days * factor, calendar.close.first_working_days * factor
        if span := close_span(turn, before, after):
            yield span


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans that touch or overlap, as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1] + timedelta(days=1):
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def plan_freezes(calendar: Calendar, ledger: Ledger, source: str = AKS_SCHEDULES) -> tuple[FreezePlan, ...]:
    """Closes of the 13 months from `calendar.plan_from`, and the rest of one that runs on that day.

    Public holidays are not known: they make a real close longer by their number.

    Args:
        calendar: the business's.
        ledger: takes the reason.
        source: page of what is not upgraded then.
    """
    spans = [
        (max(start, calendar.plan_from), end)
        for start, end in _merged(list(_closes(calendar)))
        if end >= calendar.plan_from
    ]
    longest = max(((end - start).days + 1 for start, end in spans), default=0)
    if longest > LONGEST_FREEZE_DAYS:
        ledger.refuse(
            "calendar.close",
            f"{longest} days in a row without upgrades, the turn of the financial year being twice as long as others",
            f"at most {LONGEST_FREEZE_DAYS}: Azure's security fixes have to get in",
            "lower last_working_days or first_working_days",
        )
    close = calendar.close
    ledger.note(
        "cluster.freezes",
        f"{len(spans)} spans from {spans[0][0]}" if spans else "none",
        f"The last {close.last_working_days} and first {close.first_working_days} working days around each turn of a "
        f"month, twice as many at the end of the financial year (month {calendar.fiscal_year_end_month}); "
        f"{MONTHS_AHEAD} months.",
        source,
    )
    return tuple(FreezePlan(start=start.isoformat(), end=end.isoformat()) for start, end in spans)
