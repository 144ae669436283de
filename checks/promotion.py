"""Whether a stack runs a commit: `pulumi stack history --stack X --json | python -m checks.promotion --commit SHA`.

The engine notes with every update which commit its program was, whether the files were changed, and by which options it
ran (GetUpdateMetadata in pkg/cmd/pulumi/metadata/metadata.go). Backends keep that, self-managed ones too.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.failures import BadInputError, ExitCode
from sandbox.progress import error_console

EXIT_CODES = """\
exit codes:
  0  the stack runs this commit: its last update was of it, whole, from a pipeline, with the policies, and succeeded
  1  it does not; every reason is named
  2  bad input: an argument, or a history that is none
"""
# What leaves a stack as it was: apitype.UpdateKind in sdk/go/common/apitype/history.go.
_NO_DEPLOYMENT = frozenset({"preview", "refresh", "rename"})
# Options by which an update is less than its commit, or something else.
_PARTIAL = ("target", "target-replace", "exclude", "config", "config-file")
_COMMIT = re.compile(r"[0-9a-f]{40}")


def main(arguments: list[str] | None = None) -> int:
    """Reads the history on standard input, says what is wrong, and returns the exit code."""
    options = _parser().parse_args(arguments)
    console = error_console()
    try:
        found = list(objections(history(sys.stdin.read()), options.commit))
    except BadInputError as error:
        console.print(str(error), markup=False, highlight=False, style="red", soft_wrap=True)
        return error.exit_code
    for objection in found:
        console.print(f"not promoted: {objection}", markup=False, highlight=False, style="red", soft_wrap=True)
    return ExitCode.FAILED if found else ExitCode.OK


def history(text: str) -> list[Mapping[str, Any]]:
    """The updates of `pulumi stack history --json`, the newest first.

    Raises:
        BadInputError: it is something else.
    """
    try:
        updates = json.loads(text)
        return sorted(updates, key=lambda update: int(update["version"]), reverse=True)
    except (ValueError, TypeError, KeyError):
        raise BadInputError("Standard input is not what `pulumi stack history --json` writes.") from None


def objections(updates: Sequence[Mapping[str, Any]], commit: str) -> Iterator[str]:
    """Why a stack does not run a commit; nothing when it does.

    Args:
        updates: its history, the newest first.
        commit: the whole hash.
    """
    last = next((update for update in updates if update.get("kind") not in _NO_DEPLOYMENT), None)
    if last is None:
        yield "nothing was ever deployed to it"
        return
    environment = last.get("environment") or {}
    head = environment.get("git.head") or "no commit that is known"
    if last.get("kind") != "update":
        yield f"what it saw last was no update, but: {last.get('kind')}"
    if last.get("result") != "succeeded":
        yield f"its last update: {last.get('result')}"
    if head != commit:
        yield f"its last update was of {head}, not of {commit}"
    if environment.get("git.dirty") != "false":
        yield "its last update was of files that were changed after their commit"
    if "ci.system" not in environment:
        yield "its last update did not come from a pipeline"
    if "pulumi.flag.policy-pack" not in environment:
        yield "its last update ran without the policies"
    yield from (f"its last update had the option --{option}" for option in _PARTIAL if _has(environment, option))


def _has(environment: Mapping[str, str], option: str) -> bool:
    return environment.get(f"pulumi.flag.{option}", "false") != "false"


def _commit(text: str) -> str:
    if not _COMMIT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole hash of a commit")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks.promotion",
        description="Whether a stack runs a commit, by its history on standard input (pulumi stack history --json).",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--commit", required=True, type=_commit, help="the hash, 40 digits")
    return parser


if __name__ == "__main__":
    sys.exit(main())
