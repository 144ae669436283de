"""Finds the `pulumi` CLI, or builds the pinned one once.

In this order: `pulumi` on PATH when it is new enough; the one built before, in the user's cache; a build with Go from
the module pinned in `tools/go.mod`. A machine with none of them gets one error that says how to install either.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.failures import SandboxError

Say = Callable[[str], None]
Version = tuple[int, int, int]

TOOLS = Path(__file__).resolve().parent.parent / "tools"
PULUMI_MODULE = "github.com/pulumi/pulumi/pkg/v3"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
# The first release line whose event stream, inline refresh and inline destroy this runner was written against.
MINIMUM_CLI: Version = (3, 190, 0)
VERSION_TIMEOUT_SECONDS = 60
LOG_TAIL_LINES = 15


class ToolchainError(SandboxError):
    """There is no usable Pulumi CLI, and none can be built."""


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
    version = pinned_version(tools)
    binary = _cache() / f"pulumi-{version}" / "pulumi"
    if not binary.exists():
        _build(binary, version, tools, say)
    return Cli(path=binary, version=version.removeprefix("v"))


def pinned_version(tools: Path = TOOLS) -> str:
    """The version of the CLI that `tools/go.mod` pins, as Go writes it (v3.259.0)."""
    found = re.search(rf"^\s*(?:require )?{re.escape(PULUMI_MODULE)} (v\S+)", (tools / "go.mod").read_text(), re.M)
    if not found:
        raise ToolchainError(f"{tools / 'go.mod'} does not pin {PULUMI_MODULE}; restore it with `git checkout tools`.")
    return found[1]


def _cache() -> Path:
    """The cache of the XDG base directory specification; a relative XDG_CACHE_HOME counts as unset there."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "odoo-azure"


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
    if _numbers(printed) < MINIMUM_CLI:
        say(f"Passing over {found}: it says {printed or 'nothing'}, and {_dotted(MINIMUM_CLI)} or newer is needed.")
        return None
    return Cli(path=Path(found).absolute(), version=printed.removeprefix("v"))


def _numbers(text: str) -> Version:
    """The first version number in a text (v3.259.0, go1.26.8, 1.26); zeros when there is none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)


def _dotted(version: Version) -> str:
    return ".".join(map(str, version))


def _build(binary: Path, version: str, tools: Path, say: Say) -> None:
    go = _go(tools, version)
    binary.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(binary.parent / "build.lock", say):
        if binary.exists():
            return
        say(
            f"No `pulumi` on PATH: building {version} with {go} from tools/go.mod. Once, 3 to 5 minutes; "
            f"it is kept in {binary.parent}."
        )
        began = time.monotonic()
        _compile(go, binary, version, tools)
        say(f"Built pulumi {version} in {time.monotonic() - began:.0f} s.")


def _compile(go: str, binary: Path, version: str, tools: Path) -> None:
    """Compiles beside the final place and renames, so that what is in the cache is always whole."""
    unfinished = binary.with_name(f"pulumi.{os.getpid()}.part")
    log = binary.with_name("build.log")
    command = [go, "build", "-trimpath", "-ldflags", f"-s -w -X {VERSION_VARIABLE}={version}"]
    command += ["-o", str(unfinished), f"{PULUMI_MODULE}/cmd/pulumi"]
    # go.sum holds the hash of every module: -mod=readonly makes Go refuse anything else instead of adding to it.
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"}
    try:
        with log.open("w") as output:
            built = subprocess.run(
                command, check=False, cwd=tools, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        if built.returncode != 0:
            tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
            raise ToolchainError(f"Building pulumi {version} failed; the whole output is in {log}. It ends:\n  {tail}")
        unfinished.rename(binary)
    finally:
        unfinished.unlink(missing_ok=True)


def _go(tools: Path, version: str) -> str:
    wanted = re.search(r"^go (\S+)", (tools / "go.mod").read_text(), re.M)
    needed = wanted[1] if wanted else "1.21"
    go = shutil.which("go")
    if not go:
        raise ToolchainError(_how_to_install(f"no `pulumi` on PATH, and no Go to build {version} with", needed))
    # Asked inside tools/, Go 1.21 and newer fetches the toolchain that go.mod names, or says why it may not.
    asked = subprocess.run([go, "version"], check=False, cwd=tools, capture_output=True, text=True)
    if asked.returncode != 0 or _numbers(asked.stdout) < _numbers(needed):
        said = (asked.stderr or asked.stdout).strip()
        raise ToolchainError(_how_to_install(f"no `pulumi` on PATH, and {go} is too old to build it ({said})", needed))
    return go


def _how_to_install(why: str, go_version: str) -> str:
    return (
        f"There is no Pulumi CLI: {why}. Install one of the two, then type the same command again.\n"
        "  The CLI (a minute):  https://www.pulumi.com/docs/install/, or with the Python SDK that is here already:\n"
        '    .venv/bin/python -c "import pathlib, pulumi.automation as a; '
        "a.PulumiCommand.install(root=str(pathlib.Path.home() / '.pulumi'))\"\n"
        '    export PATH="$HOME/.pulumi/bin:$PATH"\n'
        f"  Go {go_version} or newer (the pinned CLI is then built once):  https://go.dev/doc/install"
    )


@contextmanager
def _one_at_a_time(lock: Path, say: Say) -> Iterator[None]:
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another run is building the Pulumi CLI; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
