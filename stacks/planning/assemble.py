"""From the settings of an environment of its own on a cluster to its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.planning.addressing import most_nodes
from stacks.planning.environment import Runtime, plan_basis, plan_rest
from stacks.planning.foundation import plan_cluster
from stacks.planning.ingress import plan_ingress
from stacks.planning.ledger import Ledger
from stacks.planning.namespace import plan_namespace
from stacks.planning.node_pools import plan_pools
from stacks.planning.odoo_pools import NODE_POOLS, normal_replicas, plan_odoo_pools
from stacks.planning.plan import Plan
from stacks.planning.plan_odoo import ClusterOdooPlan
from stacks.planning.versions import KUBERNETES
from stacks.planning.windows import plan_windows
from stacks.scalars import Topology

if TYPE_CHECKING:
    from stacks.settings import Settings


def make_plan(settings: Settings, *, file: str = "Pulumi.<stack>.yaml") -> Plan:
    """The plan of an environment as `dedicated-aks`: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    ledger = Ledger()
    basis = plan_basis(settings, Topology.DEDICATED_AKS, ledger)
    production, zones = basis.production, basis.zones
    pools = plan_odoo_pools(basis.load, len(zones), ledger, production=production)
    ingress = plan_ingress(settings.ingress, settings.network, len(zones), ledger, production=production)
    nodes = plan_pools(pools, ingress.replicas, zones, ledger, production=production)
    cluster = plan_cluster(settings, nodes, basis.tags, basis.maintenance, ledger)
    normal = normal_replicas(basis.load, len(zones), production=production)
    on_cluster = {
        "node_pools": {pool: NODE_POOLS[pool] for pool in pools},
        "namespace": plan_namespace(nodes, ledger),
        "windows": plan_windows(pools, normal, settings.calendar, ledger),
    }
    runtime = Runtime(pools=pools, ingress=ingress, nodes=most_nodes(nodes), version=KUBERNETES)
    environment = plan_rest(basis, runtime, file)
    odoo = ClusterOdooPlan(**vars(environment.odoo) | on_cluster)
    return Plan(cluster=cluster, **vars(environment) | {"odoo": odoo})
