"""Odoo's pools carry the load, also with a zone lost, and their pods fit the nodes and the namespace's quota."""

from __future__ import annotations

from math import ceil
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.assemble import make_plan
from stacks.planning.node_pools import free_cores, free_mib, nodes_that_fit
from stacks.planning.odoo_load import odoo_load
from stacks.planning.odoo_pools import spread
from stacks.planning.plan import Plan
from stacks.planning.sizes import D4, D8, E4
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, because, plan_with, properties

SIZES = {size.vm_size: size for size in (D4, D8, E4)}
Pod = tuple[float, float]
"""Processors and MiB."""


def production(settings: Settings) -> bool:
    return settings.environment.environment_class.value == "production"


def pods_on(plan: Plan, nodes: str, *, highest: bool) -> dict[str, tuple[int, Pod]]:
    """Pods of the plan on a pool of nodes, by kind: their number, and what one requests."""
    found = {
        name: (
            pool.max_replicas if highest else pool.min_replicas,
            (pool.cpu_millicores / 1000, float(pool.memory_mib)),
        )
        for name, pool in plan.odoo.pools.items()
        if plan.odoo.node_pools[name] == nodes
    }
    if nodes == "web":
        pod = plan.ingress.pod
        found["traefik"] = (plan.ingress.replicas, (pod.cpu_millicores / 1000, float(pod.memory_mib)))
    return found


def with_surge(kinds: dict[str, tuple[int, Pod]]) -> dict[str, tuple[int, Pod]]:
    """The same in the middle of a rolling update of all of them."""
    return {kind: (count + ceil(count / 4), pod) for kind, (count, pod) in kinds.items()}


def unplaced(pods: list[Pod], nodes: int, vm_size: str) -> int:
    """Pods without a place when they come in the worst order, the smallest first, each to the emptiest node."""
    size = SIZES[vm_size]
    free = [[free_cores(size), free_mib(size)] for _ in range(nodes)]
    left = 0
    for cores, mib in sorted(pods):
        fitting = [node for node in free if node[0] >= cores and node[1] >= mib]
        if fitting:
            roomiest = max(fitting)
            roomiest[0] -= cores
            roomiest[1] -= mib
        else:
            left += 1
    return left


def listed(kinds: dict[str, tuple[int, Pod]], *, share: int = 1) -> list[Pod]:
    """The pods one by one; with `share`, those of one zone of so many, evenly spread."""
    return [pod for count, pod in kinds.values() for _ in range(ceil(count / share))]


@properties
@given(SETTINGS)
def test_pools_carry_a_normal_day_and_the_close_with_a_zone_lost(settings: Settings) -> None:
    plan = make_plan(settings)
    load = odoo_load(settings.workload, queue_jobs=settings.odoo.queue_jobs)
    web, zones = plan.odoo.pools["web"], len(plan.zones)
    if production(settings):
        left = [count - (ceil(count / zones) if zones else 1) for count in (web.min_replicas, web.max_replicas)]
        assert left[0] * web.workers >= load.normal_web_workers
        assert left[1] * web.workers >= load.peak_web_workers
        assert all(pool.min_replicas >= 2 for pool in plan.odoo.pools.values())
    assert web.max_replicas * web.workers >= load.peak_web_workers
    for name, needed in (
        ("websocket", load.websocket_processes),
        ("cron", load.cron_processes),
        ("queue", load.queue_processes),
        ("reporting", load.reporting_processes),
    ):
        if name in plan.odoo.pools:
            assert plan.odoo.pools[name].max_replicas * plan.odoo.pools[name].workers >= needed
    assert all(1 <= pool.min_replicas <= pool.max_replicas for pool in plan.odoo.pools.values())


@properties
@given(SETTINGS)
def test_every_pod_has_a_node_at_the_lowest_and_the_highest_scale_and_while_all_pools_are_updated(
    settings: Settings,
) -> None:
    plan = make_plan(settings)
    operations = plan.odoo.operations
    for nodes in ("web", "jobs"):
        pool = plan.cluster.pools[nodes]
        highest = with_surge(pods_on(plan, nodes, highest=True))
        if nodes == "jobs":
            highest["operations"] = (1, (operations.cpu_millicores / 1000, float(operations.memory_mib)))
        assert unplaced(listed(pods_on(plan, nodes, highest=False)), pool.min_nodes, pool.vm_size) == 0
        assert unplaced(listed(highest), pool.max_nodes, pool.vm_size) == 0


@properties
@given(SETTINGS)
def test_in_production_each_zone_has_nodes_for_its_share_and_what_is_left_of_a_zone_s_loss_stays(
    settings: Settings,
) -> None:
    plan = make_plan(settings)
    zones = len(plan.zones)
    if not production(settings) or not zones:
        return
    for nodes, pool in plan.cluster.pools.items():
        if nodes == "system":
            continue
        for highest, count in ((False, pool.min_nodes), (True, pool.max_nodes)):
            kinds = pods_on(plan, nodes, highest=highest)
            if nodes == "web":  # these are spread over the zones; the others go where there is room
                own = count // zones
                assert unplaced(listed(with_surge(kinds) if highest else kinds, share=zones), own, pool.vm_size) == 0
            else:
                assert unplaced(listed(kinds), count - ceil(count / zones), pool.vm_size) == 0


