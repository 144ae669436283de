"""The plan is a pure function of the settings, and says why it is what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from rich.console import Console

from stacks.errors import SettingsError
from stacks.planning.__main__ import PROJECT_DIRECTORY, main
from stacks.planning.assemble import make_plan
from stacks.planning.regions import REGIONS
from stacks.planning.render import show
from stacks.planning.versions import KUBERNETES, ODOO, POSTGRESQL
from stacks.settings import Settings, load_settings_of
from tests.unit.planning.examples import CHANGES, EXAMPLE, HUB, SETTINGS, Values, changed, plan_with, properties


def _leaves(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(below, f"{path}.{key}" if path else key)
    else:
        yield path


@properties
@given(SETTINGS)
def test_every_decision_has_one_reason(settings: Settings) -> None:
    plan = make_plan(settings)
    subjects = [reason.subject for reason in plan.reasons]
    assert len(set(subjects)) == len(subjects)
    decisions = {key: value for key, value in asdict(plan).items() if key not in {"reasons", "warnings"}}
    leaves = list(_leaves(decisions))
    for leaf in leaves:
        assert any(leaf == subject or leaf.startswith(f"{subject}.") for subject in subjects), leaf
    for reason in plan.reasons:
        assert any(leaf == reason.subject or leaf.startswith(f"{reason.subject}.") for leaf in leaves), reason
        assert reason.because.endswith(".")


@properties
@given(CHANGES)
def test_the_same_settings_make_the_same_plan_whatever_their_order(changes: Values) -> None:
    values = changed(changes)
    backwards = {
        key: dict(reversed(section.items())) if isinstance(section, dict) else section
        for key, section in reversed(values.items())
    }
    backwards["odoo-azure:network"]["client_ranges"] = values["odoo-azure:network"]["client_ranges"][::-1]
    backwards["odoo-azure:governance"]["allowed_regions"] = values["odoo-azure:governance"]["allowed_regions"][::-1]
    if values["odoo-azure:network"]["hub"]:
        backwards["odoo-azure:network"]["hub"] = HUB | {"address_space": HUB["address_space"][::-1]}
    assert make_plan(Settings.from_config(backwards)) == make_plan(Settings.from_config(values))


def test_tags_name_who_answers_and_who_pays() -> None:
    assert plan_with().tags == {
        "application": "odoo",
        "business-unit": "Group Finance",
        "cost-center": "CC-1",
        "criticality": "medium",
        "data-classification": "confidential",
        "environment": "prod",
        "managed-by": "pulumi",
        "owner": "finance@acme.example",
    }


@pytest.mark.parametrize(
    ("plan_from", "word"),
    [("2026-12-01", None), ("2027-03-05", "ends on 2027-09-01"), ("2027-09-01", "ended on 2027-09-01")],
)
def test_the_end_of_a_versions_support_is_announced(plan_from: str, word: str | None) -> None:
    warnings = [warning for warning in plan_with(calendar__plan_from=plan_from).warnings if "Odoo 18.0" in warning]
    assert len(warnings) == (word is not None)
    assert all(str(word) in warning for warning in warnings)


def test_pins_say_when_they_end_and_who_says_so() -> None:
    for pin in (KUBERNETES, POSTGRESQL, *ODOO.values()):
        assert pin.supported_until.year >= 2026
        assert pin.source
    assert plan_with().cluster.kubernetes_version == KUBERNETES.version
    assert plan_with().database.postgres_version == POSTGRESQL.version


def test_passwords_expire_a_year_after_the_calendars_start() -> None:
    assert plan_with(calendar__plan_from="2026-12-01").password_expires_on == "2027-12-01"


def test_regions_know_their_pairs_and_have_codes_of_their_own() -> None:
    assert len({region.code for region in REGIONS.values()}) == len(REGIONS)
    assert all(region.name == name for name, region in REGIONS.items())
    assert all(region.pair in REGIONS for region in REGIONS.values() if region.pair)
    assert REGIONS["westeurope"].pair == "northeurope"
    assert REGIONS["italynorth"].pair is None
    assert not REGIONS["ukwest"].has_zones


def test_a_cache_that_a_region_may_lack_is_announced() -> None:
    irish = plan_with(location="northeurope", recovery__region="westeurope")
    assert any("Managed Redis" in warning for warning in irish.warnings)
    assert not any("Managed Redis" in warning for warning in plan_with().warnings)


def test_production_as_shipped() -> None:
    plan = make_plan(load_settings_of(Settings, PROJECT_DIRECTORY / "Pulumi.prod.yaml"))
    assert plan.database.high_availability == "ZoneRedundant"
    assert plan.database.read_replica
    assert plan.database.geo_redundant_backup
    assert (plan.location, plan.recovery_region, plan.zones) == ("westeurope", "northeurope", ("1", "2", "3"))
    assert plan.cache.high_availability


def test_staging_as_shipped_is_cheaper() -> None:
    production, staging = (
        make_plan(load_settings_of(Settings, PROJECT_DIRECTORY / f"Pulumi.{stack}.yaml"))
        for stack in ("prod", "staging")
    )
    assert staging.database.high_availability == "Disabled"
    assert staging.cluster.sku_tier == "Free"
    for name, pool in staging.cluster.pools.items():
        assert pool.max_nodes < production.cluster.pools[name].max_nodes
    assert staging.database.storage_gib < production.database.storage_gib
    own, other = (
        {name for name in asdict(plan.names).values() if isinstance(name, str)} for plan in (staging, production)
    )
    assert own.isdisjoint(other)


def test_the_command_prints_every_decision_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prod"]) == 0
    printed = capsys.readouterr().out
    for word in (
        *("Database", "Cluster", "Names", "ZoneRedundant", "aks-odoo-prod-we", "Warning:"),
        *("Odoo's pools", "Connections", "queue-runner", "Scaling windows (Europe/Amsterdam)"),
    ):
        assert word in printed


def test_a_plan_without_windows_prints_no_table_of_them() -> None:
    console = Console(record=True, width=120, file=StringIO())
    show(plan_with(calendar__close={"last_working_days": 0, "first_working_days": 0}), console)
    printed = console.export_text()
    assert "Connections" in printed
    assert "Scaling windows" not in printed


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staging", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    plan = make_plan(load_settings_of(Settings, PROJECT_DIRECTORY / "Pulumi.staging.yaml"))
    assert printed == json.loads(json.dumps(asdict(plan)))


def test_an_unknown_stack_names_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prodd"]) == 2
    complaint = capsys.readouterr().err
    assert "Pulumi.prod.yaml" in complaint
    assert "Pulumi.staging.yaml" in complaint
    assert "Traceback" not in complaint


def test_settings_that_cannot_be_planned_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = changed({"recovery.rpo_minutes": 1}, EXAMPLE)
    (tmp_path / "Pulumi.small.yaml").write_text(json.dumps({"config": values}), encoding="utf-8")
    assert main(["small"], tmp_path) == 2
    complaint = capsys.readouterr().err
    assert "Pulumi.small.yaml cannot be used" in complaint
    assert "odoo-azure:recovery.rpo_minutes" in complaint


def test_errors_name_a_file_even_without_one() -> None:
    with pytest.raises(SettingsError, match=r"Pulumi\.<stack>\.yaml"):
        plan_with(recovery__rpo_minutes=1)
