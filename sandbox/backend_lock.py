"""The lock that the engine's file backend keeps while it writes a stack's state, and what a killed run leaves of it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.failures import LockedError

ENGINE_WAIT_SECONDS = 120.0
POLL_SECONDS = 0.2


def is_left_over(locks: Path, stack: str, say: Callable[[str], None]) -> bool:
    """Whether a lock is there whose engine is gone; waits for one that still finishes what a killed run began.

    Raises LockedError when the engine does not come to an end.
    """
    found = list(locks.glob(f"**/{stack}/*.json"))
    engines = [pid for pid in map(_engine_of, found) if is_engine(pid)]
    if engines:
        say(f"The run of stack {stack} before this one was killed; its engine (pid {engines[0]}) still finishes.")
    deadline = time.monotonic() + ENGINE_WAIT_SECONDS
    while any(map(is_engine, engines)):
        if time.monotonic() > deadline:
            raise LockedError(
                f"The engine of a killed run of stack {stack} (pid {engines[0]}) is still at work after "
                f"{ENGINE_WAIT_SECONDS:.0f} s. Stop it, and run the same command again."
            )
        time.sleep(POLL_SECONDS)
    return any(lock.exists() for lock in found)


def _engine_of(lock: Path) -> int:
    try:
        return int(json.loads(lock.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def is_engine(pid: int) -> bool:
    """Whether a process of that id is a Pulumi CLI at work: ids are used again, and the dead may stay listed."""
    state, command = _described(pid)
    return "pulumi" in command and not state.startswith("Z")


def _described(pid: int) -> tuple[str, str]:
    """A process's state and command, by the kernel's files where there are any (small images have no `ps`)."""
    if not Path("/proc/self/stat").exists():
        asked = ["ps", "-p", str(pid), "-o", "stat=", "-o", "comm="]
        listed = subprocess.run(asked, check=False, capture_output=True, text=True).stdout
        state, _, command = listed.strip().partition(" ")
        return state, command
    try:
        # PID (COMMAND) STATE ..., and a command may have brackets of its own.
        before, _, after = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return "", ""
    return after.strip(), before.partition("(")[2]
