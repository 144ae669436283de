"""One cluster, several processes that use it: the first one starts it, and it ends with the last one.

Two files in the cluster's folder are locked with `flock`, which the kernel drops with the process that holds it:

    lock    held by who runs the programs: their supervisor, and until they take requests, its starter too
    users   shared by all who use the cluster; their supervisor takes it for itself when nobody does, and ends

A third, `ready`, is there while the programs take requests.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sandbox.cluster.supervisor import READY, USERS
from sandbox.failures import LockedError

# Another process may be starting it, or ending what a killed run has left.
WAIT_SECONDS = 120.0
POLL_SECONDS = 0.1


class Share:
    """This process's share in the cluster of a folder."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._users: IO[str] | None = None
        self._lock: IO[str] | None = None

    def take(self, is_up: Callable[[], bool]) -> bool:
        """Becomes a user; whether of a cluster that runs, else this process is the one to start it.

        Args:
            is_up: whether the cluster answers: a supervisor that was killed cannot take `ready` away.

        Raises LockedError when somebody starts or ends the cluster and does not come to an end.
        """
        until = time.monotonic() + WAIT_SECONDS
        while True:
            self._users = _locked(self._home / USERS, fcntl.LOCK_SH)
            if self._users is not None:
                self._lock = _locked(self._home / "lock", fcntl.LOCK_EX)
                if self._lock is not None:
                    (self._home / READY).unlink(missing_ok=True)
                    return False
                if self.is_ready() and is_up():
                    return True
            self.give_up()
            if time.monotonic() > until:
                raise LockedError(f"Another process starts or ends the cluster in {self._home}.")
            time.sleep(POLL_SECONDS)

    @property
    def is_taken(self) -> bool:
        """Whether this process is a user."""
        return self._users is not None

    def is_ready(self) -> bool:
        """Whether the programs take requests, as far as their supervisor could say."""
        return (self._home / READY).exists()

    def lock_file(self) -> int:
        """The descriptor of the lock, which the supervisor has to inherit."""
        assert self._lock is not None  # noqa: S101 - it is asked for by the one who starts
        return self._lock.fileno()

    def open(self) -> None:
        """The programs take requests: from now on others may use them, and their supervisor alone holds the lock."""
        (self._home / READY).touch()
        assert self._lock is not None  # noqa: S101 - it is called by the one who started
        self._lock.close()
        self._lock = None

    def is_last(self) -> bool:
        """Takes the cluster from all others, if nobody else uses it; whether that is so."""
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def await_end(self, seconds: float) -> None:
        """Waits until nobody runs the cluster, at most so long; to be called after `give_up`."""
        until = time.monotonic() + seconds
        while (free := _locked(self._home / "lock", fcntl.LOCK_EX)) is None and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        if free is not None:
            free.close()

    def give_up(self) -> None:
        """Is no user any more."""
        for handle in (self._lock, self._users):
            if handle is not None:
                handle.close()
        self._lock = self._users = None


def _locked(path: Path, kind: int) -> IO[str] | None:
    handle = path.open("a")
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle
