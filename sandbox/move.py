"""Moves a component, with all below it, from the state of one stack into that of another; the cloud stays as it is.

`pulumi state move` matches by URN and takes along what is below, the protected included. What refers to a resource of
the other side loses that dependency. Providers are copied, to the top of the destination, under their own names; one
below the component it cannot take. So the destination's program has to declare the component at its top, with the same
names below it, and explicit providers by the same names at its top. Whether it does, the previews of both programs say:
a move after which they would delete or replace anything is taken back.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from pulumi.automation.errors import CommandError

from sandbox.failures import BadInputError, ExitCode
from sandbox.result import Result
from sandbox.session import Session
from sandbox.tally import PROVIDER_PREFIX, STACK_TYPE, name_of, short_type

LOSSES = frozenset({"delete", "replace"})
TAKEN_BACK = "The move is taken back."


def move(source: Session, destination: Session, name: str) -> Result:
    """Moves the component `name` from the top of one stack to another, and previews both programs as they are now.

    The operations of the result are those of both previews. Raises BadInputError when there is no such component, or
    when it cannot be moved.
    """
    urn = component(source.stack.name, source.deployment().get("resources") or [], name)
    sessions = (destination, source)
    for session in sessions:
        session.save()
    try:
        destination.adopt(source.stack.name, urn)
        outcome = _outcome(*[session.preview() for session in sessions])
    except CommandError:
        _take_back(*sessions)
        raise
    if not outcome.ok:
        _take_back(*sessions)
    return outcome


def component(stack: str, resources: list[dict[str, Any]], name: str) -> str:
    """The URN of the component of that name at the top of a stack.

    Raises BadInputError when there is none, or when a provider is below it.
    """
    found = {
        name_of(resource["urn"]): str(resource["urn"])
        for resource in resources
        if not resource.get("custom") and f"::{STACK_TYPE}::" in resource.get("parent", "")
    }
    if name not in found:
        listed = ", ".join(sorted(found)) or "none"
        raise BadInputError(f"Stack {stack} has no component {name} at its top. It has: {listed}.")
    moved = {found[name]}
    for resource in resources:
        if resource.get("parent") not in moved:
            continue
        moved.add(resource["urn"])
        if resource["type"].startswith(PROVIDER_PREFIX):
            raise BadInputError(
                f"The provider {name_of(resource['urn'])} is declared below component {name} and cannot be moved "
                "with it: declare it at the top of the program."
            )
    return found[name]


def _outcome(there: Result, here: Result) -> Result:
    """What the previews of the destination and of the source say of the move."""
    for preview in (there, here):
        if not preview.ok:
            why = f"The preview of stack {preview.stack} failed after the move. {TAKEN_BACK}\n{preview.message}"
            return dataclasses.replace(preview, message=why)
    both = dataclasses.replace(there, operations=there.operations + here.operations, seconds=here.seconds)
    lost = [f"  {each.op} {short_type(each.type)} {each.name}" for each in both.operations if each.op in LOSSES]
    if not lost:
        return both
    why = (
        f"After the move, `up` of stacks {there.stack} and {here.stack} would do this:\n" + "\n".join(lost) + "\n"
        f"{TAKEN_BACK} Both programs have to be as they are to be afterwards: {there.stack} alone declares the "
        "component, under the same names."
    )
    return dataclasses.replace(both, ok=False, exit_code=ExitCode.FAILED, message=why)


def _take_back(*sessions: Session) -> None:
    for session in sessions:
        session.go_back()
