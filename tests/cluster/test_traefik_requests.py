"""The real Traefik, request by request: who gets in, how many and how large, and what Odoo and clients are told."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

import pytest

from components.ingress.middlewares import TenantLimits, tenant_configuration
from components.odoo.pool import Pool
from tests.cluster.traefik_backends import BREAK, BULK, BULK_BYTES, HOLD
from tests.cluster.traefik_door import AT_GLOBEX, GLOBEX, HOST, LIMITS, OTHER_HOST, Door, dynamic_files
from tests.cluster.traefik_objects import apply, external_service, remove
from tests.cluster.traefik_process import eventually


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


def test_a_changed_limit_of_a_tenant_holds_without_a_restart(door: Door) -> None:
    door.globex.dynamic.write(dynamic_files(door.globex, replace(GLOBEX, client_ranges=("127.0.0.0/24",))))
    try:
        eventually(lambda: door.globex.ask(OTHER_HOST, "/odoo").status == 200)
        assert door.globex.ask(OTHER_HOST, "/odoo").status == 200
    finally:
        door.globex.dynamic.write(dynamic_files(door.globex, GLOBEX))
        eventually(lambda: door.globex.ask(OTHER_HOST, "/odoo").status == 403)


def test_behind_a_proxy_that_is_not_trusted_nobody_gets_in(door: Door) -> None:
    files = dynamic_files(door.globex, GLOBEX)
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
        door.globex.dynamic.write(dynamic_files(door.globex, GLOBEX))
        eventually(lambda: asked() == 200)
