"""The proposal as a change of the file that it is for: a unified diff, which `patch -p0` or `git apply -p0` takes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from stacks.rightsizing.proposal import Change

_CONTEXT = 2


def patch(path: Path, name: str, lines: Mapping[str, int], section: str, changes: Sequence[Change]) -> str:
    """Unified diff of the file with the changes in it; empty without any.

    Args:
        path: the file.
        name: its name in the diff, from the project's folder.
        lines: line of the file by path, from 1.
        section: path of the section, such as `odoo-azure:workload`.
        changes: what to write; comments beside values stay.
    """
    before = path.read_text(encoding="utf-8").splitlines()
    after = list(before)
    added: list[str] = []
    for change in changes:
        line = lines.get(f"{section}.{change.key}")
        if line is None:
            added.append(_text(change))
        else:
            after[line - 1] = _replaced(before[line - 1], change)
    if added:
        _insert(after, added, lines, section)
    return "\n".join(difflib.unified_diff(before, after, name, name, n=_CONTEXT, lineterm=""))


def _text(change: Change) -> str:
    return f"{change.key}: {change.after:g}" if isinstance(change.after, float) else f"{change.key}: {change.after}"


def _replaced(line: str, change: Change) -> str:
    """The line with its new value, whether the key stands alone in it or in a mapping of one line."""
    return re.sub(rf"""(["']?){change.key}\1:\s*[^\s,}}#]+""", lambda _: _text(change), line, count=1)


def _insert(after: list[str], added: Sequence[str], lines: Mapping[str, int], section: str) -> None:
    """Puts keys that the file does not have yet behind the section's last one, or into its mapping of one line."""
    own = [line for place, line in lines.items() if place.startswith(f"{section}.")]
    last = max(own) - 1
    if last == lines[section] - 1:
        head, brace, tail = after[last].rpartition("}")
        after[last] = f"{head}, {', '.join(added)}{brace}{tail}"
        return
    indent = re.match(r"\s*", after[min(own) - 1])
    after[last + 1 : last + 1] = [f"{indent.group() if indent else ''}{text}" for text in added]
