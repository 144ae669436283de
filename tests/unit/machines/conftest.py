"""Machines' files as they lie on a machine, and the programs that judge them."""

from __future__ import annotations

import base64
import functools
import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.machines.cloud_init import app_cloud_init, operations_cloud_init
from sandbox.toolchain import available, go_tool
from tests.unit.machines.examples import app_machine, operations_machine

TEXTS: Mapping[str, Callable[[], str]] = {
    "app-17": lambda: app_cloud_init(app_machine("17.0")),
    "app-18": lambda: app_cloud_init(app_machine()),
    "app-19": lambda: app_cloud_init(app_machine("19.0")),
    "operations": lambda: operations_cloud_init(operations_machine(restore="2026-11-01.dump")),
}


def document(text: str) -> dict[str, Any]:
    """What a cloud-init says."""
    said = yaml.safe_load(text)
    assert isinstance(said, dict)
    return said


def written(text: str) -> dict[str, str]:
    """Content of the files that a cloud-init writes, by path; programs as they are when unpacked."""
    files: dict[str, str] = {}
    for file in document(text)["write_files"]:
        if file.get("encoding") == "b64":
            folder = Path(file["path"]).parent
            files |= {f"{folder}/{name}": content for name, content in unpacked(file["content"]).items()}
        else:
            files[file["path"]] = file["content"]
    return files


def unpacked(content: str) -> dict[str, str]:
    """Files of an archive, by name."""
    with tarfile.open(fileobj=io.BytesIO(base64.b64decode(content)), mode="r:bz2") as archive:
        members = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: file.read().decode() for name, file in members.items() if file is not None}


def program(name: str) -> str:
    """A program of tools/debian.txt; its tests are skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; `make servers` installs it")
    return found


def run(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """What a program says."""
    return subprocess.run(command, check=False, capture_output=True, text=True, **options)


@pytest.fixture(scope="session")
def docker_compose() -> str:
    """The real Compose, built when it is not there; skipped only where there is no Go either."""
    if not available("docker-compose") and shutil.which("go") is None:
        pytest.skip("docker-compose is not built, and there is no Go to build it with")
    return str(go_tool("docker-compose", lambda line: print(line, file=sys.__stderr__, flush=True)))


@pytest.fixture(params=sorted(TEXTS))
def text(request: pytest.FixtureRequest) -> str:
    """Each kind of machine's cloud-init."""
    return _made(request.param)


@functools.cache
def _made(name: str) -> str:
    return TEXTS[name]()


@pytest.fixture
def folder(text: str, tmp_path: Path) -> Path:
    """The machine's files, below a folder."""
    for path, content in written(text).items():
        file = tmp_path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path
