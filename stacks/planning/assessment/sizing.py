"""Every size of an environment of its own, by the functions that plan it, whether all of it can be had or not."""

from __future__ import annotations

from ipaddress import IPv4Network

from stacks.planning.addressing import (
    LONGEST_PREFIX,
    POD_PREFIX,
    RESERVED_ADDRESSES,
    WIDEST_SCALE,
    subnet_range,
    with_surge,
)
from stacks.planning.assessment.case import Case
from stacks.planning.assessment.runtime import APP, OPERATIONS, Runtime, plan_runtime
from stacks.planning.assessment.seasons import seasons_of
from stacks.planning.assessment.sized import Sized
from stacks.planning.assessment.unmet import unmet_by
from stacks.planning.database_parameters import one_tenant, plan_parameters
from stacks.planning.database_sizing import database_load, plan_hardware
from stacks.planning.foundation import plan_zones, reads_from_replica
from stacks.planning.ledger import Ledger
from stacks.planning.recovery import plan_protection
from stacks.planning.regions import REGIONS
from stacks.planning.storage import local_sku, plan_cache, plan_monitoring, plan_storage, share_gib
from stacks.scalars import Topology

_SMALLEST_POD_PREFIX = 20
"""Of `network.pod_range`."""
_SUBNETS = {APP: "web", OPERATIONS: "jobs"}
"""Of machines; nodes are in subnets named after their pools."""


def size_environment(case: Case, topology: Topology) -> Sized:
    """Sizes of a business in an environment of its own.

    Args:
        case: what it needs.
        topology: `dedicated-vm` or `dedicated-aks`.
    """
    profile, load, production = case.profile, case.load, case.profile.production
    ledger = Ledger(path=str)
    zones = plan_zones(case.location, ledger)
    runtime = plan_runtime(topology, load, zones, ledger, production=production)
    _address_space(topology, runtime, ledger)
    hardware = plan_hardware(database_load(profile.workload, load), ledger, production=production)
    connections = runtime.connections(hardware.size, len(zones), ledger, production=production)
    plan_parameters(hardware, one_tenant(connections), ledger, production=production)
    replica = plan_protection(
        profile.recovery, case.location, load.peak_users, ledger, production=production
    ).read_replica
    reads_from_replica(profile.odoo.version, ledger, replica=replica)
    plan_cache(load.peak_users, case.location, ledger, production=production)
    _storage(case, ledger)
    plan_monitoring(load.peak_users, sum(runtime.highest.values()), profile.cost, ledger)
    return Sized(
        reasons=ledger.reasons,
        warnings=ledger.warnings,
        unmet=unmet_by(ledger.problems),
        seasons=seasons_of(case, topology, runtime, hardware.size),
        standing=runtime.standing,
        surviving=runtime.surviving,
    )


def _storage(case: Case, ledger: Ledger) -> None:
    profile, production = case.profile, case.profile.production
    plan_storage(
        share_gib(profile.workload, profile.odoo, ledger),
        local_sku(case.location, ledger, production=production),
        profile.recovery,
        (case.location, REGIONS[profile.recovery.region]),
        ledger,
        production=production,
    )


def _address_space(topology: Topology, runtime: Runtime, ledger: Ledger) -> None:
    """The smallest ranges that would do: a profile has none of its own yet."""
    needed = {name: with_surge(count) for name, count in runtime.highest.items()}
    prefix = next((prefix for prefix in _prefixes() if _fits(prefix, needed)), min(_prefixes()))
    ledger.note(
        "network.smallest_address_space",
        f"/{prefix}",
        f"Subnets for {', '.join(f'{count} {name}' for name, count in needed.items())} at the most and in the middle "
        f"of an upgrade; /{LONGEST_PREFIX} is the least, and a /{min(_prefixes())} leaves room to grow.",
        "learn.microsoft.com azure/virtual-network/virtual-networks-faq",
    )
    if topology is Topology.DEDICATED_AKS:
        nodes = sum(needed.values())
        pods = min(POD_PREFIX - (nodes - 1).bit_length(), _SMALLEST_POD_PREFIX)
        ledger.note(
            "network.smallest_pod_range",
            f"/{pods}",
            f"A /{POD_PREFIX} for each of {nodes} nodes, in the middle of an upgrade of all.",
            "learn.microsoft.com azure/aks/concepts-network-ip-address-planning",
        )


def _prefixes() -> tuple[int, ...]:
    """Sizes of address space that the layout knows, the smallest first."""
    return tuple(LONGEST_PREFIX - step for step in range(WIDEST_SCALE.bit_length()))


def _fits(prefix: int, needed: dict[str, int]) -> bool:
    space = IPv4Network(f"10.0.0.0/{prefix}")
    return all(
        subnet_range(space, _SUBNETS.get(name, name)).num_addresses - RESERVED_ADDRESSES >= count
        for name, count in needed.items()
    )
