"""An explicit topology that the assessment would not choose is a warning; what nobody can give is refused."""

from __future__ import annotations

import pytest

from stacks.planning.assessment.advice import contradictions, refusals
from tests.unit.planning.assessment.profiles import Values, environment_with

GROUP: Values = {"workload.concurrent_users": 450, "workload.legal_entities": 14}
SUBSIDIARIES: Values = {"workload.isolated_subsidiaries": 18}


@pytest.mark.parametrize(
    ("topology", "changes"),
    [
        ("dedicated-vm", {}),
        ("auto", {}),
        ("dedicated-aks", GROUP),
        ("auto", GROUP),
        ("dedicated-vm", GROUP | {"environment.class": "staging"}),
        ("dedicated-aks", {"environment.class": "staging"}),
    ],
)
def test_nothing_is_said_of_the_recommended_topology_nor_below_production(topology: str, changes: Values) -> None:
    assert contradictions(environment_with(topology, changes)) == ()


@pytest.mark.parametrize(
    ("topology", "changes", "beginning", "argument"),
    [
        (
            "dedicated-vm",
            GROUP,
            "environment.topology is dedicated-vm, but dedicated-aks is recommended. ",
            "people at work on the busiest day: 675 (Every machine carries all pools",
        ),
        (
            "dedicated-aks",
            {},
            "environment.topology is dedicated-aks, but dedicated-vm is recommended. ",
            "people at work on the busiest day: 225 (A handful of machines carries them.)",
        ),
        (
            "auto",
            SUBSIDIARIES,
            "environment.topology is dedicated-aks, but multi-tenant-aks is recommended. ",
            "workload.isolated_subsidiaries: 18 (Companies in one database are parted by record rules alone",
        ),
    ],
)
def test_another_topology_is_a_warning_that_says_why(
    topology: str, changes: Values, beginning: str, argument: str
) -> None:
    (warning,) = contradictions(environment_with(topology, changes))
    assert warning.startswith(beginning + argument)


def test_a_warning_quotes_two_arguments_each_once() -> None:
    (warning,) = contradictions(environment_with("dedicated-vm", GROUP))
    assert warning.count("people at work on the busiest day") == 1
    assert "workload.legal_entities: 14" in warning


def test_what_planning_refuses_by_itself_is_not_refused_twice() -> None:
    assert refusals(environment_with("dedicated-vm", {"recovery.rpo_minutes": 1})) == ()


def test_what_no_topology_gives_is_refused_at_its_setting() -> None:
    settings = environment_with(
        "dedicated-vm",
        {
            "location": "ukwest",
            "recovery.region": "uksouth",
            "governance.allowed_regions": ["uksouth", "ukwest"],
            "governance.criticality": "mission-critical",
        },
    )
    (problem,) = refusals(settings)
    assert (problem.path, problem.allowed) == ("azure-native:location", "uksouth")
    elsewhere = environment_with(
        "dedicated-vm",
        {"recovery.region": "swedencentral", "governance.allowed_regions": ["westeurope", "swedencentral"]},
    )
    assert [problem.path for problem in refusals(elsewhere)] == ["odoo-azure:governance.allowed_regions"]
