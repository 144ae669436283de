"""Writes policies/exceptions.schema.json, for editors: `python -m policies.schema`."""

from __future__ import annotations

import json
from pathlib import Path

from policies.kit.exceptions import schema

FILE = Path(__file__).with_name("exceptions.schema.json")


def text() -> str:
    """The file's content."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
