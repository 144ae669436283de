"""The page that an approver reads: what a saved plan does, and which plan it is.

`PULUMI_DEBUG_COMMANDS=true pulumi preview --save-plan plan.json --event-log events` makes both files.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from checks import changes, event_log
from checks.text import code, number, plain
from sandbox.failures import BadInputError, ExitCode
from sandbox.progress import error_console
from sandbox.tally import Tally

EXIT_CODES = """\
exit codes:
  0  the page is on standard output
  2  bad input: an argument, no plan, a file that is no event log or of a run that failed
"""
_MOST_ROWS = 200


def main(arguments: list[str] | None = None) -> int:
    """Prints the page, and returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        digest = _digest(options.plan)
        tally = event_log.read(options.events)
    except BadInputError as error:
        error_console().print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        return error.exit_code
    sys.stdout.write("\n".join(page(options.stack, options.commit, digest, tally)) + "\n")
    return ExitCode.OK


def page(stack: str, commit: str, digest: str, tally: Tally) -> Iterator[str]:
    """The page's lines, in Markdown.

    Args:
        stack: which stack the plan is for.
        commit: the commit that it was made of.
        digest: SHA-256 of the plan.
        tally: the preview.
    """
    found = changes.changes_of(tally.operations(), tally.differences)
    yield f"## Plan for {plain(stack)}"
    yield from changes.lines(found, _MOST_ROWS)
    advisory = len(dict.fromkeys(tally.violations))
    later = len(dict.fromkeys(tally.undecided))
    yield from ("", f"Policies: {number(advisory, 'advisory violation')}, {later} not decided before the deployment.")
    yield from ("", f"Commit {code(commit)}, plan {code(f'sha256:{digest}')}.")
    yield "Approved, exactly this is done: the engine refuses every step that is not in the plan."


def _digest(plan: Path) -> str:
    try:
        return hashlib.sha256(plan.read_bytes()).hexdigest()
    except OSError:
        raise BadInputError(f"There is no plan {plan}: the preview writes one where it passes.") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks.plan",
        description="What a saved plan does, for its approver, in Markdown.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", required=True, help="the stack")
    parser.add_argument("--commit", required=True, help="the commit that the plan was made of")
    parser.add_argument("--plan", type=Path, required=True, metavar="FILE", help="what preview --save-plan wrote")
    parser.add_argument("--events", type=Path, required=True, metavar="FILE", help="what preview --event-log wrote")
    return parser


if __name__ == "__main__":
    sys.exit(main())
