"""Names of Traefik's routers, by which its metrics tell one transaction from another. No Pulumi."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

KUBERNETES: Final = "kubernetes"
"""Provider of routers that are made of Ingress objects."""
FILE: Final = "file"
"""Provider of routers that are written in files."""


def router_name(tenant: str, hostname: str, route: str) -> str:
    """Name of a router in a file, such as a router of an Ingress has it.

    Args:
        tenant: the tenant's name.
        hostname: its host name.
        route: the route's name.
    """
    return f"{normalized(tenant)}-{normalized(route)}-{normalized(hostname)}"


def router_pattern(tenant: str, hostname: str, ingresses: str, provider: str = KUBERNETES) -> str:
    """Regular expression of the routers of a tenant's routes.

    Traefik names a router `<namespace>-<ingress>-<host>-<path>@kubernetes`, with one `-` for each run of what is
    neither letter nor digit (traefik 3.6, pkg/provider/configuration.go, Normalize).

    Args:
        tenant: the tenant's name, which is its namespace.
        hostname: its host name.
        ingresses: regular expression of the routes' names, normalized.
        provider: what the routers come from.
    """
    return f"{normalized(tenant)}-{ingresses}-{normalized(hostname)}(-.*)?@{provider}"


def either(names: Sequence[str]) -> str:
    """Regular expression, in a group, of any of these names."""
    return f"({'|'.join(normalized(name) for name in names)})"


def normalized(name: str) -> str:
    """A name as it is part of a router's."""
    return "-".join(re.findall(r"[^\W_]+", name))
