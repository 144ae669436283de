"""Azure's regions: which exist, their pairs and zones."""

import functools
from pathlib import Path
from typing import Any, Final

import yaml

GLOBAL: Final = "global"


@functools.cache
def regions() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("regions.yaml").read_text(encoding="utf-8")
    )
    return table


def normal(location: object) -> str:
    """`West Europe` and `westeurope` are the same place."""
    return str(location).lower().replace(" ", "")


def pair_of(location: object) -> str | None:
    """The region that geo-redundant copies of this one go to."""
    row = regions().get(normal(location))
    return row["pair"] if row else None
