"""Environments on the real engine: deployed once for all tests, copied by those that change them."""

from __future__ import annotations

import fcntl
import json
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.result import Result
from sandbox.runner import Run
from sandbox.store import Store
from tests.conftest import has_cluster

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM_FILES = ("Pulumi.yaml", "__main__.py")
ON_A_REAL_API_SERVER = frozenset({"prod"})
"""Of the environments that are deployed once for all tests, those whose objects one admits, where it can be built."""
DECLARES_AS_BEFORE = frozenset({"changes", "cluster", "failures", "growing", "shared_cloud"})
"""Files whose tests run programs that others measure the coverage of: tracing them is a tenth of their time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder runs the real engine."""
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.engine)
            if Path(item.path).stem.removeprefix("test_") in DECLARES_AS_BEFORE:
                item.add_marker(pytest.mark.no_cover)


@dataclass(frozen=True)
class Sandbox:
    """A stack of a project in a sandbox of its own."""

    stack: str
    project: Path
    home: Path
    cluster: bool = False
    """Whether Kubernetes objects go to a real API server; else they are checked against schemas only."""
    checkpoints: bool = False
    """Whether the state is written at every step: for tests that kill a run."""

    @property
    def run(self) -> Run:
        """A new run, as a new `make` would start."""
        return Run(
            stack=self.stack, project=self.project, home=self.home, cluster=self.cluster, checkpoints=self.checkpoints
        )

    @property
    def cloud(self) -> Path:
        """Where the stand-in keeps what exists."""
        return self.run.layout.cloud

    @property
    def azure(self) -> Store:
        """What exists in Azure."""
        return Store(self.cloud / "azure.sqlite")

    def up(self, *, preview: bool = False) -> Result:
        """Deploys, without a preview unless one is asked for; fails the test when the engine does not succeed."""
        result = self.run.up(skip_preview=not preview)
        assert result.ok, f"{result.message}\n{result.diagnostics}\n{result.violations}"
        return result

    @property
    def state_file(self) -> Path:
        """Where the state is written, as `make export` does; of a shared environment it is there already."""
        return self.home / "export.json"

    def deployment(self) -> dict[str, Any]:
        """The state now."""
        self.run.export(self.state_file)
        return read_deployment(self.state_file)

    def change(self, section: str, **values: Any) -> None:
        """Writes values into a section of the stack's file."""
        file = self.project / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        content["config"][f"odoo-azure:{section}"].update(values)
        file.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")

    def inject(self, **fault: Any) -> None:
        """Makes the stand-in fail once."""
        self.cloud.mkdir(parents=True, exist_ok=True)
        (self.cloud / "faults.json").write_text(json.dumps([fault]), encoding="utf-8")


def read_deployment(file: Path) -> dict[str, Any]:
    """The deployment in an exported file."""
    deployment: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["deployment"]
    return deployment


def copy_project(folder: Path, *, policies: bool = True) -> Path:
    """The project with stack files that may be changed; packages come from the editable install."""
    folder.mkdir(parents=True)
    for name in PROGRAM_FILES:
        shutil.copy(CHECKOUT / name, folder)
    for file in CHECKOUT.glob("Pulumi.*.yaml"):
        shutil.copy(file, folder)
    shutil.copytree(CHECKOUT / "subsidiaries", folder / "subsidiaries")
    if policies:
        (folder / "policies").symlink_to(CHECKOUT / "policies")
    return folder


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of a test run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def deployed(shared: Path, request: pytest.FixtureRequest) -> Callable[[str], tuple[Sandbox, Result]]:
    """Deploys a stack once for all tests and workers; nobody may change it: see `copy_of`."""

    def deploy(stack: str) -> tuple[Sandbox, Result]:
        cluster = stack in ON_A_REAL_API_SERVER and has_cluster()
        if cluster:
            request.getfixturevalue("built_programs")
        folder = shared / f"deployed-{stack}"
        folder.mkdir(exist_ok=True)
        results = folder / "result.pickle"
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            project = folder / "project"
            sandbox = Sandbox(stack, project, folder / "home", cluster)
            if not results.exists():
                copy_project(project)
                result = sandbox.run.up()
                sandbox.run.export(sandbox.state_file)
                _store(results, result)
            result = _load(results)
        assert result.ok, f"{result.message}\n{result.diagnostics}\n{result.violations}"
        return sandbox, result

    return deploy


@pytest.fixture
def copy_of(deployed: Callable[[str], tuple[Sandbox, Result]], tmp_path: Path) -> Callable[[str], Sandbox]:
    """A copy of a deployed environment, cloud and state included, to do anything with.

    It has no policies: they have judged the original, and take a tenth of the time of each run.
    """

    def copy(stack: str) -> Sandbox:
        original, _ = deployed(stack)
        shutil.copytree(original.home, tmp_path / "home")
        shutil.copytree(original.project, tmp_path / "project", ignore=shutil.ignore_patterns("policies"))
        return replace(original, project=tmp_path / "project", home=tmp_path / "home")

    return copy


@pytest.fixture
def empty(tmp_path: Path) -> Callable[[str], Sandbox]:
    """A project that nothing was deployed of yet."""

    def make(stack: str) -> Sandbox:
        return Sandbox(stack, copy_project(tmp_path / "project"), tmp_path / "home")

    return make


@pytest.fixture(scope="module")
def module_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Sandbox]:
    """As `empty`, for the tests of one file together."""

    def make(stack: str) -> Sandbox:
        folder = tmp_path_factory.mktemp("sandbox")
        return Sandbox(stack, copy_project(folder / "project"), folder / "home")

    return make


def _store(file: Path, result: Result) -> None:
    file.write_bytes(pickle.dumps(result))


def _load(file: Path) -> Result:
    result: Result = pickle.loads(file.read_bytes())  # noqa: S301 - written by a worker of this test run
    return result
