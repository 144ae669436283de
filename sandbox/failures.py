"""What can go wrong around a run, and the exit code each ends in."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of `python -m sandbox`, as `--help` lists them."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    PORT_TAKEN = 3
    LOCKED = 4
    DRIFT = 5
    INTERRUPTED = 130


class SandboxError(Exception):
    """A failure whose text is meant for the person who typed the command: it is printed as it stands."""

    exit_code = ExitCode.FAILED


class BadInputError(SandboxError):
    """The command, a file or a setting is not what it should be; nothing was started."""

    exit_code = ExitCode.BAD_INPUT


class PortTakenError(SandboxError):
    """The port asked for with `--port` is in use."""

    exit_code = ExitCode.PORT_TAKEN


class LockedError(SandboxError):
    """Another run of the same stack is in progress."""

    exit_code = ExitCode.LOCKED
