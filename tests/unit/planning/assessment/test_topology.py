"""The recommended topology follows from a rule, and so does where it changes."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.assessment.arguments import arguments_of
from stacks.planning.assessment.case import case_of
from stacks.planning.assessment.criteria import CRITERIA, WEIGHING_ENOUGH
from stacks.planning.assessment.topology import choose, recommended
from stacks.planning.assessment.turns import DRIVERS, turns_of
from stacks.planning.ledger import Ledger
from stacks.planning.machines import plan_machines
from stacks.profile import Profile, profile_of
from stacks.scalars import Topology
from tests.unit.planning.assessment.profiles import (
    ENTERPRISE,
    PROFILES,
    SUBSIDIARIES,
    Values,
    environment_with,
    profile_with,
    values_with,
)

VM, AKS, PLATFORM = Topology.DEDICATED_VM, Topology.DEDICATED_AKS, Topology.MULTI_TENANT_AKS
SIMPLICITY = {VM: 0, AKS: 1, PLATFORM: 2}
properties = hypothesis.settings(max_examples=25, deadline=None, derandomize=True)


def _recommended(profile: Profile) -> Topology:
    return recommended(case_of(profile))


@pytest.mark.parametrize(
    ("changes", "topology"), [({}, VM), (ENTERPRISE, AKS), (SUBSIDIARIES, PLATFORM)], ids=["mid", "group", "subs"]
)
def test_each_reference_case_has_its_topology(changes: Values, topology: Topology) -> None:
    assert _recommended(Profile.model_validate(values_with(changes))) is topology


@pytest.mark.parametrize(
    ("key", "last", "first", "topology"),
    [
        ("isolated_subsidiaries", 4, 5, PLATFORM),
        ("concurrent_users", 399, 400, AKS),  # 598.5 and 600 people on the busiest day
        ("scheduled_jobs", 240, 241, AKS),  # 12 and 13 processes of 20 each, beside 2 of cron and 3 of the queue
    ],
)
def test_what_is_binding_decides_alone_from_its_threshold_on(
    key: str, last: int, first: int, topology: Topology
) -> None:
    assert _recommended(profile_with(**{f"workload__{key}": last})) is VM
    assert _recommended(profile_with(**{f"workload__{key}": first})) is topology


WEIGHING: Values = {
    "workload__legal_entities": 10,
    "workload__integrations": 12,
    "workload__releases_per_month": 4,
    "workload__customisation": "heavy",
    "workload__compliance": ["dora"],
    "workload__peak_factor": 2.5,
    "recovery__rto_minutes": 30,
    "calendar__batches": [{"name": "runs", "pool": "queue", "start": 4, "hours": 2}],
}


@pytest.mark.parametrize("left_out", list(WEIGHING))
def test_weighing_arguments_decide_together_and_never_one_or_two(left_out: str) -> None:
    keys = [key for key in WEIGHING if key != left_out]
    for first, second, third in zip(keys, keys[1:], keys[2:], strict=False):
        changes = {"workload__concurrent_users": 100, first: WEIGHING[first], second: WEIGHING[second]}
        assert _recommended(profile_with(**changes)) is VM
        assert _recommended(profile_with(**changes, **{third: WEIGHING[third]})) is AKS
    assert WEIGHING_ENOUGH == 3


def test_no_machine_is_recommended_that_planning_refuses_and_none_withheld_for_want_of_room() -> None:
    limit = next(each for each in CRITERIA if each.binding and "jobs" in each.subject).threshold
    for jobs in range(0, 1000, 20):
        case = case_of(profile_with(workload__scheduled_jobs=jobs))
        ledger = Ledger()
        plan_machines(case.load, 3, ledger, production=True)
        assert bool(ledger.problems) == (case.leading_processes >= limit)


@properties
@given(PROFILES, st.sampled_from(DRIVERS), st.floats(0, 1))
def test_more_of_anything_never_leads_back_to_a_simpler_topology(profile: Profile, driver: object, part: float) -> None:
    assert isinstance(driver, type(DRIVERS[0]))
    here = round(driver.value(profile) * driver.steps)
    strict = driver.least if driver.key == "rto_minutes" else driver.most
    more = round(here + (strict * driver.steps - here) * part)
    assert SIMPLICITY[_recommended(driver.moved(profile, more))] >= SIMPLICITY[_recommended(profile)]


@properties
@given(PROFILES)
def test_a_turn_is_the_first_value_with_another_answer(profile: Profile) -> None:
    for turn in turns_of(profile):
        driver = next(driver for driver in DRIVERS if driver.path == turn.setting)
        here, there = round(driver.value(profile) * driver.steps), round(float(turn.at) * driver.steps)
        before = there - (1 if there > here else -1)
        assert turn.topology == _recommended(driver.moved(profile, there)).value != _recommended(profile).value
        if before != here:
            assert _recommended(driver.moved(profile, before)) is _recommended(profile)


def test_the_decision_lists_every_criterion_as_it_is() -> None:
    text = Path("docs/decisions/0019-topology-by-criteria.md").read_text(encoding="utf-8")
    rows = [
        line.strip("| ").split(" | ")
        for line in text.splitlines()
        if line.endswith("binding |") or line.endswith("weighing |")
    ]
    for (subject, threshold, beyond, weight), criterion in zip(rows, CRITERIA, strict=True):
        assert threshold.split(",")[0] == criterion.turns_at.replace(" or more", "").replace(" minutes", "")
        assert (beyond.strip("`"), weight == "binding") == (criterion.beyond.value, criterion.binding)
        if criterion.subject.startswith(("workload.", "calendar.", "recovery.")):
            assert subject == f"`{criterion.subject}`"


def test_turns_of_the_mid_market_case() -> None:
    turns = {turn.setting: (turn.found, turn.at, turn.topology) for turn in turns_of(profile_with())}
    assert turns == {
        "workload.concurrent_users": ("150", "400", "dedicated-aks"),
        "workload.peak_factor": ("1.5", "4", "dedicated-aks"),
        "workload.year_end_factor": ("1", "2.7", "dedicated-aks"),
        "workload.invoices_per_month": ("8000", "468001", "dedicated-aks"),
        "workload.legal_entities": ("3", "131", "dedicated-aks"),
        "workload.integrations": ("6", "57", "dedicated-aks"),
        "workload.journal_lines_per_month": ("0", "92000001", "dedicated-aks"),
        "workload.scheduled_jobs": ("0", "241", "dedicated-aks"),
        "workload.isolated_subsidiaries": ("0", "5", "multi-tenant-aks"),
    }


@properties
@given(PROFILES)
def test_every_criterion_says_something_and_the_binding_ones_come_first(profile: Profile) -> None:
    case = case_of(profile)
    arguments = arguments_of(case)
    assert {each.subject for each in CRITERIA} <= {argument.subject for argument in arguments}
    assert all(argument.because and argument.found for argument in arguments)
    binding = [argument.binding for argument in arguments]
    assert binding == sorted(binding, reverse=True)
    deciding = [argument for argument in arguments if argument.binding and argument.speaks_for]
    if deciding:
        assert deciding[0].topology == recommended(case).value


def test_an_environment_whose_subsidiaries_want_a_platform_gets_a_cluster() -> None:
    settings = environment_with("auto", {"workload.isolated_subsidiaries": 18})
    assert recommended(case_of(profile_of(settings))) is PLATFORM
    assert choose(settings) is AKS
    assert choose(environment_with("auto")) is VM
