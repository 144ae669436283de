"""One run at a time for a stack: the second one says at once who is at work.

The lock is a `flock`, which the kernel drops with its last holder, so a killed run never leaves one behind. The
engine's process inherits it: while the engine of a killed run still finishes its last operations, the stack stays
locked.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from sandbox.failures import LockedError

ORPHANED_ENGINE_WAIT_SECONDS = 120
POLL_SECONDS = 0.2


@contextmanager
def hold(path: Path, stack: str, say: Callable[[str], None]) -> Iterator[int]:
    """Holds the lock while the block runs; yields the file descriptor that child processes have to inherit.

    Raises LockedError when a live process has it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        if not _taken_now(handle):
            _wait_for_orphan(handle, stack, say)
        handle.seek(0)
        handle.truncate()
        json.dump({"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}, handle)
        handle.flush()
        yield handle.fileno()


def _taken_now(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for_orphan(handle: IO[str], stack: str, say: Callable[[str], None]) -> None:
    pid, since = _holder(handle)
    if pid == 0 or _alive(pid):
        who = f" (pid {pid}, since {since})" if pid else ""
        raise LockedError(
            f"Another run of stack {stack} is in progress{who}. Wait for it, or stop it with Ctrl-C where it runs."
        )
    say(f"The run of stack {stack} before this one (pid {pid}) was killed; waiting for its engine to finish.")
    deadline = time.monotonic() + ORPHANED_ENGINE_WAIT_SECONDS
    while not _taken_now(handle):
        if time.monotonic() > deadline:
            raise LockedError(
                f"The engine of a killed run of stack {stack} is still at work after "
                f"{ORPHANED_ENGINE_WAIT_SECONDS} s. Find it with `pgrep -a pulumi`, and try again once it is gone."
            )
        time.sleep(POLL_SECONDS)


def _holder(handle: IO[str]) -> tuple[int, str]:
    """Who wrote the lock file; zero when the holder has the lock but has not written yet."""
    handle.seek(0)
    try:
        written = json.load(handle)
        return int(written["pid"]), datetime.fromisoformat(written["since"]).strftime("%H:%M")
    except (ValueError, KeyError, TypeError):
        return 0, ""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
