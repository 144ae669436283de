"""Shows an assessment: for people as tables and a chart, for programs as JSON."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stacks.planning.assessment.model import Assessment, Month

_BAR = 48
"""Characters of the chart's longest bar."""
_CARRIED, _SCALED, _IDLE, _ROOM, _BEYOND = "#", "+", "=", ".", "!"
_LEGEND = (
    f"{_CARRIED} the busiest day's load on what always stands   {_SCALED} on what is added\n"
    f"{_IDLE} stands idle   {_ROOM} room, a zone or a machine lost   {_BEYOND} load beyond the room"
)


def as_json(assessment: Assessment, name: str) -> str:
    """The assessment for programs; keys are sorted, lists keep their order.

    Args:
        assessment: the assessment.
        name: of whom it is.
    """
    return json.dumps({"name": name, **asdict(assessment)}, indent=2, sort_keys=True, ensure_ascii=False)


def show(assessment: Assessment, name: str, console: Console) -> None:
    """Prints the assessment for people.

    Args:
        assessment: the assessment.
        name: of whom it is.
        console: where to; colours and widths are the terminal's.
    """
    console.print(recommendation(assessment, name), soft_wrap=True)
    for part in _parts(assessment):
        console.print()
        console.print(part)
    console.print()
    for unmet in assessment.unmet:
        text = f"Cannot be met: {unmet.path} is {unmet.found}; {unmet.allowed}. {unmet.remedy}"
        console.print(Text(text, style="bold red"), soft_wrap=True)
    for warning in assessment.warnings:
        console.print(Text(f"Warning: {warning}", style="yellow"), soft_wrap=True)


def recommendation(assessment: Assessment, name: str) -> Text:
    """The answer in one sentence, with what decides it."""
    own = [each for each in assessment.arguments if each.topology == assessment.topology]
    deciding = next((each.because for each in own if each.binding and each.speaks_for), "")
    speaking = sum(each.speaks_for for each in own)
    weighed = f"{speaking} arguments for it, {len(own) - speaking} against, and none that rules it out."
    because = deciding[:1].lower() + deciding[1:] or weighed
    return Text.assemble(f"{name} should run on ", (assessment.topology, "bold"), f": {because}")


def _parts(assessment: Assessment) -> Iterator[RenderableType]:
    yield _arguments(assessment)
    if assessment.turns:
        yield _turns(assessment)
    yield _seasons(assessment)
    yield _chart(assessment)
    yield _sizes(assessment)


def _arguments(assessment: Assessment) -> Table:
    table = _table("For and against", "speaks", "what was looked at", "why")
    for each in assessment.arguments:
        side = ("for " if each.speaks_for else "against ") + each.topology + (", and decides" if each.binding else "")
        turning = f"; turns at {each.threshold}" if each.threshold else ""
        looked_at = Text.assemble(f"{each.subject}: ", (each.found, "cyan"), turning)
        table.add_row(side, looked_at, _with_source(each.because, each.source))
    return table


def _turns(assessment: Assessment) -> Table:
    table = _table("Where the answer changes, all else as it is", "setting", "now", "from", "then")
    for each in assessment.turns:
        table.add_row(Text(each.setting), Text(each.found), Text(each.at), each.topology)
    return table


def _seasons(assessment: Assessment) -> Table:
    table = _table(
        "Seasons", "day", "users at once", "Odoo's processes", "machines or nodes", "at all hours", "connections"
    )
    for each in assessment.seasons:
        table.add_row(
            each.name,
            f"{each.users:,}",
            _counts(each.processes),
            _counts(each.instances),
            _counts(each.always_on),
            f"{each.connections:,}",
        )
    return table


def _counts(counts: Mapping[str, int]) -> Text:
    return Text("\n".join(f"{count} {name}" for name, count in counts.items()))


def _chart(assessment: Assessment) -> Table:
    table = Table(
        title="HTTP workers over the year", title_justify="left", title_style="bold", box=None, caption=_LEGEND
    )
    table.caption_justify = "left"
    for heading in ("month", "", "load", "stands", "room"):
        table.add_column(heading, justify="right" if heading in ("load", "stands", "room") else "left", no_wrap=True)
    most = max((max(_levels(month)) for month in assessment.year), default=0)
    for month in assessment.year:
        table.add_row(calendar.month_abbr[month.month], bar(month, most), *map(str, _levels(month)))
    return table


def _levels(month: Month) -> tuple[int, int, int]:
    return month.load_processes, month.standing_processes, month.capacity_processes


def bar(month: Month, most: int) -> str:
    """A month's bar: its load by what carries it, what stands idle, and the room that is left.

    Args:
        month: the month.
        most: what the longest bar stands for.
    """
    load, standing, room = (_length(level, most) for level in _levels(month))
    room = max(room, standing)
    carried, within = min(load, standing), min(load, room)
    parts = (
        (_CARRIED, carried),
        (_SCALED, within - carried),
        (_IDLE, standing - carried),
        (_ROOM, room - max(load, standing)),
        (_BEYOND, load - room),
    )
    return "".join(sign * count for sign, count in parts)


def _length(level: int, most: int) -> int:
    return -(-level * _BAR // most) if most else 0


def _sizes(assessment: Assessment) -> Table:
    table = _table("Sizes", "what", "size", "why")
    for each in assessment.sizes:
        table.add_row(Text(each.subject), Text(each.value, style="cyan"), _with_source(each.because, each.source))
    return table


def _with_source(because: str, source: str) -> Text:
    text = Text(because)
    return text.append(f"\n{source}", style="dim") if source else text


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
