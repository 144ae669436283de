"""Sizes follow the load: enough for it, never smaller for more, and spare for a loss in production."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from stacks.planning.node_pools import (
    nodes_for,
    surviving,
    units,
)
from stacks.planning.odoo_load import odoo_load
from stacks.planning.odoo_pools import JOB_UNIT_MILLICORES, WEB_UNIT_MILLICORES
from stacks.planning.plan import Plan
from stacks.planning.sizes import BALANCED_CACHES, D4, D8, DISKS_GIB, E4
from stacks.settings import Settings
from tests.unit.planning.examples import (
    CHANGES,
    SETTINGS,
    Values,
    because,
    changed,
    plan_with,
    properties,
    settings_with,
)

MEMORY_GIB_PER_VCORE = {"GeneralPurpose": 4, "MemoryOptimized": 8}


def _vcores(sku_name: str) -> int:
    return int(sku_name.removeprefix("Standard_")[1:].removesuffix("ads_v5"))


def _sizes(plan: Plan) -> list[float]:
    tiers = ["P4", "P6", "P10", "P15", "P20", "P30", "P40", "P50", "P60", "P70", "P80"]
    caches = [size.sku_name for size in BALANCED_CACHES]
    nodes = [count for pool in plan.cluster.pools.values() for count in (pool.min_nodes, pool.max_nodes)]
    return [
        _vcores(plan.database.sku_name),
        plan.database.storage_gib,
        tiers.index(plan.database.storage_tier),
        int(plan.database.parameters["max_connections"]),
        int(plan.database.parameters["pgbouncer.max_client_conn"]),
        int(plan.database.read_replica),
        caches.index(plan.cache.sku_name),
        plan.storage.file_share_gib,
        plan.monitoring.daily_cap_gib,
        *nodes,
        *(count for pool in plan.odoo.pools.values() for count in (pool.min_replicas, pool.max_replicas)),
        plan.odoo.connections.role_limit,
    ]


@properties
@given(CHANGES, st.integers(1, 300))
def test_more_users_never_get_less(changes: Values, more: int) -> None:
    fewer_users = changes["workload.concurrent_users"]
    fewer = make_plan(Settings.from_config(changed(changes)))
    many = make_plan(Settings.from_config(changed(changes | {"workload.concurrent_users": fewer_users + more})))
    assert all(large >= small for small, large in zip(_sizes(fewer), _sizes(many), strict=True))


@properties
@given(SETTINGS)
def test_the_database_holds_two_years_of_growth_and_its_disk_fits_its_tier(settings: Settings) -> None:
    plan, workload = make_plan(settings).database, settings.workload
    grown = workload.database_gib + 2 * workload.database_growth_gib_per_year
    assert plan.storage_gib * 0.8 >= grown
    tiers = dict(DISKS_GIB)[plan.storage_gib]
    assert plan.storage_tier in {tier.name for tier in tiers}


@properties
@given(SETTINGS)
def test_node_pools_can_grow_and_production_s_have_a_node_in_every_zone(settings: Settings) -> None:
    plan = make_plan(settings)
    for pool in plan.cluster.pools.values():
        assert 1 <= pool.min_nodes < pool.max_nodes <= 1000
        assert pool.zones == plan.zones
        if settings.environment.environment_class.value == "production":
            assert pool.min_nodes >= len(pool.zones)


def test_a_node_has_as_many_units_as_its_processors_and_memory_allow() -> None:
    # D8: 8 - 0.18 reserved - 0.5 daemons leaves 7 processors; D4: 3. E4: 3.36, two units of 1.65.
    assert (units(D8, WEB_UNIT_MILLICORES), units(D4, WEB_UNIT_MILLICORES), units(E4, JOB_UNIT_MILLICORES)) == (7, 3, 2)


@given(st.integers(1, 500), st.integers(0, 3))
def test_the_fewest_nodes_that_survive(needed: int, zones: int) -> None:
    nodes = nodes_for(needed, zones)
    largest_zone = ceil(nodes / zones) if zones > 1 else 1
    assert nodes - largest_zone >= needed
    assert surviving(nodes - 1, zones) < needed


def test_the_load_follows_odoos_own_rule() -> None:
    load = odoo_load(settings_with(workload__concurrent_users=60, workload__peak_factor=2).workload, queue_jobs=True)
    # 6 users a worker, and 6 integrations at 4 a worker
    assert (load.peak_users, load.normal_web_workers, load.peak_web_workers) == (120, 10 + 2, 20 + 2)


def test_production_reads_from_memory_and_staging_does_not() -> None:
    production, staging = plan_with().database, plan_with(environment__class="staging").database
    assert (production.sku_tier, staging.sku_tier) == ("MemoryOptimized", "GeneralPurpose")
    assert production.sku_name.startswith("Standard_E")
    assert staging.sku_name.startswith("Standard_D")


def test_a_large_database_needs_a_large_memory() -> None:
    small, large = plan_with(), plan_with(workload__database_gib=900)
    assert _vcores(large.database.sku_name) == 32  # a quarter of 960 GiB: 240 of 256 GiB
    assert _vcores(small.database.sku_name) < 32
    assert "240 GiB" in because(large, "database.sku_name")


def test_users_beyond_a_disks_speed_raise_its_tier_and_then_its_size() -> None:
    plan = plan_with(workload__concurrent_users=1600, workload__peak_factor=1)
    assert (plan.database.storage_gib, plan.database.storage_tier) == (256, "P30")  # 4800 operations a second
    plan = plan_with(workload__concurrent_users=2600, workload__peak_factor=1)
    assert (plan.database.storage_gib, plan.database.storage_tier) == (8192, "P60")  # 7800, more than any smaller has


def test_sessions_of_many_users_need_a_larger_cache() -> None:
    assert plan_with().cache.sku_name == "Balanced_B1"
    assert plan_with(workload__concurrent_users=2600).cache.sku_name == "Balanced_B3"
    assert plan_with(environment__class="development").cache.sku_name == "Balanced_B0"


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"workload__concurrent_users": 5000, "workload__peak_factor": 2}, "workload.concurrent_users"),
        ({"workload__database_gib": 16_000, "workload__database_growth_gib_per_year": 5000}, "workload.database_gib"),
    ],
)
def test_more_than_azure_sells_is_refused(changes: dict[str, object], path: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings_with(network__pod_range="192.168.0.0/16", **changes))
    assert f"odoo-azure:{path}" in {problem.path for problem in refusal.value.problems}


def test_attachments_in_blobs_leave_the_share_small() -> None:
    shared = plan_with(workload__attachments_gib=640, odoo__attachments="shared-files").storage.file_share_gib
    assert shared == 992  # 640 x 1.5 + 16, in steps of 32
    assert plan_with(workload__attachments_gib=640, odoo__attachments="blob").storage.file_share_gib == 100


def test_the_archive_outlives_the_years_and_is_deleted_after_it() -> None:
    storage = plan_with(recovery__archive_years=10, recovery__lock_archive=True).storage
    assert storage.archive_days >= 10 * 366 + 365
    assert storage.delete_after_days > storage.archive_days
    assert storage.archive_locked


def test_production_stores_over_zones_where_there_are_any() -> None:
    storage = plan_with().storage
    assert (storage.file_storage_sku, storage.backup_sku, storage.recovery_backup_sku) == (
        "Premium_ZRS",
        "Standard_ZRS",
        "Standard_ZRS",
    )
    storage = plan_with(environment__class="staging").storage
    assert {storage.file_storage_sku, storage.backup_sku, storage.recovery_backup_sku} == {
        "Premium_LRS",
        "Standard_LRS",
    }
    swedish = plan_with(
        location="swedencentral",
        recovery__region="swedensouth",
        governance__allowed_regions=["swedencentral", "swedensouth"],
    )
    assert (swedish.storage.backup_sku, swedish.storage.recovery_backup_sku) == ("Standard_ZRS", "Standard_LRS")
