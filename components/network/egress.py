"""The way out of the spoke: a NAT gateway, an own firewall, or the hub's firewall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network

import pulumi
from pulumi_azure_native import network

from components.base import Component
from components.network.subnets import MACHINES, SubnetKind

ZONES = ("1", "2", "3")
_EVERYWHERE = "0.0.0.0/0"
_IDLE_TIMEOUT_MINUTES = 4
"""Azure's default, and that of AKS; longer ones hold SNAT ports of dead connections."""


class FirewallTier(StrEnum):
    """Tiers of Azure Firewall that filter by name and may be zone redundant."""

    STANDARD = "Standard"
    PREMIUM = "Premium"
    """Adds intrusion prevention."""


@dataclass(frozen=True, kw_only=True)
class NatEgress:
    """One NAT gateway: cheap, with fixed addresses, filtering by port and service tag only.

    Azure's Standard NAT gateway lives in one zone (learn.microsoft.com azure/nat-gateway/nat-availability-zones); its
    zone-redundant successor, StandardV2, is not in the API version of the SDK. The zone is pinned, rather than left to
    Azure, so that everybody knows what the loss of a zone means: while that zone is down nothing leaves the network
    (mail, banks, Entra tokens that expire), though users still work, as data, vault, registry and the cluster's API
    are inside. An environment that cannot bear that takes a `FirewallEgress`, which spans zones. A change of `zone`
    makes a gateway and addresses there, moves the subnets over and then removes the old ones.

    Args:
        gateway_name: Azure name, to which the zone is added, as a zone cannot change in place: `<gateway_name>-z1`.
        zone: zone of the gateway.
        prefix_length: size of the range of outbound public addresses, 31 (two) to 28 (sixteen); each address carries
            64,512 connections to one place.
    """

    gateway_name: str
    zone: str = "1"
    prefix_length: int = 31


@dataclass(frozen=True, kw_only=True)
class FirewallEgress:
    """An Azure Firewall of the environment's own, over all zones, that lets out only to known names.

    It needs a subnet of kind `firewall`, and is the network's DNS server, so that rules and machines agree on what a
    name means and each query is logged.

    Args:
        firewall_name: Azure name; the policy is `afwp-<firewall_name>`, addresses are `pip-<firewall_name>-<number>`.
        tier: Premium also looks for intrusions, and stops them.
        address_count: outbound public addresses, 1 to 250; each carries 2,496 connections an instance to one place
            (learn.microsoft.com azure/firewall/snat-private-range), and a firewall has at least two instances.
    """

    firewall_name: str
    tier: FirewallTier = FirewallTier.PREMIUM
    address_count: int = 1


@dataclass(frozen=True, kw_only=True)
class HubEgress:
    """The hub's firewall, whose owners keep its rules.

    Args:
        firewall_private_address: address of the firewall in the hub.
    """

    firewall_private_address: str


Egress = NatEgress | FirewallEgress | HubEgress


@dataclass(frozen=True, kw_only=True)
class WayOut:
    """What subnets need to leave the network.

    Args:
        nat_gateway_id: gateway of the machines' subnets.
        route_table_ids: route tables by subnet.
        addresses: public addresses or ranges that others see, for their allow-lists; empty where they are the hub's.
    """

    nat_gateway_id: pulumi.Output[str] | None = None
    route_table_ids: Mapping[SubnetKind, pulumi.Output[str]] = field(default_factory=dict)
    addresses: pulumi.Output[list[str]]

    def nat_gateway_of(self, kind: SubnetKind) -> pulumi.Output[str] | None:
        """Gateway of a subnet, if it leaves by one."""
        return self.nat_gateway_id if kind in MACHINES else None


def nat_gateway(component: Component, name: str, egress: NatEgress) -> WayOut:
    """Makes the NAT gateway.

    Args:
        component: its owner.
        name: prefix of Pulumi names.
        egress: the arguments.
    """
    # The zone of a gateway and the size of a range cannot change in place, and two gateways share no range, so names
    # tell what they are: the new one is made beside the old.
    gateway_name = f"{egress.gateway_name}-z{egress.zone}"
    prefix = network.PublicIPPrefix(
        f"{name}-nat-addresses-z{egress.zone}-{egress.prefix_length}",
        public_ip_prefix_name=f"ippre-{gateway_name}-{egress.prefix_length}",
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        sku=network.PublicIPPrefixSkuArgs(name=network.PublicIPPrefixSkuName.STANDARD),
        public_ip_address_version=network.IPVersion.I_PV4,
        prefix_length=egress.prefix_length,
        zones=list(ZONES),
        opts=component.child(),
    )
    gateway = network.NatGateway(
        f"{name}-nat-z{egress.zone}",
        nat_gateway_name=gateway_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        sku=network.NatGatewaySkuArgs(name=network.NatGatewaySkuName.STANDARD),
        zones=[egress.zone],
        idle_timeout_in_minutes=_IDLE_TIMEOUT_MINUTES,
        public_ip_prefixes=[network.SubResourceArgs(id=prefix.id)],
        opts=component.child(),
    )
    return WayOut(nat_gateway_id=gateway.id, addresses=prefix.ip_prefix.apply(lambda range_: [range_]))


def route_tables(
    component: Component,
    name: str,
    stem: str,
    *,
    next_hop: str,
    subnets: Mapping[SubnetKind, str],
    learn_gateway_routes: bool,
) -> dict[SubnetKind, pulumi.Output[str]]:
    """Makes the route tables that lead through a firewall: one of the machines' subnets, one of the database's.

    Args:
        component: their owner.
        name: prefix of Pulumi names.
        stem: what Azure names are made of.
        next_hop: private address of the firewall.
        subnets: ranges of the network's subnets.
        learn_gateway_routes: take the routes of a gateway in the hub too. With an own firewall, answers to the
            company's networks must go back by the gateway that the questions came by; with the hub's, through its
            firewall.
    """
    out = _route("everything", _EVERYWHERE, network.RouteNextHopType.VIRTUAL_APPLIANCE, next_hop)

    def table(purpose: str, routes: list[network.RouteArgs]) -> pulumi.Output[str]:
        return network.RouteTable(
            f"{name}-routes-{purpose}",
            route_table_name=f"rt-{stem}-{purpose}",
            resource_group_name=component.placement.resource_group_name,
            location=component.placement.location,
            tags=component.placement.tags,
            disable_bgp_route_propagation=not learn_gateway_routes,
            routes=routes,
            opts=component.child(),
        ).id

    tables: dict[SubnetKind, pulumi.Output[str]] = {}
    machines = [kind for kind in MACHINES if kind in subnets]
    if machines:
        tables |= dict.fromkeys(machines, table("machines", [out]))
    if SubnetKind.DATABASE in subnets:
        # Replication and Entra sign-ins must not meet the firewall
        # (learn.microsoft.com azure/postgresql/network/concepts-networking-private).
        direct = [
            _route("entra", "AzureActiveDirectory", network.RouteNextHopType.INTERNET),
            _route("replication", str(ip_network(subnets[SubnetKind.DATABASE])), network.RouteNextHopType.VNET_LOCAL),
        ]
        tables[SubnetKind.DATABASE] = table("database", [out, *direct])
    return tables


def _route(name: str, to: str, kind: network.RouteNextHopType, next_hop: str | None = None) -> network.RouteArgs:
    return network.RouteArgs(name=name, address_prefix=to, next_hop_type=kind, next_hop_ip_address=next_hop)
