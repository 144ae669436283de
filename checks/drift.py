"""What changed behind Pulumi's back, as a report: `make drift`, or `python -m checks.drift --events FILE`.

The engine compares what is found with what was last deployed, by the provider's own diff (RefreshStep in
pkg/resource/deploy/step.go): what it reports, but for what the program ignores, is what the next `up` puts back.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from checks import event_log, ignored
from checks.changes import Change, changes_of
from checks.text import code, number, plain, table
from sandbox import report
from sandbox.failures import BadInputError, ExitCode, SandboxError
from sandbox.progress import error_console, observer_for, output_console
from sandbox.runner import CHECKOUT, HOME, Run
from sandbox.tally import short_type

MARKER = "<!-- odoo-azure drift {stack} -->"
"""First line of the report: by it a workflow finds the one that it opened before."""
EXIT_CODES = """\
exit codes:
  0  no drift
  1  the comparison failed
  2  bad input: an argument, a stack without a file, a file that is no event log
  5  drift: drift.md and drift.json say what
"""
# Of the two that a workflow writes it to, GitHub's issues take less: 65,536 characters (docs.github.com/rest/issues).
_LONGEST = 60_000
_ROWS = (200, 50, 0)


def main(arguments: list[str] | None = None) -> int:
    """Compares or reads a comparison, writes the report, and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        drifted = _read(options.events, options.state) if options.events else _compare(options)
    except SandboxError as error:
        error_console().print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "drift.md").write_text(markdown(options.stack, drifted), encoding="utf-8")
    (options.out / "drift.json").write_text(json.dumps(as_json(options.stack, drifted), indent=1), encoding="utf-8")
    error_console().print(
        f"{number(len(drifted), 'resource')} drifted. Report: {options.out}/drift.md", markup=False, highlight=False
    )
    return ExitCode.DRIFT if drifted else ExitCode.OK


def markdown(stack: str, drifted: Sequence[Change]) -> str:
    """The report for people, no longer than an issue may be."""
    texts = ("\n".join([MARKER.format(stack=stack), *_lines(stack, drifted, rows)]) + "\n" for rows in _ROWS)
    return next(text for text in texts if len(text) <= _LONGEST)


def as_json(stack: str, drifted: Sequence[Change]) -> dict[str, Any]:
    """The report for machines."""
    return {"stack": stack, "drift": [{**asdict(each), "next_up": _next_up(each)} for each in drifted]}


def _lines(stack: str, drifted: Sequence[Change], rows: int) -> Iterator[str]:
    if not drifted:
        yield f"No drift: what {plain(stack)} deployed is as it was deployed."
        return
    yield f"## Drift in {plain(stack)}: {number(len(drifted), 'resource')}"
    yield from table(("resource", "what changed", "the next up"), map(_row, drifted[:rows]))
    if len(drifted) > rows:
        yield from ("", f"and {len(drifted) - rows} more, in drift.json")
    yield from (
        "",
        "Changed outside of the program; `pulumi refresh --preview-only --diff` shows the values.",
    )
    yield "To keep it, write it into the program; else the next `pulumi up` does what the table says."


def _row(change: Change) -> tuple[str, str, str]:
    what = ", ".join(map(code, change.properties)) or ("is gone" if change.op == "delete" else "")
    return f"{plain(short_type(change.type))} {code(change.name)}", what, _next_up(change)


def _next_up(change: Change) -> str:
    if change.op == "delete":
        return "makes it again"
    return "replaces it" if change.replacing else "changes it back"


def _read(events: Path, state: Path | None) -> tuple[Change, ...]:
    tally = event_log.read(events)
    if state is None:
        raise BadInputError("--events needs --state as well: what `pulumi stack export --file FILE` wrote.")
    return tuple(ignored.without(changes_of(tally.operations(), tally.differences), ignored.ignored_in(state)))


def _compare(options: argparse.Namespace) -> tuple[Change, ...]:
    observer = observer_for(error_console(), quiet_terminal=bool(os.environ.get("CI")))
    run = Run(
        stack=options.stack,
        project=options.project,
        home=options.home,
        cluster=not options.schemas_only,
        observer=observer,
    )
    found = run.drift()
    report.show(found, output_console())
    if found.exit_code not in {ExitCode.OK, ExitCode.DRIFT}:
        raise SandboxError("The comparison failed.")
    with tempfile.TemporaryDirectory(prefix="odoo-azure-drift-") as folder:
        state = Path(folder) / "state.json"
        run.export(state)
        kept = ignored.ignored_in(state)
    return tuple(ignored.without(changes_of(found.operations, found.differences), kept))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks.drift",
        description="Reports what changed behind Pulumi's back: in the sandbox, or by an event log of `pulumi refresh "
        "--preview-only`.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument("--events", type=Path, metavar="FILE", help="the event log (default: compare in the sandbox)")
    parser.add_argument("--state", type=Path, metavar="FILE", help="with --events: what pulumi stack export wrote")
    parser.add_argument("--out", type=Path, default=Path(".check"), metavar="DIR", help="reports (default: .check)")
    parser.add_argument("--project", type=Path, default=CHECKOUT, metavar="DIR", help="the project (default: this one)")
    parser.add_argument("--home", type=Path, default=HOME, metavar="DIR", help="state and cloud (default: .sandbox)")
    parser.add_argument("--schemas-only", action="store_true", help="start no API server for clusters")
    return parser


if __name__ == "__main__":
    sys.exit(main())
