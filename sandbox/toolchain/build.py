"""Builds a Go program once, and keeps it in the user's cache under its version."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sandbox.toolchain import go
from sandbox.toolchain.go import ToolchainError
from sandbox.toolchain.tools import PROGRAMS, TOOLS, Tool, binary, cache, pinned_version

Say = Callable[[str], None]

LOG_TAIL_LINES = 15


def go_tool(name: str, say: Say, tools: Path = TOOLS) -> Path:
    """The program `name` of the pinned version, built when it is not there; `say` gets a line when that takes time.

    Raises ToolchainError when there is no Go to build it with, or the build fails.
    """
    program = binary(name, tools)
    if program.exists():
        return program
    version = pinned_version(name, tools)
    compiler = go.find_go(tools / PROGRAMS[name].folder, f"{name} {version}")
    program.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(say):
        if program.exists():
            return program
        say(
            f"Building {name} {version} with {compiler} from tools/{PROGRAMS[name].folder}/go.mod. "
            f"Once, about {PROGRAMS[name].minutes} min; it is kept in {program.parent}."
        )
        began = time.monotonic()
        _compile([compiler, *_arguments(PROGRAMS[name], version)], program, tools / PROGRAMS[name].folder)
        say(f"Built {name} {version} in {time.monotonic() - began:.0f} s.")
    return program


def module_folders(folder: str, modules: Sequence[str], tools: Path = TOOLS) -> dict[str, Path]:
    """Where the sources of modules are that `tools/<folder>/go.mod` pins, downloaded when they are not there.

    Raises ToolchainError when there is no Go, or a module cannot be had or has not the hash of go.sum.
    """
    home = tools / folder
    command = [go.find_go(home, f"what tools/{folder} pins"), "mod", "download", "-json", *modules]
    asked = subprocess.run(command, check=False, cwd=home, env=go.environment(), capture_output=True, text=True)
    # One JSON object after the other, without a comma between them.
    answers = json.loads("[" + asked.stdout.replace("}\n{", "},{") + "]")
    if asked.returncode != 0:
        why = [answer["Error"] for answer in answers if "Error" in answer] or [asked.stderr.strip()]
        raise ToolchainError(f"Downloading the modules of tools/{folder} failed: {'; '.join(why)}")
    return {answer["Path"]: Path(answer["Dir"]) for answer in answers}


def _arguments(tool: Tool, version: str) -> list[str]:
    major, minor, _ = go.numbers(version)
    stamps = [
        f"-X {variable}={value.format(version=version, major=major, minor=minor)}"
        for variable, value in tool.variables.items()
    ]
    package = f"{tool.module}/{tool.package}".rstrip("/")
    return ["build", "-trimpath", "-ldflags", " ".join(["-s -w", *stamps]), package]


def _compile(command: list[str], program: Path, module: Path) -> None:
    """Compiles beside the final place and renames, so that what is in the cache is always whole."""
    unfinished = program.with_name(f"{program.name}.{os.getpid()}.part")
    log = program.with_name("build.log")
    command = [*command[:-1], "-o", str(unfinished), command[-1]]
    try:
        with log.open("w") as output:
            built = subprocess.run(
                command, check=False, cwd=module, env=go.environment(), stdout=output, stderr=subprocess.STDOUT
            )
        if built.returncode != 0:
            tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
            raise ToolchainError(f"Building {program.name} failed; the whole output is in {log}. It ends:\n  {tail}")
        unfinished.rename(program)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(say: Say) -> Iterator[None]:
    """One build a machine: each takes every core, and a second one of the same program would be for nothing."""
    with (cache() / "build.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another build is under way; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
