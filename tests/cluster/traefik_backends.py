"""Stand-ins for Odoo's pools: they answer with what they were asked, and speak the handshake of websockets."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote, urlsplit

_WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3

HOLD = "/hold"
"""Answered only after `release`."""
BREAK = "/break"
"""The connection is closed without an answer."""
BULK_BYTES = 200_000
BULK = "/bulk"
"""Answered with so many bytes."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Werkzeug"
    backend: Backend

    def handle_any(self) -> None:
        received = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        path = unquote(urlsplit(self.path).path)
        self.backend.asked.append(path)
        if "Upgrade" in self.headers:
            self.__upgrade()
        elif path.startswith(BREAK):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
        else:
            if path.endswith(HOLD):
                self.backend.released.wait(30)
            self.__answer(path, received)

    def __answer(self, path: str, received: int) -> None:
        said = {
            "backend": self.backend.name,
            "path": self.path,
            "received": received,
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        text = json.dumps(said).encode().ljust(BULK_BYTES if path.endswith(BULK) else 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-Powered-By", "Python")
        self.send_header("Content-Security-Policy", "default-src 'none'")
        self.end_headers()
        self.wfile.write(text)

    def __upgrade(self) -> None:
        """The handshake, and then an echo of bytes."""
        key = self.headers["Sec-WebSocket-Key"] + _WEBSOCKET_GUID
        accept = hashlib.sha1(key.encode(), usedforsecurity=False).digest()
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(accept).decode())
        self.end_headers()
        while data := self.connection.recv(1024):
            self.connection.sendall(data)
        self.close_connection = True

    do_GET = handle_any  # noqa: N815 the base class's name
    do_POST = handle_any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Says nothing."""


class Backend:
    """A server on a free port that answers with its name and with what arrived.

    Attributes:
        asked: paths as they arrived, decoded as Odoo decodes them.
        released: set while requests for `/hold` need not wait.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked: list[str] = []
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"backend": self})
        self.__server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.__server.daemon_threads = True
        self.port = self.__server.server_address[1]

    def __enter__(self) -> Backend:
        threading.Thread(target=self.__server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self.__server.shutdown()
        self.__server.server_close()
