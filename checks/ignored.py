"""What a program says may change behind its back: `ignoreChanges`, as the state keeps it.

A provider may heed it in the diff of a refresh, and need not (github.com/pulumi/pulumi/issues/16391).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from checks.changes import Change
from sandbox.failures import BadInputError

# A step of a property path (pulumi.com/docs/concepts/options/ignorechanges): a name, ["name"], [0] or [*].
_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.\[\]]+)')
_ANY = "*"

Ignored = Mapping[str, tuple[tuple[str, ...], ...]]


def ignored_in(state: Path) -> Ignored:
    """The paths that each resource ignores, in steps, by URN.

    Args:
        state: what `pulumi stack export` wrote.

    Raises:
        BadInputError: it is something else.
    """
    try:
        resources = json.loads(state.read_text(encoding="utf-8"))["deployment"].get("resources") or []
        return {each["urn"]: tuple(map(_steps, each.get("ignoreChanges") or ())) for each in resources}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadInputError(f"{state} is not what `pulumi stack export` writes.") from None


def without(changes: Iterable[Change], ignored: Ignored) -> Iterator[Change]:
    """The changes but for what is ignored; one that is ignored altogether is left out."""
    for change in changes:
        paths = ignored.get(change.urn, ())
        kept = tuple(path for path in change.properties if not _covers(paths, path))
        if kept or not change.properties:
            yield replace(change, properties=kept, replacing=tuple(path for path in change.replacing if path in kept))


def _covers(ignored: Iterable[tuple[str, ...]], path: str) -> bool:
    """Whether one of the paths is this one, or above it."""
    steps = _steps(path)
    return any(
        len(above) <= len(steps) and all(one in {_ANY, other} for one, other in zip(above, steps, strict=False))
        for above in ignored
    )


def _steps(path: str) -> tuple[str, ...]:
    return tuple(quoted or index or name for quoted, index, name in _STEP.findall(path))
