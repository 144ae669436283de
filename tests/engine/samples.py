"""The samples of all rules, as programs that declare them for the real engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi

from tests.policies.harness import Declared, judge_stack, token
from tests.policies.test_rules import CASES, STACK_CASES

_OTHER = "random:index/randomId:RandomId"


@dataclass(frozen=True)
class Sample:
    """Resources that a rule judges together.

    Args:
        rule: its id.
        resources: the resources, under names that no other sample has.
        blamed: names of those that must be blamed.
    """

    rule: str
    resources: tuple[Declared, ...]
    blamed: frozenset[str]


def of_resources(*, good: bool) -> list[Sample]:
    """A sample for each resource that passes, or fails, a rule about one resource."""
    found = []
    for case in CASES:
        for at, (type_token, inputs) in enumerate(case.good if good else case.bad):
            name = f"{case.rule}-{at}"
            resource = Declared(type=type_token, name=name, properties=inputs)
            found.append(Sample(case.rule, (resource,), frozenset() if good else frozenset({name})))
    return found


def of_stacks(*, good: bool) -> list[Sample]:
    """A sample for each stack that passes, or fails, a rule about many."""
    found = []
    for case in STACK_CASES:
        stacks = [(stack, set[str]()) for stack in case.good] if good else case.bad
        for at, (stack, blamed) in enumerate(stacks):
            prefix = f"{case.rule}-{at}-"
            resources = tuple(_renamed(resource, prefix) for resource in stack)
            found.append(Sample(case.rule, resources, frozenset(prefix + name for name in blamed)))
    return found


def _renamed(resource: Declared, prefix: str) -> Declared:
    """Its name in Azure stays: other resources of the sample name it."""
    properties = None if resource.properties is None else {"name": resource.name, **resource.properties}
    uses = {path: [prefix + name for name in names] for path, names in resource.uses.items()}
    return replace(resource, name=prefix + resource.name, properties=properties, uses=uses)


def packed(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Few stacks: in each, every rule says of its samples what it says of each alone."""
    first, moved = list(samples), list[Sample]()
    while wrong := _misjudged(first):
        moved += wrong
        first = [sample for sample in first if sample not in wrong]
    packs = [first]
    for sample in moved:
        room = next((pack for pack in packs[1:] if not _misjudged([*pack, sample])), None)
        if room is None:
            packs.append([sample])
        else:
            room.append(sample)
    return packs


def _misjudged(pack: Sequence[Sample]) -> list[Sample]:
    resources = [resource for sample in pack for resource in sample.resources]
    found = {
        rule: {name for name, _ in judge_stack(rule, resources).violations} for rule in {each.rule for each in pack}
    }
    return [each for each in pack if found[each.rule] & _names(each) != each.blamed]


def _names(sample: Sample) -> frozenset[str]:
    return frozenset(resource.name for resource in sample.resources)


def declare(samples: Sequence[Sample]) -> None:
    """Declares all resources; what one uses of another is computed from it."""
    resources = [resource for sample in samples for resource in sample.resources]
    named = {resource.name for resource in resources}
    # Some use what is no part of their sample: it is of a type that no rule looks at.
    others = {name for resource in resources for name in _used(resource)} - named
    made = {name: pulumi.CustomResource(_OTHER, name, {}) for name in sorted(others)}
    for resource in _in_order(resources):
        inputs: dict[str, Any] = dict(resource.properties or {})
        for path, targets in resource.uses.items():
            inputs[path] = _computed([made[name] for name in targets], inputs.get(path))
        options = pulumi.ResourceOptions(protect=resource.protect)
        made[resource.name] = pulumi.CustomResource(token(resource.type), resource.name, inputs, options)


def _computed(targets: Sequence[pulumi.CustomResource], value: Any) -> pulumi.Output[Any]:
    """The value; the URN of the first where the sample says only what the property was computed from."""
    return pulumi.Output.all(*(target.urn for target in targets)).apply(
        lambda urns: urns[0] if value is None else value
    )


def _in_order(resources: Sequence[Declared]) -> Iterator[Declared]:
    """Each after those that it uses."""
    named: dict[str, list[Declared]] = defaultdict(list)
    for resource in resources:
        named[resource.name].append(resource)
    done: set[tuple[str, str]] = set()

    def visit(resource: Declared) -> Iterator[Declared]:
        if (resource.type, resource.name) in done:
            return
        done.add((resource.type, resource.name))
        for name in _used(resource):
            for used in named[name]:
                yield from visit(used)
        yield resource

    for resource in resources:
        yield from visit(resource)


def _used(resource: Declared) -> list[str]:
    return [name for names in resource.uses.values() for name in names]
