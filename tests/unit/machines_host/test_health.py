"""What a machine says of its health, to a load balancer and to the Application Health extension."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.machines.host import health
from components.machines.host.health import Health, Server
from tests.data.servers import free_port
from tests.unit.machines_host.services import Answer, Services, serving


class Machine:
    """A server, and Odoo and a file that it looks at.

    Args:
        folder: of the file.
        odoo: what answers as Odoo.
    """

    def __init__(self, folder: Path, odoo: Services) -> None:
        self.odoo = odoo
        self.file = folder / "ready"
        self.health = Health([{"url": f"{odoo.url}/web/health"}, {"file": str(self.file)}])
        self.server = Server(0, self.health)

    def look(self, status: int = 200) -> None:
        """A round of checks, in which Odoo answers so."""
        self.odoo.once["/web/health"] = [(status, {"status": "pass"})]
        self.health.look()

    def ask(self, path: str) -> tuple[int, str]:
        """Status and state."""
        return ask(f"http://127.0.0.1:{self.server.server_port}{path}")


class _Slow(Services):
    def answer(self, method: str, url: str, headers: Any, body: str) -> Answer:
        time.sleep(1)
        return 200, {}


def ask(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 our own
            return response.status, json.load(response)["ApplicationHealthState"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["ApplicationHealthState"]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with serving(Services()) as odoo:
        made = Machine(tmp_path, odoo)
        threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield made
        made.server.shutdown()
        made.server.server_close()


def test_a_machine_that_has_not_been_well_yet_is_not_ill_either(machine: Machine) -> None:
    """`Unhealthy` would end the extension's patience with a machine that still starts."""
    assert machine.ask("/health") == (503, "Initializing")
    machine.look(503)
    assert machine.ask("/health") == (503, "Initializing")
    assert machine.ask("/state") == (200, "Initializing")


def test_a_machine_is_well_when_all_checks_pass_and_ill_when_one_does_not_any_more(machine: Machine) -> None:
    machine.look()
    assert machine.ask("/state") == (200, "Initializing")
    machine.file.touch()
    machine.look()
    assert (machine.ask("/health"), machine.ask("/state")) == ((200, "Healthy"), (200, "Healthy"))
    machine.look(503)
    assert (machine.ask("/health"), machine.ask("/state")) == ((503, "Unhealthy"), (200, "Unhealthy"))
    machine.look()
    machine.file.unlink()
    machine.look()
    assert machine.ask("/state") == (200, "Unhealthy")


@pytest.mark.parametrize("status", [201, 302, 404, 500])
def test_nothing_but_200_is_well(machine: Machine, status: int) -> None:
    machine.file.touch()
    machine.look(status)
    assert machine.ask("/health")[0] == 503


def test_what_does_not_answer_is_not_well(capsys: pytest.CaptureFixture[str]) -> None:
    odoo = Health([{"url": f"http://127.0.0.1:{free_port()}/web/health"}])
    odoo.look()
    odoo.look()
    assert odoo.state == "Initializing"
    assert capsys.readouterr().out.count("Connection refused") == 1


def test_an_answer_that_comes_late_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.2)
    with serving(_Slow()) as slow:
        assert "timed out" in (health.failure({"url": f"{slow.url}/web/health"}) or "")


def test_other_paths_are_not_there(machine: Machine) -> None:
    assert machine.ask("/metrics")[0] == 404


def test_the_program_looks_by_itself(tmp_path: Path) -> None:
    port, ready, config = free_port(), tmp_path / "ready", tmp_path / "health.json"
    ready.touch()
    config.write_text(json.dumps({"port": port, "checks": [{"file": str(ready)}]}), encoding="utf-8")
    command = [sys.executable, "-I", str(Path(health.__file__)), "--config", str(config)]
    program = subprocess.Popen(command, env={"PATH": os.environ["PATH"]}, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                if ask(f"http://127.0.0.1:{port}/health") == (200, "Healthy"):
                    break
            except OSError:
                pass
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        program.kill()
        program.wait()
