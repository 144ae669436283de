"""How the tests break settings, and read what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from stacks.errors import Problem, SettingsError
from stacks.settings import read_settings


def problems(values: Mapping[str, Any]) -> dict[str, Problem]:
    """Problems of settings that must have some, by path."""
    with pytest.raises(SettingsError) as caught:
        read_settings(values)
    found = {problem.path: problem for problem in caught.value.problems}
    assert all(problem.found and problem.allowed and problem.remedy for problem in found.values())
    return found


def only_problem(values: Mapping[str, Any], path: str) -> Problem:
    """The one problem of these settings, which must be at this path."""
    found = problems(values)
    assert list(found) == [path]
    return found[path]
