"""When machines get security patches: on one day of each month, which no close meets if there is such a day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from tzlocal.windows_tz import tz_win

from stacks.planning.freezes import month_start
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import MaintenancePlan, given_window
from stacks.planning.plan import FreezePlan
from stacks.scalars import Weekday
from stacks.sections import Calendar

WEEKS: Mapping[str, int] = MappingProxyType({"Third": 3, "First": 1, "Second": 2, "Fourth": 4})
"""Weeks of a month, the best first: closes are around the turn of a month."""
_MONTHS, _DAYS = 12, 365
_WINDOW = timedelta(hours=3, minutes=55)
"""Longest window that patches have; the calendar's has four hours at least."""
_WEEKDAYS = tuple(Weekday)
_SCHEDULES = "learn.microsoft.com azure/virtual-machines/maintenance-configurations#guest"
_TIME_ZONES = "learn.microsoft.com windows-hardware/manufacture/desktop/default-time-zones"


@dataclass(frozen=True, kw_only=True)
class PatchPlan:
    """The window.

    Args:
        day: as Azure writes it, `1Month Third Sunday`.
        time: local, `03:00`.
        start: first day of the schedule, ISO date.
        windows_timezone: name that Windows has for the time zone.
    """

    day: str
    time: str
    start: str
    windows_timezone: str


def plan_patches(
    calendar: Calendar, window: MaintenancePlan, freezes: Sequence[FreezePlan], ledger: Ledger
) -> PatchPlan:
    """The window of each month; warns when each of them meets a close in the twelve months ahead.

    Args:
        calendar: the business's.
        window: the window of each week.
        freezes: closes.
        ledger: takes the reasons.
    """
    met = {week: [day for day in window_days(calendar, week) if _in_close(calendar, day, freezes)] for week in WEEKS}
    best = next(iter(WEEKS))
    week = next((each for each, closes in met.items() if not closes), best)
    if met[week]:
        ledger.warn(
            f"Every {window.day} of a month meets a close in the year from calendar.plan_from: machines get patches on "
            f"the {best.lower()} one, within a close on {', '.join(day.isoformat() for day in met[week])}. Choose "
            "another calendar.maintenance.day, or shorten calendar.close."
        )
        because = f"There is no {window.day} without a close; the {best.lower()} one is far from the turn of a month."
    else:
        order = ", ".join(WEEKS)
        because = f"Of {order} the first whose {window.day} meets no close in the year from calendar.plan_from."
    return PatchPlan(
        day=ledger.decide("machines.patch_day", f"1Month {week} {window.day}", because, _SCHEDULES),
        time=ledger.decide("machines.patch_time", window.time, f"{given_window(window, calendar)}.", _SCHEDULES),
        start=ledger.decide("machines.patch_start", calendar.plan_from.isoformat(), "Given: calendar.plan_from."),
        windows_timezone=_windows_timezone(calendar.timezone, ledger),
    )


def window_days(calendar: Calendar, week: str) -> Iterator[date]:
    """Days on which windows begin, in the year from `calendar.plan_from`.

    Args:
        calendar: the business's.
        week: which week of a month, of `WEEKS`.
    """
    since, weekday = calendar.plan_from, _WEEKDAYS.index(calendar.maintenance.day)
    for months in range(_MONTHS + 1):
        first = month_start(since, months)
        day = first + timedelta(days=(weekday - first.weekday()) % len(_WEEKDAYS), weeks=WEEKS[week] - 1)
        if since <= day < since + timedelta(days=_DAYS):
            yield day


def _in_close(calendar: Calendar, day: date, freezes: Sequence[FreezePlan]) -> bool:
    """Whether the window that begins on that day, and may end on the next, meets a close."""
    ends = day + (timedelta(hours=calendar.maintenance.hour) + _WINDOW) // timedelta(days=1) * timedelta(days=1)
    return any(freeze.start <= ends.isoformat() and day.isoformat() <= freeze.end for freeze in freezes)


def _windows_timezone(timezone: str, ledger: Ledger) -> str:
    if timezone not in tz_win:
        ledger.refuse(
            "calendar.timezone",
            timezone,
            "a time zone that Windows has a name for: Azure's schedules of machines are written in those",
            "name a city with the same hours, such as Europe/Amsterdam, or Etc/UTC",
        )
        return ""
    because = f"What Windows calls {timezone}: Azure's schedules of machines take no other name."
    return ledger.decide("machines.windows_timezone", tz_win[timezone], because, _TIME_ZONES)
