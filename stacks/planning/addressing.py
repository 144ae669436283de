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


def subnet_kinds(network: Network) -> tuple[str, ...]:
    """Kinds of subnet that the settings ask for, in the order of the layout."""
    own_firewall = network.egress is Egress.FIREWALL and not (network.hub and network.hub.firewall_private_ip)
    unwanted = {kind for kind, wanted in (("bastion", network.bastion), ("firewall", own_firewall)) if not wanted}
    return tuple(kind for kind in SLOTS if kind not in unwanted)


def subnet_range(address_space: IPv4Network, kind: str) -> IPv4Network:
    """Range of a kind of subnet in a /22 or larger: depends on nothing but the address space."""
    slot = SLOTS[kind]
    scale: int = min(2 ** (LONGEST_PREFIX - address_space.prefixlen), WIDEST_SCALE)
    size = slot.size * (scale if slot.grows else 1)
    first = address_space.network_address + slot.offset * scale
    return IPv4Network((first, 32 - (size.bit_length() - 1)))


def plan_network(network: Network, pools: Mapping[str, PoolPlan], ledger: Ledger) -> NetworkPlan:
    """Addresses of an environment."""
    space, services = IPv4Network(network.address_space), IPv4Network(network.service_range)
    subnets = {kind: subnet_range(space, kind) for kind in subnet_kinds(network)}
    _check_nodes(subnets, pools, IPv4Network(network.pod_range), ledger)
    plan = NetworkPlan(
        address_space=str(space),
        subnets={kind: str(subnet) for kind, subnet in subnets.items()},
        pod_range=network.pod_range,
        service_range=network.service_range,
        dns_service_ip=str(services.network_address + DNS_ADDRESS_INDEX),
        free_addresses=space.num_addresses - sum(subnet.num_addresses for subnet in subnets.values()),
    )
    _explain(plan, ledger)
    return plan


def _nodes_with_surge(pool: PoolPlan) -> int:
    return pool.max_nodes + ceil(pool.max_nodes * SURGE)


def _check_nodes(
    subnets: Mapping[str, IPv4Network], pools: Mapping[str, PoolPlan], pods: IPv4Network, ledger: Ledger
) -> None:
    for name in NODE_POOLS:
        nodes, room = _nodes_with_surge(pools[name]), subnets[name].num_addresses - RESERVED_ADDRESSES
        if nodes > room:
            ledger.refuse(
                "network.address_space",
                f"{room} addresses for the nodes of pool {name}",
                f"{nodes}: {pools[name].max_nodes} nodes at the most, and a third more during an upgrade",
                "use a larger address space (the layout grows up to a /20), or lower workload.peak_factor",
            )
    all_nodes = sum(_nodes_with_surge(pools[name]) for name in NODE_POOLS)
    pod_ranges: int = 2 ** (POD_PREFIX - pods.prefixlen)
    if all_nodes > pod_ranges:
        ledger.refuse(
            "network.pod_range",
            f'"{pods}", room for {pod_ranges} nodes',
            f"a /{POD_PREFIX} for each of {all_nodes} nodes: /{POD_PREFIX - (all_nodes - 1).bit_length()} or larger",
            "use a larger range; it is seen inside the cluster only",
        )


def _explain(plan: NetworkPlan, ledger: Ledger) -> None:
    ledger.note("network.address_space", plan.address_space, "Given: network.address_space.")
    for kind, subnet in plan.subnets.items():
        ledger.note(f"network.subnets.{kind}", subnet, SLOTS[kind].because, SLOTS[kind].source)
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
