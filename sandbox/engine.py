"""The Pulumi CLI as the Automation API calls it, with what a supervised run needs on top.

The SDK's own `PulumiCommand.run` hands the child this process's whole environment and its place in the terminal's
process group. Here the child gets a chosen environment (nothing of the user's Pulumi login leaks in), a group of its
own (Ctrl-C reaches it once, from us, and means "finish what is running, then stop"), and a log.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from pulumi.automation import CommandResult, OnOutput, PulumiCommand, Stack
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from sandbox.toolchain import Cli


class Engine(PulumiCommand):
    """Runs one CLI, one command at a time, in the given environment; its output also goes to `log`."""

    def __init__(self, cli: Cli, *, log: Path) -> None:
        self.command = str(cli.path)
        self.version = VersionInfo.parse(cli.version)
        self._log = log
        self._process: subprocess.Popen[str] | None = None
        self.last_error = ""
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("")

    def interrupt(self) -> None:
        """Asks the running command to finish the operations under way and stop; a second call stops it at once."""
        if self._process:
            self._process.send_signal(signal.SIGINT)

    def command_of(self, stack: Stack, *arguments: str) -> CommandResult:
        """Runs a command that the Automation API has no method for, on a stack, as the API would."""
        place = stack.workspace
        return self.run([*arguments, "--stack", stack.name], place.work_dir, place.env_vars)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Runs `pulumi ARGS`; raises the SDK's CommandError, by kind of failure, when it does not end in zero."""
        command = [self.command, "--non-interactive", *args]
        own = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
        with (
            self._log.open("a") as log,
            subprocess.Popen(
                command,
                cwd=cwd,
                env={**own, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            ) as process,
        ):
            self._process = process
            log.write(f"$ pulumi {' '.join(args)}\n")
            stdout = _Lines(process.stdout, log, on_output)
            stderr = _Lines(process.stderr, log, on_error)
            result = CommandResult(stdout.text(), stderr.text(), process.wait())
            self._process = None
        self.last_error = "\n".join(line.removeprefix("error: ") for line in result.stderr.splitlines())
        if result.code < 0:
            self.last_error = f"The engine was killed by signal {-result.code}."
        if result.code != 0:
            raise create_command_error(result)
        return result


class _Lines:
    """Reads a stream to its end in a thread: into memory, into the log, and to whoever listens."""

    def __init__(self, stream: IO[str] | None, log: IO[str], listener: OnOutput | None) -> None:
        assert stream is not None  # noqa: S101 - Popen was asked for a pipe
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream, log, listener), daemon=True)
        self._thread.start()

    def _read(self, stream: IO[str], log: IO[str], listener: OnOutput | None) -> None:
        for line in stream:
            self._lines.append(line.rstrip())
            log.write(line)
            if listener:
                listener(line.rstrip())

    def text(self) -> str:
        self._thread.join()
        return "\n".join(self._lines)
