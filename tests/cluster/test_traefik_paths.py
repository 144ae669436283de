"""The real Traefik, path by path: each transaction reaches its pool, and closed doors stay shut."""

from __future__ import annotations

import base64
import re

import pytest

from components.ingress.measurement import relabelings
from components.ingress.transactions import Match, transactions
from components.odoo.pool import Pool
from tests.cluster.traefik_door import ACME, HOST, VERSION, Door


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
