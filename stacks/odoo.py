"""Odoo on a cluster, wired: what guards the cluster, the tenant, and the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.cluster import OdooCluster
from components.cluster_guards import ClusterGuards
from components.ingress.args import (
    IngressCertificates,
    IngressNetwork,
    PrivateLinkExposure,
    TenantIngress,
    TraefikIngressArgs,
    TraefikPods,
)
from components.ingress.middlewares import TenantLimits
from components.ingress.objects import NAME as TRAEFIK
from components.ingress.objects import NAMESPACE as INGRESS
from components.ingress.traefik import TraefikIngress
from components.network.subnets import SubnetKind, subnet_name
from components.odoo.pool import Pool
from components.tenant.services import OPERATIONS_ACCOUNT, OPERATIONS_NAMESPACE
from components.tenant.tenant import OdooTenant
from components.workload_identity import WorkloadIdentity
from stacks.cluster_base import cluster_guards, kubernetes_provider, operations_place
from stacks.data_services import ODOO
from stacks.environment_base import EnvironmentBase
from stacks.foundation import JOBS_POOL, WEB_POOL
from stacks.identities import SCALER_ACCOUNT, trust
from stacks.planning.plan import Plan
from stacks.running import on_nodes
from stacks.scalars import Exposure
from stacks.settings import Settings
from stacks.tenant import in_registry, tenant_args


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Odoo, running.

    Args:
        url: address that users type.
        ingress_address: address that its name must resolve to.
    """

    url: pulumi.Output[str]
    ingress_address: pulumi.Output[str]


def odoo_workload(
    name: str,
    settings: Settings,
    plan: Plan,
    placement: Placement,
    cluster: OdooCluster,
    foundation: EnvironmentBase,
    scaler: WorkloadIdentity,
) -> Workload:
    """Makes what runs on the cluster.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        placement: of the cluster.
        cluster: the cluster.
        foundation: what Odoo stands on outside of it.
        scaler: identity of KEDA.
    """
    provider = kubernetes_provider(name, cluster.kubeconfig)
    _trust(name, placement, cluster, foundation, scaler)
    registry = foundation.services.registry.login_server
    guards = cluster_guards(name, settings, plan, placement, provider, registry)
    administration = foundation.identities.administration.client_id
    operations = operations_place(name, plan, placement, provider, administration, guards)
    tenant = OdooTenant(
        f"{name}-tenant",
        tenant_args(
            settings, plan, placement, provider, foundation, scaler, _priorities(plan, guards), operations.place
        ),
        pulumi.ResourceOptions(depends_on=[guards, operations]),
    )
    ingress = _ingress(name, settings, plan, placement, provider, foundation, guards, tenant)
    return Workload(url=tenant.url, ingress_address=ingress.address)


def _trust(
    name: str, placement: Placement, cluster: OdooCluster, foundation: EnvironmentBase, scaler: WorkloadIdentity
) -> None:
    people = foundation.identities
    trust(
        name,
        placement,
        cluster.oidc_issuer_url,
        {
            (ODOO, ODOO): people.odoo,
            (ODOO, OPERATIONS_ACCOUNT): people.operations,
            (OPERATIONS_NAMESPACE, OPERATIONS_ACCOUNT): people.administration,
            (INGRESS, TRAEFIK): people.ingress,
            SCALER_ACCOUNT: scaler,
        },
    )


def _priorities(plan: Plan, guards: ClusterGuards) -> Mapping[Pool, pulumi.Output[str]]:
    return {
        Pool(pool): guards.jobs_priority_class if nodes == JOBS_POOL else guards.web_priority_class
        for pool, nodes in plan.odoo.node_pools.items()
    }


def _ingress(
    name: str,
    settings: Settings,
    plan: Plan,
    placement: Placement,
    provider: kubernetes.Provider,
    foundation: EnvironmentBase,
    guards: ClusterGuards,
    tenant: OdooTenant,
) -> TraefikIngress:
    limits = settings.ingress.limits
    return TraefikIngress(
        f"{name}-ingress",
        TraefikIngressArgs(
            placement=placement,
            provider=provider,
            labels=plan.cluster.labels,
            namespace=INGRESS,
            image=in_registry(foundation.services, settings.ingress.image),
            pods=TraefikPods(
                nodes=on_nodes(WEB_POOL),
                replicas=plan.ingress.replicas,
                cpu_millicores=plan.ingress.pod.cpu_millicores,
                memory_mib=plan.ingress.pod.memory_mib,
                priority_class=guards.web_priority_class,
            ),
            certificates=IngressCertificates(
                vault_name=foundation.vaults.certificates.vault_name,
                azure_tenant_id=foundation.azure_tenant_id,
                client_id=foundation.identities.ingress.client_id,
            ),
            network=_ingress_network(settings, plan),
            tenant=TenantIngress(
                name=ODOO,
                namespace=tenant.namespace_name,
                hostname=settings.odoo.hostname,
                certificate=settings.ingress.certificate,
                client_ranges=plan.ingress.allowed_ranges,
                limits=TenantLimits(
                    upload_mib=settings.ingress.upload_limit_mib,
                    login_per_minute=limits.login_requests_per_minute,
                    rpc_per_minute=limits.rpc_requests_per_minute,
                    reports_in_flight=limits.in_flight_reports,
                ),
            ),
        ),
        pulumi.ResourceOptions(depends_on=[guards]),
    )


def _ingress_network(settings: Settings, plan: Plan) -> IngressNetwork:
    ingress, subnet = settings.ingress, subnet_name(SubnetKind.INGRESS)
    return IngressNetwork(
        subnet_name=subnet,
        api_server_range=plan.network.subnets[SubnetKind.API_SERVER],
        private_link=(
            PrivateLinkExposure(
                name=plan.names.ingress_link_service,
                subnet_name=subnet,
                address_range=plan.network.subnets[SubnetKind.INGRESS],
                subscription_ids=tuple(ingress.edge_subscriptions),
            )
            if ingress.exposure is Exposure.PRIVATE_LINK
            else None
        ),
    )
