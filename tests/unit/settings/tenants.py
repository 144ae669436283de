"""A platform, tenants' files for it, and what is said about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from stacks.errors import Problem
from stacks.settings import PlatformSettings, load_settings_of
from stacks.subsidiaries import Subsidiaries, read_subsidiaries
from stacks.subsidiary_file import check_subsidiary
from tests.unit.settings.conftest import ROOT

Values = dict[str, Any]

TODAY = date(2026, 11, 22)
LONG_AGO = "2010-11-01"
"""A day that the platform's retention has passed since."""
PLATFORM = load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml")
SPAIN: Values = {"legal_name": "Acme Iberia SL", "country": "ES", "concurrent_users": 35, "slot": 1}
COST: Values = {"monthly_budget": 3000, "budget_start": "2026-12-01"}


def tenant(slot: int, **changes: object) -> Values:
    """A tenant that is right, of a slot, with changes."""
    return SPAIN | {"slot": slot} | changes


def offering(**changes: object) -> PlatformSettings:
    """The platform with another offer."""
    return PLATFORM.model_copy(update={"platform": PLATFORM.platform.model_copy(update=changes)})


def found(values: Values, name: str = "acme-es", today: date = TODAY) -> dict[str, Problem]:
    """Problems of a tenant by itself, by path."""
    problems = check_subsidiary(name, values, PLATFORM, today)[1]
    assert all(problem.found and problem.allowed and problem.remedy for problem in problems)
    return {problem.path: problem for problem in problems}


def only(values: Values, path: str, name: str = "acme-es", today: date = TODAY) -> Problem:
    """The one problem of a tenant, which must be at this path."""
    problems = found(values, name, today)
    assert list(problems) == [path]
    return problems[path]


def read(project: Path, files: Mapping[str, Values | str], platform: PlatformSettings = PLATFORM) -> Subsidiaries:
    """Writes tenants' files, given as values or as text, into a project, and reads all of them."""
    folder = project / "subsidiaries" / "emea"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else yaml.safe_dump(dict(content), sort_keys=False)
        (folder / name).write_text(text, encoding="utf-8")
    return read_subsidiaries(project, platform, TODAY)


def by_file(subsidiaries: Subsidiaries) -> dict[str, dict[str, Problem]]:
    """Problems by file's name, and by path."""
    return {
        error.file.rpartition("/")[2]: {problem.path: problem for problem in error.problems}
        for error in subsidiaries.problems
    }
