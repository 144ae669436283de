"""The rule type: metadata, declared once, and a check that knows nothing of the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import EnforcementLevel, Severity

from policies.kit.graph import Graph
from policies.kit.values import Finding, Test, Value

LEVEL_OF_SEVERITY: Mapping[Severity, EnforcementLevel] = {
    Severity.CRITICAL: EnforcementLevel.MANDATORY,
    Severity.HIGH: EnforcementLevel.MANDATORY,
    Severity.MEDIUM: EnforcementLevel.ADVISORY,
    Severity.LOW: EnforcementLevel.ADVISORY,
}


PLAIN_LEVELS = (EnforcementLevel.MANDATORY, EnforcementLevel.ADVISORY, EnforcementLevel.DISABLED)
"""The levels that any rule may be given."""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What a resource rule is asked about.

    Args:
        type: canonical type token.
        inputs: its inputs.
        config: the rule's own settings, with their defaults.
    """

    type: str
    inputs: Value
    config: Mapping[str, Any] = field(default_factory=dict)

    def at(self, path: str) -> Value:
        """The input at a dotted path."""
        return self.inputs.at(path)


@dataclass(frozen=True)
class Change:
    """A property that a fix gives a value.

    Args:
        path: names of members, from the top.
        value: what it gets.
    """

    path: tuple[str, ...]
    value: str | bool

    @property
    def place(self) -> str:
        """The path, for people."""
        return ".".join(self.path)


ResourceCheck = Callable[[Resource], Iterable[Finding]]
Fix = Callable[[Resource], Iterable[Change]]
StackCheck = Callable[[Graph, Mapping[str, Any]], Iterable[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One control.

    Args:
        id: name of the policy; permanent, since settings and exemptions refer to it.
        title: what holds, in one sentence.
        family: the group it is documented under.
        severity: how bad a violation is; decides the default enforcement level.
        why: what goes wrong without it.
        remedy: what to change.
        url: where the platform documents it.
        references: framework and number, such as `MCSB NS-2`.
        config_schema: JSON schema of the rule's settings, each with a default, by name.
    """

    id: str
    title: str
    family: str
    severity: Severity
    why: str
    remedy: str
    url: str
    references: tuple[str, ...]
    config_schema: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def level(self) -> EnforcementLevel:
        """Enforcement level where an environment says nothing else."""
        return LEVEL_OF_SEVERITY[self.severity]

    @property
    def levels(self) -> tuple[EnforcementLevel, ...]:
        """The levels that an environment may give it."""
        fixable = isinstance(self, ResourceRule) and self.fix is not None
        return (*PLAIN_LEVELS, EnforcementLevel.REMEDIATE) if fixable else PLAIN_LEVELS

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The rule's settings: what was given over the defaults."""
        return {name: schema["default"] for name, schema in self.config_schema.items()} | dict(given)


@dataclass(frozen=True, kw_only=True)
class ResourceRule(Rule):
    """A rule about one resource.

    Args:
        types: canonical type tokens it applies to; none for a rule that decides by itself.
        check: the findings of one resource.
        fix: what puts a resource right; made only where an environment's level for the rule is `remediate`.
    """

    types: frozenset[str] = frozenset()
    check: ResourceCheck
    fix: Fix | None = None


@dataclass(frozen=True, kw_only=True)
class StackRule(Rule):
    """A rule about how the resources of a stack belong together.

    Args:
        types: canonical type tokens it looks at, and is shown; none for a rule that looks at all of them.
        check: the findings of a stack, each with the resource it concerns.
    """

    types: frozenset[str] = frozenset()
    check: StackCheck


def types(*tokens: str) -> frozenset[str]:
    """Canonical types, from tokens without their package when that is azure-native."""
    return frozenset(token if token.startswith("kubernetes:") else f"azure-native:{token}" for token in tokens)


def must(path: str, test: Test) -> ResourceCheck:
    """A check that the input at `path` is set and passes."""
    return lambda resource: resource.at(path).must(test)


def must_if_set(path: str, test: Test) -> ResourceCheck:
    """A check that the input at `path` passes, or is absent."""
    return lambda resource: resource.at(path).must_if_set(test)


def all_of(*checks: ResourceCheck) -> ResourceCheck:
    """All findings of several checks."""
    return lambda resource: (finding for check in checks for finding in check(resource))
