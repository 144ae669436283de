"""Writes the JSON schemas of the pack's files, for editors: `python -m policies.schema`.

`.vscode/settings.json` maps them to the files: an enforcement file cannot name its schema, since the engine takes every
key of it for a rule (pkg/resource/analyzer/config.go, parsePolicyPackConfig).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.kit import enforcement, exceptions
from policies.pack import RULES

_FOLDER = Path(__file__).parent
EXCEPTIONS = _FOLDER / "exceptions.schema.json"
ENFORCEMENT = _FOLDER / "enforcement.schema.json"


def texts() -> Mapping[Path, str]:
    """Each file's content."""
    schemas: Mapping[Path, dict[str, Any]] = {
        EXCEPTIONS: exceptions.schema(),
        ENFORCEMENT: enforcement.schema(RULES),
    }
    return {file: json.dumps(schema, indent=2) + "\n" for file, schema in schemas.items()}


if __name__ == "__main__":
    for path, content in texts().items():
        path.write_text(content, encoding="utf-8")
