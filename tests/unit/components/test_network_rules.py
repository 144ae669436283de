"""What the security groups let through, judged as Azure judges a packet."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from components.network.egress import FirewallEgress
from components.network.flows import BASTION_RULES, FLOWS, Destination, flows_to
from components.network.security_rules import Addresses, Direction, Protocol, Range, Tag, rules_of
from components.network.subnets import SubnetKind
from tests.unit.components import network_example as example
from tests.unit.components.harness import declare, of_type

ADMINISTRATOR = "10.16.4.7"
STRANGER = "10.99.0.1"
INTERNET = "203.0.113.10"
POD = "192.168.7.3"
OTHER_POD = "192.168.9.4"
TAGS = {"Internet": INTERNET, "AzureLoadBalancer": "168.63.129.16", "AzureActiveDirectory": "20.190.128.1"}
MAX_DESCRIPTION = 140


@pytest.fixture(scope="module")
def groups() -> dict[str, list[Any]]:
    """Security rules as ARM gets them, by kind of subnet."""
    declared = declare(
        lambda: example.spoke(
            egress=FirewallEgress(firewall_name="afw-erp-test-weu"), subnets=example.SUBNETS_WITH_FIREWALL
        )
    )
    return {
        each.name.removeprefix("spoke-rules-"): list(each.inputs["securityRules"])
        for each in of_type(declared, "network:NetworkSecurityGroup")
    }


def address(kind: str) -> str:
    """A machine in a subnet."""
    return str(ip_network(example.SUBNETS_WITH_FIREWALL[kind])[5])


def allowed(rules: Sequence[Any], direction: str, source: str, target: str, port: int, protocol: str = "Tcp") -> bool:
    """The verdict of the rule with the lowest priority that matches, as in azure/virtual-network/
    network-security-group-how-it-works."""
    for rule in sorted(rules, key=lambda each: each["priority"]):
        if (
            rule["direction"] == direction
            and rule["protocol"] in ("*", protocol)
            and _holds(rule, "source", source)
            and _holds(rule, "destination", target)
            and {"*", str(port)} & set(_values(rule, "destinationPortRange"))
        ):
            return bool(rule["access"] == "Allow")
    raise AssertionError("no rule decides")


def passes(groups: dict[str, list[Any]], source: str, target: str, port: int, protocol: str = "Tcp") -> bool:
    """Whether a connection between two subnets is let out of one and into the other."""
    ends = address(source), address(target)
    return allowed(groups[source], "Outbound", *ends, port, protocol) and allowed(
        groups[target], "Inbound", *ends, port, protocol
    )


def _values(rule: Any, name: str) -> list[str]:
    several = rule.get(f"{name}s") or rule.get(f"{name}es") or []
    return [*several, *([rule[name]] if name in rule else [])]


def _holds(rule: Any, side: str, address_: str) -> bool:
    for prefix in _values(rule, f"{side}AddressPrefix"):
        if prefix == "*" or TAGS.get(prefix) == address_:
            return True
        if prefix[0].isdigit() and ip_address(address_) in ip_network(prefix):
            return True
    return False


NEEDED = [
    ("web", "database", 5432),
    ("jobs", "database", 6432),
    ("runner", "database", 5432),
    ("system", "database", 5432),
    ("database", "database", 5432),
    ("web", "private-endpoints", 10000),
    ("jobs", "private-endpoints", 10000),
    ("web", "private-endpoints", 2049),
    ("system", "private-endpoints", 443),
    ("runner", "private-endpoints", 443),
    ("web", "api-server", 443),
    ("system", "api-server", 4443),
    ("runner", "api-server", 443),
    ("api-server", "jobs", 10250),
    ("system", "web", 4240),
    ("web", "jobs", 8069),
]
UNNEEDED = [
    ("system", "database", 6432),
    ("private-endpoints", "database", 5432),
    ("database", "web", 443),
    ("runner", "web", 22),
    ("runner", "private-endpoints", 10000),
    ("web", "runner", 22),
    ("web", "database", 22),
    ("jobs", "private-endpoints", 445),
    ("private-endpoints", "web", 8069),
    ("runner", "api-server", 4443),
]


@pytest.mark.parametrize(("source", "target", "port"), NEEDED)
def test_needed_flow_passes(groups: dict[str, list[Any]], source: str, target: str, port: int) -> None:
    assert passes(groups, source, target, port)


@pytest.mark.parametrize(("source", "target", "port"), UNNEEDED)
def test_other_flow_is_denied(groups: dict[str, list[Any]], source: str, target: str, port: int) -> None:
    assert not passes(groups, source, target, port)


def test_clients_reach_the_ingress_only_and_by_the_ports_of_the_web_only(groups: dict[str, list[Any]]) -> None:
    front_end = address("ingress")
    # The web nodes see the load balancer's address as destination: floating IP.
    for kind in ("ingress", "web"):
        assert allowed(groups[kind], "Inbound", ADMINISTRATOR, front_end, 443)
        assert allowed(groups[kind], "Inbound", ADMINISTRATOR, front_end, 80), "Traefik redirects from there"
        assert not allowed(groups[kind], "Inbound", ADMINISTRATOR, front_end, 8080)
        assert not allowed(groups[kind], "Inbound", STRANGER, front_end, 443)
        assert not allowed(groups[kind], "Inbound", INTERNET, front_end, 443)
    others = set(groups) - {"ingress", "bastion"}
    assert not any(allowed(groups[kind], "Inbound", ADMINISTRATOR, address(kind), 443) for kind in others)


def test_internet_reaches_the_bastion_only(groups: dict[str, list[Any]]) -> None:
    for kind, rules in groups.items():
        for port in (22, 80, 443, 3389, 5432, 6432, 8069, 10000):
            assert allowed(rules, "Inbound", INTERNET, address(kind), port) == (kind == "bastion" and port == 443)


def test_bastion_reaches_the_runner_and_nothing_else(groups: dict[str, list[Any]]) -> None:
    for kind in set(groups) - {"bastion"}:
        for port in (22, 443, 3389, 5432):
            let_in = allowed(groups[kind], "Inbound", address("bastion"), address(kind), port)
            assert let_in == (kind == "runner" and port == 22)


def test_pods_of_different_nodes_talk(groups: dict[str, list[Any]]) -> None:
    for kind in ("system", "web", "jobs"):
        for direction in ("Inbound", "Outbound"):
            assert allowed(groups[kind], direction, POD, OTHER_POD, 53, "Udp")
        assert allowed(groups[kind], "Outbound", address(kind), OTHER_POD, 8080)
    assert not allowed(groups["runner"], "Inbound", POD, address("runner"), 22)


def test_names_are_asked_of_the_firewall_only(groups: dict[str, list[Any]]) -> None:
    for kind in ("system", "web", "jobs", "runner", "database", "api-server"):
        assert allowed(groups[kind], "Outbound", address(kind), example.FIREWALL_ADDRESS, 53, "Udp")
        assert not allowed(groups[kind], "Outbound", address(kind), INTERNET, 53, "Udp")


def test_ports_of_destinations_open_where_they_are_needed(groups: dict[str, list[Any]]) -> None:
    ports = {
        kind: {port for port in (22, 25, 80, 443, 587) if allowed(rules, "Outbound", address(kind), INTERNET, port)}
        for kind, rules in groups.items()
    }
    # The bastion's certificate checks are Azure's requirement.
    open_ = {"web": {443, 587}, "jobs": {443, 587}, "runner": {443}, "bastion": {80}}
    assert ports == {kind: open_.get(kind, set()) for kind in groups}


def test_database_signs_in_by_entra_and_nothing_else_outside(groups: dict[str, list[Any]]) -> None:
    assert allowed(groups["database"], "Outbound", address("database"), TAGS["AzureActiveDirectory"], 443)
    assert not allowed(groups["database"], "Outbound", address("database"), INTERNET, 443)


def test_private_endpoints_start_nothing(groups: dict[str, list[Any]]) -> None:
    assert [rule["name"] for rule in groups["private-endpoints"] if rule["direction"] == "Outbound"] == [
        "DenyAllOutbound"
    ]


def test_rules_fit_arm(groups: dict[str, list[Any]]) -> None:
    for rules in groups.values():
        names = [rule["name"] for rule in rules]
        assert len(names) == len(set(names))
        places = [(rule["direction"], rule["priority"]) for rule in rules]
        assert len(places) == len(set(places))
        denials = [rule for rule in rules if rule["access"] == "Deny"]
        assert [(rule["direction"], rule["priority"]) for rule in denials] == [("Inbound", 4096), ("Outbound", 4096)]
        for rule in rules:
            assert 0 < len(rule["description"]) <= MAX_DESCRIPTION
            assert 100 <= rule["priority"] <= 4096
            for side in ("source", "destination"):
                # ARM takes tags and `*` in the singular property only.
                assert all(prefix[0].isdigit() for prefix in rule.get(f"{side}AddressPrefixes", ()))


def test_bastion_has_exactly_what_azure_demands() -> None:
    def rules(direction: Direction) -> set[tuple[str, str, Protocol, tuple[str, ...]]]:
        return {
            (rule.sources[0], rule.targets[0], rule.protocol, rule.ports)
            for rule in BASTION_RULES
            if rule.direction is direction
        }

    network, tcp, any_protocol = "VirtualNetwork", Protocol.TCP, Protocol.ASTERISK
    assert rules(Direction.INBOUND) == {
        ("Internet", "*", tcp, ("443",)),
        ("GatewayManager", "*", tcp, ("443",)),
        ("AzureLoadBalancer", "*", tcp, ("443",)),
        (network, network, any_protocol, ("8080", "5701")),
    }
    assert rules(Direction.OUTBOUND) == {
        ("*", network, tcp, ("22",)),
        ("*", network, tcp, ("3389",)),
        ("*", "AzureCloud", tcp, ("443",)),
        (network, network, any_protocol, ("443", "8080", "5701")),
        ("*", "Internet", any_protocol, ("80",)),
    }


def test_rows_about_absent_subnets_make_no_rules() -> None:
    addresses = Addresses(subnets={SubnetKind.RUNNER: "10.0.0.0/28"}, ranges={Range.PODS: ["192.168.0.0/16"]})
    rules = rules_of(SubnetKind.RUNNER, FLOWS, addresses)
    assert rules
    assert {rule.targets[0] for rule in rules} <= {tag.value for tag in Tag}


def test_destinations_share_one_flow_a_port() -> None:
    flows = flows_to(
        [
            Destination(fqdn="a.example", purpose="A"),
            Destination(fqdn="b.example", purpose="B", sources=(SubnetKind.RUNNER,)),
            Destination(fqdn="c.example", purpose="C", port=22, sources=(SubnetKind.JOBS,)),
        ]
    )
    assert [(flow.ports, flow.sources) for flow in flows] == [
        (("22",), (SubnetKind.JOBS,)),
        (("443",), (SubnetKind.WEB, SubnetKind.JOBS, SubnetKind.RUNNER)),
    ]


def test_destination_that_no_firewall_could_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="wildcards on ports 80 and 443 only"):
        Destination(fqdn="*.example", purpose="Mail", port=587)


def test_destination_from_a_subnet_that_starts_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing leaves the network from database"):
        Destination(fqdn="a.example", purpose="A", sources=(SubnetKind.DATABASE,))
