"""What a check came to, in the form that every report is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pulumi_policy import EnforcementLevel

from checks.changes import Change
from policies.kit.exceptions import PolicyException
from policies.kit.rule import Rule

_NO_DAY = date.min


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """A line of a file of the project; the path is relative to it, with slashes."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A resource that breaks a rule.

    Args:
        rule: the rule.
        level: of the rule in this environment, exceptions aside.
        type: type token of the resource; empty for the stack as a whole.
        name: its Pulumi name.
        urn: its URN.
        message: what must hold; never the value that was found.
        place: where the resource is declared; the stack's file where that is not known.
        exception: the one in force that covers it.
    """

    rule: Rule
    level: EnforcementLevel
    type: str
    name: str
    urn: str
    message: str
    place: Place
    exception: PolicyException | None = None

    @property
    def fails(self) -> bool:
        """Whether it fails the check."""
        return self.level is EnforcementLevel.MANDATORY and self.exception is None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A stack beside what it was before.

    Args:
        base: the commit of before.
        changes: what its deployment changed in that of before; the destructive ones first.
        why_not: why there was nothing to compare with; empty when there was.
    """

    base: str
    changes: tuple[Change, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class StackCheck:
    """One stack.

    Args:
        stack: its name.
        environment: the environment whose levels hold.
        file: the stack's file, at the line that names its topology.
        operations: how many resources were created, or of those before changed and left, by the engine's words.
        types: how many resources of each type there are.
        levels: level of every rule, by id.
        violations: all, advisory and excepted ones included.
        undecided: rules that could not be run, with what the engine says of it.
        error: why the stack could not be deployed; empty when it was.
        seconds: how long it took.
        comparison: with what it was before, where that was asked for.
    """

    stack: str
    environment: str
    file: Place
    operations: Mapping[str, int] = field(default_factory=Counter)
    types: Mapping[str, int] = field(default_factory=Counter)
    levels: Mapping[str, EnforcementLevel] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    undecided: tuple[tuple[str, str], ...] = ()
    error: str = ""
    seconds: float = 0.0
    comparison: Comparison | None = None

    @property
    def failing(self) -> tuple[Violation, ...]:
        """The violations that fail the check."""
        return tuple(each for each in self.violations if each.fails)

    @property
    def advisory(self) -> tuple[Violation, ...]:
        """Violations of advisory rules, but excepted ones."""
        return tuple(each for each in self.violations if not each.fails and each.exception is None)

    @property
    def excepted(self) -> tuple[Violation, ...]:
        """Violations that an exception covers."""
        return tuple(each for each in self.violations if each.exception is not None)

    @property
    def findings(self) -> int:
        """How many things fail the check."""
        return len(self.failing) + len(self.undecided) + bool(self.error)


@dataclass(frozen=True, kw_only=True)
class ExceptionProblem:
    """An exception that fails the check.

    Args:
        exception: which one.
        kind: `ended`, `not-begun`, `unused` or `no-stack`.
        text: what is wrong, and what to do.
    """

    exception: PolicyException
    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """All stacks.

    Args:
        stacks: each.
        in_force: the exceptions in force of these stacks.
        problems: exceptions that fail the check.
        exceptions_file: where they stand.
        day: the day of the run.
    """

    stacks: tuple[StackCheck, ...]
    in_force: tuple[PolicyException, ...] = ()
    problems: tuple[ExceptionProblem, ...] = ()
    exceptions_file: Place = field(default_factory=lambda: Place(file="policies/exceptions.yaml"))
    day: date = _NO_DAY

    @property
    def findings(self) -> int:
        """How many things fail the check."""
        return sum(stack.findings for stack in self.stacks) + len(self.problems)

    @property
    def ok(self) -> bool:
        """Whether nothing does."""
        return not self.findings
