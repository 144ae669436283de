"""One cluster: `Cluster(home).start()`. What it holds outlives a stop; who else uses it does not notice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from sandbox.cluster import certificates, kubeconfig, ports, programs
from sandbox.cluster.api import Api, ApiError
from sandbox.cluster.definitions import install
from sandbox.cluster.plan import Plan
from sandbox.cluster.sharing import Share
from sandbox.failures import SandboxError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
STOP_SECONDS = 20
PORTS = "ports.json"


class Cluster:
    """A Kubernetes control plane on loopback, with what it holds in a folder.

    Several processes may use the cluster of a folder at once: the first one starts its programs, and they end with the
    last one, however that ends.

    Args:
        home: folder of its certificates, data, ports and logs; made if need be.
        name: its name in kubeconfigs.
    """

    def __init__(self, home: Path, name: str = "sandbox") -> None:
        self.home = home.resolve()
        self.name = name
        self._share = Share(self.home)
        self._supervisor: subprocess.Popen[str] | None = None
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
        """Whether it was started, or found running, here and still runs."""
        if not self._share.is_taken:
            return False
        return self._share.is_ready() if self._supervisor is None else self._supervisor.poll() is None

    @property
    def kubeconfig(self) -> str:
        """A kubeconfig of its administrator, as JSON; raises SandboxError when it never ran here."""
        if self._plan is None:
            raise SandboxError(f"The cluster in {self.home} is not started.")
        return kubeconfig.render(self._plan.pki, "admin", self._plan.server, self.name)

    def start(self) -> None:
        """Starts it, unless another process has, and returns when it takes requests; does nothing when it runs.

        Raises SandboxError when its programs are not built or do not come up, LockedError when another process is about
        to start or end it and does not come to an end.
        """
        if self.running:
            return
        if not programs.available():
            raise SandboxError("The programs of the sandbox's cluster are not built: `make cluster` builds them, once.")
        self.stop()
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            if not self._share.take(self._answers):
                self._run()
                self._share.open()
            self._plan = Plan(self.home, ports.remembered(self.home / PORTS))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leaves it; where nobody else uses it, stops it and returns when its programs are gone."""
        alone = self._share.is_last()
        if self._supervisor is not None:
            assert self._supervisor.stdin is not None  # noqa: S101 - Popen was asked for a pipe
            if alone:
                self._supervisor.terminate()
            self._supervisor.stdin.close()
            if alone:
                _await_end(self._supervisor)
        self._share.give_up()
        if alone and self._supervisor is None:
            self._share.await_end(STOP_SECONDS)
        self._supervisor = None

    def _answers(self) -> bool:
        """Whether there is an API server where this cluster's should be."""
        try:
            plan = Plan(self.home, ports.remembered(self.home / PORTS))
            Api(kubeconfig.render(plan.pki, "admin", plan.server)).request("GET", "/readyz")
        except (OSError, KeyError, ApiError):
            return False
        return True

    def _run(self) -> None:
        certificates.ensure(self.home / "pki")
        self._plan = Plan(self.home, ports.assign(self.home / PORTS))
        self._supervisor = self._supervise(self._plan)
        self._await_wave()
        install(Api(self.kubeconfig), self.home / "definitions")
        self._await_wave()

    def _supervise(self, plan: Plan) -> subprocess.Popen[str]:
        file = self.home / "plan.json"
        file.write_text(json.dumps(plan.waves()))
        with (self.home / "supervisor.log").open("w") as log:
            # A session of its own: Ctrl-C in the terminal must not take the cluster away from an engine that finishes.
            return subprocess.Popen(
                [sys.executable, "-I", str(SUPERVISOR), str(file)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
                pass_fds=(self._share.lock_file(),),
            )

    def _await_wave(self) -> None:
        assert self._supervisor is not None  # noqa: S101 - started by start
        assert self._supervisor.stdout is not None  # noqa: S101 - Popen was asked for a pipe
        if not self._supervisor.stdout.readline():
            self._supervisor.wait(STOP_SECONDS)
            said = (self.home / "supervisor.log").read_text(errors="replace").strip()
            raise SandboxError(f"The sandbox's cluster did not start: {said}")


def _await_end(supervisor: subprocess.Popen[str]) -> None:
    try:
        supervisor.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Its children end with it.
        supervisor.kill()
        supervisor.wait()
