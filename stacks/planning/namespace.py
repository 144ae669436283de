"""What Odoo's namespace may take: all that its pools have, and no more, so that a mistake cannot buy nodes."""

from __future__ import annotations

from collections.abc import Mapping

from stacks.planning.ledger import Ledger
from stacks.planning.node_pools import free_cores, free_mib
from stacks.planning.plan import PoolPlan
from stacks.planning.plan_odoo import NamespacePlan
from stacks.planning.sizes import D4, D8, E4, E8

SYSTEM_POOL = "system"
MIB_PER_GIB = 1024
# Memory limits may exceed requests: jobs rarely peak together. There is no limit on processor time: a pod that is held
# to one answers late on an idle node, and requests already share a busy one fairly. A quota on limits.cpu would refuse
# pods without a limit: kubernetes.io docs/concepts/policy/resource-quotas.
LIMITS_FACTOR = 2
DEFAULT_REQUEST = {"cpu": "250m", "memory": "512Mi"}
DEFAULT_LIMIT = {"memory": "1Gi"}
SIZES = {size.vm_size: size for size in (D4, D8, E4, E8)}
"""Sizes of nodes by their Azure name."""


def plan_namespace(pools: Mapping[str, PoolPlan], ledger: Ledger) -> NamespacePlan:
    """Quota and limits from the pools that carry Odoo."""
    carrying = {kind: pool for kind, pool in pools.items() if kind != SYSTEM_POOL}
    cores = int(sum(free_cores(SIZES[pool.vm_size]) * pool.max_nodes for pool in carrying.values()))
    free = {kind: free_mib(SIZES[pool.vm_size], pool.max_pods) for kind, pool in carrying.items()}
    gib = int(sum(free[kind] * pool.max_nodes for kind, pool in carrying.items()) / MIB_PER_GIB)
    largest_gib = int(max(free.values()) / MIB_PER_GIB)
    ledger.note(
        "odoo.namespace",
        f"{cores} processors, {gib} GiB requested; memory limits {LIMITS_FACTOR} times that",
        f"What the pools {', '.join(sorted(carrying))} have at their largest, without what AKS keeps.",
        "learn.microsoft.com azure/aks/node-resource-reservations",
    )
    return NamespacePlan(
        requests={"cpu": str(cores), "memory": f"{gib}Gi"},
        limits={"memory": f"{gib * LIMITS_FACTOR}Gi"},
        pods=sum(pool.max_nodes * pool.max_pods for pool in carrying.values()),
        default_request=DEFAULT_REQUEST,
        default_limit=DEFAULT_LIMIT,
        container_max={"memory": f"{largest_gib}Gi"},
    )
