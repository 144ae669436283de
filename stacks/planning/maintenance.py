"""When Azure may patch: one weekly window, in the words of each service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from stacks.planning.freezes import AKS_SCHEDULES
from stacks.planning.ledger import Ledger
from stacks.scalars import Weekday
from stacks.sections import BusinessHours, Calendar, Maintenance

_WEEKDAYS = tuple(Weekday)
_WORKING_DAYS = 5
_HOURS_A_DAY = 24
_HOURS_A_WEEK = 7 * _HOURS_A_DAY

_POSTGRES = "learn.microsoft.com azure/postgresql/flexible-server/concepts-maintenance"


@dataclass(frozen=True, kw_only=True)
class MaintenancePlan:
    """The window.

    Args:
        database_day: 0 is Sunday, in UTC.
        database_hour: in UTC.
        day: local day of the week, `Sunday`.
        time: local, `03:00`.
        hours: how long.
        utc_offset: of the time zone in winter, `+01:00`.
    """

    database_day: int
    database_hour: int
    day: str
    time: str
    hours: int
    utc_offset: str


def winter_offset(calendar: Calendar) -> timedelta:
    """Offset of the time zone from UTC without summer time: the smaller of the two in the year of `plan_from`."""
    zone = ZoneInfo(calendar.timezone)
    middays = (datetime(calendar.plan_from.year, month, 1, 12, tzinfo=UTC) for month in (1, 7))
    return min(midday.astimezone(zone).utcoffset() or timedelta() for midday in middays)


def in_utc(day: Weekday, hour: int, offset: timedelta) -> tuple[int, int]:
    """Day (0 is Sunday) and full hour in UTC of a local one; of a part of an hour the next full one."""
    sunday_based = (_WEEKDAYS.index(day) + 1) % 7
    local = timedelta(days=sunday_based, hours=hour)
    hours = -((offset - local) // timedelta(hours=1)) % _HOURS_A_WEEK
    return divmod(hours, _HOURS_A_DAY)


def _offset_text(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def _in_business_hours(window: Maintenance, open_: BusinessHours) -> bool:
    start = _WEEKDAYS.index(window.day) * _HOURS_A_DAY + window.hour
    hours = (hour % _HOURS_A_WEEK for hour in range(start, start + window.duration_hours))
    return any(
        hour // _HOURS_A_DAY < _WORKING_DAYS and open_.start <= hour % _HOURS_A_DAY < open_.end for hour in hours
    )


def plan_maintenance(calendar: Calendar, ledger: Ledger, *, production: bool) -> MaintenancePlan:
    """The window of the settings; production's must be outside business hours.

    Args:
        calendar: the business's.
        ledger: takes the reasons.
        production: whether people work with it.
    """
    window, offset = calendar.maintenance, winter_offset(calendar)
    open_ = calendar.business_hours
    if production and _in_business_hours(window, open_):
        ledger.refuse(
            "calendar.maintenance",
            f"{window.day.value} {window.hour:02d}:00 for {window.duration_hours} hours",
            f"outside Monday to Friday {open_.start:02d}:00 to {open_.end:02d}:00: patches restart servers",
            "choose another day or hour, or a shorter duration_hours",
        )
    database_day, database_hour = in_utc(window.day, window.hour, offset)
    plan = MaintenancePlan(
        database_day=database_day,
        database_hour=database_hour,
        day=window.day.value.capitalize(),
        time=f"{window.hour:02d}:00",
        hours=window.duration_hours,
        utc_offset=_offset_text(offset),
    )
    utc = (
        f"{given_window(plan, calendar)}; PostgreSQL takes UTC, so winter's offset ({plan.utc_offset}) holds and "
        "summer's window is later."
    )
    ledger.decide("database.maintenance_day", database_day, utc, _POSTGRES)
    ledger.decide("database.maintenance_hour", database_hour, utc, _POSTGRES)
    return plan


def given_window(window: MaintenancePlan, calendar: Calendar) -> str:
    """Where a window comes from, for a reason."""
    return f"Given: calendar.maintenance, {window.day} {window.time} in {calendar.timezone}"


def note_cluster_window(window: MaintenancePlan, calendar: Calendar, ledger: Ledger) -> None:
    """Why a cluster is patched when it is.

    Args:
        window: the window.
        calendar: the business's.
        ledger: takes the reasons.
    """
    here = f"{given_window(window, calendar)}."
    hours = "Given: calendar.maintenance.duration_hours."
    offset = f"Winter's offset of {calendar.timezone}: schedules take a fixed one."
    ledger.decide("cluster.maintenance_day", window.day, here, AKS_SCHEDULES)
    ledger.decide("cluster.maintenance_time", window.time, here, AKS_SCHEDULES)
    ledger.decide("cluster.maintenance_hours", window.hours, hours, AKS_SCHEDULES)
    ledger.decide("cluster.utc_offset", window.utc_offset, offset, AKS_SCHEDULES)
