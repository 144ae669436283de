"""What this project's own components declare in a cluster: the stack that the rules must pass, and its copies fail."""

from __future__ import annotations

from functools import cache

import pulumi_kubernetes as kubernetes

from components.cluster_guards import ClusterGuards, ClusterGuardsArgs
from components.tenant.tenant import OdooTenant
from tests.policies.harness import Declared
from tests.unit.components import harness
from tests.unit.components.ingress_example import ingress
from tests.unit.components.mocked_azure import KUBECONFIG
from tests.unit.components.server_preparation_example import server_preparation
from tests.unit.components.tenant_example import LABELS, tenant_args
from tests.unit.components.test_platform_operations import platform_operations

_EMERGENCY_GROUP = "55555555-5555-4555-8555-555555555555"


def _guards() -> ClusterGuards:
    return ClusterGuards(
        "guards",
        ClusterGuardsArgs(
            placement=harness.placement(),
            provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
            prefix="erp",
            labels=LABELS,
            registry_login_server="crerptest.azurecr.io",
            break_glass_groups=(_EMERGENCY_GROUP,),
        ),
    )


@cache
def our_objects() -> tuple[Declared, ...]:
    """Every Kubernetes object of a guarded cluster with Traefik, the platform's jobs and one tenant."""
    programs = (_guards, ingress, lambda: OdooTenant("acme", tenant_args()), platform_operations, server_preparation)
    return tuple(
        Declared(type=each.type, name=each.name, properties=each.inputs)
        for program in programs
        for each in harness.declare(program)
        if each.type.startswith("kubernetes:")
    )
