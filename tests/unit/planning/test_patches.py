"""Machines get security patches once a month, and in no close if there is such a day."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.freezes import plan_freezes
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import plan_maintenance
from stacks.planning.patches import WEEKS, PatchPlan, plan_patches
from stacks.scalars import Weekday
from stacks.sections import Calendar

many = hypothesis.settings(max_examples=150, deadline=None, derandomize=True)

CALENDARS = st.builds(
    lambda day, hour, last, first, month, since: _calendar(
        maintenance={"day": day, "hour": hour},
        close={"last_working_days": last, "first_working_days": first},
        fiscal_year_end_month=month,
        plan_from=since.isoformat(),
    ),
    st.sampled_from([day.value for day in Weekday]),
    st.integers(0, 23),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 12),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)


def _calendar(**given_: object) -> Calendar:
    values: dict[str, object] = {"timezone": "Europe/Amsterdam", "plan_from": "2026-12-01"}
    return Calendar.model_validate(values | given_)


def _planned(calendar: Calendar) -> tuple[PatchPlan, Ledger]:
    ledger = Ledger()
    window = plan_maintenance(calendar, Ledger(), production=False)
    return plan_patches(calendar, window, plan_freezes(calendar, Ledger()), ledger), ledger


def _in_close(calendar: Calendar, week: int) -> list[date]:
    """Days of the year ahead on which a window of that week of the month begins and meets a close."""
    days = (calendar.plan_from + timedelta(days=number) for number in range(365))
    windows = [
        day
        for day in days
        if day.weekday() == list(Weekday).index(calendar.maintenance.day) and (day.day + 6) // 7 == week
    ]
    frozen = {
        date.fromisoformat(freeze.start) + timedelta(days=number)
        for freeze in plan_freezes(calendar, Ledger())
        for number in range((date.fromisoformat(freeze.end) - date.fromisoformat(freeze.start)).days + 1)
    }
    # 3 hours and 55 minutes from 21:00 on end on the next day.
    longer = timedelta(days=1 if calendar.maintenance.hour >= 21 else 0)
    return [day for day in windows if {day, day + longer} & frozen]


@many
@given(CALENDARS)
def test_patches_meet_no_close_unless_every_week_of_the_month_does(calendar: Calendar) -> None:
    plan, ledger = _planned(calendar)
    interval, week, day = plan.day.split()
    assert (interval, day) == ("1Month", calendar.maintenance.day.value.capitalize())
    closes = {name: _in_close(calendar, number) for name, number in WEEKS.items()}
    if all(closes.values()):
        (warning,) = ledger.warnings
        assert week == "Third"
        assert ", ".join(day.isoformat() for day in closes["Third"]) + ". " in warning
    else:
        assert ledger.warnings == ()
        assert closes[week] == []
        assert week == "Third" or closes["Third"]


@pytest.mark.parametrize(
    ("last", "first", "day"),
    [(2, 5, "1Month Third Sunday"), (0, 0, "1Month Third Sunday"), (7, 0, "1Month First Sunday")],
)
def test_the_third_week_is_the_one_unless_a_close_is_there(last: int, first: int, day: str) -> None:
    plan, ledger = _planned(_calendar(close={"last_working_days": last, "first_working_days": first}))
    assert plan == PatchPlan(day=day, time="03:00", start="2026-12-01", windows_timezone="W. Europe Standard Time")
    assert ledger.warnings == ()


def test_closes_that_leave_no_day_are_named() -> None:
    plan, ledger = _planned(_calendar(close={"last_working_days": 9, "first_working_days": 9}))
    assert plan.day == "1Month Third Sunday"
    (warning,) = ledger.warnings
    assert "2026-12-20" in warning
    assert "calendar.maintenance.day" in warning


def test_a_window_that_ends_in_a_close_is_in_it() -> None:
    # The close of the year 2026 begins on Friday, 18 December: the night before is one of a third Thursday.
    close = {"last_working_days": 5, "first_working_days": 0}
    for hour, expected in ((20, "Third"), (21, "First")):
        calendar = _calendar(close=close, maintenance={"day": "thursday", "hour": hour})
        assert _planned(calendar)[0].day.split()[1] == expected


@pytest.mark.parametrize(("zone", "name"), [("Asia/Kolkata", "India Standard Time"), ("Etc/UTC", "UTC")])
def test_azure_reads_the_time_zone_by_the_name_of_windows(zone: str, name: str) -> None:
    assert _planned(_calendar(timezone=zone))[0].windows_timezone == name


def test_a_time_zone_that_windows_does_not_know_is_refused_with_a_way_out() -> None:
    (problem,) = _planned(_calendar(timezone="Antarctica/Troll"))[1].problems
    assert (problem.path, problem.found) == ("odoo-azure:calendar.timezone", "Antarctica/Troll")
    assert "Europe/Amsterdam" in problem.remedy
