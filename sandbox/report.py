"""What is shown at the end of a run: outputs, errors, the policies' findings, the summary, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from sandbox.failures import ExitCode
from sandbox.progress import changes_line
from sandbox.recovery import SIGNATURE_KEY
from sandbox.result import Result
from sandbox.session import SECRET
from sandbox.tally import Diagnostic, PropertyChange, Violation, count, short_type

VALUE_CHARACTERS = 60
NEXT_STEPS = {
    "preview": "Next: `make up STACK={stack}` does this.",
    "up": "Next: change Pulumi.{stack}.yaml and `make up` again, `make drift`, `make export FILE=...`, `make destroy`.",
    "move": "Next: `make up` of both stacks; that changes nothing of what was moved.",
    "refresh": "Next: `make up STACK={stack}` puts right what differs from the program.",
    "destroy": "Nothing of stack {stack} is left.",
}


def show(result: Result, console: Console) -> None:
    """Prints a result for a person."""
    if result.outputs and result.ok:
        console.print(outputs_tree(result.outputs))
    if result.command in {"drift", "refresh"} and result.changes:
        console.print(differences_table(result))
    _show_errors(result, console)
    _show_policies(result, console)
    if result.message:
        console.print(result.message, markup=False, highlight=False, style="" if result.ok else "red", soft_wrap=True)
    if result.failed and not result.operations:
        for operation in result.failed:
            console.print(f"  {short_type(operation.type):<24} {operation.name}", markup=False, highlight=False)
    console.print(_summary(result), markup=False, highlight=False, soft_wrap=True)
    if result.ok and result.command in NEXT_STEPS:
        console.print(NEXT_STEPS[result.command].format(stack=result.stack), markup=False, highlight=False)


def as_json(result: Result) -> dict[str, Any]:
    """The result as one JSON object, for tests and for CI."""
    return {
        "command": result.command,
        "stage": result.stage,
        "stack": result.stack,
        "ok": result.ok,
        "exit_code": int(result.exit_code),
        "seconds": round(result.seconds, 3),
        "message": result.message,
        "recovered": result.recovered,
        "summary": dict(count(result.operations)),
        "policy_packs": result.policy_packs,
        "violations": [asdict(violation) for violation in result.violations],
        "undecided": [asdict(violation) for violation in result.undecided],
        "operations": [operation._asdict() for operation in result.operations],
        "failed": [operation._asdict() for operation in result.failed],
        "differences": {urn: [asdict(change) for change in found] for urn, found in result.differences.items()},
        "diagnostics": [asdict(diagnostic) for diagnostic in result.diagnostics],
        "outputs": result.outputs,
    }


def _summary(result: Result) -> str:
    counts = changes_line(result.stage, count(result.operations))
    outcomes = {ExitCode.OK: "done", ExitCode.DRIFT: "drift found", ExitCode.INTERRUPTED: "interrupted"}
    outcome = outcomes.get(result.exit_code, "failed")
    if result.ok and result.operations and not result.changes:
        outcome = "no drift" if result.command == "drift" else "no changes"
    return f"{result.command} {result.stack}: {outcome}; {counts or 'nothing touched'}; {result.seconds:.1f} s"


def _show_errors(result: Result, console: Console) -> None:
    if result.exit_code in {ExitCode.BAD_INPUT, ExitCode.INTERRUPTED}:
        return
    for diagnostic in errors(result.diagnostics) if not result.ok else ():
        where = f"{short_type(diagnostic.urn.rsplit('::', 2)[-2])} {diagnostic.name}: " if diagnostic.urn else ""
        console.print(f"error: {where}{diagnostic.message}", markup=False, highlight=False, style="red", soft_wrap=True)


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The errors, each once; where there is none, what a child process wrote to its standard error."""
    found = list(dict.fromkeys(diagnostics))
    of_severity = {severity: [one for one in found if one.severity == severity] for severity in ("error", "info#err")}
    return of_severity["error"] or of_severity["info#err"]


def _show_policies(result: Result, console: Console) -> None:
    if not result.policy_packs or result.exit_code == ExitCode.BAD_INPUT:
        return
    packs = ", ".join(f"{name} {version}".strip() for name, version in result.policy_packs.items())
    checked = len({operation.urn for operation in result.operations})
    levels = [violation.level for violation in result.violations]
    found = ", ".join(f"{levels.count(level)} {level}" for level in sorted(set(levels), reverse=True))
    later = f"; {len(result.undecided)} checks need values that exist after up" if result.undecided else ""
    line = f"Policies ({packs}): {checked} resources checked, {found or 'no violations'}{later}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)
    for (policy, level), group in groupby(sorted(result.violations, key=_by_rule), key=_by_rule):
        console.print(
            f"  {level}: {policy}", markup=False, highlight=False, style="red" if level == "mandatory" else ""
        )
        for violation in group:
            text = violation.message.replace("\n", "\n      ")
            console.print(f"    {violation.name or 'the stack'}: {text}", markup=False, highlight=False, soft_wrap=True)


def _by_rule(violation: Violation) -> tuple[str, str]:
    return violation.policy, violation.level


def differences_table(result: Result) -> Table:
    """One row a property that changed, under the resource it belongs to."""
    table = Table(
        "resource", "property", "state", "found", title="Changed outside of the program", title_justify="left"
    )
    for operation in result.changes:
        label = f"{short_type(operation.type)} {operation.name}"
        changes = result.differences.get(operation.urn) or []
        if operation.op == "delete" or not changes:
            table.add_row(escape(label), "", "", "gone" if operation.op == "delete" else operation.op)
            continue
        for path, before, after in (leaf for change in changes for leaf in _leaves(change)):
            table.add_row(escape(label), escape(path), _value(before), _value(after))
            label = ""
    return table


def _leaves(change: PropertyChange) -> Iterator[tuple[str, object, object]]:
    """A change of an object, as the changes of what is in it."""
    if not isinstance(change.before, dict) or not isinstance(change.after, dict):
        yield change.path, change.before, change.after
        return
    for key in sorted({*change.before, *change.after}):
        before, after = change.before.get(key), change.after.get(key)
        if before != after:
            inner = PropertyChange(path=f"{change.path}.{key}", kind=change.kind, before=before, after=after)
            yield from _leaves(inner)


def outputs_tree(outputs: dict[str, Any]) -> Tree:
    """The stack's outputs, nested as they are."""
    tree = Tree("Outputs")
    _branch(tree, outputs)
    return tree


def _branch(tree: Tree, values: dict[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            _branch(tree.add(escape(key)), value)
        elif isinstance(value, list) and value:
            items = {str(number): item for number, item in enumerate(value)}
            if all(isinstance(item, str | int | float | bool) for item in value):
                tree.add(escape(f"{key}: {', '.join(map(str, value))}"))
            else:
                _branch(tree.add(escape(key)), items)
        else:
            tree.add(escape(f"{key}: {value}"))


def _value(value: object) -> str:
    secret = isinstance(value, dict) and SIGNATURE_KEY in value
    text = SECRET if secret else "" if value is None else str(value)
    return escape(text if len(text) <= VALUE_CHARACTERS else text[: VALUE_CHARACTERS - 3] + "...")
