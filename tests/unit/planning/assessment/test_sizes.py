"""An assessment says what the environment's plan will say, each figure with its reason, and never less for more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from random import Random

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.assemble import make_plan
from stacks.planning.assemble_machines import make_machine_plan
from stacks.planning.assessment.assess import assess
from stacks.planning.assessment.case import case_of
from stacks.planning.assessment.model import Assessment
from stacks.planning.assessment.sizing import size_environment
from stacks.planning.assessment.turns import DRIVERS
from stacks.planning.database_sizing import database_load, journal_growth_gib
from stacks.planning.odoo_load import odoo_load
from stacks.planning.plan import Reason
from stacks.planning.regions import REGIONS
from stacks.planning.sizes import D8, D16, E8, E16, vcores
from stacks.profile import Profile, profile_of
from stacks.scalars import Topology
from stacks.settings import Settings
from stacks.tenant_scalars import Tier
from tests.unit.planning.assessment.profiles import (
    ENTERPRISE,
    PROFILES,
    SUBSIDIARIES,
    Values,
    environment_with,
    profile_with,
    values_with,
)
from tests.unit.planning.examples import CHANGES, changed

VM, AKS = Topology.DEDICATED_VM, Topology.DEDICATED_AKS
properties = hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
OUR_OWN = {"network.smallest_address_space", "network.smallest_pod_range"}
"""Of a profile, which has no addresses yet."""


def _assessed(changes: Values) -> Assessment:
    return assess(Profile.model_validate(values_with(changes)))


def _sizes(assessment: Assessment) -> dict[str, str]:
    return {reason.subject: reason.value for reason in assessment.sizes}


def _users_and_workers(assessment: Assessment) -> list[tuple[int, int]]:
    return [(season.users, season.processes["web"]) for season in assessment.seasons]


def test_the_mid_market_case() -> None:
    assessment = _assessed({})
    sizes = _sizes(assessment)
    assert assessment.topology == "dedicated-vm"
    assert assessment.unmet == ()
    assert [(season.users, season.processes["web"]) for season in assessment.seasons] == [
        (150, 27),
        (225, 40),
        (225, 40),
    ]
    assert [season.instances for season in assessment.seasons] == [{"app": 3, "operations": 1}] * 3
    assert sizes["machines.vm_size"] == "Standard_D16ads_v5"
    assert (sizes["machines.min_instances"], sizes["machines.max_instances"]) == ("3", "4")
    assert (sizes["database.sku_name"], sizes["database.storage_gib"]) == ("Standard_E8ads_v5", "256")
    assert (sizes["cache.sku_name"], sizes["network.smallest_address_space"]) == ("Balanced_B1", "/22")


def test_the_group_with_many_companies() -> None:
    assessment = _assessed(ENTERPRISE)
    sizes = _sizes(assessment)
    assert assessment.topology == "dedicated-aks"
    # 450 people and five a worker; 810 at a month-end, 973 at the year's; three more for twelve integrations
    assert [(season.users, season.processes["web"]) for season in assessment.seasons] == [
        (450, 93),
        (810, 165),
        (973, 198),
    ]
    assert [season.instances["web"] for season in assessment.seasons] == [12, 18, 21]
    assert {season.always_on["web"] for season in assessment.seasons} == {12}
    assert [month.load_processes for month in assessment.year] == [198, *[165] * 10, 198]
    assert {(month.standing_processes, month.capacity_processes) for month in assessment.year} == {(100, 200)}
    assert sizes["cluster.pools.web"] == "12 to 27 x Standard_D8ads_v5"
    assert sizes["database.sku_name"] == "Standard_E32ads_v5"
    assert sizes["odoo.reads_from_replica"] == "True"
    assert sizes["network.smallest_pod_range"] == "/18"


def test_the_subsidiaries_that_are_kept_apart() -> None:
    assessment = _assessed(SUBSIDIARIES)
    sizes = _sizes(assessment)
    assert assessment.topology == "multi-tenant-aks"
    assert (sizes["platform.capacity.standard"], sizes["servers.slots"]) == ("18", "1 servers of 20 slots")
    assert sizes["cluster.pools.web"] == "3 to 14 x Standard_D8ads_v5"
    # Three workers a pod: three pods of each on a normal day, four at the close.
    assert [season.processes["web"] for season in assessment.seasons] == [18 * 9, 18 * 12, 18 * 12]
    assert not any(subject.startswith(("servers.names", "traefik.isolated")) for subject in sizes)


@pytest.mark.parametrize(
    ("users", "tier", "own"), [(18 * 40, "standard", False), (18 * 41, "priority", False), (18 * 101, "isolated", True)]
)
def test_subsidiaries_get_the_smallest_tier_that_they_fit(users: int, tier: str, own: bool) -> None:
    assessment = _assessed({**SUBSIDIARIES, "workload.concurrent_users": users, "workload.peak_factor": 1})
    assert _sizes(assessment)[f"platform.capacity.{tier}"] == "18"
    assert ("own" in assessment.seasons[0].instances) is own
    assert assessment.unmet == ()


@pytest.mark.parametrize(("count", "users"), [(300, 5000), (100, 4900), (20, 5000)], ids=list(Tier))
@pytest.mark.parametrize("location", ["westeurope", "ukwest"])
def test_the_largest_platform_of_each_tier_can_be_had(count: int, users: int, location: str) -> None:
    changes: Values = {"workload.concurrent_users": users, "workload.isolated_subsidiaries": count}
    assessment = _assessed({**changes, "location": location, "recovery.region": REGIONS[location].pair})
    assert assessment.unmet == ()
    assert int(_sizes(assessment)["platform.tenants_per_server"]) in {15, 20}


def test_subsidiaries_that_no_tier_takes_are_told_so() -> None:
    assessment = _assessed({**SUBSIDIARIES, "workload.concurrent_users": 5000, "workload.isolated_subsidiaries": 5})
    assert [(unmet.path, unmet.found) for unmet in assessment.unmet] == [
        ("workload.concurrent_users", "1000 people and 40 GiB of database for each subsidiary")
    ]


def test_more_isolated_subsidiaries_than_a_platform_takes_are_told_so() -> None:
    assessment = _assessed({**SUBSIDIARIES, "workload.concurrent_users": 5000, "workload.isolated_subsidiaries": 40})
    assert {unmet.path for unmet in assessment.unmet} == {"workload.isolated_subsidiaries"}
    assert assessment.sizes == ()


def _unlike(settings: Settings, topology: Topology, planned: tuple[Reason, ...]) -> list[Reason]:
    """Sizes of the assessment that the plan gives otherwise, or for another reason."""
    plan = {reason.subject: reason for reason in planned}
    sized = size_environment(case_of(profile_of(settings)), topology)
    assert sized.unmet == ()
    return [reason for reason in sized.reasons if reason.subject not in OUR_OWN and reason != plan.get(reason.subject)]


@properties
@given(CHANGES)
def test_sizes_of_a_cluster_are_those_of_its_plan(changes: Values) -> None:
    settings = Settings.from_config(changed(changes))
    assert _unlike(settings, AKS, make_plan(settings).reasons) == []


@pytest.mark.parametrize("users", [1, 150, 300, 390])
@pytest.mark.parametrize("kind", ["production", "staging"])
def test_sizes_of_machines_are_those_of_their_plan(users: int, kind: str) -> None:
    settings = environment_with("dedicated-vm", {"workload.concurrent_users": users, "environment.class": kind})
    assert _unlike(settings, VM, make_machine_plan(settings).reasons) == []


@properties
@given(PROFILES)
def test_every_figure_has_a_reason_and_the_budget_of_connections_holds(profile: Profile) -> None:
    assessment = assess(profile)
    assert all(reason.because and reason.value for reason in assessment.sizes)
    assert len({reason.subject for reason in assessment.sizes}) == len(assessment.sizes)
    assert all(unmet.path and unmet.found and unmet.allowed and unmet.remedy for unmet in assessment.unmet)
    sizes = _sizes(assessment)
    if not assessment.unmet and "odoo.connections.max_connections" in sizes:
        most = int(sizes["odoo.connections.max_connections"])
        assert most <= int(sizes["odoo.connections.server_limit"])
        assert all(season.connections < most for season in assessment.seasons)


@properties
@given(PROFILES)
def test_capacity_stands_against_every_month_and_never_less_than_what_always_stands(profile: Profile) -> None:
    assessment = assess(profile)
    assert [month.month for month in assessment.year] == list(range(1, 13))
    if assessment.topology != "multi-tenant-aks":
        for month in assessment.year:
            assert month.load_processes <= month.capacity_processes
            assert month.standing_processes <= month.capacity_processes
        normal, month_end, year_end = assessment.seasons
        for kind, count in normal.instances.items():
            assert count <= month_end.instances[kind] <= year_end.instances[kind]


LOADS = [driver for driver in DRIVERS if driver.section == "workload" and driver.key != "isolated_subsidiaries"]


@properties
@given(PROFILES, st.sampled_from(LOADS), st.floats(0, 1), st.sampled_from([VM, AKS]))
def test_more_load_never_gets_less(profile: Profile, driver: object, part: float, topology: Topology) -> None:
    assert isinstance(driver, type(DRIVERS[0]))
    here = round(driver.value(profile) * driver.steps)
    more = driver.moved(profile, round(here + (driver.most * driver.steps - here) * part))
    small, large = (_capacity(driver.moved(profile, here), topology), _capacity(more, topology))
    assert [name for name in small if large[name] < small[name]] == []


def _capacity(profile: Profile, topology: Topology) -> dict[str, float]:
    sized = size_environment(case_of(profile), topology)
    values = {reason.subject: reason.value for reason in sized.reasons}
    return (
        _machines(values)
        if topology is VM
        else {"most": sized.surviving, "least": sized.standing}
        | {
            "database": vcores(values["database.sku_name"]),
            "disk": int(values["database.storage_gib"]),
            "connections": int(values["odoo.connections.max_connections"]),
            "share": int(values["storage.file_share_gib"]),
            "logs": float(values["monitoring.daily_cap_gib"]),
        }
    )


def _machines(values: Mapping[str, str]) -> dict[str, float]:
    size = next(size for size in (D8, D16, E8, E16) if size.vm_size == values["machines.vm_size"])
    return {
        "processors": size.vcpus,
        "memory": size.memory_gib,
        "least": int(values["machines.min_instances"]),
        "most": int(values["machines.max_instances"]),
    }


@properties
@given(PROFILES, st.randoms(use_true_random=False))
def test_the_order_of_lists_changes_nothing(profile: Profile, random: Random) -> None:
    batches = [
        {"name": name, "pool": "reporting", "days": days, "start": start, "hours": 2}
        for name, days, start in (("a", ["monday", "friday"], 1), ("b", ["sunday"], 4), ("c", ["tuesday"], 5))
    ]
    regions = ["westeurope", "northeurope", "swedencentral"]

    def shuffled(compliance: list[str]) -> Assessment:
        changes = {"batches": random.sample(batches, 3), "regions": random.sample(regions, 3)}
        values = profile.model_dump(mode="json", by_alias=True)
        values["workload"]["compliance"] = compliance
        values["calendar"]["batches"] = changes["batches"]
        values["governance"]["allowed_regions"] = changes["regions"]
        return assess(Profile.model_validate(values))

    names: list[str] = list(profile.workload.compliance)
    assert asdict(shuffled(names)) == asdict(shuffled(names[::-1]))


def test_what_a_profile_need_not_say_changes_no_plan() -> None:
    said = profile_with().workload
    silent = said.model_copy(update={"customisation": "none", "compliance": [], "releases_per_month": 0})
    assert odoo_load(silent, queue_jobs=True) == odoo_load(said, queue_jobs=True)
    assert asdict(odoo_load(said, queue_jobs=True)) == {
        "peak_users": 225,
        "normal_web_workers": 27,
        "peak_web_workers": 40,
        "normal_queue_processes": 2,
        "queue_processes": 3,
        "normal_reporting_processes": 2,
        "reporting_processes": 3,
        "cron_processes": 2,
        "websocket_processes": 1,
    }


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"workload__year_end_factor": 2}, "peak_users", 450),
        ({"workload__customisation": "heavy"}, "normal_web_workers", 30 + 2),
        ({"workload__journal_lines_per_month": 10_000_000}, "queue_processes", 2 + 2),  # 100,000 an hour, 20 a second
        ({"workload__reports_per_day": 1000}, "normal_reporting_processes", 4),  # 200 minutes of work in an hour
        ({"workload__reports_per_day": 1000}, "reporting_processes", 5),
        ({"workload__scheduled_jobs": 21}, "cron_processes", 2 + 2),
    ],
)
def test_what_a_business_does_more_makes_more_processes(changes: Values, field: str, value: int) -> None:
    load = odoo_load(profile_with(**changes).workload, queue_jobs=True)
    assert getattr(load, field) == value


def test_journal_entries_and_attachments_grow_the_stores_that_hold_them() -> None:
    workload = profile_with(workload__journal_lines_per_month=5_000_000).workload
    assert journal_growth_gib(workload) == 172  # 60 million rows of 3 KiB
    assert database_load(workload, odoo_load(workload, queue_jobs=True)).data_gib == 60 + 2 * 172
    small, large = (
        _sizes(
            _assessed(
                {
                    "odoo.attachments": "shared-files",
                    "workload.attachments_gib": 200,
                    "workload.attachments_growth_gib_per_year": growth,
                }
            )
        )
        for growth in (50, 200)
    )
    assert small["storage.file_share_gib"] == "320"  # 300 and 16, in steps of 32
    assert large["storage.file_share_gib"] == "640"  # 600 and 16
