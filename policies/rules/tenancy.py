"""Tenants of one cluster: what is made for one reaches no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import Finding, Value, one_of
from policies.rules.catalog import KUBERNETES_DOCS, TENANCY
from policies.rules.namespaces import NAMESPACE, TENANT_LABELS, Contents, Tenants, own_namespaces, tenant_of

_POLICY = "kubernetes:networking.k8s.io:NetworkPolicy"
_BINDINGS = (
    "kubernetes:rbac.authorization.k8s.io:RoleBinding",
    "kubernetes:rbac.authorization.k8s.io:ClusterRoleBinding",
)
_INGRESS = "kubernetes:networking.k8s.io:Ingress"
_LIMITS = "kubernetes:core:LimitRange"
_NAME_LABEL = "kubernetes.io/metadata.name"
_SELECTS = f"{KUBERNETES_DOCS}/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors"


def _peers(policy: Resource | Node) -> Iterator[Value]:
    """Who may call, and who may be called."""
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in policy.at(f"spec.{direction}").elements():
            yield from rule.at(side).elements()


def _namespace_selectors(policy: Resource | Node) -> Iterator[Value]:
    """Those that are there. A peer without one is in the policy's own namespace."""
    for peer in _peers(policy):
        if any(name == "namespaceSelector" for name, _ in peer.entries()):
            yield peer.at("namespaceSelector")


def _peers_are_named(resource: Resource) -> Iterator[Finding]:
    for selector in _namespace_selectors(resource):
        if not (selector.at("matchLabels").is_set() or selector.at("matchExpressions").is_set()):
            yield Finding(message=f"{selector.path} must select some namespaces: empty, it selects all")


def _peers_are_its_own(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    tenants = Tenants(graph, config)
    for policy in graph.of(_POLICY):
        tenant = tenants.of(policy.at("metadata.namespace").text())
        for selector in _namespace_selectors(policy) if tenant else ():
            if not _selects_only({tenant, None}, selector, tenants, config["labels"]):
                yield policy.finding(f"{selector.path} must select no namespace of another tenant")


def _selects_only(allowed: Set[str | None], selector: Value, tenants: Tenants, labels: Sequence[str]) -> bool:
    """Whether all namespaces that are selected are of these tenants; None stands for the platform."""
    requirements = list(_requirements(selector))
    telling = [each for each in requirements if each[0] in {_NAME_LABEL, *labels}]
    named = [(key, value) for key, values in telling for value in values or ()]
    return (
        (bool(telling) or not requirements)
        and all(values is not None for _, values in telling)
        and all((tenants.of(value) if key == _NAME_LABEL else value) in allowed for key, value in named)
    )


def _requirements(selector: Value) -> Iterator[tuple[str, Sequence[str] | None]]:
    """Labels that a selector asks for, and the values that are known; None if it takes more than it names."""
    for key, value in selector.at("matchLabels").entries():
        yield key, [text for text in (value.text(),) if text is not None]
    for expression in selector.at("matchExpressions").elements():
        values = [text for each in expression.at("values").elements() if (text := each.text()) is not None]
        takes_these = expression.at("operator").may_meet(one_of("In"))
        # A label that is not known yet may be the right one.
        yield expression.at("key").text() or _NAME_LABEL, values if takes_these else None


def _rights_stay_at_home(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    tenants = Tenants(graph, config)
    for binding in graph.of(*_BINDINGS):
        place = binding.at("metadata.namespace")
        if not place.known():
            continue
        for subject in binding.at("subjects").elements():
            tenant = tenants.of(subject.at("namespace").text())
            if tenant and not tenants.may_be(tenant, place.text()):
                yield binding.finding(f"{subject.path} is of a tenant, and must get rights in its own namespaces only")


def _hosts_are_claimed_once(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    claims: dict[str, dict[str, Node]] = defaultdict(dict)
    for ingress in graph.of(_INGRESS):
        namespace = ingress.at("metadata.namespace").text()
        for rule in ingress.at("spec.rules").elements():
            host = rule.at("host").text()
            if host and namespace:
                claims[host.casefold()][namespace] = ingress
    for claimed in claims.values():
        for ingress in claimed.values() if len(claimed) > 1 else ():
            yield ingress.finding("a host of its spec.rules must be claimed in one namespace only")


def _containers_are_limited(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    limits = Contents(graph, _LIMITS)
    for namespace in own_namespaces(graph):
        if tenant_of(namespace, config) and not any(limits.of(namespace)):
            yield namespace.finding("the namespace must have a LimitRange")


RULES = (
    ResourceRule(
        id="netpol-peers-named",
        title="Network policies name the namespaces of their peers",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(_POLICY),
        why="An empty namespaceSelector is every namespace: those of tenants who are yet to come, too.",
        remedy=f"Select the namespace by its label {_NAME_LABEL}, and its pods by theirs.",
        url=_SELECTS,
        references=("MCSB NS-1", "CIS AKS 1.8 4.4.2", "ISO 27001 8.22"),
        check=_peers_are_named,
    ),
    StackRule(
        id="netpol-own-tenant",
        title="A tenant's network policies let nothing through to other tenants",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(NAMESPACE, _POLICY),
        why="One entry in one policy is a way from one company's pods to another's.",
        remedy=f"Select peers by {_NAME_LABEL}, of the tenant's own namespaces or of the platform's.",
        url=_SELECTS,
        references=("MCSB NS-1", "ISO 27001 8.22", "SOC 2 CC6.1"),
        config_schema=TENANT_LABELS,
        check=_peers_are_its_own,
    ),
    StackRule(
        id="binding-own-tenant",
        title="A tenant's service accounts have rights in the tenant's own namespaces only",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(NAMESPACE, *_BINDINGS),
        why="Whoever takes over a pod of one tenant would have a hand in another's, or in the platform.",
        remedy="Bind the role in the account's own namespace, or to an account of the platform.",
        url=f"{KUBERNETES_DOCS}/concepts/security/rbac-good-practices/",
        references=("MCSB PA-7", "CIS AKS 1.8 4.6.1", "PCI DSS 7.2.1"),
        config_schema=TENANT_LABELS,
        check=_rights_stay_at_home,
    ),
    StackRule(
        id="ingress-host-once",
        title="A host name is claimed in one namespace only",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(_INGRESS),
        why="Of two tenants that claim a name, one receives the other's passwords and documents.",
        remedy="Give each tenant host names of its own.",
        url=f"{KUBERNETES_DOCS}/concepts/services-networking/ingress/#name-based-virtual-hosting",
        references=("MCSB NS-1", "ISO 27001 8.22"),
        check=_hosts_are_claimed_once,
    ),
    StackRule(
        id="ns-limit-range",
        title="Every tenant's namespace has a LimitRange",
        family=TENANCY,
        severity=Severity.MEDIUM,
        types=types(NAMESPACE, _LIMITS),
        why="A container without limits of its own would take the whole quota, and one too large blocks a node.",
        remedy="Add a LimitRange with defaults and a maximum.",
        url=f"{KUBERNETES_DOCS}/concepts/policy/limit-range/",
        references=("ISO 27001 8.6", "NSA pod", "CIS AKS 1.8 4.6.1"),
        config_schema={
            "labels": {"type": "array", "items": {"type": "string"}, "default": ["odoo-azure/tenant"]},
        },
        check=_containers_are_limited,
    ),
)
