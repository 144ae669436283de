"""Subnets of the virtual network, each in a slot that is its own for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from math import ceil

from stacks.planning.ledger import Ledger
from stacks.planning.plan import NetworkPlan, PoolPlan
from stacks.scalars import Egress
from stacks.sections import Network

LONGEST_PREFIX = 22
"""Smallest address space: its 1024 addresses are the layout below, once."""
WIDEST_SCALE = 4
"""The layout grows with the address space up to a /20; what is beyond stays free."""
POD_PREFIX = 24  # learn.microsoft.com azure/aks/concepts-network-ip-address-planning: every node takes a /24
RESERVED_ADDRESSES = (
    5  # Azure keeps five in each subnet: learn.microsoft.com azure/virtual-network/virtual-networks-faq
)
SURGE = 1 / 3  # nodes that an upgrade adds, as a share of the pool: azure/aks/upgrade-options recommends 33 %
DNS_ADDRESS_INDEX = 10

_AKS_ADDRESSES = "learn.microsoft.com azure/aks/concepts-network-ip-address-planning"


@dataclass(frozen=True)
class Slot:
    """Place of a subnet in the layout of 1024 addresses.

    Args:
        offset: first address.
        size: addresses.
        grows: whether the subnet takes all of its slot in a larger address space, or keeps `size` and leaves the rest
            of the slot for later.
        because: why it has this size.
        source: page of the service that asks for it.
    """

    offset: int
    size: int
    grows: bool
    because: str
    source: str


# No slot ever changes or is reused: addresses are in firewalls and contracts of other people.
SLOTS: Mapping[str, Slot] = {
    "web": Slot(0, 128, True, "One address a node (pods are in an overlay), and upgrades' extra ones.", _AKS_ADDRESSES),
    "jobs": Slot(128, 64, True, "One address a node, and upgrades' extra ones.", _AKS_ADDRESSES),
    "system": Slot(192, 64, True, "One address a node, and upgrades' extra ones.", _AKS_ADDRESSES),
    "private-endpoints": Slot(
        256,
        64,
        True,
        "One or more addresses for each private endpoint: vaults, registry, cache, stores, monitoring.",
        "learn.microsoft.com azure/private-link/private-endpoint-overview",
    ),
    "bastion": Slot(
        320,
        64,
        False,
        "Azure Bastion takes a /26 at least.",
        "learn.microsoft.com azure/bastion/configuration-settings",
    ),
    "firewall": Slot(384, 64, False, "Azure Firewall takes a /26.", "learn.microsoft.com azure/firewall/firewall-faq"),
    "database": Slot(
        448,
        32,
        False,
        "A /28 is the least; twice that, as a standby, a replica and a restored server each need addresses.",
        "learn.microsoft.com azure/postgresql/flexible-server/concepts-networking-private",
    ),
    "ingress": Slot(
        480, 32, False, "Addresses of internal load balancers.", "learn.microsoft.com azure/aks/internal-lb"
    ),
    "api-server": Slot(
        512,
        16,
        False,
        "The API server takes a /28 at least, and no other resource in it.",
        "learn.microsoft.com azure/aks/api-server-vnet-integration",
    ),
    "runner": Slot(528, 16, False, "Machines that deploy from inside the network.", ""),
}
NODE_POOLS = ("system", "web", "jobs")


@dataclass(frozen=True)
class Layout:
    """Where the subnets of an address space are.

    Args:
        slots: place by kind of subnet.
        longest_prefix: smallest address space.
        widest_scale: how many times as large the layout may become in a larger one.
    """

    slots: Mapping[str, Slot]
    longest_prefix: int
    widest_scale: int


ENVIRONMENT_LAYOUT = Layout(SLOTS, LONGEST_PREFIX, WIDEST_SCALE)
"""Of an environment of its own."""


def subnet_kinds(network: Network) -> tuple[str, ...]:
    """Kinds of subnet that the settings ask for, in the order of the layout."""
    own_firewall = network.egress is Egress.FIREWALL and not (network.hub and network.hub.firewall_private_ip)
    unwanted = {kind for kind, wanted in (("bastion", network.bastion), ("firewall", own_firewall)) if not wanted}
    return tuple(kind for kind in SLOTS if kind not in unwanted)


def subnet_range(address_space: IPv4Network, kind: str, layout: Layout = ENVIRONMENT_LAYOUT) -> IPv4Network:
    """Range of a kind of subnet: depends on nothing but the address space, which is as large as the layout."""
    slot = layout.slots[kind]
    scale: int = min(2 ** (layout.longest_prefix - address_space.prefixlen), layout.widest_scale)
    size = slot.size * (scale if slot.grows else 1)
    first = address_space.network_address + slot.offset * scale
    return IPv4Network((first, 32 - (size.bit_length() - 1)))


def plan_network(
    network: Network,
    nodes: Mapping[str, int],
    ledger: Ledger,
    layout: Layout = ENVIRONMENT_LAYOUT,
    remedy: str = "lower workload.peak_factor",
) -> NetworkPlan:
    """Addresses of an environment.

    Args:
        network: the settings.
        nodes: nodes at the most, by pool `system`, `web` or `jobs`: those whose subnet they are in.
        ledger: takes the reasons.
        layout: where subnets are.
        remedy: what else to do than to take a larger address space, when there are too many nodes.
    """
    space, services = IPv4Network(network.address_space), IPv4Network(network.service_range)
    subnets = {kind: subnet_range(space, kind, layout) for kind in subnet_kinds(network)}
    _check_nodes(subnets, nodes, IPv4Network(network.pod_range), ledger, remedy)
    plan = NetworkPlan(
        address_space=str(space),
        subnets={kind: str(subnet) for kind, subnet in subnets.items()},
        pod_range=network.pod_range,
        service_range=network.service_range,
        dns_service_ip=str(services.network_address + DNS_ADDRESS_INDEX),
        free_addresses=space.num_addresses - sum(subnet.num_addresses for subnet in subnets.values()),
    )
    _explain(plan, layout, ledger)
    return plan


def most_nodes(pools: Mapping[str, PoolPlan]) -> Mapping[str, int]:
    """Nodes at the most, by pool."""
    return {name: pool.max_nodes for name, pool in pools.items()}


def with_surge(nodes: int) -> int:
    """Nodes in the middle of an upgrade."""
    return nodes + ceil(nodes * SURGE)


def _check_nodes(
    subnets: Mapping[str, IPv4Network], most: Mapping[str, int], pods: IPv4Network, ledger: Ledger, remedy: str
) -> None:
    for name in NODE_POOLS:
        nodes, room = with_surge(most[name]), subnets[name].num_addresses - RESERVED_ADDRESSES
        if nodes > room:
            ledger.refuse(
                "network.address_space",
                f"{room} addresses for the nodes of pool {name}",
                f"{nodes}: {most[name]} nodes at the most, and a third more during an upgrade",
                f"use a larger address space (the layout grows up to a /20), or {remedy}",
            )
    all_nodes = sum(with_surge(most[name]) for name in NODE_POOLS)
    pod_ranges: int = 2 ** (POD_PREFIX - pods.prefixlen)
    if all_nodes > pod_ranges:
        ledger.refuse(
            "network.pod_range",
            f'"{pods}", room for {pod_ranges} nodes',
            f"a /{POD_PREFIX} for each of {all_nodes} nodes: /{POD_PREFIX - (all_nodes - 1).bit_length()} or larger",
            "use a larger range; it is seen inside the cluster only",
        )


def _explain(plan: NetworkPlan, layout: Layout, ledger: Ledger) -> None:
    ledger.note("network.address_space", plan.address_space, "Given: network.address_space.")
    for kind, subnet in plan.subnets.items():
        ledger.note(f"network.subnets.{kind}", subnet, layout.slots[kind].because, layout.slots[kind].source)
    ledger.note(
        "network.pod_range",
        plan.pod_range,
        "Given: network.pod_range, an overlay, seen inside the cluster only; every node takes a /24.",
        _AKS_ADDRESSES,
    )
    ledger.note("network.service_range", plan.service_range, "Given: network.service_range.", _AKS_ADDRESSES)
    ledger.note(
        "network.dns_service_ip",
        plan.dns_service_ip,
        "The tenth address of the services; the first is the API's.",
        _AKS_ADDRESSES,
    )
    ledger.note(
        "network.free_addresses",
        str(plan.free_addresses),
        "Not in any subnet yet: room for later ones; no subnet ever moves.",
    )
