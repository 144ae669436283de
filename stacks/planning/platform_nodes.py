"""Nodes that a platform's tenants share: few at first, and as many as its capacity needs with a zone lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.planning.addressing import most_nodes
from stacks.planning.foundation import is_production
from stacks.planning.ledger import Ledger
from stacks.planning.node_pools import (
    Kind,
    Pods,
    node_range,
    nodes_for,
    pool_of,
    surviving,
    system_pool,
    units,
)
from stacks.planning.plan import PoolPlan
from stacks.planning.sizes import D4, D8, E4, NodeSize
from stacks.planning.tier_shapes import OPERATIONS_UNITS, TIER_JOB_MILLICORES, TIER_MAX_PODS, TIER_WEB_MILLICORES
from stacks.planning.tiers import SHARED, Envelope, kinds, tier_capacity
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

LEAST_NODES = {True: 2, False: 1}
"""Without zones, by whether it is production."""

_SCALING = "learn.microsoft.com azure/aks/cluster-autoscaler-overview"


def plan_shared_pools(
    settings: PlatformSettings, given: Mapping[Tier, Envelope], zones: tuple[str, ...], ledger: Ledger
) -> Mapping[str, PoolPlan]:
    """The pools `system`, `web` and `jobs`; tenants of tier isolated have nodes of their own.

    Args:
        settings: the platform's settings.
        given: what tenants may take, by tier.
        zones: the region's zones.
        ledger: takes the reasons.
    """
    production = is_production(settings)
    size = D8 if production else D4
    web, jobs = (
        [kind for tier in SHARED for kind in kinds(tier, given[tier], nodes, tier_capacity(settings, tier))]
        for nodes in ("web", "jobs")
    )
    # Any tenant may be upgraded while others are; and the platform's own jobs make databases.
    operations = [(tier_capacity(settings, tier), OPERATIONS_UNITS[tier]) for tier in SHARED]
    operations.append((1, max(OPERATIONS_UNITS.values())))
    pools = {
        "jobs": _pool(E4, TIER_JOB_MILLICORES, jobs, operations, zones, production=production),
        "system": system_pool(zones, production=production),
        "web": _pool(size, TIER_WEB_MILLICORES, web, [], zones, production=production),
    }
    _explain(settings, pools, ledger)
    return pools


def kept(nodes: int, zones: int, *, production: bool) -> int:
    """Nodes of so many that are left when production loses a zone, or without zones a node."""
    return surviving(nodes, zones) if production else nodes


def _pool(
    size: NodeSize, millicores: int, found: list[Kind], spare: Pods, zones: tuple[str, ...], *, production: bool
) -> PoolPlan:
    least = max(len(zones), LEAST_NODES[production]) if production else LEAST_NODES[production]
    if not found:
        return pool_of(size, (least, least), zones, TIER_MAX_PODS)
    _, most = node_range(
        units(size, millicores),
        found,
        spare,
        max(len(zones), 1) if production else 1,
        lambda needed: nodes_for(needed, len(zones)) if production else needed,
    )
    return pool_of(size, (least, max(most, least)), zones, TIER_MAX_PODS)


def _explain(settings: PlatformSettings, pools: Mapping[str, PoolPlan], ledger: Ledger) -> None:
    tenants = " and ".join(f"{tier_capacity(settings, tier)} of tier {tier}" for tier in SHARED)
    loss = "with a zone lost, or during a rolling update" if is_production(settings) else "during a rolling update"
    reasons = {
        "system": "AKS's own components; tenants have nothing on them.",
        "web": f"At least one in each zone; at most what pods of web, websocket and Traefik of {tenants} need {loss}.",
        "jobs": f"At least one in each zone; at most what pods of cron, queue and reporting, and an operations "
        f"job each, of {tenants} need {loss}.",
    }
    for name, because in reasons.items():
        pool = pools[name]
        value = f"{pool.min_nodes} to {pool.max_nodes} x {pool.vm_size}"
        ledger.note(f"cluster.pools.{name}", value, because, _SCALING)


def nodes_in_subnets(pools: Mapping[str, PoolPlan], own: int) -> Mapping[str, int]:
    """Nodes at the most by pool, those of the tenants' own pools, which are in the subnet of web, among them."""
    most = dict(most_nodes(pools))
    return most | {"web": most["web"] + own}
