"""A platform that Azure, or this design, cannot carry is refused with the number that binds."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stacks.errors import SettingsError
from stacks.planning.platform import make_platform_plan
from tests.unit.planning.platforms import platform_settings

PER_SERVER = "odoo-azure:platform.tenants_per_server"
ALL_PRIORITY = {
    "platform.capacity": {"standard": 0, "priority": 40, "isolated": 0},
    "platform.tiers": {
        "standard": {"max_users": 40, "max_database_gib": 9},
        "priority": {"max_users": 100, "max_database_gib": 50},
    },
    "network.pod_range": "100.64.0.0/12",
}


def refused(changes: Mapping[str, object]) -> dict[str, tuple[str, str, str]]:
    with pytest.raises(SettingsError) as refusal:
        make_platform_plan(platform_settings(changes))
    return {problem.path: (problem.found, problem.allowed, problem.remedy) for problem in refusal.value.problems}


def test_an_address_space_that_is_too_small_is_refused() -> None:
    found, allowed, _ = refused({"network.address_space": "10.40.0.0/21"})["odoo-azure:network.address_space"]
    assert found == '"10.40.0.0/21", 2048 addresses'
    assert allowed.startswith("a /20 or larger")


def test_too_many_tenants_a_server_are_refused_with_the_number_that_binds() -> None:
    found, allowed, _ = refused({**ALL_PRIORITY, "platform.tenants_per_server": 25})[PER_SERVER]
    assert found == "25: 6210 connections, with both login roles of each tenant at up to 122"
    assert allowed == "5000 connections, the most of any server: 20 tenants of the largest tier"


def test_so_many_tenants_a_server_as_a_refusal_allows_are_not_refused() -> None:
    plan = make_platform_plan(platform_settings({**ALL_PRIORITY, "platform.tenants_per_server": 20}))
    assert plan.servers[0].database.parameters["max_connections"] == "5000"
    assert PER_SERVER in refused({**ALL_PRIORITY, "platform.tenants_per_server": 21})


def test_more_data_than_a_servers_memory_serves_is_refused() -> None:
    tiers = {
        "standard": {"max_users": 40, "max_database_gib": 500},
        "priority": {"max_users": 100, "max_database_gib": 500},
    }
    found, allowed, _ = refused({"platform.tiers": tiers})[PER_SERVER]
    assert "17 of tier standard and 4 of tier priority" in found
    assert allowed == "672 GiB of memory of one server, for 2625 GiB of data in daily use"


def test_more_sessions_than_a_cache_holds_are_refused() -> None:
    tiers = {
        "standard": {"max_users": 500, "max_database_gib": 1},
        "priority": {"max_users": 500, "max_database_gib": 1},
        "isolated": {"max_users": 5000, "max_database_gib": 1},
    }
    capacity = {"standard": 300, "priority": 100, "isolated": 20}
    changes = {"platform.tiers": tiers, "platform.capacity": capacity}
    found, allowed, _ = refused(changes)["odoo-azure:platform.capacity"]
    assert found.startswith("450000 users at the close with 110 GiB of sessions")
    assert allowed == "96 GiB and 200000 connections, what Balanced_B100 holds"


def test_a_capacity_that_a_limit_of_azure_s_does_not_carry_is_refused() -> None:
    changes = {
        "platform.capacity": {"standard": 300, "priority": 4, "isolated": 0},
        "platform.tenants_per_server": 3,
        "network.pod_range": "100.64.0.0/12",
    }
    with pytest.raises(SettingsError) as refusal:
        make_platform_plan(platform_settings(changes))
    assert {problem.path for problem in refusal.value.problems} == {"odoo-azure:platform.capacity"}
    assert [(problem.found, problem.allowed.partition(" (")[0]) for problem in refusal.value.problems] == [
        ("304 tenants, who need 306 addresses of subnet database", "251 addresses of subnet database"),
        ("304 tenants, who need 304 load-balancer rules of a node", "300 load-balancer rules of a node"),
        ("304 tenants, who need 304 load-balanced services", "300 load-balanced services"),
    ]
