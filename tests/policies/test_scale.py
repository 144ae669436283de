"""What a rule about stacks costs grows with the stack, not with its square."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from policies.kit.rule import StackRule
from policies.kit.values import Value
from policies.pack import RULES
from tests.policies.harness import Declared, judge_stack
from tests.policies.ours import our_objects

pytestmark = pytest.mark.stacks

WITHOUT_OBJECTS = {"cost-disk-attached"}
"""Rules about objects of which a tenant has none."""
ABOUT_OBJECTS = [
    rule
    for rule in RULES
    if isinstance(rule, StackRule)
    and any(each.startswith("kubernetes:") for each in rule.types)
    and rule.id not in WITHOUT_OBJECTS
]


def _tenants(count: int) -> list[Declared]:
    return [each for number in range(count) for each in _tenant(number)]


def _tenant(number: int) -> Iterator[Declared]:
    """Our own objects, all computed from their namespace, with names of their own and shares of their own."""
    for each in our_objects():
        text = json.dumps(each.properties)
        for word in ("acme", "sterptestfiles", "database-", "erp-", "platform-"):
            text = text.replace(word, f"{word}{number}")
        name = f"{each.name}-{number}"
        yield Declared(type=each.type, name=name, properties=json.loads(text), uses={"metadata": [f"ns-{number}"]})


@pytest.mark.parametrize("rule", ABOUT_OBJECTS, ids=[rule.id for rule in ABOUT_OBJECTS])
def test_twice_the_tenants_are_twice_the_looks(rule: StackRule, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    key = Value.key

    def counted(value: Value, name: str) -> Value:
        nonlocal looks
        looks += 1
        return key(value, name)

    monkeypatch.setattr(Value, "key", counted)
    found = []
    for count in (3, 6):
        looks = 0
        judge_stack(rule, _tenants(count))
        found.append(looks)

    assert 0 < found[1] <= 2 * found[0]
