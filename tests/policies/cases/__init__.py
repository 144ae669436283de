"""For every rule: resources that pass and resources that fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.policies.harness import Declared

Sample = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """Resources, each a type and its inputs, for a rule about one resource."""

    rule: str
    good: Sequence[Sample]
    bad: Sequence[Sample]


@dataclass(frozen=True)
class StackCase:
    """Stacks for a rule about many; of the bad ones, also the resources that must be blamed."""

    rule: str
    good: Sequence[Sequence[Declared]]
    bad: Sequence[tuple[Sequence[Declared], set[str]]]


def of(rule: str, type_token: str, good: Sequence[Mapping[str, Any]], bad: Sequence[Mapping[str, Any]]) -> Case:
    """A case whose resources are all of one type."""
    return Case(rule, [(type_token, inputs) for inputs in good], [(type_token, inputs) for inputs in bad])


def switch(rule: str, good: Mapping[str, Any], bad: Mapping[str, Any], *type_tokens: str) -> Case:
    """A case about a setting that several types have, none of which may leave it out."""
    return Case(
        rule,
        good=[(type_token, good) for type_token in type_tokens],
        bad=[(type_token, inputs) for type_token in type_tokens for inputs in ({}, bad)],
    )
