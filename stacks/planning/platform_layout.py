"""Addresses of a platform: its subnets, and the load balancer of each tenant."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network

from stacks.planning.addressing import RESERVED_ADDRESSES, SLOTS, Layout, Slot, plan_network
from stacks.planning.ledger import Ledger
from stacks.planning.plan import NetworkPlan
from stacks.sections import Network

PLATFORM_PREFIX = 20
# Azure keeps the first four addresses of each subnet, and the last:
# learn.microsoft.com azure/virtual-network/virtual-networks-faq. So slot 1 has the first free one.
BEFORE_SLOT_ONE = 3
# learn.microsoft.com azure/postgresql/flexible-server/concepts-networking-private: a server, a standby and a replica.
ADDRESSES_PER_SERVER = 3


def _slot(kind: str, offset: int, size: int, because: str = "") -> Slot:
    usual = SLOTS[kind]
    return Slot(offset, size, False, because or usual.because, usual.source)


# Of 4096 addresses; the last 1248 are in no subnet yet. No slot ever changes or is reused.
PLATFORM_SLOTS: Mapping[str, Slot] = {
    "web": _slot("web", 0, 1024, "One address a node, also of the tenants' own pools, and upgrades' extra ones."),
    "jobs": _slot("jobs", 1024, 512),
    "ingress": _slot("ingress", 1536, 512, "An address for each tenant's load balancer: the first, 3 and its slot."),
    "database": _slot(
        "database",
        2048,
        256,
        "Shared servers and tenants' own: with a standby and a replica, each takes three.",
    ),
    "private-endpoints": _slot("private-endpoints", 2304, 256),
    "system": _slot("system", 2560, 128),
    "bastion": _slot("bastion", 2688, 64),
    "firewall": _slot("firewall", 2752, 64),
    "api-server": _slot("api-server", 2816, 16),
    "runner": _slot("runner", 2832, 16),
}
PLATFORM_LAYOUT = Layout(PLATFORM_SLOTS, PLATFORM_PREFIX, 1)


def plan_platform_network(network: Network, nodes: Mapping[str, int], ledger: Ledger) -> NetworkPlan:
    """Addresses of a platform; its subnets are as large in every address space.

    Args:
        network: the settings.
        nodes: nodes at the most, by pool `system`, `web` or `jobs`: those whose subnet they are in.
        ledger: takes the reasons.
    """
    space = IPv4Network(network.address_space)
    if space.prefixlen > PLATFORM_PREFIX:
        ledger.refuse(
            "network.address_space",
            f'"{space}", {space.num_addresses} addresses',
            f"a /{PLATFORM_PREFIX} or larger: subnets of a platform keep their places while tenants come",
            "take a larger range of the group's address plan",
        )
        network = network.model_copy(update={"address_space": str(space.supernet(new_prefix=PLATFORM_PREFIX))})
    return plan_network(network, nodes, ledger, PLATFORM_LAYOUT, "lower platform.capacity")


def ingress_address(ingress_range: str, slot: int) -> str:
    """Address of the load balancer of the tenant in a slot: follows from nothing else."""
    return str(IPv4Network(ingress_range).network_address + BEFORE_SLOT_ONE + slot)


def free_addresses(subnet: str) -> int:
    """Addresses of a subnet that Azure gives out."""
    return IPv4Network(subnet).num_addresses - RESERVED_ADDRESSES
