"""Reports in Markdown: one of every stack, and one of all for the pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checks import changes
from checks.model import Check, Comparison, StackCheck, Violation
from checks.text import code, folded, number, plain, table
from policies.kit.exceptions import PolicyException
from sandbox.progress import DONE_WORDS
from sandbox.tally import short_type

MARKER = "<!-- odoo-azure check -->"
"""First line of the summary: by it a workflow finds the comment that it wrote before."""
# A comment on GitHub has at most 65,536 characters (docs.github.com/rest/issues/comments, a body that is too long is
# refused); one on Azure DevOps 150,000.
LONGEST_SUMMARY = 60_000
_MOST_ROWS = 50
_EVERY_ROW = 10_000


def summary(check: Check) -> str:
    """The report for the pull request. It names what fails; the stacks' own reports have the rest."""
    text = "\n".join(_summary(check, _MOST_ROWS)) + "\n"
    return text if len(text) <= LONGEST_SUMMARY else "\n".join(_summary(check, 0)) + "\n"


def report(check: Check, stack: StackCheck) -> str:
    """The whole report of a stack."""
    in_force = [each for each in check.in_force if each.stack == stack.stack]
    lines = [
        f"# {plain(stack.stack)}: {_verdict(stack.findings)}",
        "",
        f"{_deployed(stack)}, in the sandbox, in {stack.seconds:.0f} s. {len(stack.levels)} rules with the levels of "
        f"{stack.environment}: {_counted(stack)}.",
        *_failures(stack),
        *_titled("What changes", _compared(stack.comparison, _EVERY_ROW)),
        *_titled("Violations", _violations(stack.failing)),
        *_titled("Advisory", _violations(stack.advisory)),
        *_titled("Exceptions in force", _exceptions(in_force)),
        *folded("What is deployed", table(("type", "resources"), _types(stack))),
    ]
    return "\n".join(lines) + "\n"


def _summary(check: Check, rows: int) -> Iterator[str]:
    yield MARKER
    yield f"## Check: {_verdict(check.findings)}"
    heads = ("stack", "", "resources", "violations", "not run", "advisory", "excepted", "what changes")
    compared = any(stack.comparison for stack in check.stacks)
    yield from table(heads if compared else heads[:-1], (_stack_row(stack, compared) for stack in check.stacks))
    for stack in check.stacks:
        shown = [*_failures(stack), *_violations(stack.failing[:rows]), *_left_out(len(stack.failing) - rows)]
        changed = stack.comparison and stack.comparison.changes
        shown += _compared(stack.comparison, rows) if changed else []
        yield from _titled(plain(stack.stack), shown, level="###")
    yield from _titled("Exceptions that fail the check", _problems(check), level="###")
    yield from folded(f"{number(len(check.in_force), 'exception')} in force", _exceptions(check.in_force))
    advisory = [each for stack in check.stacks for each in stack.advisory]
    yield from folded(f"{number(len(advisory), 'advisory violation')}", _violations(advisory[:rows]))
    yield from ("", f"Rules as of {check.day}. Whole reports: the files of the check.")


def _stack_row(stack: StackCheck, compared: bool) -> tuple[str, ...]:
    counts = (len(stack.failing), len(stack.undecided), len(stack.advisory), len(stack.excepted))
    verdict = "❌" if stack.findings else "✅"
    row = (plain(stack.stack), verdict, str(sum(stack.types.values())), *map(str, counts))
    return (*row, _changed(stack.comparison)) if compared else row


def _changed(comparison: Comparison | None) -> str:
    if comparison is None or comparison.why_not:
        return plain(comparison.why_not) if comparison else ""
    return changes.counts(comparison.changes)


def _verdict(findings: int) -> str:
    return f"❌ {number(findings, 'finding')}" if findings else "✅ nothing found"


def _deployed(stack: StackCheck) -> str:
    counts = [f"{count} {DONE_WORDS.get(op, op)}" for op, count in sorted(stack.operations.items())]
    return ", ".join(counts) or "Nothing deployed"


def _counted(stack: StackCheck) -> str:
    return (
        f"{number(len(stack.failing), 'violation')}, {len(stack.advisory)} advisory, {len(stack.excepted)} excepted, "
        f"{len(stack.undecided)} not run"
    )


def _failures(stack: StackCheck) -> Iterator[str]:
    if stack.error:
        yield from ("", f"**{plain(stack.error)}**")
    if stack.undecided:
        yield from ("", "Rules that could not be run; that counts as a violation:")
        yield from ("", *(f"- {code(rule)}: {plain(said)}" for rule, said in stack.undecided))


def _compared(comparison: Comparison | None, rows: int) -> Iterator[str]:
    """What changes, the destructive part open for everybody to see."""
    if comparison is None:
        return
    if comparison.why_not:
        yield from ("", f"Nothing to compare with: {plain(comparison.why_not)}.")
        return
    yield from changes.lines(comparison.changes, rows, beside=comparison.base)


def _violations(violations: Iterable[Violation]) -> Iterator[str]:
    rows = (
        (
            f"[{code(each.rule.id)}]({each.rule.url}), {each.rule.severity.value}",
            f"{plain(short_type(each.type))} {code(each.name)} at {code(each.place)}",
            f"{plain(each.rule.title)}. {plain(each.message)}",
            plain(each.rule.remedy),
        )
        for each in violations
    )
    return table(("rule", "resource", "what must hold", "to put it right"), rows)


def _left_out(count: int) -> Iterator[str]:
    if count > 0:
        yield from ("", f"and {count} more, in the stack's own report")


def _exceptions(exceptions: Iterable[PolicyException]) -> Iterator[str]:
    rows = (
        (
            str(each.until),
            code(each.rule),
            f"{plain(each.stack)}: {code(each.resource)}",
            plain(each.reason),
            f"{plain(each.owner)}, {plain(each.approver)}",
            plain(each.ticket),
        )
        for each in sorted(exceptions, key=lambda each: (each.until, each.rule))
    )
    return table(("until", "rule", "where", "reason", "owner, approver", "ticket"), rows)


def _problems(check: Check) -> Iterator[str]:
    rows = (
        (code(each.exception.rule), f"{plain(each.exception.stack)}: {code(each.exception.resource)}", plain(each.text))
        for each in check.problems
    )
    return table(("rule", "where", "what is wrong"), rows)


def _types(stack: StackCheck) -> Iterator[tuple[str, str]]:
    return ((code(token), str(count)) for token, count in sorted(stack.types.items()))


def _titled(title: str, lines: Iterable[str], level: str = "##") -> Iterator[str]:
    inner = list(lines)
    if inner:
        yield from ("", f"{level} {title}", *inner)
