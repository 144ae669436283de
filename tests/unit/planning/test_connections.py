"""The connection budget: whatever the pools may open fits PgBouncer and PostgreSQL, or the plan is refused."""

from __future__ import annotations

from math import ceil

import pytest
from hypothesis import given

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from stacks.planning.odoo_load import odoo_load
from stacks.planning.plan import Plan
from stacks.planning.sizes import GENERAL_PURPOSE_DATABASES, MEMORY_OPTIMIZED_DATABASES
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties, settings_with

POOLED = {"web", "queue", "reporting"}


def _direct_at_worst(plan: Plan) -> int:
    """Connections past PgBouncer, counted anew from the pools in the middle of a rolling update."""
    pools = plan.odoo.pools
    pods = {name: pool.max_replicas + ceil(pool.max_replicas / 4) for name, pool in pools.items()}
    listening = sum(pods[name] * pools[name].workers * pools[name].db_maxconn for name in ("websocket", "cron"))
    runners = 2 * pods["queue"] if "queue" in pods else 0
    return listening + runners + plan.odoo.connections.pools["operations"].worst


@properties
@given(SETTINGS)
def test_the_server_holds_both_login_roles_during_a_rotation_with_a_reserve(settings: Settings) -> None:
    plan = make_plan(settings)
    budget = plan.odoo.connections
    load = odoo_load(settings.workload, queue_jobs=settings.odoo.queue_jobs)
    workers = sum(pool.workers * pool.max_replicas for name, pool in plan.odoo.pools.items() if name in POOLED)
    assert load.peak_web_workers + load.queue_processes + load.reporting_processes <= budget.pool_size <= workers
    # For each role PgBouncer has a pool of the tenant's database and one of `postgres`.
    assert budget.role_limit == 2 * budget.pool_size + _direct_at_worst(plan)
    assert (budget.max_connections - 15) >= 1.2 * (2 * budget.role_limit + budget.others)
    assert budget.max_connections <= budget.server_limit
    if plan.odoo.reads_from_replica:  # reports connect to it as well, and its limit is the primary's
        assert budget.pools["reporting"].worst <= budget.max_connections - 15


@properties
@given(SETTINGS)
def test_pgbouncer_takes_every_client_that_a_worker_may_open(settings: Settings) -> None:
    plan = make_plan(settings)
    clients = 0
    for name in POOLED & plan.odoo.pools.keys():
        pool = plan.odoo.pools[name]
        # Prefork starts a gevent process beside its workers, with one connection.
        clients += (pool.max_replicas + ceil(pool.max_replicas / 4)) * (pool.workers * pool.db_maxconn + 1)
    assert plan.odoo.connections.max_clients >= 1.2 * clients
    assert plan.odoo.connections.max_clients <= 50_000  # what the parameter takes


@properties
@given(SETTINGS)
def test_the_server_s_parameters_are_the_budget_s(settings: Settings) -> None:
    plan = make_plan(settings)
    parameters, budget = plan.database.parameters, plan.odoo.connections
    assert parameters["max_connections"] == str(budget.max_connections)
    assert parameters["pgbouncer.default_pool_size"] == str(budget.pool_size)
    assert parameters["pgbouncer.max_client_conn"] == str(budget.max_clients)


@properties
@given(SETTINGS)
def test_what_listens_goes_past_pgbouncer_and_nothing_else_of_odoo_s_does(settings: Settings) -> None:
    made = make_plan(settings).odoo.connections.pools
    direct = {name for name, pool in made.items() if pool.port == 5432}
    assert direct == {"websocket", "cron", "operations"} | ({"queue-runner"} if "queue" in made else set())
    assert {pool.port for name, pool in made.items() if name not in direct} == {6432}
    assert all(0 < pool.usual <= pool.worst for pool in made.values())


def test_the_limit_follows_the_server_s_memory() -> None:
    # learn.microsoft.com azure/postgresql/flexible-server/concepts-limits
    limits = {size.sku_name: size.max_connections for size in (*GENERAL_PURPOSE_DATABASES, *MEMORY_OPTIMIZED_DATABASES)}
    assert limits["Standard_D2ads_v5"] == 859
    assert limits["Standard_D4ads_v5"] == limits["Standard_E2ads_v5"] == 1718
    assert limits["Standard_D8ads_v5"] == limits["Standard_E4ads_v5"] == 3437
    assert limits["Standard_D16ads_v5"] == limits["Standard_E8ads_v5"] == limits["Standard_E96ads_v5"] == 5000


def _group(users: int) -> Settings:
    """A group with many companies, whose scheduled actions all LISTEN."""
    return settings_with(workload__concurrent_users=users, workload__peak_factor=1, workload__legal_entities=500)


def test_a_budget_that_does_not_fit_is_refused_with_the_number_to_change() -> None:
    users = 4800
    with pytest.raises(SettingsError) as refusal:
        make_plan(_group(users))
    (problem,) = refusal.value.problems
    assert problem.path == "odoo-azure:workload.concurrent_users"
    assert problem.allowed.startswith("5000 connections, what 672 GiB of memory carry (Standard_E96ads_v5)")
    assert "workload.peak_factor" in problem.remedy
    fewer = int(problem.remedy.partition("until ")[2].partition(" workers")[0])
    assert f"{int(problem.found.split()[2]) - fewer} workers" in problem.allowed
    # Six people a worker: with so many fewer it fits, with half as many it does not.
    assert make_plan(_group(users - 6 * fewer)).odoo.connections.max_connections <= 5000
    with pytest.raises(SettingsError):
        make_plan(_group(users - 3 * fewer))


def test_production_s_budget_in_numbers() -> None:
    budget = plan_with().odoo.connections
    # The workers of 16 of 24 web pods of 5 (8 are for a lost zone), of 2 queue pods and 3 reporting pods of 2.
    assert budget.pool_size == 16 * 5 + 2 * 2 + 3 * 2
    assert budget.pools["web"].worst == (24 + 6) * (5 * 8 + 1)
    assert budget.pools["websocket"].worst == (3 + 1) * 1 * 16
    assert budget.pools["cron"].worst == (2 + 1) * 2 * 8
    assert budget.pools["queue-runner"].worst == (2 + 1) * 2
    assert budget.role_limit == 2 * 90 + 64 + 48 + 6 + 8
    assert budget.max_connections == 800  # (2 x 306 + 20) x 1.2 + 15, in steps of 50
