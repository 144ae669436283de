"""From what the engine said of a stack to its check: levels, places, exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checks.changes import changes_of
from checks.model import Check, Comparison, ExceptionProblem, Place, StackCheck, Violation
from policies.kit.exceptions import EXCEPTED, Exceptions, PolicyException
from policies.kit.rule import Rule
from policies.kit.runner import NOT_EVALUATED
from policies.pack import PACK, RULES
from policies.reference import levels_of
from sandbox import tally
from sandbox.result import Result

GONE = frozenset({"delete", "delete-replaced"})
_BY_ID: Mapping[str, Rule] = {rule.id: rule for rule in RULES}


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What the engine said of one stack.

    Args:
        stack: its name.
        environment: the environment whose levels hold.
        file: the stack's file.
        result: of `up`, with all rules advisory; None when the engine never started.
        error: why it did not.
        places: where resources are declared, by URN.
        comparison: with what was deployed before; its changes are in `result`.
    """

    stack: str
    environment: str
    file: Place
    result: Result | None = None
    error: str = ""
    places: Mapping[str, Place] | None = None
    comparison: Comparison | None = None


def judge(deployment: Deployment, exceptions: Exceptions) -> StackCheck:
    """The check of one stack."""
    result = deployment.result
    if result is None:
        return StackCheck(
            stack=deployment.stack,
            environment=deployment.environment,
            file=deployment.file,
            error=deployment.error,
            comparison=deployment.comparison,
        )
    own = [found for found in result.violations if found.pack == PACK]
    broken = [found for found in own if NOT_EVALUATED in found.message]
    made = {step.urn: step.type for step in result.operations if step.op not in GONE and step.type != tally.STACK_TYPE}
    return StackCheck(
        stack=deployment.stack,
        environment=deployment.environment,
        file=deployment.file,
        operations=tally.count(result.operations),
        types=Counter(made.values()),
        levels=levels_of(deployment.environment),
        violations=tuple(
            sorted((_violation(each, deployment, exceptions) for each in own if each not in broken), key=_order)
        ),
        undecided=tuple((each.policy, _said(each)) for each in (*result.undecided, *broken)),
        error=_why(result),
        seconds=result.seconds,
        comparison=_compared(deployment, result),
    )


def _compared(deployment: Deployment, result: Result) -> Comparison | None:
    """What was refused counts as well: a protected resource that would be deleted is what a reader must see first."""
    comparison = deployment.comparison
    if comparison is None or comparison.why_not:
        return comparison
    steps = (*result.operations, *result.failed)
    return replace(comparison, changes=changes_of(steps, result.differences))


def judge_all(stacks: Sequence[StackCheck], exceptions: Exceptions, known: Collection[str], file: Place) -> Check:
    """The check of all stacks together.

    Args:
        stacks: those that were checked.
        exceptions: all exceptions.
        known: the stacks that there are.
        file: where the exceptions stand.
    """
    checked = {stack.stack: stack for stack in stacks}
    concerned = [each for each in exceptions.entries if each.stack in checked or each.stack not in known]
    problems = (problem for each in concerned for problem in _problems(each, exceptions, checked))
    return Check(
        stacks=tuple(stacks),
        in_force=tuple(each for each in concerned if each.stack in checked and each.holds_on(exceptions.today)),
        problems=tuple(problems),
        exceptions_file=file,
        day=exceptions.today,
    )


def _problems(
    exception: PolicyException, exceptions: Exceptions, checked: Mapping[str, StackCheck]
) -> Iterator[ExceptionProblem]:
    if exceptions.today > exception.until:
        text = f"It ended on {exception.until}, and the rule counts again. Put the resource right, or ask for another."
        yield ExceptionProblem(exception=exception, kind="ended", text=text)
    elif exceptions.today < exception.granted:
        text = f"It begins on {exception.granted} only. Take it out until then."
        yield ExceptionProblem(exception=exception, kind="not-begun", text=text)
    elif exception.stack not in checked:
        text = f"There is no stack {exception.stack}. Take it out."
        yield ExceptionProblem(exception=exception, kind="no-stack", text=text)
    elif _is_unused(exception, checked[exception.stack]):
        text = "Nothing that it covers breaks the rule. Take it out."
        yield ExceptionProblem(exception=exception, kind="unused", text=text)


def _is_unused(exception: PolicyException, stack: StackCheck) -> bool:
    """Of a stack that was not deployed whole, nobody knows."""
    return not stack.error and not any(each.exception == exception for each in stack.violations)


def _violation(found: tally.Violation, deployment: Deployment, exceptions: Exceptions) -> Violation:
    rule = _BY_ID[found.policy]
    message = _said(found)
    # Both must agree: the pack that it did, the file that it may.
    exception = exceptions.covering(rule.id, found.urn) if message.startswith(EXCEPTED) else None
    whole = not found.urn or f"::{tally.STACK_TYPE}::" in found.urn
    return Violation(
        rule=rule,
        level=levels_of(deployment.environment)[rule.id],
        type="" if whole else found.urn.split("::", 3)[2].rpartition("$")[2],
        name="the stack" if whole else found.name,
        urn=found.urn,
        message=message,
        place=(deployment.places or {}).get(found.urn, deployment.file),
        exception=exception,
    )


def _said(found: tally.Violation) -> str:
    """The message, without the rule's title before it."""
    return found.message.removeprefix(f"{_BY_ID[found.policy].title}.").strip() if found.policy in _BY_ID else ""


def _order(violation: Violation) -> tuple[bool, str, str, str]:
    return not violation.fails, violation.rule.id, violation.urn, violation.message


def _why(result: Result) -> str:
    """Why a stack was not deployed. Texts of providers, which may quote a property, stay in the log of the run."""
    if result.ok:
        return "" if PACK in result.policy_packs else f"The policy pack {PACK} did not run."
    failed = ", ".join(f"{tally.short_type(step.type)} {step.name}" for step in result.failed)
    return f"Could not be deployed: {failed}. The log of the run says why." if failed else result.message
