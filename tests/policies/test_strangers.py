"""The rules over resources that nobody foresaw: wrong shapes, unknown types, text that is secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policies.kit.analyzer import TypedAnalyzer
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from tests.policies.cases import Case, StackCase
from tests.policies.harness import NOT_EVALUATED, UNKNOWN, Declared, judge, judge_stack, stack_request, struct
from tests.policies.test_rules import CASES, STACK_CASES

SECRET = "Hunter2-9f1c battery"
DEEP: dict[str, Any] = {"deeper": [[{"deeper": [{"deeper": {}}]}]]}
# Of any of these a property may be, whatever its type promises: JSON has no other kinds.
ODD: tuple[Any, ...] = (None, [], {}, "", 0, -1.5, True, "x" * 10_000, [None, [], {}], DEEP)


def _ids(cases: Sequence[Case | StackCase]) -> list[str]:
    return [case.rule for case in cases]


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_no_rule_breaks_on_a_shape_that_it_does_not_expect(case: Case) -> None:
    for type_token, inputs in (case.good[0], case.bad[0]):
        for odd in _with_odd_parts(inputs):
            assert NOT_EVALUATED not in judge(case.rule, type_token, odd).messages, odd


@pytest.mark.parametrize("case", STACK_CASES, ids=_ids(STACK_CASES))
def test_no_stack_rule_breaks_on_a_shape_that_it_does_not_expect(case: StackCase) -> None:
    for stack in (case.good[0], case.bad[0][0]):
        # Of many alike, two will do.
        for at, resource in enumerate(stack[:2]):
            for odd in _with_odd_parts(resource.properties or {}):
                changed = [*stack[:at], replace(resource, properties=odd), *stack[at + 1 :]]
                assert NOT_EVALUATED not in judge_stack(case.rule, changed).messages, odd


@pytest.mark.parametrize("case", CASES, ids=_ids(CASES))
def test_no_message_shows_a_value(case: Case) -> None:
    for type_token, inputs in chain(case.good, case.bad):
        assert SECRET not in judge(case.rule, type_token, _secret(inputs)).messages


@pytest.mark.parametrize("case", STACK_CASES, ids=_ids(STACK_CASES))
def test_no_message_of_a_stack_rule_shows_a_value(case: StackCase) -> None:
    for stack in chain(case.good, (stack for stack, _ in case.bad)):
        hidden = [replace(each, properties=_secret(each.properties or {})) for each in stack]
        assert SECRET not in judge_stack(case.rule, hidden).messages


@pytest.mark.parametrize(
    "type_token",
    [
        "strange:index:Thing",
        "strange:index/thing:Thing",
        "aws:s3/bucket:Bucket",
        "pulumi-python:dynamic:Resource",
        "pulumi:providers:strange",
        "kubernetes:stable.example.org/v1:Crontab",
        "azure-native:strange/v20990101preview:Thing",
        "no-token-at-all",
        "",
    ],
)
@pytest.mark.parametrize(
    "properties",
    [{}, {"properties": UNKNOWN, "metadata": {"name": UNKNOWN}}, {"id": SECRET, "spec": DEEP, "metadata": []}],
    ids=["empty", "unknown", "odd"],
)
def test_a_type_that_nobody_knows_is_no_finding(type_token: str, properties: Mapping[str, Any]) -> None:
    server = TypedAnalyzer(PACK, "0.0.1", [policy(rule) for rule in RULES], EnforcementLevel.ADVISORY)
    request = proto.AnalyzeRequest(type=type_token, properties=struct(properties), urn="urn:pulumi:a::b::c::d")
    stack = stack_request([Declared(type="pulumi:pulumi:Stack", name="stack")])
    stack.resources.add(type=type_token, properties=struct(properties), urn=request.urn, name="d")
    said = [*server.Analyze(request, None).diagnostics, *server.AnalyzeStack(stack, None).diagnostics]
    assert [each.message for each in said if "not yet known" not in each.message] == []


def _with_odd_parts(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The same structure, with one part at a time of another kind."""
    return (part for part in _replaced(value) if isinstance(part, Mapping))


def _replaced(value: Any) -> Iterator[Any]:
    yield from ODD
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from ({**value, name: odd} for odd in _replaced(member))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for at, member in enumerate(value):
            yield from ([*value[:at], odd, *value[at + 1 :]] for odd in _replaced(member))


def _secret(value: Any, key: str = "") -> Any:
    """The same structure with every text secret; but for names, which messages use to say which element is meant."""
    if isinstance(value, Mapping):
        return {name: _secret(member, name) for name, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_secret(member, key) for member in value]
    return SECRET if isinstance(value, str) and key != "name" else value
