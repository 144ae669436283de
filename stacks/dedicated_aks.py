"""Topology `dedicated-aks`: an environment with an AKS cluster and data services of its own.

A bill of materials: which components, wired how. Numbers and names come from the plan.
"""

from __future__ import annotations

from components.network.flows import Runtime
from stacks.alerting import alerting
from stacks.environment_base import environment_base, environment_exports, ground
from stacks.exports import ClusterExports, EnvironmentExports
from stacks.foundation import private_cluster
from stacks.identities import scaler_identity
from stacks.odoo import odoo_workload
from stacks.planning.plan import Plan
from stacks.settings import Settings
from stacks.stack_config import Secrets


def dedicated_aks(
    name: str, settings: Settings, plan: Plan, secrets: Secrets
) -> tuple[EnvironmentExports, ClusterExports]:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: what follows from them.
        secrets: what is secret in them.
    """
    place = ground(name, settings, plan)
    scaler = scaler_identity(name, plan, place.placements["runtime"])
    base = environment_base(name, settings, plan, secrets, place, runtime=Runtime.CLUSTER, scaler=scaler)
    runtime = base.placements["runtime"]
    cluster = private_cluster(
        name, settings, plan, runtime, base.network, base.vaults.keys, base.services.registry, base.monitoring
    )
    workload = odoo_workload(name, settings, plan, runtime, cluster, base, scaler)
    alerting(name, settings, plan, base.placements, base.monitoring, (plan.names.node_resource_group,))
    return (
        environment_exports(base, plan, url=workload.url, ingress_address=workload.ingress_address),
        ClusterExports(
            cluster_id=cluster.cluster_id,
            cluster_name=cluster.cluster_name,
            cluster_resource_group=plan.names.resource_groups.runtime,
            oidc_issuer_url=cluster.oidc_issuer_url,
        ),
    )
