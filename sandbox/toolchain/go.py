"""The Go that builds: found on PATH and new enough, or an error that says how to install it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from sandbox.failures import SandboxError

Version = tuple[int, int, int]


class ToolchainError(SandboxError):
    """A program is not there and cannot be built."""


def numbers(text: str) -> Version:
    """The first version number in a text (v3.259.0, go1.26.8, 1.26); zeros when there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def needed_version(module: Path) -> str:
    """The version of Go that the module in a folder asks for."""
    wanted = re.search(r"^go (\S+)", (module / "go.mod").read_text(), re.MULTILINE)
    return wanted[1] if wanted else "1.21"


def find_go(module: Path, what: str) -> str:
    """The Go that can build the module in a folder; raises ToolchainError, naming `what` it is needed for."""
    needed = needed_version(module)
    go = shutil.which("go")
    install = f"Install Go {needed} or newer: https://go.dev/doc/install"
    if not go:
        raise ToolchainError(f"There is no Go to build {what} with. {install}")
    # Asked inside the module, Go 1.21 and newer fetches the toolchain that go.mod names, or says why it may not.
    asked = subprocess.run([go, "version"], check=False, cwd=module, capture_output=True, text=True)
    if asked.returncode != 0 or numbers(asked.stdout) < numbers(needed):
        said = (asked.stderr or asked.stdout).strip()
        raise ToolchainError(f"{go} is too old to build {what} ({said}). {install}")
    return go


def environment() -> dict[str, str]:
    """Variables of every build."""
    # go.sum holds the hash of every module: -mod=readonly makes Go refuse anything else instead of adding to it.
    return {**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}
