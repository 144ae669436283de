"""Where profiles are, and how one is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT_DIRECTORY = Path(__file__).resolve().parents[1]
PROFILES = "profiles"
_HEADER = "# A profile for `make assess`; every key of it: docs/guides/assessment.md.\n"


def profile_file(name: str, directory: Path) -> Path:
    """File of a profile.

    Args:
        name: its path from the project's folder, or its name in `profiles/`.
        directory: the project's folder.
    """
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return directory / name
    return directory / PROFILES / f"{name}.yaml"


def profile_text(values: Mapping[str, Any]) -> str:
    """Text of a profile's file.

    Args:
        values: what it says, by path such as `workload.concurrent_users`; the order stays.
    """
    return _HEADER + yaml.safe_dump(nested(values), sort_keys=False, allow_unicode=True, width=1_000)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by path as sections: `recovery.region` is key `region` of `recovery`."""
    document: dict[str, Any] = {}
    for path, value in values.items():
        *sections, key = path.split(".")
        section = document
        for name in sections:
            section = section.setdefault(name, {})
        section[key] = value
    return document
