"""Judges whole stacks, and copies of them with one resource changed, by the pack's own rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import policies
from policies.kit.enforcement import LEVEL, load
from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, Rule, StackRule
from policies.kit.tokens import canonical
from policies.kit.values import Value
from policies.pack import RULES

_Said = tuple[str, str]
_Texts = frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A resource of a stack after its deployment.

    Args:
        urn: its URN.
        type: its type token.
        name: its Pulumi name.
        within: type of the component it is part of.
        inputs: its inputs, secrets in clear.
        outputs: its outputs.
        uses: URNs that each input was computed from.
        protected: whether the engine refuses to delete it.
    """

    urn: str
    type: str
    name: str
    within: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    uses: Mapping[str, frozenset[str]]
    protected: bool = False


class JudgedStack:
    """A stack, what the pack says of it, and what it says beyond that of a change."""

    def __init__(self, resources: Sequence[Deployed]) -> None:
        self.resources = {each.urn: each for each in resources}
        self._nodes = {each.urn: _node(each) for each in resources}
        self._urns: dict[str, list[str]] = defaultdict(list)
        for urn, node in self._nodes.items():
            self._urns[node.type].append(urn)
        self._stack = {rule.id: frozenset(self._of_stack(rule, {})) for rule in _stack_rules()}
        self._each = {each.urn: frozenset(_of_resource(each)) for each in resources}

    @property
    def findings(self) -> list[tuple[str, str, str]]:
        """Rule, resource and message of everything that the pack says of the stack as it is."""
        found = [(rule, urn, text) for urn, said in self._each.items() for rule, text in said]
        return found + [(rule, urn, text) for rule, said in self._stack.items() for urn, text in said]

    def catcher(self, urn: str, changed: Deployed | None) -> str | None:
        """Id of a rule that says something new once the resource is changed, or is gone; None if none does.

        Raises whatever a rule raises: in a deployment that would be a finding, and here it is a mistake.
        """
        if changed is not None:
            for name, text in _of_resource(changed):
                if (name, text) not in self._each[urn]:
                    return name
        node = None if changed is None else _node(changed)
        token = self._nodes[urn].type
        for rule in _stack_rules():
            if rule.types and token not in rule.types:
                continue
            if any(said not in self._stack[rule.id] for said in self._of_stack(rule, {urn: node})):
                return rule.id
        return None

    def _of_stack(self, rule: StackRule, changes: Mapping[str, Node | None]) -> Iterator[_Said]:
        urns = (urn for token in sorted(rule.types) for urn in self._urns[token]) if rule.types else self._nodes
        nodes = (changes.get(urn, self._nodes[urn]) for urn in urns)
        graph = Graph(tuple(node for node in nodes if node is not None), rule.types)
        return ((finding.urn or "", finding.message) for finding in rule.check(graph, _settings(rule)))


def _of_resource(resource: Deployed) -> Iterator[_Said]:
    token = canonical(resource.type)
    for rule in _resource_rules(token):
        asked = Resource(type=token, inputs=Value(resource.inputs, "", []), config=_settings(rule))
        yield from ((rule.id, finding.message) for finding in rule.check(asked))


@cache
def _stack_rules() -> tuple[StackRule, ...]:
    return tuple(rule for rule in RULES if isinstance(rule, StackRule) and _in_production().get(rule.id) != "disabled")


@cache
def _resource_rules(token: str) -> tuple[ResourceRule, ...]:
    rules: Iterable[ResourceRule] = (rule for rule in RULES if isinstance(rule, ResourceRule))
    return tuple(rule for rule in rules if not rule.types or token in rule.types)


@cache
def _in_production() -> Mapping[str, Any]:
    return load(Path(policies.__file__).with_name("enforcement.production.json"), RULES)


def _settings(rule: Rule) -> Mapping[str, Any]:
    """What the rule is set to in production."""
    said = _in_production().get(rule.id)
    return rule.settings(
        {name: value for name, value in said.items() if name != LEVEL} if isinstance(said, dict) else {}
    )


def _node(resource: Deployed) -> Node:
    outputs = Value(resource.outputs, "", [], owner=resource.name)
    return Node(
        urn=resource.urn,
        type=canonical(resource.type),
        outputs=outputs,
        references=resource.uses,
        protected=resource.protected,
    )
