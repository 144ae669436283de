"""Says whether a machine is well: `health.py --config FILE`.

`/health` answers 200 or 503, as a load balancer asks. `/state` always answers 200 and tells in its body, as the
Application Health extension asks for its rich states: to it any other status means that nobody knows. A machine that
has not been well yet says so; were it `Unhealthy`, the extension's grace period would be over, and the machine replaced
(learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-health-extension).

The configuration is JSON: {"port": 8081, "checks": [{"url": "http://..."}, {"file": "/run/..."}]}. A URL must answer
200 within 5 seconds, a file must be there. Checks run in the background, so that being asked costs nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

INTERVAL_SECONDS = 5.0
TIMEOUT_SECONDS = 5.0
OK = 200
UNAVAILABLE = 503
NOT_FOUND = 404
HEALTHY = "Healthy"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def failure(check: Mapping[str, str]) -> str | None:
    """What is wrong with what a check looks at; None for nothing."""
    if "file" in check:
        return None if Path(check["file"]).exists() else f"there is no {check['file']}"
    try:
        with _OPENER.open(check["url"], timeout=TIMEOUT_SECONDS) as response:
            return None if response.status == OK else f"{check['url']}: {response.status}"
    except OSError as error:
        return f"{check['url']}: {error}"


class Health:
    """What the checks have found last; before the first round nothing is well.

    Args:
        checks: what to look at, in this order.
    """

    def __init__(self, checks: Sequence[Mapping[str, str]]) -> None:
        self._checks = checks
        self._failures: tuple[str, ...] = ("nothing was checked yet",)
        self._was_healthy = False

    @property
    def state(self) -> str:
        """`Healthy` if all checks passed, `Initializing` if they never did."""
        if not self._failures:
            return HEALTHY
        return "Unhealthy" if self._was_healthy else "Initializing"

    def look(self) -> None:
        """Runs all checks once, and prints what is not as it was."""
        found = tuple(each for each in map(failure, self._checks) if each)
        if found != self._failures:
            print("; ".join(found) or "healthy", flush=True)
        self._failures = found
        self._was_healthy = self._was_healthy or not found

    def watch(self) -> None:
        """Runs the checks for ever."""
        while True:
            self.look()
            time.sleep(INTERVAL_SECONDS)


class Server(ThreadingHTTPServer):
    """Answers `/health` and `/state`.

    Args:
        port: of all addresses of the machine; 0 for a free one.
        health: what to tell.
    """

    daemon_threads = True

    def __init__(self, port: int, health: Health) -> None:
        super().__init__(("", port), _Handler)
        self.health = health


class _Handler(BaseHTTPRequestHandler):
    server: Server
    # Who asks and then says nothing does not keep a thread.
    timeout = TIMEOUT_SECONDS

    def do_GET(self) -> None:
        state = self.server.health.state
        statuses = {"/health": OK if state == HEALTHY else UNAVAILABLE, "/state": OK}
        body = json.dumps({"ApplicationHealthState": state}).encode()
        self.send_response(statuses.get(self.path, NOT_FOUND))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Two askers every few seconds are not worth a log."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="health.py", description="Whether the machine is well.")
    parser.add_argument("--config", type=Path, required=True)
    configuration = json.loads(parser.parse_args(arguments).config.read_text(encoding="utf-8"))
    health = Health(configuration["checks"])
    server = Server(configuration["port"], health)
    threading.Thread(target=health.watch, daemon=True).start()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
