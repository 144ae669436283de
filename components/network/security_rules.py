"""From flows to the security rules of a subnet: whatever no flow allows is denied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pulumi_azure_native import network

from components.network.subnets import NODES, SubnetKind

ANY = "*"
Direction = network.SecurityRuleDirection
Protocol = network.SecurityRuleProtocol

_FIRST_PRIORITY = 100
_PRIORITY_STEP = 10
_LAST_PRIORITY = 4096
"""Lowest there is (learn.microsoft.com azure/virtual-network/network-security-groups-overview)."""


class Tag(StrEnum):
    """Service tags (learn.microsoft.com azure/virtual-network/service-tags-overview)."""

    AZURE_CLOUD = "AzureCloud"
    AZURE_FRONT_DOOR_FIRST_PARTY = "AzureFrontDoor.FirstParty"
    AZURE_LOAD_BALANCER = "AzureLoadBalancer"
    AZURE_MONITOR = "AzureMonitor"
    AZURE_PLATFORM_DNS = "AzurePlatformDNS"
    AZURE_RESOURCE_MANAGER = "AzureResourceManager"
    ENTRA = "AzureActiveDirectory"
    GATEWAY_MANAGER = "GatewayManager"
    INTERNET = "Internet"
    MICROSOFT_CONTAINER_REGISTRY = "MicrosoftContainerRegistry"
    STORAGE = "Storage"
    VIRTUAL_NETWORK = "VirtualNetwork"


class Range(StrEnum):
    """Address ranges that are not subnets of the spoke."""

    CLIENTS = "clients"
    """Where the users are."""
    PODS = "pods"
    """The cluster's overlay."""
    RESOLVERS = "resolvers"
    """The network's own DNS servers, if it has some."""


Peers = tuple[SubnetKind | Range, ...] | Tag
"""One end of a flow. ARM takes one service tag a rule, and none beside addresses."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Traffic that is needed.

    Args:
        name: name in the rules, in PascalCase.
        sources: who starts the connection.
        targets: who answers.
        ports: destination ports; `*` for all.
        protocol: of the connection.
        why: what it is for; at most 140 characters, as ARM keeps it as the rule's description.
    """

    name: str
    sources: Peers
    targets: Peers
    ports: tuple[str, ...]
    why: str
    protocol: Protocol = Protocol.TCP


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One security rule but for its priority, which follows from its place.

    Args:
        name: unique in the group.
        direction: seen from the subnet.
        sources: address prefixes, or one service tag.
        targets: address prefixes, or one service tag.
        ports: destination ports.
        protocol: of the connection.
        why: the rule's description.
    """

    name: str
    direction: Direction
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    ports: tuple[str, ...]
    protocol: Protocol
    why: str


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where the ends of flows are.

    Args:
        subnets: range of each subnet of the spoke.
        ranges: ranges of what is no subnet of it.
        floating_ip: whether packets of the ingress's load balancer keep its address when they reach a node.
    """

    subnets: Mapping[SubnetKind, str]
    ranges: Mapping[Range, Sequence[str]]
    floating_ip: bool = True

    def of(self, peers: Peers) -> tuple[str, ...]:
        """Prefixes of one end of a flow; empty where this network has none of them."""
        if isinstance(peers, Tag):
            return (peers.value,)
        return tuple(prefix for peer in peers for prefix in self._prefixes(peer))

    def inside(self, kind: SubnetKind, peers: Peers) -> tuple[str, ...]:
        """Prefixes of one end of a flow that a subnet's security group sees as its own."""
        if isinstance(peers, Tag):
            return ()
        own: set[SubnetKind | Range] = {kind}
        if kind in NODES:
            # Overlay traffic between pods is not encapsulated, so that it meets the nodes' security groups with pod
            # addresses (learn.microsoft.com azure/aks/concepts-network-azure-cni-overlay#network-security-groups).
            own.add(Range.PODS)
        if kind is SubnetKind.WEB and self.floating_ip:
            # AKS load balancers use floating IPs: packets reach the node still addressed to the front end
            # (learn.microsoft.com azure/aks/load-balancer-standard; azure-disable-load-balancer-floating-ip).
            own.add(SubnetKind.INGRESS)
        return self.of(tuple(peer for peer in peers if peer in own))

    def _prefixes(self, peer: SubnetKind | Range) -> Sequence[str]:
        if isinstance(peer, Range):
            return self.ranges.get(peer, ())
        return (self.subnets[peer],) if peer in self.subnets else ()


def rules_of(kind: SubnetKind, flows: Iterable[Flow], addresses: Addresses) -> list[Rule]:
    """Rules of a subnet: each flow opens the subnet where it starts and the one where it ends, and no other."""
    rules: list[Rule] = []
    for flow in flows:
        ends = {
            Direction.INBOUND: (addresses.of(flow.sources), addresses.inside(kind, flow.targets)),
            Direction.OUTBOUND: (addresses.inside(kind, flow.sources), addresses.of(flow.targets)),
        }
        rules += [
            Rule(
                name=f"Allow{flow.name}{direction.value}",
                direction=direction,
                sources=sources,
                targets=targets,
                ports=flow.ports,
                protocol=flow.protocol,
                why=flow.why,
            )
            for direction, (sources, targets) in ends.items()
            if sources and targets
        ]
    return rules


def security_rules(rules: Sequence[Rule]) -> list[network.SecurityRuleArgs]:
    """ARM's form of the rules, in their order, each direction closed by a rule that denies the rest."""
    args: list[network.SecurityRuleArgs] = []
    for direction in Direction:
        same_way = [rule for rule in rules if rule.direction is direction]
        args += [_allow(rule, _FIRST_PRIORITY + place * _PRIORITY_STEP) for place, rule in enumerate(same_way)]
        args.append(_deny(direction))
    return args


def _allow(rule: Rule, priority: int) -> network.SecurityRuleArgs:
    source, sources = _one_or_many(rule.sources)
    target, targets = _one_or_many(rule.targets)
    port, ports = _one_or_many(rule.ports)
    return network.SecurityRuleArgs(
        name=rule.name,
        description=rule.why,
        access=network.SecurityRuleAccess.ALLOW,
        direction=rule.direction,
        priority=priority,
        protocol=rule.protocol,
        source_port_range=ANY,
        source_address_prefix=source,
        source_address_prefixes=sources,
        destination_address_prefix=target,
        destination_address_prefixes=targets,
        destination_port_range=port,
        destination_port_ranges=ports,
    )


def _deny(direction: Direction) -> network.SecurityRuleArgs:
    return network.SecurityRuleArgs(
        name=f"DenyAll{direction.value}",
        description=f"No flow needs other {direction.value.lower()} traffic; ARM's default rules would allow some.",
        access=network.SecurityRuleAccess.DENY,
        direction=direction,
        priority=_LAST_PRIORITY,
        protocol=Protocol.ASTERISK,
        source_port_range=ANY,
        source_address_prefix=ANY,
        destination_address_prefix=ANY,
        destination_port_range=ANY,
    )


def _one_or_many(values: tuple[str, ...]) -> tuple[str | None, list[str] | None]:
    """ARM has a property for one value, which alone takes tags and `*`, and another for several."""
    return (values[0], None) if len(values) == 1 else (None, list(values))
