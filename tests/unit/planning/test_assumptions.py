"""What planning counts on is what the components then declare."""

from __future__ import annotations

from components.machines import metrics, traefik
from components.odoo.configuration import GEVENT_CHILD_CONNECTIONS
from components.odoo.pool import Pool
from components.odoo.settings import HTTP_POOLS
from components.tenant.operations import OPS_RESOURCES
from components.tenant.pods import WAITED_FOR
from components.tenant.workload import SURGE
from stacks.planning.connections import GEVENT_CONNECTIONS, POOLED_PORT
from stacks.planning.machines import METRICS_POD, TRAEFIK_POD
from tests.unit.planning.examples import plan_with


def test_pools_are_those_that_the_components_know() -> None:
    assert plan_with().odoo.pools.keys() == {pool.value for pool in Pool}


def test_pools_connect_to_the_port_that_their_connections_are_counted_for() -> None:
    made = plan_with().odoo.connections.pools
    assert {name for name, pool in made.items() if pool.port == POOLED_PORT} == {pool.value for pool in HTTP_POOLS}


def test_the_gevent_process_beside_workers_has_the_connections_that_are_counted() -> None:
    assert GEVENT_CHILD_CONNECTIONS == GEVENT_CONNECTIONS


def test_rolling_updates_add_the_pods_that_nodes_have_room_for() -> None:
    assert f"{plan_with().odoo.surge_percent}%" == SURGE


def test_pools_that_must_be_spread_over_zones_are_those_whose_nodes_are_counted_by_zone() -> None:
    on_web = {pool for pool, nodes in plan_with().odoo.node_pools.items() if nodes == "web"}
    assert on_web == {pool.value for pool in WAITED_FOR}


def test_an_operations_job_is_a_background_pod_and_the_container_that_watches_it() -> None:
    plan = plan_with().odoo
    cron = plan.pools["cron"]
    assert plan.operations.cpu_millicores == cron.cpu_millicores + int(OPS_RESOURCES["cpu"].removesuffix("m"))
    assert plan.operations.memory_mib == cron.memory_mib + int(OPS_RESOURCES["memory"].removesuffix("Mi"))


def test_a_machine_has_room_for_what_runs_on_it_beside_odoo() -> None:
    for planned, limits in ((TRAEFIK_POD, traefik.LIMITS), (METRICS_POD, metrics.LIMITS)):
        assert planned.memory_mib == limits.memory_mib
        assert planned.cpu_millicores >= limits.cpu_shares * 1000 // 1024
