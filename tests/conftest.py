"""What all tests share: the programs of a real cluster, and which tests stay together on one worker of pytest-xdist.

`--dist loadgroup` reads that from `xdist_group` marks, by way of node ids, which pytest 9.2 no longer lets it change
(xdist 3.8 sets `_nodeid`, pytest reads `_id`): without this, every test goes where there is room.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from sandbox.cluster import programs

# What these share is expensive: servers of the whole folder, environments of one file.
BY_FOLDER = frozenset({"cluster", "data"})
BY_FILE = frozenset({"engine"})


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out a folder, a file or a single test at a time."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        parts = PurePosixPath(file).parts
        if BY_FOLDER.intersection(parts):
            return parts[1]
        return file if BY_FILE.intersection(parts) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> Together | None:
    """Takes the place of xdist's own loadgroup."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def built_programs() -> None:
    """The cluster's programs, built when they are not there; tests are skipped only where there is no Go either."""
    if not programs.available() and shutil.which("go") is None:
        pytest.skip("the cluster's programs are not built, and there is no Go to build them with")
    programs.build(lambda line: print(line, file=sys.__stderr__, flush=True))
