"""One run at a time for a stack, and for a platform's cloud either its own run or runs of tenants beside each other.

The locks are `flock`s, which the kernel drops with the process that holds them: a killed run leaves none behind.
Whoever comes second is told at once who is at work.
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
    """Holds a stack's lock while the block runs; raises LockedError when another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        if not _take(handle, fcntl.LOCK_EX):
            raise LockedError(
                f"Another run of stack {stack} is in progress{_holder(handle)}. "
                "Wait for it, or stop it with Ctrl-C where it runs."
            )
        handle.seek(0)
        handle.truncate()
        json.dump({"pid": os.getpid(), "since": datetime.now().astimezone().isoformat(timespec="seconds")}, handle)
        handle.flush()
        yield


@contextmanager
def hold_cloud(path: Path, platform: str, *, alone: bool) -> Iterator[None]:
    """Holds the lock of a platform's cloud: `alone`, or together with others that are not alone.

    What a tenant builds on may change under a run of the platform, and a cluster may go with all in it. Tenants among
    themselves share nothing but the store, which is transactional, and running clusters.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as handle:
        if not _take(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
            at_work = f"Runs of tenants of {platform} are" if alone else f"A run of the platform, stack {platform}, is"
            raise LockedError(f"{at_work} in progress in the same cloud. Try again afterwards.")
        yield


def _take(handle: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle: IO[str]) -> str:
    """Who wrote the lock file; nothing when the holder has the lock but has not written yet."""
    handle.seek(0)
    try:
        written = json.load(handle)
        return f" (pid {written['pid']}, since {datetime.fromisoformat(written['since']):%H:%M})"
    except (ValueError, KeyError, TypeError):
        return ""
