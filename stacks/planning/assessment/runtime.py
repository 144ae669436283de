"""What runs Odoo in a topology with an environment of its own: pools of processes, and machines or nodes for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stacks.planning.addressing import most_nodes
from stacks.planning.connections import plan_connections
from stacks.planning.ingress import LEAST_REPLICAS
from stacks.planning.ledger import Ledger
from stacks.planning.machines import plan_machines
from stacks.planning.node_pools import plan_pools
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.odoo_pools import WEB, left, plan_odoo_pools, spread
from stacks.planning.plan_odoo import ConnectionPlan, OdooPoolPlan, PoolConnections
from stacks.planning.sizes import DatabaseSize
from stacks.scalars import Topology

APP, OPERATIONS = "app", "operations"
OPERATIONS_MACHINES = 1


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What runs Odoo.

    Args:
        connecting: Odoo's pools, as they connect to the database.
        beside: what else connects with Odoo's login.
        lowest: nodes by pool, or machines by scale set (`app`, `operations`), that stand at all hours.
        highest: at the most.
        standing: HTTP workers that stand at all hours, with a zone (or one machine) lost.
        surviving: HTTP workers at the highest scale, with the same loss.
    """

    connecting: Mapping[str, OdooPoolPlan]
    beside: Mapping[str, PoolConnections]
    lowest: Mapping[str, int]
    highest: Mapping[str, int]
    standing: int
    surviving: int

    def connections(self, size: DatabaseSize, zones: int, ledger: Ledger, *, production: bool) -> ConnectionPlan:
        """Connections that all of it makes to a server of that size."""
        return plan_connections(self.connecting, size, zones, ledger, production=production, beside=self.beside)


def plan_runtime(
    topology: Topology, load: OdooLoad, zones: tuple[str, ...], ledger: Ledger, *, production: bool
) -> Runtime:
    """What runs Odoo in a topology, as its plan has it.

    Args:
        topology: `dedicated-vm` or `dedicated-aks`.
        load: Odoo's processes.
        zones: the region's zones.
        ledger: takes the reasons.
        production: whether a zone, a node or a machine may be lost.
    """
    plan = _machines if topology is Topology.DEDICATED_VM else _nodes
    return plan(load, zones, ledger, production=production)


def _nodes(load: OdooLoad, zones: tuple[str, ...], ledger: Ledger, *, production: bool) -> Runtime:
    pools = plan_odoo_pools(load, len(zones), ledger, production=production)
    traefik = spread(LEAST_REPLICAS, len(zones), production=production)
    nodes = plan_pools(pools, traefik, zones, ledger, production=production)
    return Runtime(
        connecting=pools,
        beside={},
        lowest={name: pool.min_nodes for name, pool in nodes.items()},
        highest=most_nodes(nodes),
        **_workers(pools[WEB], len(zones), production=production),
    )


def _machines(load: OdooLoad, zones: tuple[str, ...], ledger: Ledger, *, production: bool) -> Runtime:
    machines = plan_machines(load, len(zones), ledger, production=production)
    return Runtime(
        connecting=machines.connecting,
        beside=machines.beside,
        lowest={APP: machines.min_instances, OPERATIONS: OPERATIONS_MACHINES},
        highest={APP: machines.max_instances, OPERATIONS: OPERATIONS_MACHINES},
        **_workers(machines.pools[WEB], len(zones), production=production),
    )


def _workers(web: OdooPoolPlan, zones: int, *, production: bool) -> dict[str, int]:
    return {
        "standing": left(web.min_replicas, zones, production=production) * web.workers,
        "surviving": left(web.max_replicas, zones, production=production) * web.workers,
    }


def constant(load: OdooLoad, *, close: bool) -> OdooLoad:
    """The load of a day that never changes: a normal one, or that of the close.

    Args:
        load: the load.
        close: which of the two.
    """
    web, queue, reporting = (
        (load.peak_web_workers, load.queue_processes, load.reporting_processes)
        if close
        else (load.normal_web_workers, load.normal_queue_processes, load.normal_reporting_processes)
    )
    return replace(
        load,
        normal_web_workers=web,
        peak_web_workers=web,
        normal_queue_processes=queue,
        queue_processes=queue,
        normal_reporting_processes=reporting,
        reporting_processes=reporting,
    )
