"""The supervisor of a cluster's programs, over small programs: it waits, it watches, and leaves nobody behind."""

from __future__ import annotations

import fcntl
import http.server
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cluster.cluster import SUPERVISOR
from sandbox.cluster.supervisor import READY, USERS

pytestmark = pytest.mark.programs


class Supervised:
    """A running supervisor and its children."""

    def __init__(self, folder: Path, waves: list[list[dict[str, Any]]]) -> None:
        for program in itertools.chain(*waves):
            program.setdefault("ready", "")
            program["log"] = str(folder / f"{program['name']}.log")
        plan = folder / "plan.json"
        plan.write_text(json.dumps(waves))
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(SUPERVISOR), str(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def program(name: str, script: str, **more: str) -> dict[str, Any]:
    return {"name": name, "command": ["sh", "-c", script], **more}


STUBBORN = "trap '' TERM; while true; do sleep 0.05; done"


@pytest.mark.parametrize("end", ["input", "SIGTERM", "SIGKILL"])
def test_programs_end_with_their_supervisor_however_it_ends(tmp_path: Path, end: str) -> None:
    running = Supervised(tmp_path, [[program("a", "exec sleep 600")], [program("b", STUBBORN)]])
    assert (running.line(), running.line()) == ("ready\n", "ready\n")
    direct = psutil.Process(running.process.pid).children()
    assert len(direct) == 2
    if end == "input":
        assert running.process.stdin is not None
        running.process.stdin.close()
    else:
        os.kill(running.process.pid, getattr(signal, end))
    assert running.process.wait(10) == (-signal.SIGKILL if end == "SIGKILL" else 0)
    assert psutil.wait_procs(direct, timeout=10)[1] == []


def test_programs_outlive_their_starter_while_somebody_uses_them(tmp_path: Path) -> None:
    with (tmp_path / USERS).open("a") as user:
        fcntl.flock(user, fcntl.LOCK_SH)
        running = Supervised(tmp_path, [[program("a", "exec sleep 600")]])
        assert running.line() == "ready\n"
        (tmp_path / READY).touch()
        assert running.process.stdin is not None
        running.process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(1.5)
    assert running.process.wait(10) == 0
    assert not (tmp_path / READY).exists()


def test_a_program_that_ends_ends_the_rest_and_is_named_with_its_last_words(tmp_path: Path) -> None:
    running = Supervised(tmp_path, [[program("a", "exec sleep 600"), program("b", "echo no space left; exit 3")]])
    assert running.process.wait(20) == 1
    assert running.process.stderr is not None
    said = running.process.stderr.read()
    assert "b ended with exit code 3" in said
    assert said.rstrip().endswith("no space left")


@pytest.fixture
def switch() -> Iterator[tuple[str, threading.Event]]:
    """A URL that answers 500 until the event is set."""
    on = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if on.is_set() else 500)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", on
    server.shutdown()
    server.server_close()


def test_a_wave_waits_until_the_one_before_is_ready(
    tmp_path: Path, switch: tuple[str, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, on = switch
    # A proxy of the environment is not asked.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    mark = tmp_path / "second"
    running = Supervised(
        tmp_path, [[program("a", "exec sleep 600", ready=url)], [program("b", f"touch {mark}; exec sleep 600")]]
    )
    early: list[bool] = []

    def open_up() -> None:
        early.append(mark.exists())
        on.set()

    threading.Timer(0.5, open_up).start()
    assert running.line() == "ready\n"
    assert early == [False]
    assert running.line() == "ready\n"
    until = time.monotonic() + 10
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.05)
    running.process.terminate()
    assert running.process.wait(10) == 0
    assert mark.exists()
