"""Names of Traefik's routers, by which its metrics tell one transaction from another. No Pulumi."""

from __future__ import annotations

import re
from collections.abc import Sequence


def router_pattern(tenant: str, hostname: str, ingresses: str) -> str:
    """Regular expression of the routers of a tenant's Ingresses.

    Traefik names a router `<namespace>-<ingress>-<host>-<path>@kubernetes`, with one `-` for each run of what is
    neither letter nor digit (traefik 3.6, pkg/provider/configuration.go, Normalize).

    Args:
        tenant: the tenant's namespace.
        hostname: its host name.
        ingresses: regular expression of the Ingresses' names, normalized.
    """
    return f"{normalized(tenant)}-{ingresses}-{normalized(hostname)}(-.*)?@kubernetes"


def either(names: Sequence[str]) -> str:
    """Regular expression, in a group, of any of these names."""
    return f"({'|'.join(normalized(name) for name in names)})"


def normalized(name: str) -> str:
    """A name as it is part of a router's."""
    return "-".join(re.findall(r"[^\W_]+", name))
