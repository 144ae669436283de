"""A tenant's routes as a file of Traefik's, where there is no cluster to read them from. No Pulumi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from components.ingress.configuration import HTTPS_ENTRY_POINT
from components.ingress.routers import router_name
from components.ingress.routing import PREFIX, Route
from components.odoo.pool import Pool


def routes_configuration(tenant: str, routes: Sequence[Route], servers: Mapping[Pool, str]) -> str:
    """The file with a router for each route and a service for each pool, in YAML.

    Source: doc.traefik.io/traefik/v3.6/reference/routing-configuration/http/router/rules-and-priority.

    Args:
        tenant: its name.
        routes: its routes.
        servers: URL of each pool that a route leads to.
    """
    pools = sorted({route.pool for route in routes})
    text: str = yaml.safe_dump(
        {
            "http": {
                "routers": {router_name(tenant, route.host, route.name): _router(route) for route in routes},
                "services": {pool.value: {"loadBalancer": {"servers": [{"url": servers[pool]}]}} for pool in pools},
            }
        },
        sort_keys=True,
        width=120,
    )
    return text


def _router(route: Route) -> Mapping[str, Any]:
    paths = " || ".join(_matcher(path, type_) for path, type_ in route.paths)
    return {
        "entryPoints": [HTTPS_ENTRY_POINT],
        "rule": f"Host(`{route.host}`) && ({paths})",
        "middlewares": list(route.middlewares),
        "service": route.pool.value,
        "priority": route.priority,
        "tls": {},
    }


def _matcher(path: str, type_: str) -> str:
    """As the Ingress provider makes it (traefik 3.6, pkg/provider/kubernetes/ingress/kubernetes.go, buildRule)."""
    if type_ != PREFIX:
        return f"PathRegexp(`{path}`)"
    # PathPrefix alone goes by letters: `/websocket` would take `/websockets` too.
    return "PathPrefix(`/`)" if path == "/" else f"Path(`{path}`) || PathPrefix(`{path}/`)"
