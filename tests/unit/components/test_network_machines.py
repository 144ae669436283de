"""The network of an environment on machines: the same subnets as a cluster's, with other doors."""

from __future__ import annotations

from typing import Any

import pytest

from components.machines.model import HEALTH_PORT
from components.network.egress import FirewallEgress
from components.network.flows import Runtime
from components.network.machine_flows import MACHINE_DESTINATIONS, MACHINE_FLOWS
from components.network.subnets import SubnetKind
from tests.unit.components import network_example as example
from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one
from tests.unit.components.test_network_rules import (
    ADMINISTRATOR,
    INTERNET,
    MAX_DESCRIPTION,
    STRANGER,
    address,
    allowed,
    passes,
)

PROBE = "168.63.129.16"
EMPTY = ("system", "api-server")


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(
        lambda: example.spoke(
            egress=FirewallEgress(firewall_name="afw-erp-test-weu"),
            subnets=example.SUBNETS_WITH_FIREWALL,
            pod_address_range=None,
            destinations=(*example.DESTINATIONS, *MACHINE_DESTINATIONS),
            runtime=Runtime.MACHINES,
        )
    )


@pytest.fixture(scope="module")
def groups(declared: list[Declared]) -> dict[str, list[Any]]:
    return {
        each.name.removeprefix("spoke-rules-"): list(each.inputs["securityRules"])
        for each in of_type(declared, "network:NetworkSecurityGroup")
    }


NEEDED = [
    ("web", "database", 5432),
    ("web", "database", 6432),
    ("jobs", "database", 5432),
    ("runner", "database", 5432),
    ("database", "database", 5432),
    ("web", "private-endpoints", 10000),
    ("web", "private-endpoints", 2049),
    ("jobs", "private-endpoints", 2049),
    ("web", "private-endpoints", 443),
    ("jobs", "private-endpoints", 443),
    ("runner", "private-endpoints", 443),
    ("runner", "web", 443),
]
UNNEEDED = [
    ("web", "jobs", 22),
    ("jobs", "web", 22),
    ("jobs", "web", 443),
    ("web", "jobs", 8081),
    ("runner", "web", 22),
    ("runner", "jobs", 22),
    ("runner", "web", 8081),
    ("database", "web", 443),
    ("private-endpoints", "web", 443),
    ("web", "database", 22),
]


@pytest.mark.parametrize(("source", "target", "port"), NEEDED)
def test_needed_flow_passes(groups: dict[str, list[Any]], source: str, target: str, port: int) -> None:
    assert passes(groups, source, target, port)


@pytest.mark.parametrize(("source", "target", "port"), UNNEEDED)
def test_other_flow_is_denied(groups: dict[str, list[Any]], source: str, target: str, port: int) -> None:
    assert not passes(groups, source, target, port)


def test_a_client_reaches_a_machine_at_its_own_address_as_the_load_balancer_does_not_hide_either_end(
    groups: dict[str, list[Any]],
) -> None:
    for port in (80, 443):
        assert allowed(groups["web"], "Inbound", ADMINISTRATOR, address("web"), port)
        assert allowed(groups["ingress"], "Inbound", ADMINISTRATOR, address("ingress"), port)
        assert not allowed(groups["web"], "Inbound", ADMINISTRATOR, address("ingress"), port), "no floating IP"
        assert not allowed(groups["web"], "Inbound", STRANGER, address("web"), port)
    for port in (22, 5432, 8069, 8072, HEALTH_PORT):
        assert not allowed(groups["web"], "Inbound", ADMINISTRATOR, address("web"), port)
    others = set(groups) - {"ingress", "web", "bastion"}
    assert not any(allowed(groups[kind], "Inbound", ADMINISTRATOR, address(kind), 443) for kind in others)


def test_the_load_balancer_asks_for_the_health_of_what_answers_and_of_nothing_else(
    groups: dict[str, list[Any]],
) -> None:
    asked = {
        (kind, port)
        for kind in ("web", "jobs", "runner", "ingress", "database")
        for port in (22, 80, 443, HEALTH_PORT)
        if allowed(groups[kind], "Inbound", PROBE, address(kind), port)
    }
    assert asked == {("web", HEALTH_PORT)}


def test_administrators_reach_machines_by_the_bastion_and_by_ssh_only(groups: dict[str, list[Any]]) -> None:
    for kind in set(groups) - {"bastion"}:
        for port in (22, 443, 3389, 5432, HEALTH_PORT):
            let_in = allowed(groups[kind], "Inbound", address("bastion"), address(kind), port)
            assert let_in == (kind in ("web", "jobs", "runner") and port == 22)


