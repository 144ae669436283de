"""What a run of the engine changes, or would: by resource and property, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.text import code, folded, number, plain, table
from sandbox import tally
from sandbox.tally import Operation, PropertyChange, short_type

# The steps a resource can be counted by, what cannot be taken back first.
VERBS: Mapping[str, str] = {
    "delete": "deletes",
    "replace": "replaces",
    "update": "changes",
    "create": "creates",
    "import": "imports",
}
DESTRUCTIVE = frozenset({"delete", "replace"})
_REPLACING = "-replace"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to a resource.

    Args:
        op: `delete`, `replace`, `update`, `create` or `import`.
        type: its type token.
        name: its Pulumi name.
        urn: its URN.
        properties: paths of the properties that differ.
        replacing: those of them that it must be replaced for.
    """

    op: str
    type: str
    name: str
    urn: str
    properties: tuple[str, ...] = ()
    replacing: tuple[str, ...] = ()

    @property
    def destructive(self) -> bool:
        """Whether what is there is lost."""
        return self.op in DESTRUCTIVE


def changes_of(
    operations: Iterable[Operation], differences: Mapping[str, Sequence[PropertyChange]]
) -> tuple[Change, ...]:
    """The changes in the engine's steps, each resource once, the destructive ones first; the stack itself is none."""
    steps = (step for step in operations if step.op in VERBS and step.type != tally.STACK_TYPE)
    changes = (_change(step, differences.get(step.urn, ())) for step in dict.fromkeys(steps))
    return tuple(sorted(changes, key=_order))


def counts(changes: Iterable[Change]) -> str:
    """Deletes 2, replaces 1, creates 4."""
    ops = [change.op for change in changes]
    said = ", ".join(f"{verb} {ops.count(op)}" for op, verb in VERBS.items() if op in ops)
    return said[:1].upper() + said[1:] or "Changes nothing"


def lines(changes: Sequence[Change], rows: int, beside: str = "") -> Iterator[str]:
    """Markdown of changes: how many, a table of the destructive ones, and below a click the others.

    Args:
        changes: all.
        rows: the most of each table; how many are left out is said.
        beside: what it is compared with.
    """
    lost = [change for change in changes if change.destructive]
    others = [change for change in changes if not change.destructive]
    said = f"{counts(changes)}{f', compared with {plain(beside)}' if beside else ''}."
    yield from ("", f"⚠️ **{said}**" if lost else said)
    yield from rows_of(lost, rows)
    yield from folded(f"What is created or changed: {number(len(others), 'resource')}", rows_of(others, rows))


def rows_of(changes: Sequence[Change], rows: int) -> Iterator[str]:
    """A table of changes."""
    cells = ((VERBS[each.op], f"{plain(short_type(each.type))} {code(each.name)}", _paths(each)) for each in changes)
    yield from table(("", "resource", "properties"), list(cells)[:rows])
    if len(changes) > rows:
        yield from ("", f"and {len(changes) - rows} more")


def _change(step: Operation, found: Sequence[PropertyChange]) -> Change:
    # What a resource that comes or goes has in it says nothing.
    said = found if step.op in {"update", "replace"} else ()
    return Change(
        op=step.op,
        type=step.type,
        name=step.name,
        urn=step.urn,
        properties=tuple(each.path for each in said),
        replacing=tuple(each.path for each in said if each.kind.endswith(_REPLACING)),
    )


def _paths(change: Change) -> str:
    return ", ".join(f"**{code(path)}**" if path in change.replacing else code(path) for path in change.properties)


def _order(change: Change) -> tuple[int, str, str]:
    return list(VERBS).index(change.op), change.type, change.name
