"""One run at a time for a stack: the second one says at once who is at work.

The lock is a `flock`, which the kernel drops with the process that holds it, so a killed run never leaves one behind.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from sandbox.failures import LockedError


@contextmanager
def hold(path: Path, stack: str) -> Iterator[None]:
    """Holds the lock while the block runs; raises LockedError when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(
                f"Another run of stack {stack} is in progress{_holder(handle)}. "
                "Wait for it, or stop it with Ctrl-C where it runs."
            ) from None
        handle.seek(0)
        handle.truncate()
        json.dump({"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}, handle)
        handle.flush()
        yield


def _holder(handle: IO[str]) -> str:
    """Who wrote the lock file; nothing when the holder has the lock but has not written yet."""
    handle.seek(0)
    try:
        written = json.load(handle)
        return f" (pid {written['pid']}, since {datetime.fromisoformat(written['since']):%H:%M})"
    except (ValueError, KeyError, TypeError):
        return ""
