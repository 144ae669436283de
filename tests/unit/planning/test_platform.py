"""A platform's plan follows from its settings alone, carries its capacity, and says why it is what it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from ipaddress import IPv4Network
from itertools import combinations
from math import ceil

from hypothesis import given

from components.database.parameters import refuse_fixed
from stacks.planning.connections import DIRECT_PORT, at_worst, pool_connections
from stacks.planning.foundation import is_production
from stacks.planning.namespace import SIZES
from stacks.planning.node_pools import free_cores, free_mib
from stacks.planning.odoo_pools import NODE_POOLS
from stacks.planning.platform import make_platform_plan
from stacks.planning.platform_layout import PLATFORM_SLOTS, ingress_address
from stacks.planning.tier_shapes import (
    OPERATIONS_UNITS,
    SHAPES,
    TIER_JOB_MILLICORES,
    TIER_MAX_PODS,
    TIER_WEB_MILLICORES,
    TRAEFIK,
    TRAEFIK_UNITS,
    operations_pod,
)
from stacks.planning.tiers import SHARED, envelopes, tier_capacity
from stacks.settings import PlatformSettings
from tests.unit.planning.examples import properties
from tests.unit.planning.platforms import PLATFORMS, filled, platform_settings


def leaves(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    else:
        yield path


@properties
@given(PLATFORMS)
def test_every_decision_has_one_reason(settings: PlatformSettings) -> None:
    plan = make_platform_plan(settings)
    subjects = [reason.subject for reason in plan.reasons]
    assert len(set(subjects)) == len(subjects)
    decisions = {key: value for key, value in asdict(plan).items() if key not in {"reasons", "warnings"}}
    decisions["servers"] = decisions["servers"][0]
    found = list(leaves(decisions))
    for leaf in found:
        assert any(leaf == subject or leaf.startswith(f"{subject}.") for subject in subjects), leaf
    for reason in plan.reasons:
        assert any(leaf == reason.subject or leaf.startswith(f"{reason.subject}.") for leaf in found), reason
        assert reason.because.endswith(".")


@properties
@given(PLATFORMS)
def test_the_same_settings_make_the_same_plan(settings: PlatformSettings) -> None:
    assert make_platform_plan(settings) == make_platform_plan(settings.model_copy(deep=True))


@properties
@given(PLATFORMS)
def test_a_full_server_keeps_what_it_promises_to_each_of_its_tenants(settings: PlatformSettings) -> None:
    plan = make_platform_plan(settings)
    tiers = sorted(SHARED, key=lambda tier: plan.role_limits[tier], reverse=True)
    given_tiers = envelopes(settings, len(plan.zones), production=is_production(settings))
    for server in plan.servers:
        left, promised = settings.platform.tenants_per_server, 0
        for tier in tiers:
            taken = min(left, tier_capacity(settings, tier))
            promised += taken * 2 * plan.role_limits[tier]
            left -= taken
        limit = int(server.database.parameters["max_connections"])
        assert promised <= server.connections <= limit - 15 - 20
        assert limit <= 5000
        assert server.database.parameters["pgbouncer.default_pool_size"] == str(server.pool_size)
        assert int(server.database.parameters["pgbouncer.max_client_conn"]) <= 50_000
    for tier in SHARED:
        direct = at_worst(pool_connections(given_tiers[tier].running.pools), DIRECT_PORT)
        assert plan.role_limits[tier] == 2 * plan.servers[0].pool_size + direct


@properties
@given(PLATFORMS)
def test_the_quotas_of_a_full_platform_fit_its_nodes(settings: PlatformSettings) -> None:
    plan = make_platform_plan(settings)
    pools = {name: pool for name, pool in plan.cluster.pools.items() if name != "system"}
    cores = sum(free_cores(SIZES[pool.vm_size]) * pool.max_nodes for pool in pools.values())
    mib = sum(free_mib(SIZES[pool.vm_size], pool.max_pods) * pool.max_nodes for pool in pools.values())
    asked_cores = asked_mib = 0.0
    for tier, each in envelopes(settings, len(plan.zones), production=is_production(settings)).items():
        count, requests = tier_capacity(settings, tier), each.namespace.requests
        asked_cores += count * int(requests["cpu"].removesuffix("m")) / 1000
        asked_mib += count * int(requests["memory"].removesuffix("Mi"))
    assert asked_cores <= cores
    assert asked_mib <= mib


@properties
@given(PLATFORMS)
def test_more_capacity_or_users_never_make_a_smaller_platform(settings: PlatformSettings) -> None:
    platform = settings.platform
    more = platform.capacity.model_copy(update={"standard": platform.capacity.standard + 3})
    users = platform.tiers.model_copy(
        update={
            "priority": platform.tiers.priority.model_copy(update={"max_users": platform.tiers.priority.max_users + 2})
        }
    )
    small = make_platform_plan(settings)
    for change in ({"capacity": more}, {"tiers": users}):
        large = make_platform_plan(settings.model_copy(update={"platform": platform.model_copy(update=change)}))
        for name, pool in small.cluster.pools.items():
            assert large.cluster.pools[name].max_nodes >= pool.max_nodes
        assert len(large.servers) >= len(small.servers)
        assert large.servers[0].connections >= small.servers[0].connections or large.servers[0].database == (
            small.servers[0].database
        )
        assert large.servers[0].memory_mib >= small.servers[0].memory_mib
        assert large.servers[0].data_gib >= small.servers[0].data_gib


def _fit(shapes: list[tuple[int, int, int]], millicores: int, vm_size: str) -> None:
    size = SIZES[vm_size]
    each_mib = free_mib(size, TIER_MAX_PODS) / int(free_cores(size) * 1000 / millicores)
    for units, cpu, memory in shapes:
        assert cpu <= units * millicores
        assert memory <= units * each_mib


def test_pods_of_tiers_take_no_more_of_a_node_than_their_units() -> None:
    web = [
        (shape.units, shape.pod.cpu_millicores, shape.pod.memory_mib)
        for pools in SHAPES.values()
        for pool, shape in pools.items()
        if NODE_POOLS[pool] == "web"
    ]
    web += [(TRAEFIK_UNITS[tier], TRAEFIK[tier].cpu_millicores, TRAEFIK[tier].memory_mib) for tier in SHARED]
    for vm_size in ("Standard_D8ads_v5", "Standard_D4ads_v5"):
        _fit(web, TIER_WEB_MILLICORES, vm_size)
    jobs = [
        (shape.units, shape.pod.cpu_millicores, shape.pod.memory_mib)
        for pools in SHAPES.values()
        for pool, shape in pools.items()
        if NODE_POOLS[pool] == "jobs"
    ]
    jobs += [
        (OPERATIONS_UNITS[tier], operations_pod(tier).cpu_millicores, operations_pod(tier).memory_mib)
        for tier in SHARED
    ]
    _fit(jobs, TIER_JOB_MILLICORES, "Standard_E4ads_v5")


def test_subnets_of_a_platform_are_apart_and_never_move() -> None:
    plan = make_platform_plan(platform_settings({"network.egress": "firewall", "network.bastion": True}))
    subnets = {kind: IPv4Network(subnet) for kind, subnet in plan.network.subnets.items()}
    assert subnets.keys() == PLATFORM_SLOTS.keys()
    for one, other in combinations(subnets.values(), 2):
        assert not one.overlaps(other)
    assert plan.network.subnets["ingress"] == "10.40.6.0/23"
    assert plan.network.subnets["database"] == "10.40.8.0/24"
    larger = make_platform_plan(platform_settings({"network.address_space": "10.40.0.0/17"}))
    assert larger.network.subnets["ingress"] == "10.40.6.0/23"


def test_a_tenants_address_follows_from_its_slot() -> None:
    # Azure keeps the first four addresses and the last.
    assert ingress_address("10.40.6.0/23", 1) == "10.40.6.4"
    assert ingress_address("10.40.6.0/23", 400) == "10.40.7.147"


def test_backups_are_where_the_region_is_lost_with_them_not() -> None:
    assert make_platform_plan(platform_settings()).storage.backup_sku == "Standard_RAGZRS"
    without_zones = {
        "location": "ukwest",
        "recovery.region": "uksouth",
        "governance.allowed_regions": ["ukwest", "uksouth"],
    }
    assert make_platform_plan(platform_settings(without_zones)).storage.backup_sku == "Standard_RAGRS"
    staging = platform_settings({"environment.class": "staging"})
    assert make_platform_plan(staging).storage.backup_sku == "Standard_LRS"


def test_archives_are_kept_as_long_as_the_longest_promise() -> None:
    assert make_platform_plan(platform_settings()).storage.archive_days == 16 * 366


def test_servers_are_tuned_for_many_databases() -> None:
    for count in (2, 20):
        server = make_platform_plan(platform_settings({"platform.tenants_per_server": count})).servers[0]
        parameters = server.database.parameters
        refuse_fixed(parameters)
        assert parameters["autovacuum_naptime"] == "60"
        assert int(parameters["autovacuum_max_workers"]) >= count // 2
        locks = int(parameters["max_locks_per_transaction"]) * int(parameters["max_connections"])
        assert locks >= count * 5000
        memory_kib = server.memory_mib * 1024
        vacuum_kib = int(parameters["autovacuum_work_mem"]) * int(parameters["autovacuum_max_workers"])
        sorting_kib = int(parameters["work_mem"]) * int(parameters["pgbouncer.default_pool_size"]) * count
        shared_kib = int(parameters["shared_buffers"]) * 8
        assert shared_kib + vacuum_kib + sorting_kib + int(parameters["maintenance_work_mem"]) <= memory_kib


def test_the_example_in_numbers() -> None:
    plan = make_platform_plan(platform_settings())
    pools = {name: (pool.min_nodes, pool.max_nodes, pool.vm_size) for name, pool in plan.cluster.pools.items()}
    assert pools["system"] == (3, 6, "Standard_D4ads_v5")
    # 30 x (16 + 2 + 2) and 6 x (15 x 8 + 3 x 4 + 3 x 2) units of 58 a node, in three zones of which one is lost.
    assert pools["web"] == (3, 45, "Standard_D8ads_v5")
    assert pools["jobs"][0] == 3
    assert [server.slots for server in plan.servers] == [(1, 20), (21, 38)]
    assert plan.servers[0].names.server == "psql-odoo-subs-we-01-a1b2c3"
    assert plan.servers[1].names.replica == "psql-odoo-subs-we-02-ro-a1b2c3"
    # 27 web workers of 100 users and 5 integrations, 3 job workers, 2 for reports.
    assert plan.servers[0].pool_size == 32
    # 2 x 32 pooled; websocket (3 + 1) x 6, cron (2 + 1) x 6, runners (3 + 1) x 2, operations 8.
    assert plan.role_limits == {"standard": 114, "priority": 122}
    assert plan.servers[0].database.sku_name == "Standard_E48ads_v5"
    assert plan.servers[0].database.parameters["max_connections"] == "4800"
    assert plan.cache.sku_name == "Balanced_B3"
    assert plan.traefik["standard"].replicas == 2
    assert plan.isolated_servers == 2
    assert plan.domain == "subs.acme.example"


@properties
@given(PLATFORMS)
def test_each_slot_of_the_capacity_has_one_server(settings: PlatformSettings) -> None:
    plan = make_platform_plan(settings)
    slots = [slot for server in plan.servers for slot in range(server.slots[0], server.slots[1] + 1)]
    assert slots == list(range(1, settings.platform.capacity.total + 1))
    assert len(plan.servers) == ceil(len(slots) / settings.platform.tenants_per_server)


def test_a_platform_for_isolated_tenants_only_has_few_shared_nodes() -> None:
    plan = make_platform_plan(platform_settings({"platform.capacity": {"standard": 0, "priority": 0, "isolated": 2}}))
    for name in ("web", "jobs"):
        assert (plan.cluster.pools[name].min_nodes, plan.cluster.pools[name].max_nodes) == (3, 4)
    assert [server.slots for server in plan.servers] == [(1, 2)]


def test_scheduled_actions_have_room_for_the_queue_s_work_where_a_release_has_none() -> None:
    both = platform_settings()
    releases = {version: release for version, release in both.platform.releases.items() if release.queue_jobs}
    queue_only = both.model_copy(update={"platform": both.platform.model_copy(update={"releases": releases})})
    cron = [
        {
            tier: each.running.pools["cron"].max_replicas
            for tier, each in envelopes(settings, 3, production=True).items()
        }
        for settings in (queue_only, both)
    ]
    assert cron == [{"standard": 1, "priority": 2}, {"standard": 2, "priority": 2}]


def test_tenants_that_come_change_nothing_of_the_platform() -> None:
    settings = platform_settings()
    plan = make_platform_plan(settings)
    filled(settings, plan, {"standard": 3, "priority": 1, "isolated": 1})
    assert make_platform_plan(settings) == plan
