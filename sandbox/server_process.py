"""The providers as a child process: `python -m sandbox.serve`, which ends with its parent."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.failures import ExitCode, PortTakenError, SandboxError

STOP_SECONDS = 10


class Providers:
    """The running providers; `address` is what PULUMI_DEBUG_PROVIDERS has to say to reach them."""

    def __init__(self, process: subprocess.Popen[str], address: str, log: Path) -> None:
        self._process = process
        self.address = address
        self.log = log

    def why_gone(self) -> str:
        """One line on how the providers ended, or nothing while they run."""
        code = self._process.poll()
        if code is None:
            return ""
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return f"The sandbox's providers stopped in the middle of the run ({how}; their output is in {self.log})."


@contextmanager
def providers(
    cloud: Path, log: Path, *, port: int = 0, latency: float | None = None, cluster: bool = True
) -> Iterator[Providers]:
    """Starts the providers over the store in `cloud` and stops them at the end of the block.

    `port` 0 takes a free one; `latency` is the factor on Azure's own provisioning times; `cluster`, whether AKS
    clusters get a real API server where its programs are built. Raises PortTakenError.
    """
    cloud.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox.serve", "--home", str(cloud), "--stop-on-stdin-eof"]
    command += ["--port", str(port)] if port else []
    command += [] if cluster else ["--schemas-only"]
    command += ["--latency", str(latency)] if latency is not None else []
    with log.open("w") as errors:
        # A session of its own: Ctrl-C in the terminal must not take the providers away from the engine that still
        # finishes with them. They end when their standard input does, however this process ends.
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        yield Providers(process, _address(process, log, port), log)
    finally:
        _stop(process)


def _address(process: subprocess.Popen[str], log: Path, port: int) -> str:
    assert process.stdout is not None  # noqa: S101 - Popen was asked for a pipe
    line = process.stdout.readline().strip()
    if not line:
        code = process.wait(STOP_SECONDS)
        said = log.read_text(errors="replace").strip()
        if code == ExitCode.PORT_TAKEN:
            raise PortTakenError(f"Port {port} is in use; leave --port away for a free one. {said}")
        raise SandboxError(f"The sandbox's providers did not start (exit code {code}):\n{said}")
    # Whatever is printed later must not fill the pipe and stop the server.
    threading.Thread(target=process.stdout.read, daemon=True).start()
    return line


def _stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None  # noqa: S101 - Popen was asked for a pipe
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
