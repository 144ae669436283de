"""Nothing follows from too little: a span without a close, too short, with gaps, or sampled too rarely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from stacks.errors import SettingsError
from stacks.rightsizing.days import Days, Season
from stacks.rightsizing.figures import figures_of, percentile
from stacks.rightsizing.measurement import Metric, Series
from stacks.rightsizing.quality import check
from tests.unit.rightsizing.months import CALENDAR, DAYS, SPRING, WINTER, series

USERS = Metric.CONCURRENT_USERS


def _without(whole: Series, dropped: Callable[[datetime], bool]) -> Series:
    return replace(whole, samples=tuple(each for each in whole.samples if not dropped(DAYS.local(each[0]))))


def _refusals(measured: Series, days: Days = DAYS) -> list[str]:
    """What is found wrong with a series; nothing where it is enough."""
    try:
        check({measured.metric: measured}, days, "measured.csv")
    except SettingsError as refused:
        problems = refused.problems
    else:
        return []
    assert {problem.path for problem in problems} == {measured.metric}
    return [problem.found for problem in problems]


def test_a_month_with_a_close_is_enough() -> None:
    assert _refusals(series(USERS, 100, 150)) == []


def test_less_than_four_weeks_are_too_few() -> None:
    assert _refusals(series(USERS, 100, 150, days=27)) == ["27.0 days"]
    assert _refusals(series(USERS, 100, 150, days=28)) == []


def test_a_close_must_be_whole() -> None:
    late = series(USERS, 100, 150, start=SPRING + timedelta(days=10), days=28)
    assert _refusals(late) == ["no whole close from 2026-04-30 to 2026-05-28"]


def test_a_close_without_its_measurements_is_none() -> None:
    gap = _without(series(USERS, 100, 150), lambda local: local.day in (5, 6) and local.month == 5)
    assert _refusals(gap) == ["no whole close from 2026-04-20 to 2026-05-25"]


def test_a_calendar_without_a_close_says_so() -> None:
    without = Days(CALENDAR.model_validate({**CALENDAR.model_dump(mode="json"), "close": _NO_CLOSE}))
    with pytest.raises(SettingsError, match=r"Its calendar\.close has no days"):
        check({USERS: series(USERS, 100, 150)}, without, "measured.csv")


_NO_CLOSE = {"last_working_days": 0, "first_working_days": 0}


def test_more_than_a_tenth_may_not_be_missing() -> None:
    gaps = _without(series(USERS, 100, 150), lambda local: local.hour in (0, 1, 2))
    assert _refusals(gaps) == ["12% of its samples missing, at one every 1:00:00"]
    assert _refusals(_without(series(USERS, 100, 150), lambda local: local.hour in (0, 1))) == []


@pytest.mark.parametrize(("metric", "hours"), [(USERS, 2), (Metric.DATABASE_GIB, 36)])
def test_samples_that_are_too_far_apart_are_refused(metric: Metric, hours: int) -> None:
    whole = series(metric, 100, 150)
    assert len(_refusals(replace(whole, samples=whole.samples[::hours]))) == 1


@pytest.mark.parametrize("metric", [Metric.DATABASE_GIB, Metric.INVOICES_POSTED])
def test_one_sample_a_day_is_enough_for_sizes_and_invoices(metric: Metric) -> None:
    whole = series(metric, 100, 150)
    assert _refusals(replace(whole, samples=whole.samples[10::24])) == []


def test_sizes_need_no_close() -> None:
    late = series(Metric.DATABASE_GIB, 60, 60, start=SPRING + timedelta(days=10), days=28)
    assert _refusals(late) == []


def test_nothing_is_too_little() -> None:
    with pytest.raises(SettingsError, match="no series of any metric"):
        check({}, DAYS, "http://127.0.0.1:9090")


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert [percentile(range(1, 101), percent) for percent in (1, 95, 99, 100)] == [1, 95, 99, 100]
    assert (percentile([7], 95), percentile([], 95)) == (7, 0)


def test_normal_days_and_both_closes_are_told_apart() -> None:
    found = figures_of(series(USERS, 100, 150, year_end=240, start=WINTER, days=60), DAYS)
    assert (found.normal, found.highest) == (100, 240)
    assert found.peaks == {Season.MONTH_END: 150, Season.YEAR_END: 240}


def test_a_close_is_judged_by_its_nights_as_well() -> None:
    by_day = series(Metric.QUEUE_JOBS_RUNNING, 1, 2)
    night = tuple((moment, 8 if DAYS.local(moment).hour == 3 else value) for moment, value in by_day.samples)
    assert figures_of(replace(by_day, samples=night), DAYS).peaks == {Season.MONTH_END: 8}


def test_the_busiest_month_is_31_days_whatever_the_span() -> None:
    whole = series(Metric.INVOICES_POSTED, 10, 10)
    flat = replace(whole, samples=tuple((moment, 1.0) for moment, _ in whole.samples))
    assert figures_of(flat, DAYS).a_month == 31 * 24
    short = replace(flat, samples=flat.samples[: 28 * 24])
    assert figures_of(short, DAYS).a_month == pytest.approx(31 * 24)


def test_growth_is_what_a_year_adds_and_never_negative() -> None:
    size = series(Metric.DATABASE_GIB, 0, 0)
    growing = tuple((moment, 60 + (moment - SPRING) / timedelta(days=36.5)) for moment, _ in size.samples)
    assert figures_of(replace(size, samples=growing), DAYS).growth_a_year == pytest.approx(10)
    shrinking = tuple((moment, 100 - value) for moment, value in growing)
    assert figures_of(replace(size, samples=shrinking), DAYS).growth_a_year == 0
