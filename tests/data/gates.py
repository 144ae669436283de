"""Containers of machines: each a process group, a gate first in it, and behind it a stand-in for Odoo."""

from __future__ import annotations

import ctypes
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.data.servers import DatabaseServer
from tests.data.tenants import DIGEST, Tenant

GATE = Path(__file__).parents[2] / "components" / "machines" / "host" / "gate.py"
SECONDS = 60.0
_NUMBERS = itertools.count(1)
# It is told to end as Odoo is, and takes a while for it.
_ODOO = """
import pathlib, signal, sys, time
def end(*_):
    time.sleep({ending_seconds})
    sys.exit({code})
signal.signal(signal.SIGTERM, end)
pathlib.Path({pid_file!r}).write_text(str(__import__('os').getpid()))
while True:
    time.sleep(0.05)
"""
_PR_SET_CHILD_SUBREAPER = 36


def eventually(condition: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether something comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@dataclass(frozen=True, kw_only=True)
class Container:
    """A container that was started.

    Args:
        gate: its first process.
        pid_file: where its Odoo, once it runs, writes its process id.
        log: what the gate says.
    """

    gate: subprocess.Popen[bytes]
    pid_file: Path
    log: Path

    @property
    def odoo(self) -> int | None:
        """Process id of its Odoo; None while there is none."""
        try:
            pid = int(self.pid_file.read_text(encoding="utf-8"))
            return pid if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else None
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    @property
    def said(self) -> str:
        """What the gate has said so far."""
        return self.log.read_text(encoding="utf-8")

    def kill(self) -> None:
        """The machine is gone."""
        os.killpg(self.gate.pid, signal.SIGKILL)
        self.gate.wait()


class Machines:
    """Starts containers for a tenant.

    Args:
        server: its database server.
        tenant: the tenant.
        folder: for their files.
    """

    def __init__(self, server: DatabaseServer, tenant: Tenant, folder: Path) -> None:
        self.__server = server
        self.__tenant = tenant
        self.__folder = folder
        self.__started: list[Container] = []
        # What Odoo's images have under this name is another version of the same, with the calls that gates make.
        (folder / "psycopg2.py").write_text("from psycopg import Error, connect\n", encoding="utf-8")
        conf = f"[options]\ndb_host = localhost\ndb_name = {tenant.settings.database}\ndb_sslmode = verify-full\n"
        (folder / "odoo.conf").write_text(conf, encoding="utf-8")

    def start(
        self,
        *flags: str,
        pool: str = "cron",
        digest: str = DIGEST,
        ending_seconds: float = 0.0,
        code: int = 0,
        command: tuple[str, ...] = (),
        port: int | None = None,
    ) -> Container:
        """Starts a container of a pool."""
        number = next(_NUMBERS)
        pid_file, log = self.__folder / f"odoo-{number}.pid", self.__folder / f"gate-{number}.log"
        odoo = _ODOO.format(pid_file=str(pid_file), ending_seconds=ending_seconds, code=code)
        place = [f"--config={self.__folder / 'odoo.conf'}", f"--port={port or self.__server.port}", "--poll=0.2"]
        own = [] if "--hold" in flags else [f"--pool={pool}", f"--digest={digest}"]
        arguments = [*place, *own, *flags]
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.__folder),
            "PGSERVICE": "odoo",
            "PGSERVICEFILE": str(self.__tenant.settings.service_file),
            "PGSSLROOTCERT": str(self.__server.authority),
        }
        with log.open("wb") as output:
            gate = subprocess.Popen(
                [sys.executable, str(GATE), *arguments, "--", *(command or (sys.executable, "-c", odoo))],
                env=environment,
                stderr=output,
                start_new_session=True,
                preexec_fn=_adopt_orphans,  # noqa: PLW1509 no other thread of the tests has a lock that this needs
            )
        self.__started.append(Container(gate=gate, pid_file=pid_file, log=log))
        return self.__started[-1]

    def end(self) -> None:
        """Nothing stays."""
        for container in self.__started:
            if container.gate.poll() is None:
                container.kill()


def _adopt_orphans() -> None:
    """What the first process of a container is without being asked."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
