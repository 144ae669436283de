"""The real Traefik of two tenants with the rendered configuration, in front of stand-ins for Odoo's pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from components.ingress.args import TenantIngress, TraefikPods
from components.ingress.middlewares import TenantLimits, shared_configuration, tenant_configuration
from components.ingress.routes import routes
from components.ingress.routing import Route
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.running import NodePlacement
from sandbox.cluster.api import Api
from tests.cluster.traefik_backends import Backend
from tests.cluster.traefik_objects import apply, external_service, kubeconfig_of, objects, remove
from tests.cluster.traefik_process import Answer, Traefik, certificate, eventually
from tests.unit.components.harness import declare
from tests.unit.components.ingress_example import Routes, ingress
from tests.unit.components.tenant_example import tenant_args

HOST = "erp.acme.example"
OTHER_HOST = "erp.globex.example"
STRANGER_HOST = "erp.stranger.example"
LIMITS = TenantLimits(upload_mib=1, login_per_minute=5, rpc_per_minute=7, reports_in_flight=2)
ACME = TenantIngress(
    name="traefik-acme",
    namespace="traefik-acme",
    hostname=HOST,
    certificate="erp-acme",
    # Addresses of loopback beyond it play the rest of the world.
    client_ranges=("127.0.0.0/24",),
    limits=LIMITS,
)
GLOBEX = replace(
    ACME,
    name="traefik-globex",
    namespace="traefik-globex",
    hostname=OTHER_HOST,
    certificate="erp-globex",
    client_ranges=("127.0.9.0/24",),
)
PODS = TraefikPods(nodes=NodePlacement(node_selector={"workload": "web"}))
VERSION = "19.0"
# Of its range.
AT_GLOBEX = "127.0.9.1"


def _tenant_args(tenant: str, hostname: str) -> OdooTenantArgs:
    args = tenant_args(tenant=tenant)
    return replace(args, application=replace(args.application, version=VERSION, hostname=hostname))


@dataclass(frozen=True, kw_only=True)
class Door:
    """Acme's Traefik and what is behind it, and globex's; `first_log` is what it wrote until it served its first
    request."""

    traefik: Traefik
    globex: Traefik
    first_log: str
    api: Api
    backends: Mapping[Pool, Backend]
    routes: tuple[Route, ...]

    def ask(self, path: str, **options: Any) -> Answer:
        return self.traefik.ask(HOST, path, **options)


@contextmanager
def open_door(kubeconfig: str, home: Path) -> Iterator[Door]:
    """Both tenants' objects on the API server, and both Traefiks with their files below `home`, until it is closed."""
    api = Api(kubeconfig)
    namespaces = {ACME.name: HOST, GLOBEX.name: OTHER_HOST, "traefik-stranger": STRANGER_HOST}
    made = [each for tenant in (ACME, GLOBEX) for each in objects(declare(partial(ingress, tenant, pods=PODS)))]
    for name, hostname in namespaces.items():
        made += objects(declare(partial(Routes, name, partial(_tenant_args, name, hostname))))
    declared_routes: list[Route] = []
    declare(lambda: declared_routes.extend(routes(_tenant_args("traefik-acme", HOST))))
    with ExitStack() as stack:
        backends = {
            pool: stack.enter_context(Backend(pool.value)) for pool in (Pool.WEB, Pool.WEBSOCKET, Pool.REPORTING)
        }
        services = [
            external_service(name, pool.value, "websocket" if pool is Pool.WEBSOCKET else "http", backend.port)
            for name in namespaces
            for pool, backend in backends.items()
        ]
        for each in sorted([*made, *services], key=lambda each: each["kind"] != "Namespace"):
            stack.callback(remove, api, each)
            apply(api, each)
        acme, globex = (
            stack.enter_context(_traefik(tenant, home / tenant.name, api, kubeconfig)) for tenant in (ACME, GLOBEX)
        )
        eventually(lambda: acme.ask(HOST, "/").status == 200)
        eventually(lambda: globex.ask(OTHER_HOST, "/", source=AT_GLOBEX).status == 200)
        yield Door(
            traefik=acme,
            globex=globex,
            first_log=acme.log(),
            api=api,
            backends=backends,
            routes=tuple(declared_routes),
        )


def _traefik(tenant: TenantIngress, home: Path, api: Api, admin: str) -> Traefik:
    """A tenant's Traefik with its own rights and certificate."""
    namespace = f"{tenant.name}-ingress"
    eventually(lambda: api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/traefik") is not None)
    traefik = Traefik(home, kubeconfig_of(api, admin, namespace, "traefik"), tenant.name)
    traefik.certificates.write({tenant.certificate: certificate(tenant.hostname)})
    traefik.dynamic.write(dynamic_files(traefik, tenant))
    return traefik


def dynamic_files(traefik: Traefik, tenant: TenantIngress, reload: str = "1") -> dict[str, str | bytes]:
    """As the component's ConfigMap and token make them, but for the folder of the certificate."""
    return {
        "configuration/shared.yaml": shared_configuration(tenant.certificate, directory=str(traefik.certificates.path)),
        f"configuration/tenant-{tenant.name}.yaml": tenant_configuration(
            tenant.name, tenant.limits, tenant.client_ranges
        ),
        "reload": reload,
    }
