"""The real Traefik with a machine's files: the routes of a cluster, and certificates without a restart."""

from __future__ import annotations

import base64
import http.client
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509

from components.ingress.configuration import StaticConfiguration, static_configuration
from components.ingress.measurement import relabelings
from components.ingress.middlewares import TenantLimits
from components.ingress.routers import FILE
from components.ingress.transactions import Match, transactions
from components.machines.host.secrets import write
from components.machines.traefik import FOLDER, SERVERS, traefik_files, traefik_static
from components.odoo.pool import Pool
from tests.cluster.traefik_backends import Backend
from tests.cluster.traefik_process import Traefik, certificate, client_context, eventually
from tests.unit.machines.examples import HOST, app_machine

VERSION = "19.0"
LIMITS = TenantLimits(upload_mib=1, login_per_minute=5, rpc_per_minute=1000, reports_in_flight=8)
# Addresses of loopback beyond it play the rest of the world.
MACHINE = app_machine(VERSION, client_ranges=("127.0.0.0/24",), limits=LIMITS)


@dataclass(frozen=True, kw_only=True)
class Door:
    """A machine's Traefik and what is behind it."""

    traefik: Traefik
    backends: Mapping[Pool, Backend]

    @property
    def certificate(self) -> Path:
        """The file that `host/secrets.py` renews."""
        return self.traefik.dynamic.path / MACHINE.certificate.name


def _static(configuration: StaticConfiguration) -> str:
    """As on a machine, on other ports and of another folder."""
    return static_configuration(replace(configuration, namespace=None))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with ExitStack() as stack:
        backends = {pool: stack.enter_context(Backend(pool.value)) for pool in SERVERS}
        traefik = Traefik(tmp_path_factory.mktemp("machine"), "", "unused", _static)
        found = Door(traefik=traefik, backends=backends)
        folder = traefik.dynamic.path
        servers = {pool: f"http://127.0.0.1:{backend.port}" for pool, backend in backends.items()}
        for name, text in traefik_files(MACHINE, servers=servers, directory=str(folder)).items():
            write(folder / FOLDER / name, text, 0o644)
        write(found.certificate, certificate(HOST).decode(), 0o400)
        stack.enter_context(traefik)
        eventually(lambda: traefik.ask(HOST, "/").status == 200)
        yield found


def _serial(traefik: Traefik) -> int:
    with traefik.connect(HOST) as connection:
        der = connection.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der).serial_number


def test_the_file_of_a_machine_is_that_of_these_tests_but_for_ports() -> None:
    assert traefik_static() == _static(StaticConfiguration(namespace="unused"))


def test_every_path_of_every_transaction_reaches_its_pool_and_is_measured_by_its_name(door: Door) -> None:
    source = 10
    for each in transactions(VERSION):
        for path in each.paths:
            source += 1
            below = [path, f"{path}/1", f"{path}?a=b"] if each.match is Match.PREFIX else [path, f"{path}/?a=b"]
            for asked in below:
                answer = door.traefik.ask(HOST, asked, method="POST", body=b"{}", source=f"127.0.0.{source}")
                assert (answer.status, answer.said["backend"]) == (200, each.pool.value), asked
    for path, pool in {"/": Pool.WEB, "/odoo/accounting": Pool.WEB, "/web/content/1/a%20b.pdf": Pool.WEB}.items():
        assert door.traefik.ask(HOST, path).said["backend"] == pool.value
    assert _measured(door.traefik) >= {each.name for each in transactions(VERSION)} | {"web", "files"}


def _measured(traefik: Traefik) -> set[str]:
    """Transactions of its routers, as the agent relabels them."""
    [rule] = [each for each in relabelings("acme", HOST, FILE) if each["targetLabel"] == "transaction"]
    routers = re.findall(r'traefik_router_requests_total\{[^}]*router="([^"]+)"', traefik.internal("/metrics"))
    return {match[1] for router in routers if (match := re.fullmatch(rule["regex"], router))}


@pytest.mark.parametrize(
    "path", ["/report/pdfs/1", "/json/22/a", "/web/dataset/call_button/account.move/action_post_all", "/websockets"]
)
def test_a_path_that_only_begins_like_a_transaction_is_none(door: Door, path: str) -> None:
    assert door.traefik.ask(HOST, path).said["backend"] == "web"


def test_a_websocket_reaches_the_websocket_pool_and_stays_open(door: Door) -> None:
    with door.traefik.connect(HOST) as connection:
        key = base64.b64encode(b"0123456789abcdef").decode()
        connection.sendall(
            f"GET /websocket?version=19.0-1 HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        connection.sendall(b"one")
        assert connection.recv(1024) == b"one"
    assert "/websocket" in door.backends[Pool.WEBSOCKET].asked


@pytest.mark.parametrize(
    "path",
    [
        "/web/database/manager",
        "/WEB/Database/manager",
        "/fr/web/database/manager",
        "/web/x/../database/manager",
        "/xmlrpc/2/db",
        "/queue_job/runjob",
        "/metrics",
        "/doc",
        "/doc/index",
    ],
)
def test_closed_doors_are_closed(door: Door, path: str) -> None:
    before = {pool: list(backend.asked) for pool, backend in door.backends.items()}
    assert door.traefik.ask(HOST, path).status == 403
    assert {pool: list(backend.asked) for pool, backend in door.backends.items()} == before


def test_who_is_not_of_the_tenants_ranges_is_refused(door: Door) -> None:
    assert door.traefik.ask(HOST, "/", source="127.0.9.1").status == 403


def test_logins_are_limited(door: Door) -> None:
    answers = [door.traefik.ask(HOST, "/web/login", source="127.0.0.9").status for _ in range(8)]
    assert set(answers) == {200, 429}


def test_what_is_too_large_is_refused_before_odoo_sees_it(door: Door) -> None:
    assert door.traefik.ask(HOST, "/", method="POST", body=b"x" * ((1 << 20) + 1)).status == 413


def test_a_name_without_a_certificate_gets_no_connection(door: Door) -> None:
    with pytest.raises(ssl.SSLError):
        door.traefik.connect("erp.stranger.example", context=client_context())


def test_plain_http_is_sent_to_https(door: Door) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.traefik.http_port, timeout=10)
    connection.request("GET", "/odoo?a=b", headers={"Host": HOST})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, f"https://{HOST}/odoo?a=b")
    connection.close()


def test_a_renewed_certificate_is_served_without_a_restart(door: Door) -> None:
    before = _serial(door.traefik)
    renewed = certificate(HOST)
    assert write(door.certificate, renewed.decode(), 0o400)
    expected = x509.load_pem_x509_certificate(renewed[renewed.index(b"-----BEGIN CERTIFICATE") :]).serial_number
    eventually(lambda: _serial(door.traefik) == expected, seconds=15)
    assert before != expected
    assert door.traefik.ask(HOST, "/").status == 200
