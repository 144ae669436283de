"""The resources of a stack and the references between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from policies.kit.values import Finding, Value


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource of the stack, with its outputs (during a preview: those that are known by then).

    Args:
        urn: its URN.
        type: canonical type token.
        outputs: its properties. azure-native flattens a `properties` input in its outputs.
        references: URNs that each property was computed from.
        protected: whether the engine refuses to delete it (the option `protect`).
    """

    urn: str
    type: str
    outputs: Value
    references: Mapping[str, frozenset[str]]
    protected: bool = False

    def at(self, path: str) -> Value:
        """The property at a dotted path."""
        return self.outputs.at(path)

    def named(self, key: str) -> Value:
        """Its name: the property it is asked for by, or `name`, which is what Azure answers with once it is there."""
        given = self.at(key)
        return given if given.is_set() else self.at("name")

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
    """The resources of a stack that a rule looks at.

    Args:
        nodes: the resources.
        types: their canonical types; none where they are of all types.
    """

    nodes: tuple[Node, ...]
    types: frozenset[str] = frozenset()

    def of(self, *tokens: str) -> Iterator[Node]:
        """The resources of these canonical types, given without `azure-native:`.

        Raises:
            LookupError: the rule looks at other types: it would never see one.
        """
        wanted = [token if token.startswith("kubernetes:") else f"azure-native:{token}" for token in tokens]
        if self.types and (missing := set(wanted) - self.types):
            raise LookupError(f"the rule's types lack {missing}")
        return (node for token in wanted for node in self._by_type.get(token, ()))

    def target(self, node: Node, path: str, token: str, key: str = "name") -> Node | None:
        """The resource of a type that a property was computed from or, if from none, the one that it names.

        Args:
            node: the resource that has the property.
            path: the property, at its top level.
            token: the type.
            key: the target's property that has the same text.
        """
        urns, texts = self._index(token, key)
        for urn in node.references.get(path, ()):
            if urn in urns:
                return urns[urn]
        named = _quiet_text(node.at(path))
        return None if named is None else texts.get(named.casefold())

    def _index(self, token: str, key: str) -> tuple[Mapping[str, Node], Mapping[str, Node]]:
        """Resources of a type by URN, and by the text of a property."""
        if (token, key) not in self._indexes:
            nodes = list(self.of(token))
            texts = ((_quiet_text(node.at(key)), node) for node in nodes)
            self._indexes[token, key] = (
                {node.urn: node for node in nodes},
                {text.casefold(): node for text, node in texts if text is not None},
            )
        return self._indexes[token, key]

    @cached_property
    def _indexes(self) -> dict[tuple[str, str], tuple[Mapping[str, Node], Mapping[str, Node]]]:
        return {}

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Node]]:
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            found[node.type].append(node)
        return found

    def children(self, parent: Node, name_property: str, *tokens: str) -> Iterator[Node]:
        """The resources of these types whose `name_property` (such as `accountName`) names the parent."""
        return (node for node in self.of(*tokens) if node.refers_to(parent, node.at(name_property)))


def may_be_named(group: Node, name: str) -> bool:
    """Whether a resource group has this name, or may turn out to."""
    given = group.named("resourceGroupName")
    return not given.known() or (given.text() or "").casefold() == name.casefold()


def _quiet_text(value: Value) -> str | None:
    return None if value.is_unknown() else value.text()


def _root(value: Value) -> str:
    return value.path.split(".")[0].split("[")[0]
