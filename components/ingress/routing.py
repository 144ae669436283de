"""A tenant's routes: one for each business transaction, and for what remains; and the doors that stay shut. No Pulumi.

On a cluster each becomes an Ingress (`routes`), on machines a router of Traefik's own (`route_files`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from components.ingress.middlewares import COMPRESS, HEADERS, REFUSE, middleware
from components.ingress.transactions import VERSIONS, Limit, transactions
from components.odoo.pool import Pool

WEB: Final = "web"
"""Route of whatever no other takes."""
WEBSOCKET: Final = "websocket"
CLOSED: Final = "closed"
"""Route of the doors that stay shut."""
FILES: Final = "files"
"""Route of downloads, which pass through without being held back."""

PREFIX: Final = "Prefix"
"""A path by whole segments; the name is that of Kubernetes' path type."""
PATTERN: Final = "ImplementationSpecific"
"""A regular expression, found anywhere in the path; the name is that of Kubernetes' path type."""

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


@dataclass(frozen=True, kw_only=True)
class Route:
    """Paths of one host that lead to one pool by the same middlewares.

    Args:
        name: its name, also of its Ingress.
        host: host name.
        paths: path and its type: `PREFIX`, or `PATTERN` for a regular expression.
        pool: the pool that it leads to.
        middlewares: Traefik's middlewares in their order, without provider.
        priority: the highest one that matches wins.
    """

    name: str
    host: str
    paths: tuple[tuple[str, str], ...]
    pool: Pool
    middlewares: tuple[str, ...]
    priority: int


def tenant_routes(tenant: str, version: str, hostname: str, pools: Collection[Pool]) -> tuple[Route, ...]:
    """All routes of a tenant.

    Args:
        tenant: its name, which its middlewares are called by.
        version: series of Odoo.
        hostname: host name that its users type.
        pools: its pools; what has none of its own goes to `web`.

    Raises:
        ValueError: the version of Odoo is not known.
    """
    served = pool_of_ingress(version, pools)
    closed = (
        *((pattern, PATTERN) for pattern in _CLOSED_PATTERNS),
        *((prefix, PREFIX) for prefix in _CLOSED_PREFIXES.get(version, ())),
    )

    def route(name: str, paths: tuple[tuple[str, str], ...], middlewares: tuple[str, ...]) -> Route:
        return Route(
            name=name,
            host=hostname,
            paths=paths,
            pool=served[name],
            middlewares=middlewares,
            priority=_PRIORITIES.get(name, _TRANSACTION_PRIORITY),
        )

    def filtered(limit: Limit) -> tuple[str, ...]:
        limits = () if limit is Limit.NONE else (middleware(tenant, limit),)
        clients, uploads = (middleware(tenant, purpose) for purpose in ("clients", "uploads"))
        return (HEADERS, clients, *limits, COMPRESS, uploads)

    # A connection that stays open is neither buffered nor compressed; nor is a file, which may be of any size.
    passing = (HEADERS, middleware(tenant, "clients"))
    measured = (
        route(f"tx-{each.name}", ((each.pattern, PATTERN),), filtered(each.limit)) for each in transactions(version)
    )
    return (
        route(CLOSED, closed, (REFUSE,)),
        route(WEBSOCKET, ((_WEBSOCKET_PATH, PREFIX),), passing),
        route(FILES, tuple((path, PREFIX) for path in _FILE_PATHS), passing),
        *measured,
        route(WEB, (("/", PREFIX),), filtered(Limit.NONE)),
    )


def pool_of_ingress(version: str, pools: Collection[Pool]) -> Mapping[str, Pool]:
    """The pool that each route of a tenant leads to, by the name of the route.

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
    """Names of the routes that a tenant may have, whatever its version."""
    return tuple(sorted({name for version in VERSIONS for name in pool_of_ingress(version, {})}))
