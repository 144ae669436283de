"""What every cluster has before there is a tenant on it, wired: the provider of its objects, guards, operations."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.cluster_guards import ClusterGuards, ClusterGuardsArgs
from components.network.subnets import SubnetKind
from components.platform_operations import OperationsNetwork, PlatformOperations, PlatformOperationsArgs
from stacks.data_services import ODOO
from stacks.foundation import JOBS_POOL
from stacks.planning.plan import ClusterFoundationPlan
from stacks.running import on_nodes
from stacks.scalars import EnvironmentClass
from stacks.settings import CommonSettings


def kubernetes_provider(name: str, kubeconfig: pulumi.Input[str]) -> kubernetes.Provider:
    """The provider of a cluster's objects; of the same name in a platform's stack and in its tenants' own.

    Args:
        name: prefix of the Pulumi names.
        kubeconfig: how to reach the cluster's API.
    """
    return kubernetes.Provider(
        f"{name}-kubernetes",
        kubeconfig=kubeconfig,
        # Else the provider deletes a ConfigMap before it makes the changed one: pods that start in between have none.
        enable_config_map_mutable=True,
    )


def cluster_guards(
    name: str,
    settings: CommonSettings,
    plan: ClusterFoundationPlan,
    placement: Placement,
    provider: kubernetes.Provider,
    registry_login_server: pulumi.Input[str],
) -> ClusterGuards:
    """What the API server refuses, and who goes first.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        placement: of the cluster.
        provider: of the cluster.
        registry_login_server: the registry that all images come from.
    """
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    return ClusterGuards(
        f"{name}-guards",
        ClusterGuardsArgs(
            placement=placement,
            provider=provider,
            prefix=ODOO,
            labels=plan.cluster.labels,
            registry_login_server=registry_login_server,
            # A shell in a pod is a way past every other control.
            break_glass_groups=(settings.access.platform_administrators,) if production else None,
        ),
    )


def operations_place(
    name: str,
    plan: ClusterFoundationPlan,
    placement: Placement,
    provider: kubernetes.Provider,
    client_id: pulumi.Input[str],
    guards: ClusterGuards,
) -> PlatformOperations:
    """Where the jobs run that have the database administrator's password.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: of the cluster.
        provider: of the cluster.
        client_id: client id of the identity that reads the passwords.
        guards: what the jobs wait for.
    """
    subnets = plan.network.subnets
    return PlatformOperations(
        f"{name}-platform-operations",
        PlatformOperationsArgs(
            placement=placement,
            provider=provider,
            labels=plan.cluster.labels,
            client_id=client_id,
            network=OperationsNetwork(
                database_range=subnets[SubnetKind.DATABASE],
                private_endpoints_range=subnets[SubnetKind.PRIVATE_ENDPOINTS],
                api_server_range=subnets[SubnetKind.API_SERVER],
            ),
            nodes=on_nodes(JOBS_POOL),
            priority_class=guards.jobs_priority_class,
        ),
        pulumi.ResourceOptions(depends_on=[guards]),
    )
