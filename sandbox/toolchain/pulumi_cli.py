"""Finds the `pulumi` CLI, or builds the pinned one once.

In this order: `pulumi` on PATH when it is new enough; the one built before, in the user's cache; a build with Go from
the module pinned in `tools/pulumi/go.mod`. A machine with none of them gets one error that says how to install either.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.build import Say, go_tool
from sandbox.toolchain.go import ToolchainError, Version, find_go, numbers
from sandbox.toolchain.tools import PROGRAMS, TOOLS, binary, pinned_version

# The first release line whose event stream, inline refresh and inline destroy this runner was written against.
MINIMUM_CLI: Version = (3, 190, 0)
VERSION_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Cli:
    """A Pulumi CLI: where it is, and what it says its version is."""

    path: Path
    version: str


def find_cli(say: Say, tools: Path = TOOLS) -> Cli:
    """Returns the CLI to use, building it when there is none; `say` gets a line on anything that takes time.

    Raises ToolchainError when there is neither a CLI nor a way to build one.
    """
    on_path = _cli_on_path(say)
    if on_path:
        return on_path
    if not binary("pulumi", tools).exists():
        _refuse_without_go(tools)
    path = go_tool("pulumi", say, tools)
    return Cli(path=path, version=pinned_version("pulumi", tools).removeprefix("v"))


def _cli_on_path(say: Say) -> Cli | None:
    found = shutil.which("pulumi")
    if not found:
        return None
    try:
        printed = subprocess.run(
            [found, "version"],
            check=False,
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_SECONDS,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"Passing over {found}, which does not run: {error}")
        return None
    if numbers(printed) < MINIMUM_CLI:
        minimum = ".".join(map(str, MINIMUM_CLI))
        say(f"Passing over {found}: it says {printed or 'nothing'}, and {minimum} or newer is needed.")
        return None
    return Cli(path=Path(found).absolute(), version=printed.removeprefix("v"))


def _refuse_without_go(tools: Path) -> None:
    try:
        find_go(tools / PROGRAMS["pulumi"].folder, f"pulumi {pinned_version('pulumi', tools)}")
    except ToolchainError as error:
        raise ToolchainError(
            f"There is no Pulumi CLI on PATH, and none can be built. {error}\n"
            "Or install the CLI, https://www.pulumi.com/docs/install/, or with the Python SDK that is here:\n"
            '    .venv/bin/python -c "import pathlib, pulumi.automation as a; '
            "a.PulumiCommand.install(root=str(pathlib.Path.home() / '.pulumi'))\"\n"
            '    export PATH="$HOME/.pulumi/bin:$PATH"\n'
            "Then type the same command again."
        ) from None
