"""One cluster: `Cluster(home).start()`. What it holds outlives a stop."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from sandbox.cluster import certificates, kubeconfig, ports, programs
from sandbox.cluster.api import Api
from sandbox.cluster.definitions import install
from sandbox.cluster.plan import Plan
from sandbox.failures import LockedError, SandboxError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STOP_SECONDS = 20
# What a killed run leaves behind ends by itself, after the operations under way.
LOCK_SECONDS = 20.0


class Cluster:
    """A Kubernetes control plane on loopback, with what it holds in a folder.

    Its programs end with this process, however that ends. A folder runs one cluster at a time.

    Args:
        home: folder of its certificates, data, ports and logs; made if need be.
        name: its name in kubeconfigs.
    """

    def __init__(self, home: Path, name: str = "sandbox") -> None:
        self.home = home.resolve()
        self.name = name
        self._supervisor: subprocess.Popen[str] | None = None
        self._lock: IO[str] | None = None
        self._plan: Plan | None = None

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether it was started here and still runs."""
        return self._supervisor is not None and self._supervisor.poll() is None

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig of its administrator, as JSON; raises SandboxError when it never ran here."""
        if self._plan is None:
            raise SandboxError(f"The cluster in {self.home} is not started.")
        return kubeconfig.render(self._plan.pki, "admin", self._plan.server, self.name)

    def start(self) -> None:
        """Starts it and returns when it takes requests; does nothing when it runs.

        Raises SandboxError when its programs are not built or do not come up, LockedError when another process runs it.
        """
        if self.running:
            return
        if not programs.available():
            raise SandboxError("The programs of the sandbox's cluster are not built: `make cluster` builds them, once.")
        self.stop()
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = _take(self.home / "lock")
        try:
            certificates.ensure(self.home / "pki")
            self._plan = Plan(self.home, ports.assign(self.home / "ports.json"))
            self._supervisor = self._supervise(self._plan)
            self._await_wave()
            install(Api(self.kubeconfig), self.home / "definitions")
            self._await_wave()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops it and returns when its programs are gone; does nothing when it does not run."""
        if self._supervisor is not None:
            assert self._supervisor.stdin is not None  # noqa: S101 - Popen was asked for a pipe
            self._supervisor.stdin.close()
            try:
                self._supervisor.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                # Its children end with it.
                self._supervisor.kill()
                self._supervisor.wait()
            self._supervisor = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _supervise(self, plan: Plan) -> subprocess.Popen[str]:
        file = self.home / "plan.json"
        file.write_text(json.dumps(plan.waves()))
        assert self._lock is not None  # noqa: S101 - taken by start
        with (self.home / "supervisor.log").open("w") as log:
            # A session of its own: Ctrl-C in the terminal must not take the cluster away from an engine that finishes.
            # It holds the lock too: the folder is free when the last of the two has gone.
            return subprocess.Popen(
                [sys.executable, "-I", str(SUPERVISOR), str(file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                pass_fds=(self._lock.fileno(),),
            )

    def _await_wave(self) -> None:
        assert self._supervisor is not None  # noqa: S101 - started by start
        assert self._supervisor.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        if not self._supervisor.stdout.readline():
            self._supervisor.wait(STOP_SECONDS)
            said = (self.home / "supervisor.log").read_text(errors="replace").strip()
            raise SandboxError(f"The sandbox's cluster did not start: {said}")


def _take(lock: Path) -> IO[str]:
    handle = lock.open("w")
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                handle.close()
                raise LockedError(f"Another process runs the cluster in {lock.parent}.") from None
            time.sleep(0.1)
        else:
            return handle
