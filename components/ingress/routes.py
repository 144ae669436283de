"""A tenant's Ingress objects: one for each of its routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import core, networking

from components.base import Component
from components.ingress.configuration import HTTPS_ENTRY_POINT, INGRESS_CLASS
from components.ingress.routing import PATTERN, Route, tenant_routes
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_ANNOTATION = "traefik.ingress.kubernetes.io/router."

_PORT_NAMES: Final[Mapping[Pool, str]] = {Pool.WEB: "http", Pool.WEBSOCKET: "websocket", Pool.REPORTING: "http"}
"""Names of the ports of the pools' Services."""


def routes(args: OdooTenantArgs) -> tuple[Route, ...]:
    """All routes of a tenant; pure.

    Raises:
        ValueError: the version of Odoo is not known.
    """
    application = args.application
    return tenant_routes(args.tenant, application.version, application.hostname, args.pools.sizes)


def declare_routes(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource] = (),
) -> list[pulumi.Resource]:
    """Declares the Ingress objects of a tenant.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be there first, e.g. the Services.
    """
    return [
        networking.v1.Ingress(
            f"{name}-ingress-{route.name}",
            metadata=metadata(args, route.name, namespace, annotations=_annotations(route)),
            spec=_spec(route),
            opts=component.child(depends_on=depends_on, provider=args.provider),
        )
        for route in routes(args)
    ]


def _spec(route: Route) -> networking.v1.IngressSpecArgs:
    backend = networking.v1.IngressBackendArgs(
        service=networking.v1.IngressServiceBackendArgs(
            name=route.pool.value, port=networking.v1.ServiceBackendPortArgs(name=_PORT_NAMES[route.pool])
        )
    )
    return networking.v1.IngressSpecArgs(
        # Without a secret: Traefik has the certificates from its own files.
        tls=[networking.v1.IngressTLSArgs(hosts=[route.host])],
        rules=[
            networking.v1.IngressRuleArgs(
                host=route.host,
                http=networking.v1.HTTPIngressRuleValueArgs(
                    paths=[
                        networking.v1.HTTPIngressPathArgs(path=path, path_type=type_, backend=backend)
                        for path, type_ in route.paths
                    ]
                ),
            )
        ],
    )


def _annotations(route: Route) -> Mapping[str, str]:
    """What makes Traefik route by it (doc.traefik.io/traefik/v3.6, Kubernetes Ingress, annotations)."""
    settings = {
        "entrypoints": HTTPS_ENTRY_POINT,
        # The `tls` of an Ingress alone makes no router of TLS.
        "tls": "true",
        "middlewares": ",".join(f"{each}@file" for each in route.middlewares),
        "priority": str(route.priority),
    }
    if any(type_ == PATTERN for _, type_ in route.paths):
        settings["pathmatcher"] = "PathRegexp"
    return {
        # Not `spec.ingressClassName`: Traefik could not read what that names without a right in the whole cluster.
        _CLASS_ANNOTATION: INGRESS_CLASS,
        **{f"{_ANNOTATION}{key}": value for key, value in settings.items()},
        # Traefik writes no address into the status, so there is none to wait for.
        "pulumi.com/skipAwait": "true",
    }
