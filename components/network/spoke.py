"""The spoke network of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component, Placement
from components.network.egress import Egress, FirewallEgress, HubEgress, NatEgress, WayOut, nat_gateway, route_tables
from components.network.firewall import checked_id, firewall, firewall_policy, public_addresses
from components.network.firewall_rules import rule_collections
from components.network.flows import BASTION_RULES, FLOWS, Destination, Runtime, flows_to
from components.network.hub import Hub, peer
from components.network.machine_flows import MACHINE_FLOWS
from components.network.security_rules import Addresses, Range, rules_of, security_rules
from components.network.subnets import SubnetKind, first_free_address, subnet_args, subnet_name


@dataclass(frozen=True, kw_only=True)
class SpokeNetworkArgs:
    """Arguments of `SpokeNetwork`. Ranges are in CIDR notation, do not overlap, and are known before anything is made.

    Args:
        placement: where it goes.
        network_name: Azure name, `vnet-<stem>`; at most 63 characters, as AKS makes it a label of its nodes. What comes
            with the network is named by the stem: `nsg-<stem>-<kind>`, `rt-<stem>-...`.
        address_space: range of the network.
        subnets: range of each subnet, by kind (values of `SubnetKind`); kinds that are left out are not made.
        client_address_ranges: where the users are; they reach the ingress, by HTTPS only. Empty for nobody.
        pod_address_range: the cluster's pod range, outside the network; None without a cluster.
        destinations: places on the Internet that Odoo and the runner may reach.
        egress: the way out.
        hub: the network to peer with; None for none.
        runtime: what Odoo runs on; what is let in and out follows from it, and no subnet does.
    """

    placement: Placement
    network_name: str
    address_space: str
    subnets: Mapping[str, str]
    client_address_ranges: Sequence[str]
    egress: Egress
    pod_address_range: str | None = None
    destinations: Sequence[Destination] = ()
    hub: Hub | None = None
    runtime: Runtime = Runtime.CLUSTER


class SpokeNetwork(Component):
    """A virtual network whose subnets let nothing in or out but what the table of flows names.

    Makes the network with its subnets inside it, a security group a subnet (none in the firewall's, which takes none),
    the way out (NAT gateway; or firewall, policy and route tables; or route tables to the hub's firewall), and the
    peering with the hub. No subnet has Azure's default outbound access.

    Attributes:
        network_id: ARM id.
        network_name: Azure name.
        subnet_ids: ARM ids of the subnets by kind (values of `SubnetKind`), known once the peerings and an own firewall
            are there: nothing is placed in the network before its way out and its DNS server work.
        egress_addresses: public addresses and ranges that others see; empty with the hub's firewall.

    Raises:
        ValueError: a kind of subnet that there is not; an own firewall without its subnet, or that subnet without one;
            egress by a hub without a hub.
    """

    network_id: pulumi.Output[str]
    network_name: pulumi.Output[str]
    subnet_ids: Mapping[str, pulumi.Output[str]]
    egress_addresses: pulumi.Output[list[str]]

    def __init__(self, name: str, args: SpokeNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self._prefix = name
        self._args = args
        self._subnets = {SubnetKind(kind): address_range for kind, address_range in args.subnets.items()}
        self._check()
        super().__init__(name, args.placement, opts)
        self._stem = args.network_name.removeprefix("vnet-")
        self._dns_servers = self._resolvers()
        public = self._firewall_addresses()
        way_out = self._way_out(public)
        spoke = self._network(way_out)
        peerings = peer(self, name, args.hub, spoke, args.network_name) if args.hub else []
        ready = [peering.id for peering in peerings]
        if isinstance(args.egress, FirewallEgress):
            ready.append(self._firewall(args.egress, spoke, public, peerings))
        self.network_id = spoke.id
        self.network_name = spoke.name
        self.subnet_ids = {kind.value: _subnet_id(spoke, kind, ready) for kind in self._subnets}
        self.egress_addresses = way_out.addresses
        self.finish({"networkId": self.network_id, "egressAddresses": self.egress_addresses})

    def _check(self) -> None:
        own_firewall = isinstance(self._args.egress, FirewallEgress)
        if own_firewall != (SubnetKind.FIREWALL in self._subnets):
            raise ValueError("egress by an own firewall and a subnet of kind firewall come together or not at all")
        if isinstance(self._args.egress, HubEgress) and self._args.hub is None:
            raise ValueError("egress by the hub's firewall needs a hub")

    def _resolvers(self) -> list[str]:
        """Servers that the network's machines ask: the own firewall, which passes on to the hub's; or the hub's."""
        if isinstance(self._args.egress, FirewallEgress):
            return [self._firewall_private_address()]
        return list(self._args.hub.dns_servers) if self._args.hub else []

    def _firewall_private_address(self) -> str:
        return first_free_address(self._subnets[SubnetKind.FIREWALL])

    def _firewall_addresses(self) -> list[network.PublicIPAddress]:
        egress = self._args.egress
        return public_addresses(self, self._prefix, egress) if isinstance(egress, FirewallEgress) else []

    def _way_out(self, firewall_addresses: Sequence[network.PublicIPAddress]) -> WayOut:
        egress = self._args.egress
        if isinstance(egress, NatEgress):
            return nat_gateway(self, self._prefix, egress)
        tables = route_tables(
            self,
            self._prefix,
            self._stem,
            next_hop=self._firewall_private_address()
            if isinstance(egress, FirewallEgress)
            else egress.firewall_private_address,
            subnets=self._subnets,
            learn_gateway_routes=isinstance(egress, FirewallEgress),
        )
        seen = pulumi.Output.all(*(address.ip_address for address in firewall_addresses))
        return WayOut(route_table_ids=tables, addresses=seen.apply(list))

    def _network(self, way_out: WayOut) -> network.VirtualNetwork:
        args = self._args
        groups = self._security_group_ids()
        return network.VirtualNetwork(
            f"{self._prefix}-network",
            virtual_network_name=args.network_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            address_space=network.AddressSpaceArgs(address_prefixes=[args.address_space]),
            dhcp_options=network.DhcpOptionsArgs(dns_servers=self._dns_servers) if self._dns_servers else None,
            subnets=[
                subnet_args(
                    kind,
                    address_range,
                    security_group_id=groups.get(kind),
                    route_table_id=way_out.route_table_ids.get(kind),
                    nat_gateway_id=way_out.nat_gateway_of(kind),
                )
                for kind, address_range in self._subnets.items()
            ],
            opts=self.child(),
        )

    def _security_group_ids(self) -> dict[SubnetKind, pulumi.Output[str]]:
        args = self._args
        on_cluster = args.runtime is Runtime.CLUSTER
        flows = [*(FLOWS if on_cluster else MACHINE_FLOWS), *flows_to(args.destinations)]
        addresses = Addresses(
            subnets=self._subnets,
            ranges={
                Range.CLIENTS: args.client_address_ranges,
                Range.PODS: [args.pod_address_range] if args.pod_address_range else [],
                Range.RESOLVERS: self._dns_servers,
            },
            floating_ip=on_cluster,
        )
        return {
            kind: network.NetworkSecurityGroup(
                f"{self._prefix}-rules-{kind}",
                network_security_group_name=f"nsg-{self._stem}-{kind}",
                resource_group_name=args.placement.resource_group_name,
                location=args.placement.location,
                tags=args.placement.tags,
                security_rules=security_rules(
                    BASTION_RULES if kind is SubnetKind.BASTION else rules_of(kind, flows, addresses)
                ),
                opts=self.child(),
            ).id
            for kind in self._subnets
            # learn.microsoft.com azure/firewall/firewall-faq: Azure guards that subnet itself and takes no group there.
            if kind is not SubnetKind.FIREWALL
        }

    def _firewall(
        self,
        egress: FirewallEgress,
        spoke: network.VirtualNetwork,
        addresses: Sequence[network.PublicIPAddress],
        peerings: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        """Makes the firewall and its policy; returns its id, known once it works where the routes lead."""
        args = self._args
        policy, rules = firewall_policy(
            self,
            self._prefix,
            egress,
            rules=rule_collections(self._subnets, args.placement.location, args.destinations, runtime=args.runtime),
            dns_servers=args.hub.dns_servers if args.hub else (),
        )
        own_firewall = firewall(
            self,
            self._prefix,
            egress,
            policy_id=policy.id,
            subnet_id=_subnet_id(spoke, SubnetKind.FIREWALL, ()),
            addresses=addresses,
            depends_on=[rules, *peerings],
        )
        return checked_id(own_firewall, self._firewall_private_address())


def _subnet_id(
    spoke: network.VirtualNetwork, kind: SubnetKind, ready: Sequence[pulumi.Output[str]]
) -> pulumi.Output[str]:
    """Id of a subnet, known once all that must work first is there."""
    ids: pulumi.Output[list[str]] = pulumi.Output.all(spoke.id, *ready)
    return ids.apply(lambda all_ids: f"{all_ids[0]}/subnets/{subnet_name(kind)}")
