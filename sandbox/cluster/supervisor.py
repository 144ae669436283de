"""Runs the programs of one cluster as children, and ends them with itself and with whoever started it.

    python -I supervisor.py PLAN.json

A process of its own, since only one without threads can tie its children's lives to its own (`PR_SET_PDEATHSIG` follows
the thread that made the child), and the starter may be killed at any moment. PLAN.json holds waves, lists of programs
(`name`, `command`, `log`, `ready`: a URL that answers 200, or nothing). A wave starts when the one before is ready; one
line on stdout for each. It ends at SIGTERM, or when a program ends, an error; and after the end of its standard input,
which is its starter's, as soon as nobody uses the cluster any more (`sharing.py`).
"""

from __future__ import annotations

import ctypes
import fcntl
import http.client
import json
import os
import select
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

READY_SECONDS = 90.0
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0
LOG_TAIL_LINES = 8
# Names in the folder of the plan.
USERS = "users"
READY = "ready"
# linux/prctl.h
PR_SET_PDEATHSIG = 1
# Keeps its data in files; the others may be killed at any moment, as nodes may fail.
STATEFUL = "etcd"

Program = dict[str, Any]


class EndedError(Exception):
    """The cluster is over: why, or nothing when somebody asked for it."""


class Supervisor:
    """The children, and the watch over them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._users = (home / USERS).open("a")
        self._has_starter = True
        self._children: list[tuple[Program, subprocess.Popen[bytes]]] = []
        # Nothing secret is asked for, only whether these are up; some of them make certificates of their own.
        trust = ssl.create_default_context()
        trust.check_hostname = False
        trust.verify_mode = ssl.CERT_NONE
        # No proxy of the environment stands between this machine and itself.
        self._http = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
        )

    def run(self, waves: list[list[Program]]) -> NoReturn:
        """Starts one wave after the other, then watches; returns only by an exception."""
        for wave in waves:
            for program in wave:
                self._start(program)
            until = time.monotonic() + READY_SECONDS
            waiting = wave
            while waiting := [program for program in waiting if not self._is_ready(program)]:
                self._look(POLL_SECONDS)
                if time.monotonic() > until:
                    raise EndedError(
                        f"{waiting[0]['name']} was not ready after {READY_SECONDS:.0f} s: {_tail(waiting[0])}"
                    )
            print("ready", flush=True)
        while True:
            self._look(1.0)

    def stop(self) -> None:
        """Ends every child and waits until all are gone."""
        (self._home / READY).unlink(missing_ok=True)
        for program, child in self._children:
            child.send_signal(signal.SIGTERM if program["name"] == STATEFUL else signal.SIGKILL)
        until = time.monotonic() + STOP_SECONDS
        for _, child in self._children:
            try:
                child.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def _start(self, program: Program) -> None:
        with Path(program["log"]).open("wb") as log:
            child = subprocess.Popen(
                program["command"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent(),  # noqa: PLW1509 - this process has one thread
            )
        self._children.append((program, child))

    def _is_ready(self, program: Program) -> bool:
        if not program["ready"]:
            return True
        try:
            with self._http.open(program["ready"], timeout=2) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004
        except (OSError, http.client.HTTPException):
            return False

    def _look(self, seconds: float) -> None:
        """Waits a little for an end: of the input and of all use, or of a child."""
        if not self._has_starter:
            time.sleep(seconds)
        elif select.select([sys.stdin], [], [], seconds)[0] and not os.read(sys.stdin.fileno(), 1024):
            self._has_starter = False
        if not self._has_starter and self._is_unused():
            raise EndedError
        for program, child in self._children:
            if child.poll() is not None:
                raise EndedError(f"{program['name']} ended with exit code {child.returncode}: {_tail(program)}")

    def _is_unused(self) -> bool:
        """Whether nobody uses the cluster; from then on nobody can."""
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _die_with_parent() -> Any:
    """What a child calls first: the kernel kills it when this process dies, however that happens."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _tail(program: Program) -> str:
    lines = Path(program["log"]).read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return f"its output is in {program['log']} and ends:\n  " + "\n  ".join(lines)


def _terminate(_signal: int, _frame: object) -> None:
    raise EndedError


def main() -> int:
    """The command line; exit code 1 when a program ended by itself or did not become ready."""
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plan = Path(sys.argv[1])
    supervisor = Supervisor(plan.parent)
    try:
        supervisor.run(json.loads(plan.read_text()))
    except EndedError as ended:
        print(ended, file=sys.stderr, flush=True)
        return 1 if str(ended) else 0
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        supervisor.stop()


if __name__ == "__main__":
    sys.exit(main())
