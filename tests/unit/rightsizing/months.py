"""Measured months that are made up: so much on a normal day, so much at a close."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from stacks.planning.regions import REGIONS
from stacks.profile import Profile
from stacks.rightsizing.days import Days, Season
from stacks.rightsizing.figures import Figures
from stacks.rightsizing.measurement import Metric, Series
from stacks.sections import Calendar

SPRING = datetime(2026, 4, 20, tzinfo=UTC)
"""Begins a span of 35 days with April's close in it, and no year's."""
WINTER = datetime(2026, 11, 20, tzinfo=UTC)
"""Begins a span of 60 days with November's close and the year's in it."""
CALENDAR = Calendar.model_validate({"timezone": "Europe/Amsterdam", "plan_from": "2026-10-12"})
DAYS = Days(CALENDAR)
WORKLOAD = {
    "concurrent_users": 150,
    "peak_factor": 1.5,
    "invoices_per_month": 8000,
    "integrations": 6,
    "database_gib": 60,
    "attachments_gib": 150,
}


def profile_with(**workload: object) -> Profile:
    """A mid-market company, with some of its workload changed."""
    return Profile.model_validate(
        {
            "name": "acme",
            "location": "westeurope",
            "workload": {**WORKLOAD, **workload},
            "recovery": {"rpo_minutes": 15, "rto_minutes": 240, "region": REGIONS["westeurope"].pair},
            "calendar": CALENDAR,
            "odoo": {"queue_jobs": True},
        }
    )


@cache
def moments(start: datetime, days: int, minutes: int) -> tuple[tuple[datetime, bool, Season | None], ...]:
    """Moments of a span, whether people work, and the season of their day."""
    seasons = DAYS.seasons(start, start + timedelta(days=days))
    step = timedelta(minutes=minutes)
    return tuple(
        (moment, DAYS.in_business_hours(local), seasons.get(local.date()))
        for moment in (start + count * step for count in range(timedelta(days=days) // step))
        for local in [DAYS.local(moment)]
    )


def series(
    metric: Metric, normal: float, peak: float, *, year_end: float = 0, start: datetime = SPRING, days: int = 35
) -> Series:
    """A metric that is at a level in business hours, at another at a close, and at a tenth at night."""

    def values() -> Iterator[tuple[datetime, float]]:
        for moment, working, season in moments(start, days, 60):
            level = {None: normal, Season.MONTH_END: peak, Season.YEAR_END: year_end}[season]
            yield moment, level if working else level / 10

    return Series(metric=metric, samples=tuple(values()))


def figures(
    normal: float = 0,
    peak: float | None = None,
    *,
    year_end: float | None = None,
    highest: float = 0,
    a_month: float = 0,
    growth: float = 0,
) -> Figures:
    """Figures of a metric, with the seasons that are given."""
    peaks = {Season.MONTH_END: peak, Season.YEAR_END: year_end}
    return Figures(
        normal=normal,
        peaks={season: value for season, value in peaks.items() if value is not None},
        highest=highest,
        a_month=a_month,
        growth_a_year=growth,
        hours=1,
    )