@properties
@given(SETTINGS)
def test_the_quota_takes_all_pods_of_an_update_at_the_highest_scale_and_an_operations_job(settings: Settings) -> None:
    plan = make_plan(settings)
    quota = plan.odoo.namespace
    pods = [
        pod
        for nodes in ("web", "jobs")
        for kind, (count, pod) in with_surge(pods_on(plan, nodes, highest=True)).items()
        if kind != "traefik"  # in a namespace of its own
        for _ in range(count)
    ]
    operations = plan.odoo.operations
    pods.append((operations.cpu_millicores / 1000, float(operations.memory_mib)))
    gib = sum(mib for _, mib in pods) / 1024
    assert sum(cores for cores, _ in pods) <= int(quota.requests["cpu"])
    assert gib <= int(quota.requests["memory"].removesuffix("Gi"))
    assert gib <= int(quota.limits["memory"].removesuffix("Gi"))
    assert len(pods) <= quota.pods
    assert max(mib for _, mib in pods) / 1024 <= int(quota.container_max["memory"].removesuffix("Gi"))


@properties
@given(SETTINGS)
def test_a_pod_s_memory_follows_from_its_workers(settings: Settings) -> None:
    for name, pool in make_plan(settings).odoo.pools.items():
        # odoo.com documentation: administration/on_premise/deploy: 1 GiB for a heavy request's worker
        assert pool.memory_mib >= pool.workers * 1024, name
        assert pool.worker_memory_mib >= 1600, name  # the documentation's own limit_memory_hard
        if name in {"cron", "queue", "reporting"}:
            assert pool.memory_mib > pool.workers * pool.worker_memory_mib
    web = make_plan(settings).odoo.pools["web"]
    assert web.workers == 2 * web.cpu_millicores // 1000 + 1


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 3)), min_size=1, max_size=4), st.integers(3, 9), st.randoms()
)
def test_pods_find_places_in_whatever_order_and_wherever_they_are_put(
    pods: list[tuple[int, int]], room: int, random: Random
) -> None:
    nodes = nodes_that_fit(pods, room)
    free = [room] * nodes
    waiting = [size for count, size in pods for _ in range(count)]
    random.shuffle(waiting)
    for size in waiting:
        fitting = [index for index, left in enumerate(free) if left >= size]
        assert fitting
        free[random.choice(fitting)] -= size


@pytest.mark.parametrize(
    ("needed", "zones", "in_production", "pods"),
    [(4, 3, True, 6), (5, 3, True, 9), (1, 3, True, 3), (4, 0, True, 5), (4, 3, False, 4), (0, 3, False, 1)],
)
def test_as_many_pods_as_are_needed_are_left(needed: int, zones: int, in_production: bool, pods: int) -> None:
    assert spread(needed, zones, production=in_production) == pods


def test_production_as_planned() -> None:
    pools = plan_with().odoo.pools
    # 300 users: 50 workers and 2 for integrations, 5 a pod: 11 pods, half as many again for a zone; at the close 450.
    assert (pools["web"].workers, pools["web"].min_replicas, pools["web"].max_replicas) == (5, 18, 24)
    assert (pools["websocket"].min_replicas, pools["websocket"].max_replicas) == (3, 3)
    assert (pools["cron"].workers, pools["cron"].max_replicas) == (2, 2)
    assert (pools["reporting"].min_replicas, pools["reporting"].max_replicas) == (2, 3)
    assert "52 processes on a normal day, 77 at the close, 5 a pod" in because(plan_with(), "odoo.pools.web")


def test_without_queue_jobs_scheduled_actions_post_and_there_is_no_queue() -> None:
    with_queue, without = (
        plan_with(workload__invoices_per_month=300_000, odoo__queue_jobs=jobs) for jobs in (True, False)
    )
    assert "queue" in with_queue.odoo.pools
    assert "queue" not in without.odoo.pools
    assert without.odoo.node_pools.keys() == without.odoo.pools.keys()
    assert without.odoo.pools["cron"].max_replicas > with_queue.odoo.pools["cron"].max_replicas


def test_web_and_websocket_run_on_web_nodes_and_the_rest_on_jobs_nodes() -> None:
    assert plan_with().odoo.node_pools == {
        "web": "web",
        "websocket": "web",
        "cron": "jobs",
        "queue": "jobs",
        "reporting": "jobs",
    }


def test_below_production_a_night_has_one_pod() -> None:
    pools = plan_with(environment__class="staging").odoo.pools
    assert {pools[name].min_replicas for name in ("web", "queue", "reporting", "websocket")} == {1}


@pytest.mark.parametrize(
    ("version", "kind", "reads", "warned"),
    [
        ("17.0", "production", False, True),
        ("18.0", "production", True, False),
        ("19.0", "production", True, False),
        ("17.0", "staging", False, False),
        ("18.0", "staging", False, False),
    ],
)
def test_reports_read_from_the_replica_where_there_is_one_and_odoo_can(
    version: str, kind: str, reads: bool, warned: bool
) -> None:
    plan = plan_with(odoo__version=version, environment__class=kind)
    assert plan.database.read_replica is (kind == "production")
    assert plan.odoo.reads_from_replica is reads
    assert any("knows no replica" in warning for warning in plan.warnings) is warned


@pytest.mark.parametrize(("version", "sessions", "warned"), [("19.0", "redis", True), ("18.0", "redis", False)])
def test_what_odoo_19_asks_of_a_session_store_is_announced(version: str, sessions: str, warned: bool) -> None:
    warnings = plan_with(odoo__version=version, odoo__sessions=sessions).warnings
    assert any("delete_from_identifiers" in warning for warning in warnings) is warned
