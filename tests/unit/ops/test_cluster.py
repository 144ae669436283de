"""Calls to an API server that is away for a moment."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ops import cluster
from ops.errors import OpsError
from tests.data.certificates import write_certificates

pytestmark = pytest.mark.programs


class _Server(HTTPServer):
    """Answers 503 as often as `failures` says, then with an empty object."""

    failures = 0


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        failing = self.server.failures > 0
        self.server.failures -= 1
        self.send_response(503 if failing else 200)
        self.end_headers()
        self.wfile.write(b'{"message": "starting"}' if failing else b'{"kind": "Deployment"}')

    def log_message(self, *_: object) -> None:
        """Not to the test's output."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    """A server with a certificate of `localhost`."""
    write_certificates(tmp_path)
    (tmp_path / "token").write_text("token", encoding="utf-8")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    listening = _Server(("127.0.0.1", 0), _Handler)
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield listening
    listening.shutdown()
    thread.join()
    listening.server_close()


def _cluster(server: _Server, folder: Path, patience_seconds: float) -> cluster.Cluster:
    return cluster.Cluster(
        url=f"https://localhost:{server.server_port}",
        namespace="acme",
        certificates=folder / "ca.crt",
        token=folder / "token",
        patience_seconds=patience_seconds,
    )


def test_a_server_that_is_away_for_a_moment_is_asked_again(
    server: _Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "RETRY_SECONDS", 0.01)
    server.failures = 3
    assert _cluster(server, tmp_path, 30).deployment("cron") == {"kind": "Deployment"}


def test_a_server_that_stays_away_is_named_with_what_it_said(server: _Server, tmp_path: Path) -> None:
    server.failures = 1
    with pytest.raises(OpsError, match=r"refused GET /apis/apps/v1/namespaces/acme/deployments/cron: starting"):
        _cluster(server, tmp_path, -1).deployment("cron")


def test_a_server_with_a_foreign_certificate_is_not_trusted(server: _Server, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write_certificates(other)
    (other / "token").write_text("token", encoding="utf-8")
    with pytest.raises(OpsError, match=r"did not answer .*certificate verify failed"):
        _cluster(server, other, -1).deployment("cron")
