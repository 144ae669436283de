"""Percentiles: what an ordinary day and a close ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from stacks.rightsizing.days import Days, Season
from stacks.rightsizing.measurement import SIZES, Measurements, Metric, Series
from stacks.rightsizing.quality import measured_closes

NORMAL_PERCENT, PEAK_PERCENT = 95, 99
MONTH = timedelta(days=31)
_YEAR = timedelta(days=365)
_MOST_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a metric comes to.

    Args:
        normal: 95th percentile of business hours outside every close; 0 without any.
        peaks: 99th percentile of the days of a close, by its season; only seasons of which a whole one was measured.
        highest: the highest value.
        a_month: the most of 31 days, all values added up.
        growth_a_year: what a year adds at the pace from the first to the last value; 0 where it shrank.
        hours: between two samples.
    """

    normal: float
    peaks: Mapping[Season, float]
    highest: float
    a_month: float
    growth_a_year: float
    hours: float


def percentile(values: Iterable[float], percent: int) -> float:
    """The value that so many percent of all values do not exceed: one that was measured; 0 where there are none."""
    ordered = sorted(values)
    return ordered[ceil(len(ordered) * percent / _MOST_PERCENT) - 1] if ordered else 0


def all_figures(measurements: Measurements, days: Days) -> Mapping[Metric, Figures]:
    """Figures of everything that was measured.

    Args:
        measurements: what was measured, and is enough.
        days: the calendar.
    """
    return {metric: figures_of(series, days) for metric, series in measurements.items()}


def figures_of(series: Series, days: Days) -> Figures:
    """Figures of one metric."""
    normal, by_season = _by_season(series, days)
    whole = set() if series.metric in SIZES else {close.season for close in measured_closes(series, days)}
    span = max(series.last - series.first, series.interval)
    grown = series.samples[-1][1] - series.samples[0][1]
    return Figures(
        normal=percentile(normal, NORMAL_PERCENT),
        peaks={season: _peak(by_season[season]) for season in Season if season in whole},
        highest=series.highest,
        a_month=_most_of_a_month(series),
        growth_a_year=max(grown, 0) * (_YEAR / span),
        hours=series.interval / timedelta(hours=1),
    )


Local = list[tuple[bool, float]]
"""Values, and whether people worked."""


def _by_season(series: Series, days: Days) -> tuple[list[float], Mapping[Season, Local]]:
    """Values of ordinary business hours, and those of all hours of each season."""
    seasons = days.seasons(series.first, series.last)
    normal: list[float] = []
    closing: dict[Season, Local] = {season: [] for season in Season}
    for moment, value in series.samples:
        local = days.local(moment)
        season, working = seasons.get(local.date()), days.in_business_hours(local)
        if season:
            closing[season].append((working, value))
        elif working:
            normal.append(value)
    return normal, closing


def _peak(values: Local) -> float:
    """The larger of the percentile of business hours and that of all hours: work at night counts too."""
    busy: Sequence[float] = [value for working, value in values if working]
    return max(percentile(busy, PEAK_PERCENT), percentile((value for _, value in values), PEAK_PERCENT))


def _most_of_a_month(series: Series) -> float:
    most = total = 0.0
    samples, start = series.samples, 0
    for moment, value in samples:
        total += value
        while moment - samples[start][0] >= MONTH:
            total -= samples[start][1]
            start += 1
        most = max(most, total)
    covered = min(series.last - series.first + series.interval, MONTH)
    return most * (MONTH / covered)
