"""Whether measurements are enough to judge by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from stacks.errors import Problem, SettingsError
from stacks.rightsizing.days import Close, Days
from stacks.rightsizing.measurement import DAILY, SIZES, Measurements, Series

FEWEST_DAYS = 28
"""The shortest month."""
MOST_MISSING = 0.1
"""Share of samples that may be missing, of all and of a close's business hours."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def check(measurements: Measurements, days: Days, source: str) -> None:
    """Refuses measurements from which nothing should follow.

    Args:
        measurements: what was measured.
        days: the calendar.
        source: where it comes from, for errors.

    Raises:
        SettingsError: nothing was measured; a metric covers less than 28 days or, sizes excepted, no whole close; too
            many of its samples are missing, or they are too far apart.
    """
    problems = [problem for series in measurements.values() for problem in _problems(series, days)]
    if not measurements:
        problems = [_nothing()]
    if problems:
        raise SettingsError(problems, source)


def measured_closes(series: Series, days: Days) -> tuple[Close, ...]:
    """Closes of which a series has nine tenths of the business hours, or each day where it is sampled daily."""
    return tuple(close for close in days.closes(series.first, series.last) if _covers(series, days, close))


def _covers(series: Series, days: Days, close: Close) -> bool:
    moments = [days.local(moment) for moment, _ in series.samples]
    within = [moment for moment in moments if close.first <= moment.date() <= close.last]
    if series.interval > _HOUR:
        return len({moment.date() for moment in within}) >= len(set(close.days)) * (1 - MOST_MISSING)
    expected = timedelta(hours=days.business_hours(close)) / series.interval
    return sum(map(days.in_business_hours, within)) >= expected * (1 - MOST_MISSING)


def _problems(series: Series, days: Days) -> Iterator[Problem]:
    interval = series.interval
    longest = _DAY if series.metric in DAILY else _HOUR
    if interval > longest:
        yield _too_coarse(series, longest)
        return
    covered = series.last - series.first + interval
    if covered < timedelta(days=FEWEST_DAYS):
        yield _too_short(series, covered)
    missing = 1 - len(series.samples) * interval / covered
    if missing > MOST_MISSING:
        yield _gaps(series, missing)
    if series.metric not in SIZES and not measured_closes(series, days):
        yield _no_close(series, days)


def _too_coarse(series: Series, longest: timedelta) -> Problem:
    return Problem(
        path=series.metric,
        found=f"a sample every {series.interval}",
        allowed=f"one every {longest} at least",
        remedy="Export finer samples: a peak between two of them would not be seen.",
    )


def _too_short(series: Series, covered: timedelta) -> Problem:
    return Problem(
        path=series.metric,
        found=f"{covered / _DAY:.1f} days",
        allowed=f"{FEWEST_DAYS} days or more",
        remedy="Measure a whole month with its close.",
    )


def _gaps(series: Series, missing: float) -> Problem:
    return Problem(
        path=series.metric,
        found=f"{missing:.0%} of its samples missing, at one every {series.interval}",
        allowed=f"{MOST_MISSING:.0%} at most",
        remedy="Take a span without the gap: nobody knows what the load was in it.",
    )


def _no_close(series: Series, days: Days) -> Problem:
    close = days.calendar.close
    remedy = "Take a span from a week before the turn of a month to two weeks after it."
    if close.last_working_days == close.first_working_days == 0:
        remedy = "Its calendar.close has no days: there is no close to judge by. Measure production."
    return Problem(
        path=series.metric,
        found=f"no whole close from {days.local(series.first).date()} to {days.local(series.last).date()}",
        allowed=f"one at least: the last {close.last_working_days} and the first {close.first_working_days} working "
        f"days around the turn of a month, with {1 - MOST_MISSING:.0%} of their samples",
        remedy=remedy,
    )


def _nothing() -> Problem:
    return Problem(
        path="FROM",
        found="no series of any metric",
        allowed="one at least",
        remedy="Look whether Traefik is scraped there, or write a CSV file (docs/guides/rightsizing.md).",
    )
