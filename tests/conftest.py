"""What all tests share: the programs of a real cluster, and which tests stay together on one worker of pytest-xdist.

xdist 3.8 would read that from `xdist_group` marks, by way of node ids, which pytest 9.2 no longer lets it change (xdist
sets `_nodeid`, pytest reads `_id`): every test would go where there is room.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from sandbox.cluster import programs

# What these share is expensive: servers, or environments declared whole.
BY_FOLDER = ("tests/cluster", "tests/data", "tests/stacks")


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out a file at a time, since its tests share what they declare, or a whole folder."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in BY_FOLDER if file.startswith(f"{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> Together | None:
    """Takes the place of xdist's own loadgroup."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def built_programs() -> None:
    """The cluster's programs, built when they are not there; tests are skipped only where there is no Go either."""
    if not programs.available() and shutil.which("go") is None:
        pytest.skip("the cluster's programs are not built, and there is no Go to build them with")
    programs.build(lambda line: print(line, file=sys.__stderr__, flush=True))