def test_internet_reaches_the_bastion_only(groups: dict[str, list[Any]]) -> None:
    for kind, rules in groups.items():
        for port in (22, 80, 443, 3389, 5432, 8069, HEALTH_PORT):
            assert allowed(rules, "Inbound", INTERNET, address(kind), port) == (kind == "bastion" and port == 443)


@pytest.mark.parametrize("kind", EMPTY)
def test_subnets_that_only_a_cluster_fills_are_shut(groups: dict[str, list[Any]], kind: str) -> None:
    assert [rule["name"] for rule in groups[kind]] == ["DenyAllInbound", "DenyAllOutbound"]
    for rules in groups.values():
        for rule in rules:
            prefixes = {rule.get(f"{side}AddressPrefix") for side in ("source", "destination")}
            several = {
                prefix for side in ("source", "destination") for prefix in rule.get(f"{side}AddressPrefixes", ())
            }
            assert example.SUBNETS[kind] not in prefixes | several


def test_machines_leave_by_the_ports_of_their_destinations_and_to_the_agents_services(
    groups: dict[str, list[Any]],
) -> None:
    ports = {
        kind: {
            port for port in (22, 25, 80, 443, 587) if allowed(groups[kind], "Outbound", address(kind), INTERNET, port)
        }
        for kind in ("web", "jobs", "runner", "ingress", "database")
    }
    assert ports == {
        "web": {80, 443, 587},
        "jobs": {80, 443, 587},
        "runner": {443},
        "ingress": set(),
        "database": set(),
    }
    tags = {
        kind: {
            rule["destinationAddressPrefix"]
            for rule in groups[kind]
            if rule["access"] == "Allow" and rule["direction"] == "Outbound"
            if not rule.get("destinationAddressPrefix", "1")[0].isdigit()
        }
        for kind in ("web", "jobs", "runner")
    }
    machine = {"AzurePlatformDNS", "AzureResourceManager", "AzureMonitor", "Internet"}
    assert tags == {"web": machine, "jobs": machine, "runner": machine | {"AzureActiveDirectory"}}


def test_the_firewall_knows_what_machines_need_and_nothing_of_clusters(declared: list[Declared]) -> None:
    collections = one(declared, "network:FirewallPolicyRuleCollectionGroup").inputs["ruleCollections"]
    rules = {rule["name"]: rule for each in collections for rule in each["rules"]}
    azure = {rule["name"] for each in collections if each["name"] == "azure" for rule in each["rules"]}
    assert azure == {"identity-and-management", "monitor"}
    assert not any("fqdnTags" in rule for rule in rules.values())
    archive = rules["azure.archive.ubuntu.com-80-from-web-jobs"]
    assert archive["protocols"] == [{"protocolType": "Http", "port": 80}]
    snapshot = rules["snapshot.ubuntu.com-443-from-web-jobs"]
    assert snapshot["sourceAddresses"] == [example.SUBNETS["web"], example.SUBNETS["jobs"]]
    assert "packages.microsoft.com-443-from-web-jobs" in rules


def test_the_subnets_are_those_of_a_cluster(declared: list[Declared]) -> None:
    def subnets(of: list[Declared]) -> Any:
        return one(of, "network:VirtualNetwork").inputs["subnets"]

    cluster = declare(
        lambda: example.spoke(
            egress=FirewallEgress(firewall_name="afw-erp-test-weu"), subnets=example.SUBNETS_WITH_FIREWALL
        )
    )
    assert subnets(declared) == subnets(cluster)
    assert {(each.type, each.name) for each in declared} == {(each.type, each.name) for each in cluster}


def test_rules_fit_arm(declared: list[Declared], groups: dict[str, list[Any]]) -> None:
    assert arm_findings(declared) == []
    for rules in groups.values():
        names = [rule["name"] for rule in rules]
        assert len(names) == len(set(names))
        assert all(0 < len(rule["description"]) <= MAX_DESCRIPTION for rule in rules)


def test_no_flow_of_machines_starts_or_ends_in_what_only_a_cluster_has() -> None:
    for flow in MACHINE_FLOWS:
        for peers in (flow.sources, flow.targets):
            assert not {SubnetKind.SYSTEM, SubnetKind.API_SERVER} & set(peers if isinstance(peers, tuple) else ())
