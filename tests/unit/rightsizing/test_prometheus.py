"""What is asked of a server, and what becomes of answers that are none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from stacks.errors import SettingsError
from stacks.rightsizing.measurement import Metric
from stacks.rightsizing.prometheus import STEP, Span, read_prometheus, shown_url

ASKED = {Metric.DATABASE_GIB: "vector(60)"}
SPAN = Span(until=datetime(2026, 11, 20, 12, 3, tzinfo=UTC), days=10)
EMPTY = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": []}})
Requests = list[tuple[str, dict[str, list[str]], str | None]]


@contextmanager
def _server(status: int, body: str, location: str = "") -> Iterator[tuple[str, Requests]]:
    """A server that always answers the same, and what it was asked."""
    asked: Requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
            asked.append((self.path, form, self.headers["Authorization"]))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_POST  # noqa: N815 what a redirect is followed by

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_span_is_asked_for_week_by_week_and_every_step_once() -> None:
    with _server(200, EMPTY) as (url, asked):
        assert read_prometheus(f"{url}/", ASKED, SPAN, token="secret-of-the-test") == {}
    assert [(path, token) for path, _, token in asked] == [("/api/v1/query_range", "Bearer secret-of-the-test")] * 2
    (first, last), (second, end) = ((float(form["start"][0]), float(form["end"][0])) for _, form, _ in asked)
    assert end == datetime(2026, 11, 20, 12, 0, tzinfo=UTC).timestamp()
    assert (second - last, end - first) == (STEP.total_seconds(), timedelta(days=10).total_seconds())
    assert {(form["query"][0], form["step"][0]) for _, form, _ in asked} == {("vector(60)", "300.0")}


def test_a_token_never_follows_a_redirect() -> None:
    with (
        _server(200, EMPTY) as (elsewhere, stolen),
        _server(302, "", f"{elsewhere}/api/v1/query_range") as (url, _),
        pytest.raises(SettingsError, match="HTTP 302"),
    ):
        read_prometheus(url, ASKED, SPAN, token="secret-of-the-test")
    assert stolen == []


def test_no_token_is_sent_where_there_is_none() -> None:
    with _server(200, EMPTY) as (url, asked):
        read_prometheus(url, ASKED, SPAN)
    assert {token for _, _, token in asked} == {None}


@pytest.mark.parametrize(
    ("status", "body", "complaint"),
    [
        (200, "<html>sign in</html>", "Expecting value"),
        (200, "[]", "an answer that is not Prometheus'"),
        (200, '{"data": {"result": [{"values": [["now", "1"]]}]}}', "an answer that is not Prometheus'"),
        (401, "", "HTTP 401: Unauthorized"),
        (422, '{"status": "error", "error": "too many samples"}', "HTTP 422: too many samples"),
    ],
)
def test_an_answer_that_is_none_is_an_error(status: int, body: str, complaint: str) -> None:
    with _server(status, body) as (url, _), pytest.raises(SettingsError) as refused:
        read_prometheus(url, ASKED, SPAN)
    assert complaint in str(refused.value)
    assert "PROMETHEUS_TOKEN" in str(refused.value)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "https://", "https://user@host", "https://[host", "https://host:port", "https://host:0"],
)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="http:// or https:// and a host"):
        read_prometheus(url, ASKED, SPAN)


def test_a_url_is_shown_without_what_may_be_secret() -> None:
    assert shown_url("https://user:password@host:9090/prometheus?key=secret#x") == "https://host:9090/prometheus"
