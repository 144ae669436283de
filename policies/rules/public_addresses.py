"""Public addresses: on gateways only, never on machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_SET, Finding
from policies.rules.catalog import LEARN, PRIVATE_NETWORK

# What may hold a public address: gateways that filter, translate or authenticate.
_ADDRESS_HOLDERS = types(
    "network:ApplicationGateway",
    "network:AzureFirewall",
    "network:BastionHost",
    "network:NatGateway",
    "network:VirtualNetworkGateway",
)
_ADDRESS_TAKERS = types("network:NetworkInterface", "network:LoadBalancer", "containerservice:ManagedCluster")


def _interface_is_private(resource: Resource) -> Iterator[Finding]:
    for address in resource.at("ipConfigurations").elements():
        yield from address.at("publicIPAddress").must_not(IS_SET, "machines are reached through the gateways")


def _scale_set_is_private(resource: Resource) -> Iterator[Finding]:
    profile = resource.at("virtualMachineProfile.networkProfile")
    for interface in profile.at("networkInterfaceConfigurations").elements():
        for address in interface.at("ipConfigurations").elements():
            setting = address.at("publicIPAddressConfiguration")
            yield from setting.must_not(IS_SET, "machines are reached through the gateways")


def _addresses_have_a_purpose(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for address in graph.of("network:PublicIPAddress"):
        users = [node for node in graph.nodes if node.uses(address)]
        if any(user.type in _ADDRESS_TAKERS for user in users):
            yield address.finding("a network interface, load balancer or cluster must not take a public address")
        elif not any(user.type in _ADDRESS_HOLDERS for user in users):
            yield address.finding(
                "a public address must belong to a NAT, VPN or application gateway, firewall or Bastion"
            )


RULES = (
    ResourceRule(
        id="nic-no-public-ip",
        title="Network interfaces have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=types("network:NetworkInterface"),
        why="A machine with a public address takes connections past every gateway.",
        remedy="Leave publicIPAddress out; administer through Bastion.",
        url=f"{LEARN}/virtual-network/ip-services/public-ip-addresses",
        references=("MCSB NS-1", "PCI DSS 1.4.2"),
        check=_interface_is_private,
    ),
    ResourceRule(
        id="vmss-no-public-ip",
        title="Machines of scale sets have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=types("compute:VirtualMachineScaleSet"),
        why="A machine with a public address takes connections past every gateway.",
        remedy="Leave publicIPAddressConfiguration out.",
        url=f"{LEARN}/virtual-machine-scale-sets/virtual-machine-scale-sets-networking",
        references=("MCSB NS-1", "PCI DSS 1.4.2"),
        check=_scale_set_is_private,
    ),
    StackRule(
        id="pip-allowed-purpose",
        title="Public addresses belong to gateways, firewalls and Bastion only",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_ADDRESS_HOLDERS | _ADDRESS_TAKERS | types("network:PublicIPAddress"),
        why="Every public address is a door; the ones that filter and log are enough.",
        remedy="Attach the address to a gateway, a firewall or Bastion, or remove it.",
        url=f"{LEARN}/virtual-network/ip-services/public-ip-addresses",
        references=("MCSB NS-2", "CIS Azure 6.0 7.7", "PCI DSS 1.4.4"),
        check=_addresses_have_a_purpose,
    ),
)
