"""What still fits is exact: so many more tenants are taken, and one more is refused with what binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.planning.capacity import check_capacity, plan_capacity
from stacks.planning.plan_tenant import PlatformPlan, TenantPlan
from stacks.planning.platform import make_platform_plan
from stacks.planning.rooms import TENANT_GRANTS, slot_server
from stacks.planning.tenants import make_tenant_plan
from stacks.settings import PlatformSettings
from stacks.tenant_scalars import Tier
from tests.unit.planning.examples import properties
from tests.unit.planning.platforms import PLATFORMS, filled, platform_settings, tenant

SETTINGS = platform_settings()
PLAN = make_platform_plan(SETTINGS)
TIERS = [tier.value for tier in Tier]


def _added(
    settings: PlatformSettings, plan: PlatformPlan, tenants: Mapping[str, TenantPlan], tier: str
) -> dict[str, TenantPlan]:
    """The tenants and one more, in the first slot of a server that has room for it, else in the next free slot."""
    taken = {each.slot for each in tenants.values()}
    full = {
        room.server
        for room in plan_capacity(plan, settings, tenants).rooms
        if room.server is not None and room.left(tier) == 0
    }
    free = [slot for slot in range(1, settings.platform.capacity.total + 2) if slot not in taken]
    slot = next((slot for slot in free if slot_server(slot, plan) not in full), free[-1])
    limits = getattr(settings.platform.tiers, tier)
    file = tenant(tier=tier, slot=slot, concurrent_users=limits.max_users, database_gib=limits.max_database_gib)
    return {**tenants, f"more-{slot}": make_tenant_plan(f"more-{slot}", file, settings, plan)}


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    "counts",
    [{}, {"standard": 9, "priority": 2, "isolated": 1}, {"priority": 6, "standard": 30, "isolated": 2}],
    ids=["empty", "mixed", "full"],
)
def test_as_many_fit_as_the_plan_says_and_not_one_more(tier: str, counts: Mapping[str, int]) -> None:
    tenants = filled(SETTINGS, PLAN, counts)
    if full := counts.get("priority") == 6:  # whose databases, the largest first, fill the memory of their server
        tenants = {name: replace(each, database_gib=10) for name, each in tenants.items()}
    assert check_capacity(PLAN, SETTINGS, tenants) == []
    capacity = plan_capacity(PLAN, SETTINGS, tenants)
    for _ in range(capacity.fitting[tier]):
        tenants = _added(SETTINGS, PLAN, tenants, tier)
        assert check_capacity(PLAN, SETTINGS, tenants) == []
    assert full == (capacity.fitting[tier] == 0)
    problems = check_capacity(PLAN, SETTINGS, _added(SETTINGS, PLAN, tenants, tier))
    assert any(what in problem.found for problem in problems for what in capacity.binding[tier].split(", "))


@properties
@given(PLATFORMS, st.sampled_from(TIERS))
def test_what_fits_is_exact_on_any_platform(settings: PlatformSettings, tier: str) -> None:
    plan = make_platform_plan(settings)
    tenants: dict[str, TenantPlan] = {}
    capacity = plan_capacity(plan, settings, tenants)
    for _ in range(capacity.fitting[tier]):
        tenants = _added(settings, plan, tenants, tier)
    assert check_capacity(plan, settings, tenants) == []
    assert check_capacity(plan, settings, _added(settings, plan, tenants, tier)) != []


@properties
@given(PLATFORMS)
def test_a_platform_that_was_built_for_so_many_of_a_tier_takes_them(settings: PlatformSettings) -> None:
    plan = make_platform_plan(settings)
    fitting = plan_capacity(plan, settings, {}).fitting
    for tier in TIERS:
        assert fitting[tier] >= getattr(settings.platform.capacity, tier), tier


@properties
@given(st.permutations(range(12)))
def test_the_order_of_tenants_does_not_matter(order: list[int]) -> None:
    tenants = list(filled(SETTINGS, PLAN, {"priority": 2, "standard": 9, "isolated": 1}).items())
    assert plan_capacity(PLAN, SETTINGS, dict(tenants)) == plan_capacity(
        PLAN, SETTINGS, {tenants[index][0]: tenants[index][1] for index in order}
    )


def test_one_problem_for_each_thing_that_runs_out_names_the_newest_tenants() -> None:
    tenants = filled(SETTINGS, PLAN, {"standard": 39})
    (problem,) = check_capacity(PLAN, SETTINGS, tenants)
    assert problem.path == "odoo-azure:platform.capacity"
    newest = ", ".join(f"sta-{slot}.yaml (slot {slot}, standard)" for slot in (39, 38, 37))
    assert problem.found == f"19 slots of server 2 for 19 tenants, the newest of them {newest}"
    assert problem.allowed == "18 slots of server 2 (platform.tenants_per_server)"


def test_nodes_that_are_full_are_refused_with_their_number() -> None:
    tenants = filled(SETTINGS, PLAN, {"priority": 13})
    found = {
        problem.found.partition(" for ")[0]: problem.allowed for problem in check_capacity(PLAN, SETTINGS, tenants)
    }
    assert found["224250 millicores of pool web"].startswith("219600 millicores of pool web (30 nodes of")


@pytest.mark.parametrize(
    ("state", "slots", "connections", "rules"), [("active", 1, 228, 1), ("suspended", 1, 228, 0), ("removed", 1, 0, 0)]
)
def test_a_tenant_on_its_way_out_gives_back_what_it_no_longer_uses(
    state: str, slots: int, connections: int, rules: int
) -> None:
    tenants = {name: replace(each, state=state) for name, each in filled(SETTINGS, PLAN, {"standard": 1}).items()}
    used = {room.what: room.used for room in plan_capacity(PLAN, SETTINGS, tenants).rooms}
    assert used["slots of server 1"] == slots
    assert used["connections of server 1"] == connections
    assert used["load-balancer rules of a node"] == rules


def test_every_limit_of_the_platform_is_counted() -> None:
    rooms = {room.what: room for room in plan_capacity(PLAN, SETTINGS, {}).rooms}
    limits = {
        "load-balancer rules of a node": 300,
        "load-balancer front ends": 600,
        "role assignments": 4000,
        "federated credentials of an identity": 20,
        "DNS names": 25_000,
        "resource groups": 980,
        "private endpoints": 1000,
        "node pools": 100,
        "GiB of file shares": 102_400,
        "addresses of subnet ingress": 507,
        "addresses of subnet database": 251,
    }
    assert {what: rooms[what].limit for what in limits} == limits
    assert rooms["role assignments"].each["standard"] == len(TENANT_GRANTS) == 8
    # Each tenant has identities of its own, so that the limit of an identity never binds.
    assert set(rooms["federated credentials of an identity"].each.values()) == {0}
