"""What all tests share: the programs of a real cluster, and which tests stay together on one worker of pytest-xdist.

xdist 3.8 would read that from `xdist_group` marks, by way of node ids, which pytest 9.2 no longer lets it change (xdist
sets `_nodeid`, pytest reads `_id`): every test would go where there is room.
"""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from sandbox.cluster import programs

# What these share is expensive: servers, or environments declared whole.
BY_FOLDER = ("tests/cluster", "tests/data", "tests/stacks")

# Declaring resources makes millions of objects that live until their test ends. Looking for cycles among them as often
# as Python does by itself (each 700 more of them) takes a fifth of the time of all tests.
gc.set_threshold(50_000, 20, 100)
# A cluster waits most of its time: beside it goes what computes, which is also the longest of the files.
FIRST = ("tests/cluster/", "tests/engine/test_subsidiaries.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What workers begin with; all others stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(FIRST))


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out a file at a time, since its tests share what they declare, or a whole folder."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in BY_FOLDER if file.startswith(f"{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> Together | None:
    """Takes the place of xdist's own loadgroup."""
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


def has_cluster() -> bool:
    """Whether the cluster's programs are built, or can be."""
    return programs.available() or shutil.which("go") is not None


@pytest.fixture(scope="session")
def built_programs() -> None:
    """The cluster's programs, built when they are not there; tests are skipped only where there is no Go either."""
    if not has_cluster():
        pytest.skip("the cluster's programs are not built, and there is no Go to build them with")
    programs.build(lambda line: print(line, file=sys.__stderr__, flush=True))
