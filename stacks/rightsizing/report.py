"""Shows what was measured, what should change, and what follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from stacks.rightsizing.days import Season
from stacks.rightsizing.figures import NORMAL_PERCENT, PEAK_PERCENT, Figures
from stacks.rightsizing.measurement import UNITS, Metric
from stacks.rightsizing.proposal import Change, Proposal
from stacks.rightsizing.sizes import Resized


@dataclass(frozen=True, kw_only=True)
class Report:
    """All there is to say.

    Args:
        file: the file that is judged.
        source: where measurements come from.
        span: first and last day that was measured, ISO dates.
        figures: what was measured.
        proposal: what should change.
        diff: the change of the file.
        sizes: sizes that change with it.
        topology: recommended topology before and after; empty texts where the assessment refuses the profile.
    """

    file: str
    source: str
    span: tuple[str, str]
    figures: Mapping[Metric, Figures]
    proposal: Proposal
    diff: str
    sizes: Sequence[Resized]
    topology: tuple[str, str]


def as_json(report: Report) -> str:
    """The report for programs; keys are sorted."""
    document = {
        "file": report.file,
        "source": report.source,
        "span": report.span,
        "figures": {metric.value: asdict(figures) for metric, figures in report.figures.items()},
        "changes": [asdict(change) for change in report.proposal.changes],
        "kept": [asdict(change) for change in report.proposal.kept],
        "unmeasured": [metric.value for metric in report.proposal.unmeasured],
        "diff": report.diff,
        "sizes": [asdict(each) for each in report.sizes],
        "topology": dict(zip(("before", "after"), report.topology, strict=True)),
    }
    return json.dumps(document, indent=2, sort_keys=True)


def show(report: Report, console: Console) -> None:
    """Prints the report for people."""
    for part in _parts(report):
        # Lines of text stay whole, so that a diff can be taken from the terminal.
        console.print(part, soft_wrap=isinstance(part, Text))
        console.print()


def _parts(report: Report) -> Iterator[RenderableType]:
    first, last = report.span
    yield Text(f"{report.file}, measured from {first} to {last} by {report.source}")
    yield _measured(report.figures)
    changes = report.proposal.changes
    if changes:
        yield _judged("What should change", changes)
        yield Text(report.diff)
        yield _sizes(report.sizes)
    else:
        yield Text("Nothing should change.", style="bold")
    if report.proposal.kept:
        yield _judged("What stays", report.proposal.kept)
    yield Text("\n".join(_remarks(report)))


def _remarks(report: Report) -> Iterator[str]:
    before, after = report.topology
    if after:
        yield f"Recommended topology: {after}" + (", as before." if before == after else f", instead of {before}.")
    if report.proposal.unmeasured:
        yield f"Not measured, and so not judged: {', '.join(report.proposal.unmeasured)}."
    yield "Recovery is not touched: it follows from recovery.rpo_minutes and rto_minutes, whatever was measured."


def _measured(figures: Mapping[Metric, Figures]) -> Table:
    table = _table(
        "What was measured",
        "metric",
        f"normal day (p{NORMAL_PERCENT})",
        *(f"{season} (p{PEAK_PERCENT})" for season in Season),
        "highest",
        "unit",
    )
    for metric, each in figures.items():
        peaks = (f"{each.peaks[season]:.4g}" if season in each.peaks else "-" for season in Season)
        table.add_row(metric.value, f"{each.normal:.4g}", *peaks, f"{each.highest:.4g}", Text(UNITS[metric]))
    return table


def _judged(title: str, changes: Sequence[Change]) -> Table:
    table = _table(title, "key", "now", "proposed", "why")
    for each in changes:
        table.add_row(each.key, f"{each.before:,}", f"{each.after:,}", Text(each.because))
    return table


def _sizes(sizes: Sequence[Resized]) -> RenderableType:
    if not sizes:
        return Text("No size changes with it.")
    table = _table("Sizes", "size", "now", "then", "why")
    for each in sizes:
        table.add_row(Text(each.subject), Text(each.before), Text(each.after), Text(each.because))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_lines=True)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
