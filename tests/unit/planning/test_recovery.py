"""What keeps the database follows from what may be lost, and what cannot be kept is said."""

from __future__ import annotations

import pytest

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from tests.unit.planning.examples import because, plan_with, settings_with

NO_ZONES = {
    "location": "ukwest",
    "recovery__region": "uksouth",
    "governance__allowed_regions": ["ukwest", "uksouth"],
}
NO_PAIR = {
    "location": "italynorth",
    "recovery__region": "westeurope",
    "governance__allowed_regions": ["italynorth", "westeurope"],
}


def test_production_survives_a_zone_and_a_region() -> None:
    database = plan_with().database
    assert (database.high_availability, database.geo_redundant_backup) == ("ZoneRedundant", True)


def test_production_without_zones_has_a_standby_and_a_warning() -> None:
    plan = plan_with(**NO_ZONES)
    assert plan.database.high_availability == "SameZone"
    assert plan.zones == ()
    assert {pool.zones for pool in plan.cluster.pools.values()} == {()}
    assert any("no availability zones" in warning for warning in plan.warnings)


def test_production_without_a_pair_has_no_geo_backup_and_a_warning() -> None:
    plan = plan_with(**NO_PAIR)
    assert not plan.database.geo_redundant_backup
    assert any("only exported backups are left" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("rto_minutes", "users", "replica"), [(719, 10, True), (720, 10, False), (720, 200, True), (720, 199, False)]
)
def test_a_short_recovery_or_many_users_ask_for_a_replica(rto_minutes: int, users: int, *, replica: bool) -> None:
    plan = plan_with(recovery__rto_minutes=rto_minutes, workload__concurrent_users=users)
    assert plan.database.read_replica is replica
    assert because(plan, "database.read_replica")


@pytest.mark.parametrize(("rto_minutes", "availability"), [(119, "SameZone"), (120, "Disabled")])
@pytest.mark.parametrize("environment_class", ["staging", "development"])
def test_below_production_only_a_short_recovery_pays_for_a_standby(
    environment_class: str, rto_minutes: int, availability: str
) -> None:
    database = plan_with(environment__class=environment_class, recovery__rto_minutes=rto_minutes).database
    assert database.high_availability == availability
    assert not database.read_replica
    assert not database.geo_redundant_backup


def test_staging_has_fewer_nodes_and_no_sla() -> None:
    production, staging = plan_with().cluster, plan_with(environment__class="staging").cluster
    assert (production.sku_tier, staging.sku_tier) == ("Standard", "Free")
    assert (production.pools["system"].min_nodes, staging.pools["system"].min_nodes) == (3, 2)
    assert staging.pools["jobs"].min_nodes < production.pools["jobs"].min_nodes


@pytest.mark.parametrize(("rpo", "rto", "warned"), [(5, 720, True), (60, 60, True), (60, 720, False)])
def test_objectives_that_a_restore_breaks_are_said(rpo: int, rto: int, *, warned: bool) -> None:
    plan = plan_with(recovery__rpo_minutes=rpo, recovery__rto_minutes=rto)
    assert any("geo-restore after the loss of the region up to 60" in warning for warning in plan.warnings) is warned


def test_losing_less_than_a_restore_does_is_refused() -> None:
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings_with(recovery__rpo_minutes=4))
    (problem,) = refusal.value.problems
    assert (problem.path, problem.found, problem.remedy) == ("odoo-azure:recovery.rpo_minutes", "4", "set it to 5")


def test_productions_recovery_is_in_the_paired_region() -> None:
    allowed = ["westeurope", "swedencentral"]
    changes = {"recovery__region": "swedencentral", "governance__allowed_regions": allowed}
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings_with(**changes))
    problem, also = refusal.value.problems
    assert problem.path == "odoo-azure:recovery.region"
    assert also.path == "odoo-azure:governance.allowed_regions"
    assert problem.allowed.startswith("northeurope, the pair of westeurope")
    assert make_plan(settings_with(environment__class="staging", **changes)).recovery_region == "swedencentral"


def test_all_that_cannot_be_planned_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        make_plan(
            settings_with(
                recovery__rpo_minutes=1,
                network__pod_range="192.168.0.0/20",
                environment__name="longone",
                environment__application="another",
                calendar__maintenance={"day": "monday", "hour": 9},
            )
        )
    assert {problem.path.removeprefix("odoo-azure:") for problem in refusal.value.problems} == {
        "recovery.rpo_minutes",
        "network.pod_range",
        "environment.name",
        "calendar.maintenance",
    }
