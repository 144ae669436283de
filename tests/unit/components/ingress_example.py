"""Traefik for each of two tenants, and the routes of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import core, meta

from components.base import Component
from components.ingress.args import (
    IngressCertificates,
    IngressNetwork,
    TenantIngress,
    TraefikIngressArgs,
    TraefikPods,
)
from components.ingress.routes import declare_routes
from components.ingress.traefik import TraefikIngress
from components.tenant.args import OdooTenantArgs
from components.tenant.running import NodePlacement
from tests.unit.components.harness import Declared, declare, placement
from tests.unit.components.mocked_azure import KUBECONFIG, TENANT_ID

LABELS = {"owner": "finance-platform", "cost-center": "4711"}
IMAGE = "crerptest.azurecr.io/traefik@sha256:" + "ef" * 32
CLIENT_ID = "99999999-9999-4999-8999-999999999999"
TENANTS = {
    "acme": TenantIngress(
        name="acme",
        namespace="acme",
        hostname="erp.acme.example",
        certificate="erp-acme",
        client_ranges=("10.1.0.0/16",),
    ),
    "globex": TenantIngress(
        name="globex",
        namespace="globex",
        hostname="erp.globex.example",
        certificate="erp-globex",
        client_ranges=("10.2.0.0/16", "10.1.0.0/16"),
    ),
}
SELECTOR = {"app.kubernetes.io/name": "traefik"}


def ingress_args(tenant: TenantIngress = TENANTS["acme"], **changes: Any) -> TraefikIngressArgs:
    """Arguments of a tenant's Traefik; with `changes` as `dataclasses.replace` takes them."""
    args = TraefikIngressArgs(
        placement=placement(),
        provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
        labels=LABELS,
        namespace=f"{tenant.name}-ingress",
        image=IMAGE,
        pods=TraefikPods(
            nodes=NodePlacement(node_selector={"odoo-azure/pool": "web"}, tolerated_taints=("web",)),
            priority_class="erp-web",
        ),
        certificates=IngressCertificates(vault_name="kv-erp-test-tls", azure_tenant_id=TENANT_ID, client_id=CLIENT_ID),
        network=IngressNetwork(subnet_name="snet-ingress", api_server_range="10.40.7.0/28"),
        tenant=tenant,
    )
    return replace(args, **changes)


def ingress(tenant: TenantIngress = TENANTS["acme"], **changes: Any) -> TraefikIngress:
    """A tenant's Traefik."""
    return TraefikIngress("ingress", ingress_args(tenant, **changes))


class Routes(Component):
    """The routes of a tenant, without the tenant."""

    def __init__(self, name: str, make_args: Callable[[], OdooTenantArgs]) -> None:
        args = make_args()
        super().__init__(name, args.placement, None)
        namespace = core.v1.Namespace(
            f"{name}-namespace",
            metadata=meta.v1.ObjectMetaArgs(name=args.tenant),
            opts=self.child(provider=args.provider),
        )
        declare_routes(self, name, args, namespace, [namespace])
        self.finish({})


@cache
def declared_ingress() -> list[Declared]:
    """What acme's Traefik declares."""
    return declare(ingress)


def inputs_of(declared: list[Declared], name: str) -> dict[str, Any]:
    """The inputs of the only resource of that name."""
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def pod_of(declared: list[Declared]) -> dict[str, Any]:
    """The specification of Traefik's pods."""
    template = inputs_of(declared, "ingress-deployment")["spec"]["template"]
    return dict(template["spec"])
