"""The rules about objects in a cluster pass on what our own components declare, and fail on a spoiled copy of each."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from policies.kit.rule import ResourceRule, StackRule
from policies.kit.tokens import canonical
from policies.pack import RULES
from policies.rules.catalog import INGRESS, KUBERNETES, ODOO, SCALING, TENANCY
from tests.policies.harness import NOT_EVALUATED, Declared, judge, judge_stack
from tests.policies.mutations import MUTATIONS, ONE_POD, REMOVALS, TWINS, WITHOUT_OBJECTS, Mutation, Removal, Twin
from tests.policies.ours import our_objects

CLUSTER_RULES = [rule for rule in RULES if rule.family in {INGRESS, KUBERNETES, ODOO, SCALING, TENANCY}]


def _spoiled(mutation: Mutation) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Type and properties of every object that the mutation fits, changed, by the object's name."""
    spoiled: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for each in our_objects():
        properties = copy.deepcopy(dict(each.properties or {}))
        try:
            if each.type.endswith(f":{mutation.kind}"):
                mutation.change(properties)
                spoiled[each.name] = (each.type, properties)
        except LookupError:
            continue
    return spoiled


@pytest.mark.parametrize("rule", CLUSTER_RULES, ids=[rule.id for rule in CLUSTER_RULES])
def test_our_objects_pass(rule: ResourceRule | StackRule) -> None:
    if isinstance(rule, StackRule):
        assert judge_stack(rule, our_objects()).clean
        return
    judged = [each for each in our_objects() if canonical(each.type) in rule.types]
    assert judged or rule.id in WITHOUT_OBJECTS
    for each in judged:
        assert judge(rule, each.type, each.properties or {}).clean, each.name


@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.rule for mutation in MUTATIONS])
def test_every_spoiled_copy_fails(mutation: Mutation) -> None:
    spoiled = _spoiled(mutation)
    assert spoiled
    for name, (type_token, properties) in spoiled.items():
        outcome = judge(mutation.rule, type_token, properties)
        assert outcome.violations, name
        assert NOT_EVALUATED not in outcome.messages


def test_only_pools_that_people_wait_for_need_two_pods() -> None:
    failing = {
        properties["metadata"]["name"]
        for type_token, properties in _spoiled(ONE_POD).values()
        if judge(ONE_POD.rule, type_token, properties).violations
    }
    assert failing == {"web", "websocket"}


@pytest.mark.parametrize("removal", REMOVALS, ids=[removal.rule for removal in REMOVALS])
def test_a_stack_without_what_it_must_have_fails(removal: Removal) -> None:
    outcome = judge_stack(removal.rule, removal.applied(our_objects()))
    assert outcome.violations
    assert NOT_EVALUATED not in outcome.messages


@pytest.mark.parametrize("twin", TWINS, ids=[twin.rule for twin in TWINS])
def test_a_stack_with_a_stranger_in_it_fails(twin: Twin) -> None:
    spoiled = list(twin.applied(our_objects()))
    assert spoiled
    for stack in spoiled:
        outcome = judge_stack(twin.rule, stack)
        assert "twin" in {resource for resource, _ in outcome.violations}
        assert NOT_EVALUATED not in outcome.messages


def test_every_rule_about_a_cluster_is_tried() -> None:
    tried = [each.rule for each in (*MUTATIONS, ONE_POD, *REMOVALS, *TWINS)]
    assert len(tried) == len(set(tried))
    assert set(tried) | WITHOUT_OBJECTS == {rule.id for rule in CLUSTER_RULES}


def test_we_declare_nothing_of_the_kinds_that_are_not_tried() -> None:
    kinds = {each.type.rpartition(":")[2] for each in our_objects()}
    assert not kinds & {"ClusterRole", "Release", "Secret"}


def test_a_change_touches_the_copy_only() -> None:
    before: tuple[Declared, ...] = copy.deepcopy(our_objects())
    for mutation in MUTATIONS:
        _spoiled(mutation)
    assert our_objects() == before
