"""Traefik on a machine: the configuration model of the cluster, with routes from files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.ingress.configuration import (
    DRAIN_SECONDS,
    GRACE_SECONDS,
    HTTP_PORT,
    HTTPS_PORT,
    INTERNAL_PORT,
    StaticConfiguration,
    static_configuration,
)
from components.ingress.middlewares import shared_configuration, tenant_configuration
from components.ingress.objects import STATIC_FILE
from components.ingress.route_files import routes_configuration
from components.ingress.routing import tenant_routes
from components.machines.containers import INSIDE, OUTSIDE, Container, Limits, commanded, service
from components.machines.model import CERTIFICATES_DIRECTORY, AppMachine
from components.machines.paths import TRAEFIK_DYNAMIC, TRAEFIK_STATIC, scratch
from components.odoo import configuration as odoo
from components.odoo.pool import Pool

NAME: Final = "traefik"
USER: Final = "65532:65532"
STOP_SECONDS: Final = DRAIN_SECONDS + GRACE_SECONDS + 10
"""How long it may take to end: new requests, then those it has, then itself."""
SERVERS: Final[Mapping[Pool, str]] = {
    Pool.WEB: f"http://web:{odoo.HTTP_PORT}",
    Pool.WEBSOCKET: f"http://websocket:{odoo.WEBSOCKET_PORT}",
    Pool.REPORTING: f"http://reporting:{odoo.HTTP_PORT}",
}
"""Pools that routes lead to, by their names on the machine's own network."""
FOLDER: Final = "configuration"
"""Folder, below the one that Traefik watches, of what this machine came with."""
LIMITS: Final = Limits(memory_mib=1024, cpus=1.0, cpu_shares=512, processes=256)
"""As a pod of Traefik has it (`components.ingress.args.TraefikPods`)."""

_STATIC = "/etc/traefik/static"


def traefik_files(
    machine: AppMachine,
    *,
    servers: Mapping[Pool, str] = SERVERS,
    directory: str = StaticConfiguration.dynamic_directory,
) -> dict[str, str]:
    """Traefik's dynamic configuration, by name of the file.

    Args:
        machine: the machine.
        servers: URL of each pool.
        directory: the folder that Traefik watches, which the certificate is in.
    """
    tenant = machine.odoo.tenant
    routes = tenant_routes(tenant, machine.odoo.version, machine.hostname, machine.odoo.pools)
    return {
        "shared.yaml": shared_configuration(machine.certificate.name, directory=directory),
        f"tenant-{tenant}.yaml": tenant_configuration(tenant, machine.limits, machine.client_ranges),
        "routes.yaml": routes_configuration(tenant, routes, servers),
    }


def traefik_static() -> str:
    """The configuration that it is started with."""
    return static_configuration(StaticConfiguration(namespace=None))


def traefik_service(machine: AppMachine) -> dict[str, Any]:
    """The service: the only one that anybody outside of the machine reaches.

    Traefik looks at certificates only when something changes in the folder that it watches itself, not below it: so the
    certificate is in that very folder, and a renewed one is served at once (traefik 3.6, pkg/provider/file/file.go).

    Args:
        machine: the machine.
    """
    watched = StaticConfiguration.dynamic_directory
    return service(
        Container(
            name=NAME,
            image=machine.images.traefik,
            user=USER,
            limits=LIMITS,
            networks=(INSIDE, OUTSIDE),
            mounts={
                TRAEFIK_STATIC: _STATIC,
                CERTIFICATES_DIRECTORY: watched,
                TRAEFIK_DYNAMIC: f"{watched}/{FOLDER}",
            },
            # What does not fit into memory of requests and responses.
            writable={scratch(NAME): "/tmp"},  # noqa: S108 the container's own
            # The runtime collects garbage before the kernel kills the process (pkg.go.dev/runtime).
            environment={"GOMEMLIMIT": f"{LIMITS.memory_mib * 9 // 10}MiB"},
        ),
        command=commanded(f"--configFile={_STATIC}/{STATIC_FILE}"),
        ports=[f"443:{HTTPS_PORT}", f"80:{HTTP_PORT}", f"127.0.0.1:{INTERNAL_PORT}:{INTERNAL_PORT}"],
        # Stopped first, and ended, before what its last requests need.
        depends_on=sorted(pool.value for pool in SERVERS if pool in machine.odoo.pools),
        healthcheck={
            "test": commanded("CMD", "traefik", "healthcheck", f"--configFile={_STATIC}/{STATIC_FILE}"),
            "interval": "10s",
            "timeout": "2s",
            "retries": 6,
        },
        restart="on-failure",
        stop_grace_period=f"{STOP_SECONDS}s",
    )
