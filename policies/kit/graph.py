"""The resources of a stack and the references between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from policies.kit.values import Finding, Value


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource of the stack, with its outputs (during a preview: those that are known by then).

    Args:
        urn: its URN.
        type: canonical type token.
        outputs: its properties. azure-native flattens a `properties` input in its outputs.
        references: URNs that each property was computed from.
    """

    urn: str
    type: str
    outputs: Value
    references: Mapping[str, frozenset[str]]

    def at(self, path: str) -> Value:
        """The property at a dotted path."""
        return self.outputs.at(path)

    def finding(self, message: str) -> Finding:
        """A finding about this resource."""
        return Finding(message=message, urn=self.urn)

    def refers_to(self, target: Node, value: Value) -> bool:
        """Whether `value`, a property of this resource, names the target: its ARM id, a child of it, or its name.

        Text that is known decides; while ids are not, what the property was computed from does.
        """
        named, target_id = _quiet_text(value), _quiet_text(target.at("id"))
        if named is not None and "/" in named and target_id is not None:
            return f"{named.casefold()}/".startswith(f"{target_id.casefold()}/")
        if named is not None and named == _quiet_text(target.at("name")):
            return True
        return target.urn in self.references.get(_root(value), frozenset())

    def has(self, name: str) -> bool:
        """Whether this property is set: to a value that is known, or to one computed from another resource."""
        return bool(self.references.get(name)) or self.at(name).is_set()

    def uses(self, target: Node) -> bool:
        """Whether any property of this resource was computed from the target."""
        return any(target.urn in urns for urns in self.references.values())


@dataclass(frozen=True)
class Graph:
    """All resources of a stack."""

    nodes: tuple[Node, ...]

    def of(self, *tokens: str) -> Iterator[Node]:
        """The resources of these canonical types, given without `azure-native:`."""
        wanted = {token if token.startswith("kubernetes:") else f"azure-native:{token}" for token in tokens}
        return (node for node in self.nodes if node.type in wanted)

    def children(self, parent: Node, name_property: str, *tokens: str) -> Iterator[Node]:
        """The resources of these types whose `name_property` (such as `accountName`) names the parent."""
        return (node for node in self.of(*tokens) if node.refers_to(parent, node.at(name_property)))


def _quiet_text(value: Value) -> str | None:
    return None if value.is_unknown() else value.text()


def _root(value: Value) -> str:
    return value.path.split(".")[0].split("[")[0]
