"""A proposal gives back what nobody uses, and nothing else: no close, no data and no recovery loses by it."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import hypothesis
import pytest
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.planning.database_sizing import database_load, plan_hardware
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import OdooLoad, odoo_load
from stacks.planning.recovery import plan_protection
from stacks.planning.regions import REGIONS
from stacks.profile import Profile
from stacks.rightsizing.days import Season
from stacks.rightsizing.figures import Figures
from stacks.rightsizing.measurement import Metric
from stacks.rightsizing.needs import TARGET_BUSY, TARGET_CPU, least
from stacks.rightsizing.proposal import Change, Proposal, propose
from tests.unit.rightsizing.months import WORKLOAD, figures, profile_with

Measured = Mapping[Metric, Figures]
USERS, BUSY, JOBS = Metric.CONCURRENT_USERS, Metric.WEB_WORKERS_BUSY, Metric.QUEUE_JOBS_RUNNING


def _proposed(measured: Measured, **workload: object) -> Proposal:
    return propose(profile_with(**workload), measured, "acme.yaml")


def _changes(measured: Measured, **workload: object) -> dict[str, float]:
    return {change.key: change.after for change in _proposed(measured, **workload).changes}


def test_what_fits_stays() -> None:
    assert _changes({USERS: figures(140, 215)}) == {}
    assert _changes({USERS: figures(150, 225), Metric.DATABASE_GIB: figures(highest=60)}) == {}


def test_what_nobody_uses_is_given_back_and_the_year_s_end_keeps_its_multiple() -> None:
    assert _changes({USERS: figures(100, 120)}) == {
        "concurrent_users": 100,
        "peak_factor": 1.2,
        "year_end_factor": 1.25,
    }


def test_a_measured_year_s_end_may_be_smaller() -> None:
    measured = {USERS: figures(100, 120, year_end=132)}
    assert _changes(measured, year_end_factor=2) == {
        "concurrent_users": 100,
        "peak_factor": 1.2,
        "year_end_factor": 1.1,
    }


def test_a_year_s_end_alone_says_nothing_of_a_month_s() -> None:
    assert _changes({USERS: figures(150, year_end=270)}) == {"year_end_factor": 1.2}


def test_more_people_are_more_users_and_a_larger_peak() -> None:
    assert _changes({USERS: figures(200, 360)}) == {"concurrent_users": 200, "peak_factor": 1.8}


def test_a_close_beyond_every_factor_makes_the_normal_day_larger() -> None:
    changes = _changes({USERS: figures(10, 300, year_end=1200)})
    assert changes == {"concurrent_users": 80, "peak_factor": 5, "year_end_factor": 3}


def test_busy_workers_count_as_the_users_that_the_rules_give_them_to() -> None:
    # 21 busy of 30 are 70 %; 28 workers beside the two of integrations are for 163 to 168 users.
    measured = {BUSY: figures(21, 31)}
    assert _changes(measured) == {"concurrent_users": 163, "peak_factor": 1.6}
    assert _proposed(measured).changes[0].because == (
        "In 95 % of ordinary business hours at most 21.0 HTTP workers were busy; 30 keep that below 70%, "
        "what the rules give to 163 users."
    )


def test_the_larger_of_two_measurements_counts() -> None:
    assert _changes({USERS: figures(150, 225), BUSY: figures(5, 42)}) == {"peak_factor": 2.3}
    assert _changes({USERS: figures(200, 290), BUSY: figures(5, 5)}) == {"concurrent_users": 200}


def test_a_full_database_asks_for_a_larger_one_and_an_idle_one_for_nothing() -> None:
    busy = _proposed({Metric.DATABASE_CPU_PERCENT: figures(40, 95)})
    before, after = (_vcores(_profile(each)) for each in (profile_with().workload, busy.workload))
    assert after * TARGET_CPU >= before * 0.95
    assert _changes({Metric.DATABASE_CPU_PERCENT: figures(1, 2)}) == {}


def test_jobs_and_invoices_ask_for_processes_in_the_background() -> None:
    assert _changes({Metric.INVOICES_POSTED: figures(a_month=5000)}) == {"invoices_per_month": 5000}
    assert _changes({Metric.INVOICES_POSTED: figures(a_month=7500)}) == {}
    many = _proposed({Metric.INVOICES_POSTED: figures(a_month=5000), JOBS: figures(2, 6)})
    assert odoo_load(many.workload, queue_jobs=True).queue_processes == 6
    rush = _proposed({Metric.INVOICES_POSTED: figures(peak=1000, a_month=5000)})
    assert odoo_load(rush.workload.model_copy(update={"integrations": 0}), queue_jobs=True).queue_processes == 3


def test_few_jobs_alone_lower_nothing() -> None:
    assert _changes({JOBS: figures(0, 1)}) == {}


def test_a_disk_never_shrinks_and_files_may() -> None:
    measured = {
        Metric.DATABASE_GIB: figures(highest=20, growth=3),
        Metric.ATTACHMENTS_GIB: figures(highest=80.2),
    }
    assert _changes(measured) == {"attachments_gib": 81}
    grown = {Metric.DATABASE_GIB: figures(highest=70.5, growth=40.1)}
    assert _changes(grown) == {"database_gib": 71, "database_growth_gib_per_year": 41}


def test_what_was_not_measured_is_named_and_stays() -> None:
    proposal = _proposed({Metric.DATABASE_GIB: figures(highest=70)})
    assert proposal.unmeasured == tuple(metric for metric in Metric if metric is not Metric.DATABASE_GIB)
    assert [change.key for change in proposal.changes] == ["database_gib"]


def test_more_than_an_environment_can_have_is_refused() -> None:
    with pytest.raises(SettingsError) as refused:
        _proposed({USERS: figures(6000, 6000)})
    assert [(problem.path, problem.found) for problem in refused.value.problems] == [
        ("workload.concurrent_users", "6000")
    ]
    with pytest.raises(SettingsError, match="split the business"):
        _proposed({JOBS: figures(1, 100_000)})


@pytest.mark.parametrize("answer", [1, 2, 3, 7, 1000])
def test_the_least_that_is_enough_is_found(answer: int) -> None:
    assert least(lambda number: number >= answer) == answer


LEVELS = st.floats(0, 400, allow_nan=False)
SEASONED = st.builds(figures, LEVELS, st.none() | LEVELS, year_end=st.none() | LEVELS).filter(lambda each: each.peaks)
PERCENT = st.builds(figures, st.floats(0, 100), st.floats(0, 100))
MEASURED = st.fixed_dictionaries(
    {},
    optional={
        USERS: SEASONED,
        BUSY: st.builds(figures, st.floats(0, 80), st.floats(0, 80), year_end=st.none() | st.floats(0, 80)),
        JOBS: st.builds(figures, st.floats(0, 10), st.floats(0, 10)),
        Metric.INVOICES_POSTED: st.builds(figures, peak=st.floats(0, 2000), a_month=st.floats(0, 200_000)),
        Metric.DATABASE_CPU_PERCENT: PERCENT,
        Metric.DATABASE_GIB: st.builds(figures, highest=st.floats(0, 500), growth=st.floats(0, 200)),
        Metric.ATTACHMENTS_GIB: st.builds(figures, highest=st.floats(0, 5000)),
    },
)
FACTORS = st.floats(1, 2.5)
WORKLOADS = st.fixed_dictionaries(
    {
        "concurrent_users": st.integers(1, 400),
        "peak_factor": FACTORS,
        "year_end_factor": FACTORS,
        "integrations": st.integers(0, 20),
        "invoices_per_month": st.integers(0, 100_000),
        "database_gib": st.integers(1, 600),
    }
)
proven = hypothesis.settings(max_examples=60, deadline=None, derandomize=True)


def _profile(workload: object) -> Profile:
    return profile_with().model_copy(update={"workload": workload})


def _load(profile: Profile) -> OdooLoad:
    return odoo_load(profile.workload, queue_jobs=True)


def _vcores(profile: Profile) -> int:
    load = database_load(profile.workload, _load(profile))
    return plan_hardware(load, Ledger(), production=True).size.vcores


@proven
@hypothesis.given(MEASURED, WORKLOADS)
def test_nothing_falls_below_what_was_measured(measured: Measured, workload: dict[str, object]) -> None:
    before = profile_with(**workload)
    after = _profile(propose(before, measured, "acme.yaml").workload)
    load, asked = _load(after), after.workload
    if USERS in measured:
        month, year = (measured[USERS].peaks.get(season, 0) for season in Season)
        assert asked.concurrent_users >= measured[USERS].normal
        assert ceil(asked.concurrent_users * asked.peak_factor) >= month
        assert load.peak_users >= max(month, year)
    if BUSY in measured:
        assert load.normal_web_workers * TARGET_BUSY >= measured[BUSY].normal - 1e-6
        assert load.peak_web_workers * TARGET_BUSY >= max(measured[BUSY].peaks.values()) - 1e-6
    if JOBS in measured:
        assert load.queue_processes >= max(measured[JOBS].peaks.values())
    if Metric.DATABASE_CPU_PERCENT in measured:
        busy = _vcores(before) * measured[Metric.DATABASE_CPU_PERCENT].peaks[Season.MONTH_END] / 100
        assert _vcores(after) * TARGET_CPU >= busy - 1e-6
    if Metric.INVOICES_POSTED in measured:
        assert asked.invoices_per_month >= measured[Metric.INVOICES_POSTED].a_month
    if Metric.ATTACHMENTS_GIB in measured:
        assert asked.attachments_gib >= measured[Metric.ATTACHMENTS_GIB].highest


@proven
@hypothesis.given(MEASURED, WORKLOADS)
def test_recovery_and_data_never_lose(measured: Measured, workload: dict[str, object]) -> None:
    before = profile_with(**workload)
    after = _profile(propose(before, measured, "acme.yaml").workload)
    assert after.recovery == before.recovery
    assert after.workload.database_gib >= before.workload.database_gib
    assert after.workload.database_growth_gib_per_year >= before.workload.database_growth_gib_per_year
    kept_before, kept_after = (
        plan_protection(each.recovery, REGIONS[each.location], _load(each).peak_users, Ledger(), production=True)
        for each in (before, after)
    )
    assert kept_after == kept_before


@proven
@hypothesis.given(MEASURED, WORKLOADS)
def test_an_unmeasured_year_s_end_keeps_its_multiple_of_a_normal_day(
    measured: Measured, workload: dict[str, object]
) -> None:
    hypothesis.assume(not any(Season.YEAR_END in each.peaks for each in measured.values()))
    before = profile_with(**workload).workload
    after = propose(profile_with(**workload), measured, "acme.yaml").workload
    assert after.peak_factor * after.year_end_factor >= before.peak_factor * before.year_end_factor - 1e-6


@proven
@hypothesis.given(MEASURED, WORKLOADS)
def test_a_second_look_at_the_same_month_proposes_nothing_more_than_fits(
    measured: Measured, workload: dict[str, object]
) -> None:
    hypothesis.assume(Metric.DATABASE_CPU_PERCENT not in measured)  # of a server that would have been made larger
    first = propose(profile_with(**workload), measured, "acme.yaml")
    second = propose(_profile(first.workload), measured, "acme.yaml")
    assert [change for change in second.changes if change.after > change.before] == []


@proven
@hypothesis.given(MEASURED, WORKLOADS)
def test_every_change_has_its_reason(measured: Measured, workload: dict[str, object]) -> None:
    judged: tuple[Change, ...] = propose(profile_with(**workload), measured, "acme.yaml").judged
    assert all(change.because.endswith(".") for change in judged)
    assert len({change.key for change in judged}) == len(judged)
    assert set(WORKLOAD) | {"year_end_factor", "database_growth_gib_per_year"} >= {change.key for change in judged}
