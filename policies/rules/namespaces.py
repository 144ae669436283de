"""What is in which namespace of a stack, and to which tenant a namespace belongs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from policies.kit.graph import Graph, Node

# Namespaces that Kubernetes and AKS run themselves.
SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "gatekeeper-system"})
NAMESPACE = "kubernetes:core:Namespace"
TENANT_LABELS: Mapping[str, dict[str, Any]] = {
    "labels": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["odoo-azure/tenant", "odoo-azure/ingress"],
    }
}
"""Setting of rules about tenants: labels of a namespace, any of which holds the tenant's name."""


class Contents:
    """The objects of some types, to be asked for by their namespace.

    Args:
        graph: the stack.
        tokens: the types.
    """

    def __init__(self, graph: Graph, *tokens: str) -> None:
        self.__named: dict[str, list[Node]] = defaultdict(list)
        self.__computed: dict[str, list[Node]] = defaultdict(list)
        for thing in graph.of(*tokens):
            name = thing.at("metadata.namespace").text()
            if name is not None:
                self.__named[name].append(thing)
            for urn in frozenset().union(*thing.references.values()):
                self.__computed[urn].append(thing)

    def of(self, namespace: Node) -> Iterator[Node]:
        """Those in a namespace whose name is known; where their own is not, those that were computed from it."""
        yield from self.__named.get(namespace.at("metadata.name").text() or "", ())
        for thing in self.__computed.get(namespace.urn, ()):
            if not thing.at("metadata.namespace").known():
                yield thing


def own_namespaces(graph: Graph) -> Iterator[Node]:
    """Namespaces whose name is known and is none of the system's."""
    for namespace in graph.of(NAMESPACE):
        name = namespace.at("metadata.name")
        if name.known() and name.text() not in SYSTEM_NAMESPACES:
            yield namespace


def tenant_of(namespace: Node, config: Mapping[str, Any]) -> str | None:
    """The tenant whose namespace this is; None for one of the platform.

    Args:
        namespace: the namespace.
        config: settings of a rule that has `TENANT_LABELS`.
    """
    labels = namespace.at("metadata.labels")
    found = (labels.key(label).text() for label in config["labels"])
    return next((tenant for tenant in found if tenant), None)


class Tenants:
    """To which tenant each namespace of a stack belongs.

    Args:
        graph: the stack.
        config: settings of a rule that has `TENANT_LABELS`.
    """

    def __init__(self, graph: Graph, config: Mapping[str, Any]) -> None:
        self.__tenants: dict[str, str] = {}
        self.__undecided = set[str | None]()
        for namespace in graph.of(NAMESPACE):
            name, labels = namespace.at("metadata.name").text(), namespace.at("metadata.labels")
            tenant = tenant_of(namespace, config)
            if name and tenant:
                self.__tenants[name] = tenant
            elif not name or not all(labels.key(label).known() for label in config["labels"]):
                self.__undecided.add(name)

    def of(self, namespace: str | None) -> str | None:
        """The tenant of the namespace of that name; None for one of the platform, and of another stack."""
        return self.__tenants.get(namespace or "")

    def may_be(self, tenant: str, namespace: str | None) -> bool:
        """Whether it is that tenant's, as far as is known by now."""
        return self.of(namespace) == tenant or bool(self.__undecided & {namespace, None})
