"""Nothing is upgraded at a close, and windows mean the same hour to every service."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from stacks.planning.maintenance import in_utc
from stacks.scalars import Weekday
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties, settings_with


def _days(start: str, end: str) -> set[date]:
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return {first + timedelta(days=number) for number in range((last - first).days + 1)}


def _working_days(year: int, month: int) -> list[date]:
    first = date(year, month, 1)
    days = (first + timedelta(days=number) for number in range(31))
    return [day for day in days if day.month == month and day.weekday() < 5]


def _months(start: date, count: int) -> list[tuple[int, int]]:
    return [
        ((start.month - 1 + number) // 12 + start.year, (start.month - 1 + number) % 12 + 1) for number in range(count)
    ]


@properties
@given(SETTINGS)
def test_freezes_cover_every_turn_of_a_month(settings: Settings) -> None:
    calendar = settings.calendar
    frozen = set().union(*(_days(span.start, span.end) for span in make_plan(settings).cluster.freezes))
    months = _months(calendar.plan_from, 14)
    for (year, month), (next_year, next_month) in pairwise(months):
        factor = 2 if month == calendar.fiscal_year_end_month else 1
        last = calendar.close.last_working_days * factor
        first = calendar.close.first_working_days * factor
        expected = set(_working_days(year, month)[-last:] if last else [])
        expected |= set(_working_days(next_year, next_month)[:first])
        assert {day for day in expected if day >= calendar.plan_from} <= frozen


@properties
@given(SETTINGS)
def test_freezes_are_in_order_apart_and_not_in_the_past(settings: Settings) -> None:
    freezes = make_plan(settings).cluster.freezes
    for span, following in pairwise(freezes):
        assert date.fromisoformat(span.end) + timedelta(days=1) < date.fromisoformat(following.start)
    for span in freezes:
        assert settings.calendar.plan_from.isoformat() <= span.start <= span.end
    frozen_days = sum(len(_days(span.start, span.end)) for span in freezes)
    assert frozen_days < 13 * 30


def test_a_months_close_and_the_years_end() -> None:
    freezes = plan_with(calendar__plan_from="2026-10-12", calendar__fiscal_year_end_month=12).cluster.freezes
    spans = [(span.start, span.end) for span in freezes]
    # 2 working days before and 5 after the first of November (a Sunday); twice that around New Year.
    assert spans[0] == ("2026-10-29", "2026-11-06")
    assert ("2026-12-28", "2027-01-14") in spans
    assert len(spans) == 13


def test_a_close_that_runs_on_the_first_day_is_frozen_to_its_end() -> None:
    freezes = plan_with(calendar__plan_from="2026-12-03", calendar__close={"first_working_days": 5}).cluster.freezes
    assert (freezes[0].start, freezes[0].end) == ("2026-12-03", "2026-12-07")


def test_without_a_close_nothing_is_frozen() -> None:
    plan = plan_with(calendar__close={"last_working_days": 0, "first_working_days": 0})
    assert plan.cluster.freezes == ()


def test_one_side_of_the_turn_only() -> None:
    before = plan_with(calendar__close={"last_working_days": 1, "first_working_days": 0}).cluster.freezes
    after = plan_with(calendar__close={"last_working_days": 0, "first_working_days": 1}).cluster.freezes
    assert (before[0].start, before[0].end) == ("2026-10-30", "2026-10-31")
    assert (after[0].start, after[0].end) == ("2026-11-01", "2026-11-02")


def test_a_close_without_end_is_refused() -> None:
    settings = settings_with(calendar__close={"last_working_days": 10, "first_working_days": 15})
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings)
    (problem,) = refusal.value.problems
    assert problem.path == "odoo-azure:calendar.close"
    assert "days in a row" in problem.found


@given(st.sampled_from(list(Weekday)), st.integers(0, 23), st.integers(-12 * 4, 14 * 4))
def test_the_window_in_utc_is_the_same_moment_or_the_next_full_hour(day: Weekday, hour: int, quarters: int) -> None:
    offset = timedelta(minutes=15 * quarters)
    monday = datetime(2027, 1, 4)  # noqa: DTZ001 - a local time, whose offset is the test's own
    local = monday + timedelta(days=list(Weekday).index(day), hours=hour)
    utc = local - offset
    full = utc if utc.minute == 0 else utc.replace(minute=0) + timedelta(hours=1)
    assert in_utc(day, hour, offset) == (full.isoweekday() % 7, full.hour)


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected", "offset"),
    [
        ("Europe/Amsterdam", "sunday", 3, (0, 2), "+01:00"),
        ("Europe/Amsterdam", "sunday", 0, (6, 23), "+01:00"),
        ("America/New_York", "saturday", 22, (0, 3), "-05:00"),
        ("Asia/Kolkata", "sunday", 3, (6, 22), "+05:30"),
        ("Pacific/Auckland", "sunday", 3, (6, 15), "+12:00"),
        ("Europe/Dublin", "sunday", 3, (0, 3), "+00:00"),
        ("America/St_Johns", "sunday", 3, (0, 7), "-03:30"),
    ],
)
def test_windows_by_time_zone(zone: str, day: str, hour: int, expected: tuple[int, int], offset: str) -> None:
    plan = plan_with(calendar__timezone=zone, calendar__maintenance={"day": day, "hour": hour})
    assert (plan.database.maintenance_day, plan.database.maintenance_hour) == expected
    assert plan.cluster.utc_offset == offset
    assert (plan.cluster.maintenance_day, plan.cluster.maintenance_time) == (day.capitalize(), f"{hour:02d}:00")


@pytest.mark.parametrize(
    ("day", "hour", "hours", "fits"),
    [
        ("tuesday", 19, 12, True),
        ("tuesday", 19, 13, False),
        ("tuesday", 15, 4, False),
        ("friday", 19, 24, True),
        ("sunday", 23, 8, True),
        ("sunday", 23, 9, False),
        ("saturday", 8, 24, True),
    ],
)
def test_production_is_patched_outside_business_hours(day: str, hour: int, hours: int, *, fits: bool) -> None:
    window = {"day": day, "hour": hour, "duration_hours": hours}
    settings = settings_with(calendar__maintenance=window)
    if fits:
        assert make_plan(settings).cluster.maintenance_hours == hours
    else:
        with pytest.raises(SettingsError, match=r"calendar\.maintenance"):
            make_plan(settings)
    assert plan_with(environment__class="staging", calendar__maintenance=window).cluster.maintenance_hours == hours


def test_business_hours_of_the_settings_decide_what_is_outside() -> None:
    window = {"day": "monday", "hour": 6, "duration_hours": 4}
    with pytest.raises(SettingsError, match="Monday to Friday 09:00 to 17:00"):
        plan_with(calendar__maintenance=window, calendar__business_hours={"start": 9, "end": 17})
    late = plan_with(calendar__maintenance=window, calendar__business_hours={"start": 10, "end": 17})
    assert late.cluster.maintenance_time == "06:00"
