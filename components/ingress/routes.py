"""A tenant's routes: an Ingress for each business transaction, and for what remains; and the doors that stay shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes import core, networking

from components.base import Component
from components.ingress.configuration import HTTPS_ENTRY_POINT, INGRESS_CLASS
from components.ingress.middlewares import COMPRESS, HEADERS, REFUSE, middleware
from components.ingress.transactions import VERSIONS, Limit, transactions
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata

WEB: Final = "web"
"""Ingress of whatever no other takes."""
WEBSOCKET: Final = "websocket"
CLOSED: Final = "closed"
"""Ingress of the doors that stay shut."""
FILES: Final = "files"
"""Ingress of downloads, which pass through without being held back."""

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_ANNOTATION = "traefik.ingress.kubernetes.io/router."
_PREFIX = "Prefix"
_PATTERN = "ImplementationSpecific"
"""Path type of a regular expression, by the annotation `router.pathmatcher`."""

# Traefik's own priority is the length of the rule, by which a door with a short path would lose.
_PRIORITIES: Final = {CLOSED: 5000, WEBSOCKET: 4000, FILES: 3000, WEB: 1}
_TRANSACTION_PRIORITY = 2000

# A regular expression of Traefik is found anywhere in the path, so a language in front of it (`/fr/web/database`, which
# Odoo's websites take off) opens nothing. Odoo's paths are lower case; other spellings are refused all the same.
_CLOSED_PATTERNS: Final = (
    "/(?i:web/database)(/|$)",
    "/(?i:web/tests)(/|$)",
    "/(?i:xmlrpc(/[0-9]+)?/db)(/|$)",
    # It runs jobs as superuser for whoever calls it.
    "/(?i:queue_job)(/|$)",
    # Modules that publish metrics do so for anybody.
    "/(?i:metrics)(/|$)",
)
_CLOSED_PREFIXES: Final[Mapping[str, tuple[str, ...]]] = {"19.0": ("/doc",)}
"""Odoo 19 describes its API and models there; in older series the path may be a page of a website."""

_FILE_PATHS: Final = ("/web/content", "/web/image")
_WEBSOCKET_PATH: Final = "/websocket"

_PORT_NAMES: Final[Mapping[Pool, str]] = {Pool.WEB: "http", Pool.WEBSOCKET: "websocket", Pool.REPORTING: "http"}
"""Names of the ports of the pools' Services."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One Ingress: paths of one host that lead to one Service by the same middlewares.

    Args:
        name: name of the Ingress.
        host: host name.
        paths: path and its type: `Prefix`, or `ImplementationSpecific` for a regular expression.
        pool: the pool whose Service it leads to.
        middlewares: Traefik's middlewares in their order, without provider.
        priority: the highest one that matches wins.
    """

    name: str
    host: str
    paths: tuple[tuple[str, str], ...]
    pool: Pool
    middlewares: tuple[str, ...]
    priority: int

    @property
    def annotations(self) -> Mapping[str, str]:
        """What makes Traefik route by it (doc.traefik.io/traefik/v3.6, Kubernetes Ingress, annotations)."""
        settings = {
            "entrypoints": HTTPS_ENTRY_POINT,
            # The `tls` of an Ingress alone makes no router of TLS.
            "tls": "true",
            "middlewares": ",".join(f"{each}@file" for each in self.middlewares),
            "priority": str(self.priority),
        }
        if any(type_ == _PATTERN for _, type_ in self.paths):
            settings["pathmatcher"] = "PathRegexp"
        return {
            # Not `spec.ingressClassName`: Traefik could not read what that names without a right in the whole cluster.
            _CLASS_ANNOTATION: INGRESS_CLASS,
            **{f"{_ANNOTATION}{key}": value for key, value in settings.items()},
            # Traefik writes no address into the status, so there is none to wait for.
            "pulumi.com/skipAwait": "true",
        }


def routes(args: OdooTenantArgs) -> tuple[Route, ...]:
    """All routes of a tenant; pure.

    Raises:
        ValueError: the version of Odoo is not known.
    """
    application = args.application
    served = pool_of_ingress(application.version, args.pools.sizes)
    closed = (
        *((pattern, _PATTERN) for pattern in _CLOSED_PATTERNS),
        *((prefix, _PREFIX) for prefix in _CLOSED_PREFIXES.get(application.version, ())),
    )

    def route(name: str, paths: tuple[tuple[str, str], ...], middlewares: tuple[str, ...]) -> Route:
        return Route(
            name=name,
            host=application.hostname,
            paths=paths,
            pool=served[name],
            middlewares=middlewares,
            priority=_PRIORITIES.get(name, _TRANSACTION_PRIORITY),
        )

    def filtered(limit: Limit) -> tuple[str, ...]:
        limits = () if limit is Limit.NONE else (middleware(args.tenant, limit),)
        clients, uploads = (middleware(args.tenant, purpose) for purpose in ("clients", "uploads"))
        return (HEADERS, clients, *limits, COMPRESS, uploads)

    # A connection that stays open is neither buffered nor compressed; nor is a file, which may be of any size.
    passing = (HEADERS, middleware(args.tenant, "clients"))
    measured = (
        route(f"tx-{each.name}", ((each.pattern, _PATTERN),), filtered(each.limit))
        for each in transactions(application.version)
    )
    return (
        route(CLOSED, closed, (REFUSE,)),
        route(WEBSOCKET, ((_WEBSOCKET_PATH, _PREFIX),), passing),
        route(FILES, tuple((path, _PREFIX) for path in _FILE_PATHS), passing),
        *measured,
        route(WEB, (("/", _PREFIX),), filtered(Limit.NONE)),
    )


def pool_of_ingress(version: str, pools: Mapping[Pool, Any]) -> Mapping[str, Pool]:
    """The pool that each Ingress of a tenant leads to, by the name of the Ingress.

    Args:
        version: series of Odoo.
        pools: the tenant's pools; what has none of its own goes to `web`.
    """
    wanted = {
        CLOSED: Pool.WEB,
        WEBSOCKET: Pool.WEBSOCKET,
        FILES: Pool.WEB,
        **{f"tx-{each.name}": each.pool for each in transactions(version)},
        WEB: Pool.WEB,
    }
    return {name: pool if pool in pools else Pool.WEB for name, pool in wanted.items()}


def ingress_names() -> tuple[str, ...]:
    """Names of the Ingress objects that a tenant may have, whatever its version."""
    return tuple(sorted({name for version in VERSIONS for name in pool_of_ingress(version, {})}))


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
            metadata=metadata(args, route.name, namespace, annotations=route.annotations),
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
