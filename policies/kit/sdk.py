"""What the installed azure-native SDK says about a type, without importing it."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_INITIALISER = re.compile(r"def _internal_init\(.*?__props__=None\)", re.DOTALL)


@cache
def _sdk_folder() -> Path | None:
    spec = importlib.util.find_spec("pulumi_azure_native")
    return Path(spec.origin).parent if spec and spec.origin else None


@cache
def takes_tags(token: str) -> bool | None:
    """Whether the type has a `tags` input; None when the installed SDK has no such type.

    Read from the generated source: importing the classes would take seconds, one file takes under a millisecond.

    Args:
        token: canonical type token of azure-native.
    """
    folder = _sdk_folder()
    _, module, name = token.split(":")
    source = folder / module / f"{_WORD_START.sub('_', name).lower()}.py" if folder else None
    if source is None or not source.is_file():
        return None
    initialiser = _INITIALISER.search(source.read_text(encoding="utf-8"))
    return initialiser is not None and "\n                 tags: " in initialiser.group()
