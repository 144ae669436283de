"""Node pools of the cluster: room for all pods of the plan, and for the loss of a node or of a zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from stacks.planning.ledger import Ledger
from stacks.planning.odoo_pools import JOB_UNIT_MILLICORES, NODE_POOLS, WEB_UNIT_MILLICORES, shape, surge
from stacks.planning.plan import PoolPlan
from stacks.planning.plan_odoo import OdooPoolPlan
from stacks.planning.sizes import D4, D8, E4, NodeSize

# Few, large pods: a node never holds more, and each pod that it may hold takes memory from the others.
MAX_PODS = 50
OS_DISK_GIB = 128  # ephemeral: fits the local disk of every size in use
DAEMONS_MILLICORES = 500  # Cilium, CSI drivers, log and metrics agents, Defender: our own estimate
DAEMONS_MIB = 1536
SYSTEM_MIN_NODES, SYSTEM_MAX_NODES = 3, 6
SMALL_SYSTEM_MIN_NODES, SMALL_SYSTEM_MAX_NODES = 2, 3
MIB_PER_GIB = 1024

_RESERVATIONS = "learn.microsoft.com azure/aks/node-resource-reservations"
_SYSTEM_POOLS = "learn.microsoft.com azure/aks/use-system-pools"

Pods = list[tuple[int, int]]
"""Pods that run together on a pool of nodes, kind by kind: their number, and the units of a node that each takes."""


def free_cores(size: NodeSize) -> float:
    """Processors of a node that pods can have."""
    return size.vcpus - (size.kube_reserved_millicores + DAEMONS_MILLICORES) / 1000


def free_mib(size: NodeSize, max_pods: int = MAX_PODS) -> float:
    """Memory of a node that pods can have, in MiB.

    Args:
        size: of the node.
        max_pods: pods that it may hold: each takes memory, whether it is there or not.
    """
    total = size.memory_gib * MIB_PER_GIB
    kubelet = min(20 * max_pods + 50, total / 4)
    eviction = 100
    return total - kubelet - eviction - DAEMONS_MIB


def units(size: NodeSize, millicores: int) -> int:
    """Units of so many millicores that a node has; each comes with as large a part of its memory."""
    return int(free_cores(size) * 1000 / millicores)


def surviving(nodes: int, zones: int) -> int:
    """Nodes left after the loss of the fullest of `zones` zones; of one node where there is one zone or none."""
    return nodes - ceil(nodes / zones) if zones > 1 else nodes - 1


def nodes_for(needed: int, zones: int) -> int:
    """Fewest nodes that leave `needed` ones after such a loss."""
    nodes = needed
    while surviving(nodes, zones) < needed:
        nodes += 1
    return nodes


def nodes_that_fit(pods: Pods, room: int) -> int:
    """Nodes of `room` units that take all pods, in whatever order and wherever the scheduler puts them.

    A pod of `largest` units finds no place only where every node has fewer than that left, which is `room - largest
    + 1` or more in use on each of them.
    """
    largest = max(size for _, size in pods)
    total = sum(count * size for count, size in pods)
    return (total - largest) // (room - largest + 1) + 1


@dataclass(frozen=True)
class Kind:
    """Pods of one Deployment, or of several alike.

    Args:
        least: pods at the lowest scale.
        most: pods at the highest.
        units: units of a node that each takes.
        deployments: how many there are of it.
    """

    least: int
    most: int
    units: int
    deployments: int = 1

    @property
    def update(self) -> int:
        """Pods that a rolling update of all of them adds."""
        return surge(self.most) * self.deployments


def _kinds(odoo: Mapping[str, OdooPoolPlan], nodes: str, *, production: bool) -> list[Kind]:
    return [
        Kind(plan.min_replicas, plan.max_replicas, shape(pool, production=production).units)
        for pool, plan in odoo.items()
        if NODE_POOLS[pool] == nodes
    ]


def node_range(
    room: int, kinds: list[Kind], spare: Pods, domains: int, may_lose: Callable[[int], int]
) -> tuple[int, int]:
    """Nodes for the lowest and the highest scale.

    Args:
        room: units of a node.
        kinds: what runs on them.
        spare: pods that are there for a while, beside a rolling update's.
        domains: zones that pods are spread over evenly, so that each must have nodes for its own; 1 for none.
        may_lose: nodes of which so many are left.
    """

    def fitting(pods: Pods) -> int:
        return domains * nodes_that_fit([(ceil(count / domains), units) for count, units in pods], room)

    low = may_lose(fitting([(kind.least * kind.deployments, kind.units) for kind in kinds]))
    most = [(kind.most * kind.deployments, kind.units) for kind in kinds]
    update = [(kind.update, kind.units) for kind in kinds]
    return low, max(may_lose(fitting(most)), fitting([*most, *update, *spare]))


def pool_of(size: NodeSize, nodes: tuple[int, int], zones: tuple[str, ...], max_pods: int = MAX_PODS) -> PoolPlan:
    """A pool of so many nodes, at the least and at the most."""
    low, high = nodes
    return PoolPlan(
        vm_size=size.vm_size,
        min_nodes=low,
        max_nodes=max(high, low + 1),
        os_disk_gib=OS_DISK_GIB,
        max_pods=max_pods,
        zones=zones,
    )


def _web(kinds: list[Kind], zones: tuple[str, ...], *, production: bool) -> PoolPlan:
    """Nodes of pods that production spreads evenly: what is left of them after the loss of a zone stays where it is."""
    size = D8 if production else D4
    even = production and len(zones) > 1
    nodes = node_range(
        units(size, WEB_UNIT_MILLICORES),
        kinds,
        [],
        len(zones) if even else 1,
        lambda needed: nodes_for(needed, 0) if production and not even else needed,
    )
    return pool_of(size, nodes, zones)


def _jobs(kinds: list[Kind], zones: tuple[str, ...], *, production: bool) -> PoolPlan:
    """Nodes of pods that are started again on what is left of them, and of an operations job."""
    nodes = node_range(
        units(E4, JOB_UNIT_MILLICORES),
        kinds,
        [(1, 1)],
        1,
        lambda needed: nodes_for(needed, len(zones)) if production else needed,
    )
    return pool_of(E4, nodes, zones)


def system_pool(zones: tuple[str, ...], *, production: bool) -> PoolPlan:
    """Nodes of AKS's own components."""
    nodes = (SYSTEM_MIN_NODES, SYSTEM_MAX_NODES) if production else (SMALL_SYSTEM_MIN_NODES, SMALL_SYSTEM_MAX_NODES)
    return pool_of(D4, nodes, zones)


