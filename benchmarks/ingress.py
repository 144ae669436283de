"""`python -m benchmarks.ingress`: what the ingress adds to a call, against a bare Traefik.

The bare one knows a certificate and one route, and neither logs nor measures. Both are real, read their routes from a
real API server and lead to the same stand-in of Odoo; k6 asks them by HTTPS in turns of a second. `--service-ms` is how
long the stand-in takes: with 0 only the ingress is left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from components.ingress.configuration import StaticConfiguration
from components.ingress.middlewares import TenantLimits, shared_configuration, tenant_configuration
from components.tenant.args import OdooTenantArgs
from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from sandbox.toolchain import go_tool
from tests.cluster.traefik_objects import apply, external_service, objects
from tests.cluster.traefik_process import Traefik, certificate, eventually
from tests.unit.components.harness import declare
from tests.unit.components.ingress_example import Routes
from tests.unit.components.tenant_example import tenant_args

SCRIPT = Path(__file__).with_name("ingress.js")
HOSTS = {"ours": "ours.example", "bare": "bare.example"}
PATH = "/web/dataset/call_button/account.move/action_post"
ANSWER_BYTES = 4000
MOST_ADDED = 0.10
"""Share of the bare one's median that ours may add."""


def main() -> None:
    """Measures, prints medians and percentiles, and exits with 1 if ours adds too much at the median."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingress", description=__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="how long to measure (default 30)")
    parser.add_argument("--users", type=int, default=4, help="clients at once (default 4)")
    parser.add_argument("--service-ms", type=float, default=20, help="how long the stand-in takes (default 20)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="odoo-azure-ingress-") as folder, ExitStack() as stack:
        port = stack.enter_context(_odoo(options.service_ms / 1000))
        doors = _doors(stack, Path(folder), port)
        measured = _measure(doors, options.users, options.seconds)
    added = measured["ours"]["med"] / measured["bare"]["med"] - 1
    _print(measured, added)
    if added > MOST_ADDED:
        sys.exit(1)


def _doors(stack: ExitStack, work: Path, port: int) -> Mapping[str, Traefik]:
    cluster = stack.enter_context(Cluster(work / "cluster"))
    api = Api(cluster.kubeconfig)
    made = [
        *objects(declare(partial(Routes, "ours", partial(_tenant, "ours")))),
        *_bare_objects(),
        *(external_service(name, pool, "http", port) for name in HOSTS for pool in ("web", "reporting")),
        external_service("ours", "websocket", "websocket", port),
    ]
    for each in sorted(made, key=lambda each: each["kind"] != "Namespace"):
        apply(api, each)
    doors = {
        "ours": Traefik(work / "ours", cluster.kubeconfig, "ours"),
        "bare": Traefik(work / "bare", cluster.kubeconfig, "bare", _bare),
    }
    for name, door in doors.items():
        door.certificates.write({name: certificate(HOSTS[name])})
    doors["ours"].dynamic.write(
        {
            "configuration/shared.yaml": shared_configuration("ours", directory=str(doors["ours"].certificates.path)),
            "configuration/tenant-ours.yaml": tenant_configuration("ours", TenantLimits(), ("127.0.0.0/8",)),
        }
    )
    files = {key: str(doors["bare"].certificates.path / "bare") for key in ("certFile", "keyFile")}
    doors["bare"].dynamic.write({"configuration/tls.yaml": yaml.safe_dump({"tls": {"certificates": [files]}})})
    for name, door in doors.items():
        stack.enter_context(door)
        eventually(lambda name=name, door=door: door.ask(HOSTS[name], PATH, method="POST", body=b"{}").status == 200)
    return doors


def _tenant(name: str) -> OdooTenantArgs:
    args = tenant_args(tenant=name)
    return replace(args, application=replace(args.application, hostname=HOSTS[name]))


def _bare(settings: StaticConfiguration) -> str:
    text: str = yaml.safe_dump(
        {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "entryPoints": {
                "websecure": {"address": f"{settings.address}:{settings.https_port}"},
                "traefik": {"address": f"{settings.address}:{settings.internal_port}"},
            },
            "ping": {},
            "providers": {
                "file": {"directory": settings.dynamic_directory},
                "kubernetesIngress": {
                    "namespaces": [settings.namespace],
                    "disableClusterScopeResources": True,
                    "allowExternalNameServices": True,
                },
            },
        }
    )
    return text


def _bare_objects() -> list[dict[str, Any]]:
    backend = {"service": {"name": "web", "port": {"name": "http"}}}
    paths = [{"path": "/", "pathType": "Prefix", "backend": backend}]
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bare"}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {
                "name": "web",
                "namespace": "bare",
                "annotations": {"traefik.ingress.kubernetes.io/router.tls": "true"},
            },
            "spec": {"rules": [{"host": HOSTS["bare"], "http": {"paths": paths}}]},
        },
    ]


@contextmanager
def _odoo(service_seconds: float) -> Iterator[int]:
    """A stand-in that answers every request alike after so long, in a thread of its own; gives its port."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: _Odoo(service_seconds), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Odoo(asyncio.Protocol):
    _BODY = json.dumps({"jsonrpc": "2.0", "result": "invoice " * (ANSWER_BYTES // 8)}).encode()
    _ANSWER = (
        b"HTTP/1.1 200 OK\r\nServer: Werkzeug\r\nContent-Type: application/json\r\nContent-Length: "
        + str(len(_BODY)).encode()
        + b"\r\n\r\n"
        + _BODY
    )

    def __init__(self, service_seconds: float) -> None:
        self.__service_seconds = service_seconds
        self.__received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.__transport = transport

    def data_received(self, data: bytes) -> None:
        self.__received += data
        head, end, body = self.__received.partition(b"\r\n\r\n")
        if end and len(body) >= _content_length(head):
            self.__received = b""
            asyncio.get_running_loop().call_later(self.__service_seconds, self.__transport.write, self._ANSWER)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _measure(doors: Mapping[str, Traefik], users: int, seconds: int) -> Mapping[str, Mapping[str, float]]:
    environment = {
        **os.environ,
        "K6_NO_USAGE_REPORT": "true",
        "TARGETS": json.dumps({name: f"https://{HOSTS[name]}:{door.https_port}{PATH}" for name, door in doors.items()}),
        "HOSTS": json.dumps(dict.fromkeys(HOSTS.values(), "127.0.0.1")),
        "USERS": str(users),
        "SECONDS": str(seconds),
    }
    done = subprocess.run(
        [go_tool("k6", print), "run", "--quiet", SCRIPT], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"k6 failed:\n{done.stdout}\n{done.stderr}")
    summary = json.loads(done.stdout)
    if summary["failed"]:
        sys.exit(f"{summary['failed']} calls were not answered with 200")
    figures: Mapping[str, Mapping[str, float]] = summary["figures"]
    return figures


def _print(measured: Mapping[str, Mapping[str, float]], added: float) -> None:
    columns = ("count", "med", "p(95)", "p(99)")
    table = Table(title="milliseconds a call")
    table.add_column("Traefik")
    for column in columns:
        table.add_column(column, justify="right")
    for name, figures in measured.items():
        table.add_row(
            name, *(f"{figures[column]:.0f}" if column == "count" else f"{figures[column]:.2f}" for column in columns)
        )
    console = Console()
    console.print(table)
    console.print(f"added at the median: {added:+.1%}; at most {MOST_ADDED:.0%}", highlight=False)


if __name__ == "__main__":
    main()
