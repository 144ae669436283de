"""Stand-ins for what a machine asks, as HTTP servers on the loopback: IMDS, Key Vault, a registry."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OK = 200
Answer = tuple[int, object]


@dataclass
class Services:
    """All three behind one port, which paths tell apart.

    Attributes:
        url: base URL.
        secrets: value and content type by name.
        allowed: resources that an identity gets tokens for.
        once: answers that come first, by path: each is given once.
        asked: paths that were asked for, in their order.
    """

    url: str = ""
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    allowed: set[str] = field(default_factory=lambda: {"client-of-odoo", "client-of-ingress"})
    once: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, url: str, headers: Any, body: str) -> Answer:
        """As the services' references say."""
        parts = urllib.parse.urlsplit(url)
        query, form = dict(urllib.parse.parse_qsl(parts.query)), dict(urllib.parse.parse_qsl(body))
        self.asked.append(parts.path)
        if waiting := self.once.get(parts.path):
            return waiting.pop(0)
        if parts.path == "/metadata/identity/oauth2/token":
            return self._token(headers, query)
        if method == "GET" and parts.path.startswith("/secrets/"):
            return self._secret(headers, query, parts.path.removeprefix("/secrets/"))
        if method == "POST" and parts.path == "/oauth2/exchange":
            return self._exchange(form)
        return 404, {"error": {"code": "NotFound"}}

    def _token(self, headers: Any, query: dict[str, str]) -> Answer:
        if headers.get("Metadata") != "true" or query.get("api-version") != "2018-02-01":
            return 400, {"error": "invalid_request", "error_description": "Required metadata header not specified"}
        if query["client_id"] not in self.allowed:
            return 400, {"error": "invalid_request", "error_description": "Identity not found"}
        return OK, {"access_token": f"token|{query['client_id']}|{query['resource']}", "expires_in": "86399"}

    def _secret(self, headers: Any, query: dict[str, str], name: str) -> Answer:
        who, _, resource = headers.get("Authorization", "").removeprefix("Bearer token|").partition("|")
        if resource != "https://vault.azure.net" or query != {"api-version": "7.4"}:
            return 401, {"error": {"code": "Unauthorized", "message": f"of {who}"}}
        if name.startswith("certificate") != (who == "client-of-ingress"):
            return 403, {"error": {"code": "Forbidden", "message": "Caller is not authorized"}}
        if name not in self.secrets:
            return 404, {"error": {"code": "SecretNotFound", "message": f"{name} was not found"}}
        value, content_type = self.secrets[name]
        return OK, {"value": value, "contentType": content_type, "id": f"{self.url}/secrets/{name}/1"}

    def _exchange(self, form: dict[str, str]) -> Answer:
        expected = "token|client-of-odoo|https://containerregistry.azure.net"
        if form.get("grant_type") != "access_token" or form.get("access_token") != expected:
            return 401, {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}
        return OK, {"refresh_token": f"refresh token of {form['service']}"}


@contextmanager
def serving(services: Services) -> Iterator[Services]:
    """Serves until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            status, told = services.answer(self.command, self.path, self.headers, body)
            text = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{services.url}/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            with suppress(BrokenPipeError):  # who asked may have given up
                self.wfile.write(text)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        services.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield services
        server.shutdown()
