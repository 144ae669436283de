"""Which days of a measured span are ordinary, and which belong to a close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from stacks.planning.freezes import YEAR_END_FACTOR, close_span, month_start
from stacks.sections import Calendar

_SATURDAY = 5


class Season(StrEnum):
    """What kind of close a day belongs to."""

    MONTH_END = "month-end"
    YEAR_END = "year-end"


@dataclass(frozen=True, kw_only=True)
class Close:
    """A close: its days, the first and the last included.

    Args:
        season: of a month, or of the financial year.
        first: first day.
        last: last day.
    """

    season: Season
    first: date
    last: date

    @property
    def days(self) -> Iterator[date]:
        """All its days, weekends included."""
        return (self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1))


@dataclass(frozen=True)
class Days:
    """The calendar, as measurements are looked at.

    Args:
        calendar: the calendar.
    """

    calendar: Calendar

    def local(self, moment: datetime) -> datetime:
        """A moment as the clocks of the business show it."""
        return moment.astimezone(ZoneInfo(self.calendar.timezone))

    def closes(self, first: datetime, last: datetime) -> tuple[Close, ...]:
        """Closes with a day in a span, the earliest first."""
        begin, end = self.local(first).date(), self.local(last).date()
        return tuple(close for close in self._closes(begin, end) if close.first <= end and begin <= close.last)

    def seasons(self, first: datetime, last: datetime) -> Mapping[date, Season]:
        """The season of each day of a close; where two overlap, the financial year's."""
        closes = sorted(self.closes(first, last), key=lambda close: close.season)
        return {day: close.season for close in closes for day in close.days}

    def in_business_hours(self, moment: datetime) -> bool:
        """Whether people work at a moment, one of the business' own clocks."""
        hours = self.calendar.business_hours
        return moment.weekday() < _SATURDAY and hours.start <= moment.hour < hours.end

    def business_hours(self, close: Close) -> int:
        """Hours of a close in which people work."""
        hours = self.calendar.business_hours
        return sum(day.weekday() < _SATURDAY for day in close.days) * (hours.end - hours.start)

    def _closes(self, begin: date, end: date) -> Iterator[Close]:
        # From two months before to two after: the close of a year can reach that far.
        for months in range(-2, (end.year - begin.year) * 12 + end.month - begin.month + 3):
            turn = month_start(begin, months)
            year_ends = month_start(turn, -1).month == self.calendar.fiscal_year_end_month
            factor = YEAR_END_FACTOR if year_ends else 1
            working = self.calendar.close
            if span := close_span(turn, working.last_working_days * factor, working.first_working_days * factor):
                season = Season.YEAR_END if year_ends else Season.MONTH_END
                yield Close(season=season, first=span[0], last=span[1])
