"""Subnets stay inside the address space, apart from one another and where they are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

import pytest
from hypothesis import given

from stacks.errors import SettingsError
from stacks.planning.addressing import SLOTS, subnet_range
from stacks.planning.assemble import make_plan
from stacks.settings import Settings
from tests.unit.planning.examples import HUB, NETWORKS, SETTINGS, because, plan_with, properties, settings_with

# learn.microsoft.com: the shortest prefix length each service takes.
LONGEST_PREFIXES = {"api-server": 28, "database": 28, "bastion": 26, "firewall": 26, "runner": 28, "ingress": 27}


@properties
@given(SETTINGS)
def test_subnets_are_inside_the_space_and_apart_from_each_other(settings: Settings) -> None:
    plan = make_plan(settings).network
    space = IPv4Network(plan.address_space)
    subnets = [IPv4Network(subnet) for subnet in plan.subnets.values()]  # raises where one is not aligned
    assert all(subnet.subnet_of(space) for subnet in subnets)
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))
    assert plan.free_addresses == space.num_addresses - sum(subnet.num_addresses for subnet in subnets) > 0


@properties
@given(SETTINGS)
def test_subnets_overlap_neither_hub_nor_pods_nor_services_nor_clients(settings: Settings) -> None:
    plan = make_plan(settings).network
    hub = settings.network.hub.address_space if settings.network.hub else []
    others = [plan.pod_range, plan.service_range, *hub, *settings.network.client_ranges]
    for subnet in plan.subnets.values():
        assert not any(IPv4Network(subnet).overlaps(IPv4Network(other)) for other in others)
    services = IPv4Network(plan.service_range)
    assert services.network_address + 1 < IPv4Address(plan.dns_service_ip) < services.broadcast_address


@properties
@given(NETWORKS)
def test_optional_subnets_never_move_the_others(space: str) -> None:
    everything = plan_with(network__address_space=space, network__egress="firewall", network__bastion=True).network
    least = plan_with(network__address_space=space, network__egress="nat", network__bastion=False).network
    assert set(everything.subnets) - set(least.subnets) == {"bastion", "firewall"}
    assert least.subnets.items() <= everything.subnets.items()


@pytest.mark.parametrize("users", [10, 1000])
def test_load_never_moves_a_subnet(users: int) -> None:
    assert plan_with(workload__concurrent_users=users).network == plan_with().network


@pytest.mark.parametrize("prefix", range(12, 23))
def test_every_service_gets_the_size_it_asks_for(prefix: int) -> None:
    subnets = {kind: subnet_range(IPv4Network(f"10.0.0.0/{prefix}"), kind) for kind in SLOTS}
    for kind, longest in LONGEST_PREFIXES.items():
        assert subnets[kind].prefixlen <= longest
    assert subnets["private-endpoints"].prefixlen <= 26


@properties
@given(SETTINGS)
def test_node_subnets_have_an_address_for_every_node_and_a_third_more(settings: Settings) -> None:
    plan = make_plan(settings)
    for name, pool in plan.cluster.pools.items():
        usable = IPv4Network(plan.network.subnets[name]).num_addresses - 5
        assert usable >= pool.max_nodes * 4 / 3


def test_a_typical_space_has_room_for_more() -> None:
    plan = plan_with(network__address_space="10.40.0.0/20", network__egress="firewall", network__bastion=True)
    assert plan.network.subnets == {
        "web": "10.40.0.0/23",
        "jobs": "10.40.2.0/24",
        "system": "10.40.3.0/24",
        "private-endpoints": "10.40.4.0/24",
        "bastion": "10.40.5.0/26",
        "firewall": "10.40.6.0/26",
        "database": "10.40.7.0/27",
        "ingress": "10.40.7.128/27",
        "api-server": "10.40.8.0/28",
        "runner": "10.40.8.64/28",
    }
    assert plan.network.free_addresses == 2592
    assert "overlay" in because(plan, "network.subnets.web")


def test_the_hubs_firewall_makes_an_own_one_needless() -> None:
    hub = HUB | {"firewall_private_ip": "10.200.0.4"}
    assert "firewall" not in plan_with(network__egress="firewall", network__hub=hub).network.subnets
    assert "firewall" in plan_with(network__egress="firewall", network__hub=HUB).network.subnets


@pytest.mark.parametrize(
    ("changes", "path", "allowed"),
    [
        (
            {
                "network__address_space": "10.40.0.0/22",
                "workload__concurrent_users": 2000,
                "environment__class": "staging",
                "workload__peak_factor": 2,
            },
            "network.address_space",
            "nodes at the most",
        ),
        ({"network__pod_range": "192.168.0.0/20"}, "network.pod_range", "/19 or larger"),
    ],
)
def test_ranges_that_are_too_small_are_refused(changes: dict[str, object], path: str, allowed: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings_with(**changes))
    (problem,) = refusal.value.problems
    assert problem.path == f"odoo-azure:{path}"
    assert allowed in problem.allowed
