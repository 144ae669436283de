"""Text that cannot get out of its place in Markdown, whoever wrote it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_NO_CODE = re.compile(r'[^A-Za-z0-9 ._:/$*=,"\[\]-]')
_SPECIAL = str.maketrans({character: f"\\{character}" for character in r"\`*_{}[]()#+!|~"})


def plain(text: object) -> str:
    """One line of plain text: no markup, no HTML, and nobody is mentioned."""
    line = _UNSPEAKABLE.sub("\ufffd", " ".join(str(text).split()))
    return html.escape(line.translate(_SPECIAL), quote=False).replace("@", "&#64;")


def code(text: object) -> str:
    """One line of code for a table's cell: what names and paths are made of; anything else is shown as `?`."""
    return f"`{_NO_CODE.sub('?', str(text))}`"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, whose cells are Markdown already; none without rows."""
    body = [f"| {' | '.join(row)} |" for row in rows]
    if body:
        yield from ("", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *body)


def folded(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines that a reader opens by a click; none without lines."""
    inner = list(lines)
    if inner:
        yield from ("", f"<details><summary>{plain(summary)}</summary>", *inner, "", "</details>")


def number(count: int, thing: str) -> str:
    """1 finding, 2 findings."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
