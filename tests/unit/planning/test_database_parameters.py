"""Server parameters are ones that Azure takes, and share the server's memory out once."""

from __future__ import annotations

from hypothesis import given

from components.database.parameters import refuse_fixed
from stacks.planning.assemble import make_plan
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties

# learn.microsoft.com azure/postgresql/flexible-server/concepts-server-parameters
RANGES: dict[str, tuple[float, float]] = {
    "max_connections": (25, 5000),
    "shared_buffers": (16, 1_073_741_823),
    "effective_cache_size": (1, 2_147_483_647),
    "work_mem": (4096, 2_097_151),
    "maintenance_work_mem": (1024, 2_097_151),
    "autovacuum_work_mem": (-1, 2_097_151),
    "random_page_cost": (0, 10),
    "max_wal_size": (32, 65_536),
    "min_wal_size": (32, 2_097_151),
    "autovacuum_max_workers": (1, 262_143),
    "autovacuum_vacuum_cost_limit": (-1, 10_000),
    "autovacuum_vacuum_scale_factor": (0, 100),
    "autovacuum_analyze_scale_factor": (0, 100),
    "idle_in_transaction_session_timeout": (0, 2_147_483_647),
    "log_min_duration_statement": (-1, 2_147_483_647),
    "log_autovacuum_min_duration": (-1, 2_147_483_647),
    "log_temp_files": (-1, 2_147_483_647),
    "pgbouncer.default_pool_size": (1, 4950),
    "pgbouncer.max_client_conn": (1, 10_000),
}
WORDS = {
    "pgbouncer.enabled": {"true"},
    "pgbouncer.pool_mode": {"transaction"},
    "metrics.pgbouncer_diagnostics": {"on"},
}


@properties
@given(SETTINGS)
def test_every_parameter_is_in_its_range(settings: Settings) -> None:
    parameters = make_plan(settings).database.parameters
    assert parameters.keys() == RANGES.keys() | WORDS.keys()
    for name, (low, high) in RANGES.items():
        assert low <= float(parameters[name]) <= high, name
    for name, words in WORDS.items():
        assert parameters[name] in words
    assert list(parameters) == sorted(parameters)
    refuse_fixed(parameters)  # raises where the component decides on one of them itself


@properties
@given(SETTINGS)
def test_memory_is_given_away_once(settings: Settings) -> None:
    plan = make_plan(settings).database
    vcores = int(plan.sku_name.removeprefix("Standard_")[1:].removesuffix("ads_v5"))
    per_vcore = 8 if plan.sku_tier == "MemoryOptimized" else 4
    memory_kib = (672 if vcores == 96 and per_vcore == 8 else vcores * per_vcore) * 1024 * 1024
    parameters = {name: float(value) for name, value in plan.parameters.items() if name in RANGES}
    shared_kib = parameters["shared_buffers"] * 8
    sorting_kib = parameters["work_mem"] * parameters["pgbouncer.default_pool_size"]
    vacuum_kib = parameters["autovacuum_work_mem"] * parameters["autovacuum_max_workers"]
    assert shared_kib == memory_kib / 4
    assert shared_kib + sorting_kib + vacuum_kib + parameters["maintenance_work_mem"] <= memory_kib * 0.7


def test_the_wal_leaves_room_on_the_disk() -> None:
    small = plan_with(environment__class="staging", workload__database_gib=5, workload__database_growth_gib_per_year=0)
    assert small.database.storage_gib == 64
    assert small.database.parameters["max_wal_size"] == "4096"
    large = plan_with(workload__database_gib=2000)
    assert large.database.parameters["max_wal_size"] == "32768"
    assert large.database.parameters["min_wal_size"] == "8192"
