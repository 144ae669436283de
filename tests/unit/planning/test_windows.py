"""Scaling windows cover every close, business hours and batches, whatever day a month begins on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.assemble import make_plan
from stacks.planning.plan_odoo import WindowPlan
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties, settings_with


def _numbers(field: str, low: int, high: int) -> set[int]:
    if field == "*":
        return set(range(low, high + 1))
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    assert found <= set(range(low, high + 1)), field
    return found


def _fires(expression: str, moment: datetime) -> bool:
    minute, hour, day, month, weekday = expression.split()
    # Where both are given cron fires on either day: none of ours gives both.
    assert "*" in {day, weekday}
    return (
        moment.minute in _numbers(minute, 0, 59)
        and moment.hour in _numbers(hour, 0, 23)
        and moment.day in _numbers(day, 1, 31)
        and moment.month in _numbers(month, 1, 12)
        and moment.isoweekday() % 7 in _numbers(weekday, 0, 6)
    )


def _open(window: WindowPlan, moment: datetime) -> bool:
    """Whether a window is open, as KEDA tells it: its end comes before its next start."""
    for half_hours in range(1, 2 * 24 * 366):
        later = moment + timedelta(minutes=30 * half_hours)
        if _fires(window.end, later):
            return True
        if _fires(window.start, later):
            return False
    raise AssertionError(f"never opens: {window}")


def _is_working_day(day: date) -> bool:
    return day.weekday() < 5


def _close(turn: date, before: int, after: int) -> set[date]:
    """Working days of a close, counted by hand."""
    days: set[date] = set()
    for count, step, day in ((before, -1, turn - timedelta(days=1)), (after, 1, turn)):
        left, current = count, day
        while left:
            if _is_working_day(current):
                days.add(current)
                left -= 1
            current += timedelta(days=step)
    return days


@properties
@given(SETTINGS, st.integers(2024, 2060), st.integers(1, 12))
def test_every_working_day_of_every_close_finds_the_pools_at_their_largest(
    settings: Settings, year: int, month: int
) -> None:
    plan = make_plan(settings)
    calendar, close = settings.calendar, settings.calendar.close
    turn = date(year, month, 1)
    closed = (turn - timedelta(days=1)).month
    factor = 2 if closed == calendar.fiscal_year_end_month else 1
    hours = calendar.business_hours
    for day in _close(turn, close.last_working_days * factor, close.first_working_days * factor):
        for name, pool in plan.odoo.pools.items():
            if pool.max_replicas == pool.min_replicas:
                continue
            own = [each for each in plan.odoo.windows if each.pool == name and each.replicas == pool.max_replicas]
            for hour in (hours.start, hours.end - 1):
                moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
                assert any(_open(window, moment) for window in own), (name, moment)


@properties
@given(SETTINGS)
def test_windows_are_of_pools_that_grow_and_within_their_bounds(settings: Settings) -> None:
    plan = make_plan(settings)
    for window in plan.odoo.windows:
        pool = plan.odoo.pools[window.pool]
        assert pool.min_replicas < window.replicas <= pool.max_replicas
        assert window.start != window.end
        assert window.purpose
    assert plan.odoo.timezone == settings.calendar.timezone


def test_the_windows_of_an_ordinary_close_and_of_the_year_s() -> None:
    windows = [window for window in plan_with().odoo.windows if window.pool == "web"]
    assert [(window.start, window.end, window.replicas) for window in windows] == [
        ("30 6 1-7,25-31 * *", "0 19 1-7,25-31 * *", 24),
        ("30 6 8-14 1 *", "0 19 8-14 1 *", 24),
    ]


def test_production_needs_no_windows_where_months_close_without_days() -> None:
    calm = plan_with(calendar__close={"last_working_days": 0, "first_working_days": 0})
    assert calm.odoo.windows == ()


def test_below_production_business_hours_bring_a_normal_day_s_pods() -> None:
    plan = plan_with(
        environment__class="staging",
        calendar__close={"last_working_days": 0, "first_working_days": 0},
        calendar__business_hours={"start": 8, "end": 18},
    )
    (window,) = (window for window in plan.odoo.windows if window.pool == "web")
    assert (window.start, window.end) == ("30 7 * * 1-5", "0 18 * * 1-5")
    assert window.replicas * plan.odoo.pools["web"].workers >= 52
    assert _open(window, datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert not _open(window, datetime(2026, 11, 22, 12, tzinfo=UTC))  # a Sunday


@pytest.mark.parametrize(
    ("batch", "start", "end"),
    [
        ({"start": 4, "hours": 2, "days": ["monday", "tuesday", "sunday"]}, "0 4 * * 0-2", "0 6 * * 0-2"),
        ({"start": 22, "hours": 5, "days": ["friday", "saturday"]}, "0 22 * * 5-6", "0 3 * * 0,6"),
        ({"start": 0, "hours": 1}, "0 0 * * *", "0 1 * * *"),
    ],
)
def test_a_batch_holds_its_pool_at_its_largest_past_midnight_too(
    batch: dict[str, object], start: str, end: str
) -> None:
    named = {"name": "depreciation", "pool": "reporting"} | batch
    plan = plan_with(calendar__batches=[named])
    (window,) = (window for window in plan.odoo.windows if window.purpose == "depreciation")
    assert (window.pool, window.start, window.end) == ("reporting", start, end)
    assert window.replicas == plan.odoo.pools["reporting"].max_replicas


def test_a_batch_of_a_pool_that_is_always_at_its_largest_needs_no_window() -> None:
    settings = settings_with(
        workload__concurrent_users=5, calendar__batches=[{"name": "x", "pool": "reporting", "start": 1, "hours": 1}]
    )
    assert not [window for window in make_plan(settings).odoo.windows if window.pool == "reporting"]
