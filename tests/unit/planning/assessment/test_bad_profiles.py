"""A bad profile is refused with every error at once; what nobody can give is told with what can be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.errors import Problem, SettingsError
from stacks.planning.assessment.assess import assess
from stacks.profile import Profile, load_profile, profile_of
from tests.unit.planning.assessment.profiles import MIDMARKET, Values, environment_with, profile_with, values_with


def _written(directory: Path, values: Values) -> Path:
    path = directory / "profile.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path


def _problems(directory: Path, changes: Values) -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as refused:
        load_profile(_written(directory, values_with(changes)))
    assert refused.value.file == "profile.yaml"
    return refused.value.problems


def test_a_profile_is_what_its_file_says(tmp_path: Path) -> None:
    profile = load_profile(_written(tmp_path, MIDMARKET))
    assert profile == profile_with()
    assert profile.production
    assert profile.governance.allowed_regions is None


def test_the_profile_of_an_environment_says_of_its_settings_what_sizes_follow_from() -> None:
    settings = environment_with("dedicated-aks", {"governance.data_classification": "restricted"})
    profile = profile_of(settings)
    assert profile.workload == settings.workload
    assert profile.calendar == settings.calendar
    assert profile.governance.model_dump() == {
        "allowed_regions": ["westeurope", "northeurope"],
        "data_classification": "restricted",
        "criticality": "medium",
    }
    assert (profile.name, profile.location, profile.odoo.queue_jobs) == ("prod", "westeurope", True)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("workload.concurrent_users", 0),
        ("workload.concurrent_users", -5),
        ("workload.concurrent_users", 10**9),
        ("workload.peak_factor", 0.5),
        ("workload.peak_factor", float("nan")),
        ("workload.year_end_factor", 4),
        ("workload.invoices_per_month", -1),
        ("workload.journal_lines_per_month", -1),
        ("workload.legal_entities", 0),
        ("workload.isolated_subsidiaries", 301),
        ("workload.database_gib", 0),
        ("workload.customisation", "some"),
        ("workload.releases_per_month", 1.5),
        ("recovery.rpo_minutes", 0),
        ("recovery.rto_minutes", -60),
        ("calendar.timezone", "Mars/Olympus"),
        ("location", "atlantis"),
        ("class", "toy"),
        ("governance.allowed_regions", []),
        ("odoo.image", "odoo"),
        ("unknown", 1),
        ("name", ""),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_path(tmp_path: Path, path: str, value: object) -> None:
    problems = _problems(tmp_path, {path: value})
    assert [problem.path for problem in problems] == [path]
    assert all(problem.found and problem.allowed and problem.remedy for problem in problems)


def test_every_error_is_told_at_once_and_with_its_line(tmp_path: Path) -> None:
    problems = _problems(
        tmp_path,
        {"workload.concurrent_users": 0, "workload.compliance": ["sox", "gdpr2"], "recovery.region": "westeurope"},
    )
    assert [(problem.path, problem.line) for problem in problems] == [
        ("workload.concurrent_users", 4),
        ("workload.compliance[1]", 12),
        ("recovery.region", 16),
    ]


@pytest.mark.parametrize(
    ("changes", "path", "found"),
    [
        (
            {"recovery.region": "westeurope"},
            "recovery.region",
            '"westeurope", where the environment itself is (location)',
        ),
        (
            {"governance.allowed_regions": ["westeurope"]},
            "recovery.region",
            '"northeurope", which governance.allowed_regions does not have',
        ),
        (
            {"calendar.business_hours": {"start": 18, "end": 8}},
            "calendar.business_hours.end",
            "8, while calendar.business_hours.start is 18",
        ),
        (
            {
                "odoo.queue_jobs": False,
                "calendar.batches": [{"name": "runs", "pool": "queue", "start": 4, "hours": 2}],
            },
            "calendar.batches[0].pool",
            '"queue", while odoo.queue_jobs is false',
        ),
        ({"governance.criticality": "low"}, "governance.criticality", '"low", while class is production'),
        (
            {"governance.criticality": "mission-critical", "recovery.rto_minutes": 2000},
            "recovery.rto_minutes",
            "2000, while governance.criticality is mission-critical",
        ),
        ({"class": "staging", "recovery.lock_archive": True}, "recovery.lock_archive", "true, while class is staging"),
    ],
)
def test_what_contradicts_itself_is_refused_in_the_words_of_a_profile(
    tmp_path: Path, changes: Values, path: str, found: str
) -> None:
    (problem,) = _problems(tmp_path, changes)
    assert (problem.path, problem.found) == (path, found)


def test_a_broken_section_hides_no_contradiction_of_the_others(tmp_path: Path) -> None:
    problems = _problems(tmp_path, {"governance.criticality": "huge", "recovery.region": "westeurope"})
    assert [problem.path for problem in problems] == ["recovery.region", "governance.criticality"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("", "nothing, or no mapping"), ("- a\n", "nothing, or no mapping"), ("name: [\n", "expected")],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, found: str) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load_profile(path)
    assert found in refused.value.problems[0].found


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load_profile(tmp_path / "nowhere.yaml")


MISSION_CRITICAL: Values = {"governance__criticality": "mission-critical"}


@pytest.mark.parametrize(
    ("changes", "path", "allowed"),
    [
        ({"recovery__rpo_minutes": 1}, "recovery.rpo_minutes", "5 or more"),
        ({"recovery__region": "swedencentral"}, "recovery.region", "northeurope, the pair of westeurope"),
        ({"workload__isolated_subsidiaries": 9, "recovery__rpo_minutes": 1}, "recovery.rpo_minutes", "5 or more"),
        (
            {"calendar__maintenance": {"day": "monday", "hour": 9}},
            "calendar.maintenance",
            "outside Monday to Friday 07:00 to 19:00",
        ),
        (
            {"calendar__close": {"last_working_days": 10, "first_working_days": 15}},
            "calendar.close",
            "at most 45",
        ),
        ({"workload__concurrent_users": 5000}, "workload.concurrent_users", "what 96 processors of one PostgreSQL"),
        (
            {"workload__database_gib": 16_000, "workload__database_growth_gib_per_year": 5000},
            "workload.database_gib",
            "",
        ),
        ({"location": "ukwest", "recovery__region": "uksouth"} | MISSION_CRITICAL, "location", "uksouth"),
        (
            {"location": "polandcentral"} | MISSION_CRITICAL,
            "location",
            "francecentral, francesouth, germanynorth, germanywestcentral, northeurope, swedencentral, swedensouth, "
            "westeurope",
        ),
        (
            {"governance__allowed_regions": ["westeurope", "swedencentral"], "recovery__region": "swedencentral"},
            "governance.allowed_regions",
            "northeurope too, or a location whose pair is allowed: none of those that data may be in",
        ),
        (
            {
                "location": "brazilsouth",
                "recovery__region": "southcentralus",
                "governance__data_classification": "restricted",
            },
            "governance.data_classification",
            "confidential, or a location whose pair is under the same law",
        ),
    ],
)
def test_what_cannot_be_had_is_told_with_what_can(changes: dict[str, Any], path: str, allowed: str) -> None:
    unmet = assess(profile_with(**changes)).unmet
    found = next(each for each in unmet if each.path == path)
    assert found.allowed.startswith(allowed)
    assert "odoo-azure:" not in f"{found}"


def test_what_cannot_be_had_leaves_the_other_sizes() -> None:
    assessment = assess(profile_with(recovery__rpo_minutes=1))
    assert {reason.subject for reason in assessment.sizes} >= {"database.sku_name", "machines.vm_size"}


def test_below_production_a_region_needs_neither_zones_nor_a_pair() -> None:
    changes: dict[str, Any] = {"class": "staging", "location": "polandcentral"} | MISSION_CRITICAL
    assert assess(profile_with(**changes)).unmet == ()


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"workload__compliance": ["gobd"]}, "recovery.archive_years is 7; gobd asks for 10"),
        ({"workload__isolated_subsidiaries": 4}, "workload.isolated_subsidiaries is 4: sizes are of one environment"),
        ({"class": "staging"}, "class is staging: what is tested before production"),
        (
            {"location": "brazilsouth", "recovery__region": "southcentralus"},
            "Geo-redundant backups of Brazil South (BR) go to South Central US (US)",
        ),
        (
            {"workload__isolated_subsidiaries": 9, "workload__compliance": ["dora"]},
            "dora: subsidiaries that it applies to need tier isolated",
        ),
        ({"workload__isolated_subsidiaries": 9, "workload__peak_factor": 2}, "A platform plans 1.5 times a normal day"),
    ],
)
def test_what_is_to_be_looked_at_is_a_warning(changes: dict[str, Any], warning: str) -> None:
    assert [text for text in assess(profile_with(**changes)).warnings if text.startswith(warning)]
    assert not [text for text in assess(profile_with()).warnings if text.startswith(warning)]


def test_a_profile_reads_its_own_dump(tmp_path: Path) -> None:
    profile = profile_with(workload__compliance=["sox"], governance__allowed_regions=["westeurope", "northeurope"])
    dumped = profile.model_dump(mode="json", by_alias=True)
    assert load_profile(_written(tmp_path, dumped)) == profile == Profile.model_validate(dumped)
