"""The real Traefik with the rendered configuration, and its own rights only, in front of stand-ins for Odoo's pools."""

from __future__ import annotations

import base64
import http.client
import json
import re
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from components.ingress.args import TenantIngress, TraefikPods
from components.ingress.measurement import relabelings
from components.ingress.middlewares import TenantLimits, shared_configuration, tenant_configuration
from components.ingress.routes import routes
from components.ingress.routing import Route
from components.ingress.transactions import Match, transactions
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.running import NodePlacement
from sandbox.cluster.api import Api
from tests.cluster.traefik_backends import BREAK, BULK, BULK_BYTES, HOLD, Backend
from tests.cluster.traefik_objects import allowed, apply, external_service, kubeconfig_of, objects, remove
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
ACCOUNT = "system:serviceaccount:traefik-acme-ingress:traefik"
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


@pytest.fixture(scope="module")
def door(cluster: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    api = Api(cluster.kubeconfig)
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
        homes = tmp_path_factory.mktemp("traefik")
        acme, globex = (
            stack.enter_context(_traefik(tenant, homes / tenant.name, api, cluster.kubeconfig))
            for tenant in (ACME, GLOBEX)
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
    traefik.dynamic.write(_dynamic_files(traefik, tenant))
    return traefik


def _dynamic_files(traefik: Traefik, tenant: TenantIngress, reload: str = "1") -> dict[str, str | bytes]:
    """As the component's ConfigMap and token make them, but for the folder of the certificate."""
    return {
        "configuration/shared.yaml": shared_configuration(tenant.certificate, directory=str(traefik.certificates.path)),
        f"configuration/tenant-{tenant.name}.yaml": tenant_configuration(
            tenant.name, tenant.limits, tenant.client_ranges
        ),
        "reload": reload,
    }


def _transactions_seen(metrics: str) -> set[tuple[str, str]]:
    """Tenant and transaction of each router, as Prometheus relabels them."""
    rules = relabelings(ACME.name, HOST)
    seen = set()
    for router in set(re.findall(r'traefik_router_requests_total\{[^}]*router="([^"]+)"', metrics)):
        labels = {
            rule["targetLabel"]: match.expand(rule["replacement"].replace("$", "\\"))
            for rule in rules
            if (match := re.fullmatch(rule["regex"], router))
        }
        seen.add((labels["tenant"], labels["transaction"]))
    return seen


def test_every_path_of_every_transaction_reaches_its_pool_and_is_measured_by_its_name(door: Door) -> None:
    source = 10
    for each in transactions(VERSION):
        for path in each.paths:
            source += 1
            below = [path, f"{path}/1", f"{path}?a=b"] if each.match is Match.PREFIX else [path, f"{path}/?a=b"]
            for asked in below:
                answer = door.ask(asked, method="POST", body=b"{}", source=f"127.0.0.{source}")
                assert (answer.status, answer.said["backend"]) == (200, each.pool.value), asked
    for path, pool in {"/": Pool.WEB, "/odoo/accounting": Pool.WEB, "/web/content/1/a%20b.pdf": Pool.WEB}.items():
        assert door.ask(path).said["backend"] == pool.value
    expected = {each.name for each in transactions(VERSION)} | {"web", "files"}
    names = {name for tenant, name in _transactions_seen(door.traefik.internal("/metrics")) if tenant == "traefik-acme"}
    assert names >= expected


@pytest.mark.parametrize(
    "path", ["/report/pdfs/1", "/json/22/a", "/web/dataset/call_button/account.move/action_post_all", "/websockets"]
)
def test_a_path_that_only_begins_like_a_transaction_is_none(door: Door, path: str) -> None:
    assert door.ask(path).said["backend"] == "web"


def test_a_websocket_reaches_the_websocket_pool_and_stays_open(door: Door) -> None:
    with door.traefik.connect(HOST) as connection:
        key = base64.b64encode(b"0123456789abcdef").decode()
        connection.sendall(
            f"GET /websocket?version=18.0-3 HTTP/1.1\r\nHost: {HOST}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 101 ")
        for message in (b"one", b"two"):
            connection.sendall(message)
            assert connection.recv(1024) == message
    assert "/websocket" in door.backends[Pool.WEBSOCKET].asked
    assert "/websocket" not in door.backends[Pool.WEB].asked


TRICKS = [
    "/web/database",
    "/web/database/",
    "/web/database/manager",
    "/web/database/backup?name=x",
    "/WEB/Database/manager",
    "//web//database/manager",
    "/web/./database/manager",
    "/web/x/../database/manager",
    "/./web/database",
    "/web/%64atabase/manager",
    "/%77eb/database/manager",
    "/web%2Fdatabase/manager",
    "/web%2fdatabase%2fmanager",
    "/web/%2e%2e/web/database/manager",
    "/web/x/%2e%2e/database/manager",
    "/web/%2E/database/manager",
    "/web%2F..%2Fweb/database/manager",
    "/web%5Cdatabase/manager",
    "/web/database%00/manager",
    "/fr/web/database/manager",
    "/fr_BE//web/database/manager",
    "/xmlrpc/db",
    "/xmlrpc/2/db",
    "/xmlrpc/2/db/",
    "/xmlrpc//2///db",
    "/xmlrpc/2/%64b",
    "/queue_job/runjob?db=x&job_uuid=y",
    "/queue%5Fjob/runjob",
    "/queue_job/session",
    "/metrics",
    "/metrics/",
    "/web/tests",
    "/web/tests?mod=web",
    "/doc",
    "/doc/model",
]
DOORS = re.compile(r"/(web/database|xmlrpc(/\d+)?/db|queue_job|metrics|web/tests|doc)(/|$)", re.IGNORECASE)


@pytest.mark.parametrize("path", TRICKS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_closed_door_stays_shut_however_its_path_is_written(door: Door, path: str, method: str) -> None:
    before = {pool: len(backend.asked) for pool, backend in door.backends.items()}
    answer = door.ask(path, method=method, body=b"{}" if method == "POST" else None)
    assert answer.status in (400, 403)
    for pool, backend in door.backends.items():
        assert backend.asked[before[pool] :] == []


@pytest.mark.parametrize(
    "path",
    ["/web/databases", "/web/content/1/db%20metrics.pdf", "/my/metrics-2026", "/documents", "/web/image/1/50%25"],
)
def test_a_path_that_only_looks_like_a_closed_door_is_open(door: Door, path: str) -> None:
    assert door.ask(path).status == 200


def test_no_request_reaches_a_door_by_absolute_form_or_by_a_host_of_another_case(door: Door) -> None:
    with door.traefik.connect(HOST) as connection:
        connection.sendall(
            f"GET https://{HOST}/web/database/manager HTTP/1.1\r\nHost: {HOST.upper()}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")
    assert not any(DOORS.search(path) for backend in door.backends.values() for path in backend.asked)


def _handshake(door: Door, *options: str, host: str = HOST) -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{door.traefik.https_port}", "-servername", host]
    done = subprocess.run([*command, *options], input="", capture_output=True, text=True, check=False, timeout=20)
    return done.stdout + done.stderr


def test_tls_is_1_2_or_better_with_forward_secrecy(door: Door) -> None:
    # Below security level 1 the client would not offer TLS 1.1 at all.
    assert "alert protocol version" in _handshake(door, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert handshake failure" in _handshake(door, "-tls1_2", "-cipher", "AES128-GCM-SHA256")
    assert "alert handshake failure" in _handshake(door, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA")
    assert re.search(r"Cipher is ECDHE-RSA-(AES(128|256)-GCM|CHACHA20)", _handshake(door, "-tls1_2"))
    assert "New, TLSv1.3" in _handshake(door, "-tls1_3")


def test_a_name_without_a_certificate_gets_no_connection(door: Door) -> None:
    with pytest.raises(ssl.SSLError), door.traefik.connect("unknown.example"):
        pass
    assert "no peer certificate available" in _handshake(door, host="unknown.example")


def test_http_is_redirected_to_https_and_serves_nothing(door: Door) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.traefik.http_port, timeout=10)
    for method, status in (("GET", 301), ("POST", 308)):
        connection.request(method, "/web/login?redirect=%2Fodoo", headers={"Host": HOST})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert answer.getheader("Location") == f"https://{HOST}/web/login?redirect=%2Fodoo"
    connection.close()


def test_responses_carry_the_security_headers_and_say_nothing_of_the_server(door: Door) -> None:
    headers = door.ask("/odoo").headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    # Odoo's own stays: on images it is stricter than any for pages could be.
    assert headers["content-security-policy"] == "default-src 'none'"
    assert not {"server", "x-powered-by"} & set(headers)


def test_what_odoo_believes_of_a_proxy_comes_from_traefik_alone(door: Door) -> None:
    forged = {
        "X-Odoo-Database": "other",
        "X-Odoo-dbfilter": ".*",
        "X-Forwarded-For": "10.9.9.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Real-Ip": "10.9.9.9",
        "Idempotency-Key": "1",
    }
    arrived = door.ask("/odoo", headers=forged).said["headers"]
    assert not {"x-odoo-database", "x-odoo-dbfilter", "idempotency-key"} & set(arrived)
    assert arrived["x-forwarded-for"] == arrived["x-real-ip"] == "127.0.0.1"
    assert arrived["x-forwarded-host"] == arrived["host"] == HOST
    assert arrived["x-forwarded-proto"] == "https"


def test_only_a_tenants_own_ranges_get_in(door: Door) -> None:
    assert door.ask("/odoo").status == 200
    assert door.ask("/odoo", source="127.0.1.1").status == 403
    assert door.ask("/odoo", source="127.0.1.1", headers={"X-Forwarded-For": "127.0.0.1"}).status == 403
    assert door.ask("/websocket", source="127.0.1.1").status == 403
    assert door.ask("/web/content/1", source="127.0.1.1").status == 403
    assert door.globex.ask(OTHER_HOST, "/odoo").status == 403


def test_a_tenant_that_is_at_its_limits_takes_nothing_of_anothers(door: Door) -> None:
    asked = [door.ask("/web/login", source="127.0.0.250").status for _ in range(LIMITS.login_per_minute + 1)]
    assert asked[-1] == 429
    assert door.globex.ask(OTHER_HOST, "/web/login", source=AT_GLOBEX).status == 200


@pytest.mark.parametrize(
    ("path", "limit", "source"),
    [("/web/login", LIMITS.login_per_minute, 201), ("/jsonrpc", LIMITS.rpc_per_minute, 202)],
)
def test_so_many_a_minute_from_one_address_and_no_more(door: Door, path: str, limit: int, source: int) -> None:
    # Odoo serves all three spellings alike.
    spellings = [path, f"{path}/", f"/fr{path}"]
    paths = [spellings[number % len(spellings)] for number in range(limit + 3)]
    asked = [door.ask(each, method="POST", body=b"{}", source=f"127.0.0.{source}").status for each in paths]
    assert asked == [200] * limit + [429] * 3
    assert door.ask(path, method="POST", body=b"{}", source=f"127.0.0.{source + 10}").status == 200
    assert door.ask("/odoo", source=f"127.0.0.{source}").status == 200


def test_so_many_reports_at_once_whoever_asks_and_no_more(door: Door) -> None:
    reporting = door.backends[Pool.REPORTING]
    reporting.released.clear()
    answers: list[int] = []

    def report(source: str) -> None:
        answers.append(door.ask(f"/report/pdf{HOLD}", source=source).status)

    before = len(reporting.asked)
    waiting = [
        threading.Thread(target=report, args=(f"127.0.0.{220 + number}",)) for number in range(LIMITS.reports_in_flight)
    ]
    for thread in waiting:
        thread.start()
    eventually(lambda: len(reporting.asked) == before + LIMITS.reports_in_flight)
    assert door.ask("/report/html/account.report_invoice/1", source="127.0.0.230").status == 429
    assert door.ask("/odoo").status == 200
    reporting.released.set()
    for thread in waiting:
        thread.join()
    assert answers == [200] * LIMITS.reports_in_flight
    assert door.ask("/report/html/account.report_invoice/1").status == 200


def test_an_upload_of_the_limit_passes_and_one_byte_more_never_reaches_odoo(door: Door) -> None:
    largest = LIMITS.upload_mib << 20
    assert door.ask("/web/binary/upload", method="POST", body=b"x" * largest).said["received"] == largest
    before = len(door.backends[Pool.WEB].asked)
    assert door.ask("/web/binary/upload", method="POST", body=b"x" * (largest + 1)).status == 413
    chunks = iter([b"x" * 65536] * (largest // 65536 + 1))
    assert door.ask("/web/binary/upload", method="POST", body=chunks).status == 413
    assert len(door.backends[Pool.WEB].asked) == before


def test_responses_are_compressed_for_clients_that_ask_for_it(door: Door) -> None:
    answer = door.ask(BULK, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < BULK_BYTES / 10
    assert len(door.ask(BULK).body) == BULK_BYTES


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "1"}, {"X-Idempotency-Key": "1"}])
@pytest.mark.parametrize("body", [b"", b"{}"])
def test_a_post_whose_answer_is_lost_is_never_sent_again(door: Door, headers: Mapping[str, str], body: bytes) -> None:
    web = door.backends[Pool.WEB]
    # On a connection that has been used before, which is when Go would try again.
    assert door.ask("/odoo").status == 200
    before = web.asked.count(BREAK)
    assert door.ask(BREAK, method="POST", body=body, headers=headers).status == 502
    assert web.asked.count(BREAK) == before + 1


def test_a_pool_without_pods_is_unavailable_and_not_unknown(door: Door) -> None:
    service = external_service("traefik-acme", "reporting", "http", door.backends[Pool.REPORTING].port)
    empty = {**service, "spec": {"type": "ClusterIP", "ports": service["spec"]["ports"]}}
    remove(door.api, service)
    apply(door.api, empty)
    try:
        eventually(lambda: door.ask("/web/export/csv").status == 503)
        assert door.ask("/odoo").status == 200
    finally:
        remove(door.api, empty)
        apply(door.api, service)
        eventually(lambda: door.ask("/web/export/csv").status == 200)


def _der(pem: bytes) -> bytes:
    """The certificate of a PEM that has the key first."""
    _, marker, rest = pem.decode().partition("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(marker + rest)


def test_a_renewed_certificate_is_served_once_the_token_beside_the_configuration_changes(door: Door) -> None:
    def served() -> bytes | None:
        with door.traefik.connect(HOST) as connection:
            return connection.getpeercert(binary_form=True)

    before = served()
    with door.traefik.connect(HOST) as open_connection:
        renewed = certificate(HOST)
        door.traefik.certificates.write({ACME.certificate: renewed})
        door.traefik.dynamic.write(_dynamic_files(door.traefik, ACME, reload="2"))
        eventually(lambda: served() != before)
        assert served() == _der(renewed)
        open_connection.sendall(f"GET /odoo HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert open_connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_changed_limit_of_a_tenant_holds_without_a_restart(door: Door) -> None:
    door.globex.dynamic.write(_dynamic_files(door.globex, replace(GLOBEX, client_ranges=("127.0.0.0/24",))))
    try:
        eventually(lambda: door.globex.ask(OTHER_HOST, "/odoo").status == 200)
        assert door.globex.ask(OTHER_HOST, "/odoo").status == 200
    finally:
        door.globex.dynamic.write(_dynamic_files(door.globex, GLOBEX))
        eventually(lambda: door.globex.ask(OTHER_HOST, "/odoo").status == 403)


def test_behind_a_proxy_that_is_not_trusted_nobody_gets_in(door: Door) -> None:
    files = _dynamic_files(door.globex, GLOBEX)
    files["configuration/tenant-traefik-globex.yaml"] = tenant_configuration(
        GLOBEX.name, TenantLimits(), GLOBEX.client_ranges, behind_proxy=True
    )
    door.globex.dynamic.write(files)

    def asked(**headers: str) -> int:
        return door.globex.ask(OTHER_HOST, "/odoo", headers=headers, source=AT_GLOBEX).status

    try:
        eventually(lambda: asked() == 403)
        assert asked(**{"X-Forwarded-For": AT_GLOBEX}) == 403
    finally:
        door.globex.dynamic.write(_dynamic_files(door.globex, GLOBEX))
        eventually(lambda: asked() == 200)


@pytest.mark.parametrize("host", [OTHER_HOST, STRANGER_HOST])
def test_a_tenants_traefik_serves_no_other(door: Door, host: str) -> None:
    with pytest.raises(ssl.SSLError), door.traefik.connect(host):
        pass
    with door.traefik.connect(HOST) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(4096).split(b" ")[1] in (b"404", b"421")


def test_its_pods_are_admitted_and_run_in_three_zones(door: Door) -> None:
    def zones() -> list[str]:
        pods = door.api.items("/api/v1/namespaces/traefik-acme-ingress/pods")
        running = [pod["spec"]["nodeName"] for pod in pods if pod["status"]["phase"] == "Running"]
        nodes = [door.api.request("GET", f"/api/v1/nodes/{name}") for name in running]
        return sorted(node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes)

    eventually(lambda: zones() == [f"westeurope-{zone}" for zone in (1, 2, 3)])


def test_traefik_reads_its_tenant_and_nothing_else(door: Door) -> None:
    for resource, group in {"secrets": "", "services": "", "ingresses": "networking.k8s.io"}.items():
        assert allowed(door.api, ACCOUNT, "list", group, resource, "traefik-acme")
        assert not allowed(door.api, ACCOUNT, "list", group, resource, "traefik-globex")
        assert not allowed(door.api, ACCOUNT, "list", group, resource)
    assert not allowed(door.api, ACCOUNT, "get", "", "secrets", "traefik-acme-ingress")
    for resource, group in {"nodes": "", "namespaces": "", "ingressclasses": "networking.k8s.io"}.items():
        assert not allowed(door.api, ACCOUNT, "list", group, resource)
    # Whose a namespace is decides what it may hold.
    for verb in ("create", "patch", "update"):
        assert not allowed(door.api, ACCOUNT, verb, "", "namespaces", "traefik-acme-ingress")
    for verb in ("create", "update", "patch", "delete"):
        assert not allowed(door.api, ACCOUNT, verb, "networking.k8s.io", "ingresses", "traefik-acme")


def test_the_log_names_router_and_status_but_no_path_no_query_and_no_header(door: Door) -> None:
    door.ask("/my/invoices/1?access_token=TopSecretToken", headers={"Authorization": "Bearer TopSecretToken"})
    door.ask("/report/pdf/account.report_invoice/1")
    # The log is written in batches.
    for number in range(150):
        door.ask(f"/odoo?{number}")
    eventually(lambda: "traefik-acme-tx-reports" in door.traefik.log())
    lines = [json.loads(line) for line in door.traefik.log().splitlines()]
    access = [line for line in lines if "RouterName" in line]
    assert {"DownstreamStatus", "Duration", "OriginDuration", "ClientHost", "RequestMethod"} <= set(access[-1])
    assert "TopSecretToken" not in door.traefik.log()
    assert not any("RequestPath" in line for line in access)


def test_the_api_and_the_dashboard_are_off(door: Door) -> None:
    for path in ("/api/rawdata", "/dashboard/", "/debug/pprof/"):
        assert "404" in door.traefik.internal(path)


def test_traefik_accepts_the_whole_configuration(door: Door) -> None:
    lines = [json.loads(line) for line in door.first_log.splitlines()]
    assert [line for line in lines if line["level"] in ("error", "fatal")] == []
    # Traefik warns of encoded characters whatever is set; what a provider warns of is ours.
    assert [line for line in lines if line["level"] == "warn" and "providerName" in line] == []