def plan_pools(
    odoo: Mapping[str, OdooPoolPlan],
    ingress_replicas: int,
    zones: tuple[str, ...],
    ledger: Ledger,
    *,
    production: bool,
) -> Mapping[str, PoolPlan]:
    """The pools `system`, `web` and `jobs`. More pods never make fewer nodes.

    Args:
        odoo: Odoo's pools.
        ingress_replicas: Traefik's pods: they share the web nodes, a unit each.
        zones: the region's zones.
        ledger: takes the reasons.
        production: whether a node or a zone may be lost.
    """
    traefik = Kind(ingress_replicas, ingress_replicas, 1)
    pools = {
        "jobs": _jobs(_kinds(odoo, "jobs", production=production), zones, production=production),
        "system": system_pool(zones, production=production),
        "web": _web([*_kinds(odoo, "web", production=production), traefik], zones, production=production),
    }
    _explain(pools, zones, ledger, production=production)
    return pools


def _explain(pools: Mapping[str, PoolPlan], zones: tuple[str, ...], ledger: Ledger, *, production: bool) -> None:
    if not production:
        spare = "no spare node below production"
    else:
        spare = "still enough with a zone lost" if len(zones) > 1 else "still enough with a node lost"
    web_units, job_units = (
        units(D8 if production else D4, WEB_UNIT_MILLICORES),
        units(E4, JOB_UNIT_MILLICORES),
    )
    reasons = {
        "system": (
            "AKS advises three nodes of four processors for its own components"
            + (", one in each zone." if production else "; below production two carry them."),
            _SYSTEM_POOLS,
        ),
        "web": (
            f"Pods of web, websocket and Traefik: {web_units} units of {WEB_UNIT_MILLICORES}m a node; at most also a "
            f"rolling update's extra ones; {spare}.",
            _RESERVATIONS,
        ),
        "jobs": (
            f"Pods of cron, queue and reporting: {job_units} a node, {JOB_UNIT_MILLICORES}m each; at most also a "
            f"rolling update's extra ones and an operations job; {spare}.",
            _RESERVATIONS,
        ),
    }
    for name, (because, source) in reasons.items():
        pool = pools[name]
        ledger.note(f"cluster.pools.{name}", f"{pool.min_nodes} to {pool.max_nodes} x {pool.vm_size}", because, source)
