"""Kubernetes objects around the pods: namespaces, ways in, roles, secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_FALSE, IS_SET, Finding, one_of
from policies.rules.catalog import KUBERNETES, LEARN
from policies.rules.namespaces import NAMESPACE, SYSTEM_NAMESPACES, Contents, own_namespaces

_DOCS = "https://kubernetes.io/docs"
_ENFORCE_LABEL = "pod-security.kubernetes.io/enforce"
_INTERNAL_ANNOTATION = "service.beta.kubernetes.io/azure-load-balancer-internal"
_ROLES = types("kubernetes:rbac.authorization.k8s.io:Role", "kubernetes:rbac.authorization.k8s.io:ClusterRole")
_BINDINGS = types(
    "kubernetes:rbac.authorization.k8s.io:RoleBinding", "kubernetes:rbac.authorization.k8s.io:ClusterRoleBinding"
)
_EVERYBODY = one_of("system:masters", "system:unauthenticated", "system:authenticated", "system:anonymous")


def _namespace_is_secured(resource: Resource) -> Iterator[Finding]:
    name = resource.at("metadata.name")
    if name.known() and name.text() not in SYSTEM_NAMESPACES:
        labels = resource.at("metadata.labels")
        yield from labels.key(_ENFORCE_LABEL).must(one_of("restricted", "baseline"))


def _service_is_internal(resource: Resource) -> Iterator[Finding]:
    spec = resource.at("spec")
    if spec.at("type").meets(one_of("LoadBalancer")):
        yield from resource.at("metadata.annotations").key(_INTERNAL_ANNOTATION).must(one_of("true"))
    yield from spec.at("type").must_not(one_of("NodePort"), "it opens a port on every node")
    yield from spec.at("externalIPs").must_not(IS_SET, "it takes traffic of any address it names")


def _ingress_has_tls(resource: Resource) -> Iterator[Finding]:
    spec = resource.at("spec")
    yield from spec.at("tls").must(IS_SET)
    hosts = [host for entry in spec.at("tls").elements() for host in entry.at("hosts").elements()]
    covered = {host.text() for host in hosts if all(other.known() for other in hosts)}
    for rule in spec.at("rules").elements():
        host = rule.at("host")
        yield from host.must(IS_SET)
        if covered and (name := host.text()) is not None and name not in covered:
            yield Finding(message=f"{host.path} must be among the hosts of spec.tls")


def _secret_holds_nothing(resource: Resource) -> Iterator[Finding]:
    for path in ("data", "stringData"):
        yield from resource.at(path).must_not(IS_SET, "the value ends in the state and in etcd; mount it from a vault")


def _role_is_narrow(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("rules").elements():
        for name in ("apiGroups", "resources", "verbs"):
            for entry in rule.at(name).elements():
                yield from entry.must_not(one_of("*"), "it allows what will be added later, too")
        for verb in rule.at("verbs").elements():
            yield from verb.must_not(one_of("escalate", "bind", "impersonate"), "it leads to every other right")


def _binding_is_narrow(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("roleRef.name").must_not(one_of("cluster-admin"), "give out a role that names its rights")
    for subject in resource.at("subjects").elements():
        yield from subject.at("name").must_not(_EVERYBODY, "name the group or the service account")


def _namespaces_deny_by_default(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    policies = Contents(graph, "kubernetes:networking.k8s.io:NetworkPolicy")
    for namespace in own_namespaces(graph):
        denied = {direction for policy in policies.of(namespace) for direction in _denied_directions(policy)}
        if missing := sorted({"ingress", "egress"} - denied):
            yield namespace.finding(f"the namespace must have a NetworkPolicy that denies {' and '.join(missing)}")


def _denied_directions(policy: Node) -> Iterator[str]:
    """Directions in which a policy selects every pod and lets nothing through."""
    spec = policy.at("spec")
    selectors = (spec.at("podSelector.matchLabels"), spec.at("podSelector.matchExpressions"))
    if any(selector.known() and selector.is_set() for selector in selectors):
        return
    directions = spec.at("policyTypes")
    if not directions.known():
        yield from ("ingress", "egress")
    for direction in directions.elements():
        name = (direction.text() or "").casefold()
        if not direction.known():
            yield from ("ingress", "egress")
        if name in {"ingress", "egress"} and not spec.at(name).is_set():
            yield name


def _no_chart(_: Resource) -> Iterator[Finding]:
    yield Finding(message="declare the chart's objects as resources: a release shows none of them to policies")


def _token_is_not_mounted(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("automountServiceAccountToken").must(IS_FALSE)


RULES = (
    ResourceRule(
        id="ns-pod-security",
        title="Namespaces enforce a pod security standard",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types("kubernetes:core:Namespace"),
        why="Policies see what is deployed from here; admission sees what anybody deploys.",
        remedy=f"Label the namespace {_ENFORCE_LABEL}: restricted (or baseline, with a reason).",
        url=f"{_DOCS}/concepts/security/pod-security-admission/",
        references=("MCSB PV-2", "CIS AKS 1.8 4.6.1"),
        check=_namespace_is_secured,
    ),
    ResourceRule(
        id="svc-internal-only",
        title="Services are reached from inside the network only",
        family=KUBERNETES,
        severity=Severity.CRITICAL,
        types=types("kubernetes:core:Service"),
        why="A load balancer is public unless an annotation says otherwise.",
        remedy=f'Annotate the service {_INTERNAL_ANNOTATION}: "true"; use neither NodePort nor externalIPs.',
        url=f"{LEARN}/aks/internal-lb",
        references=("MCSB NS-2", "CIS AKS 1.8 5.4.5", "NSA net"),
        check=_service_is_internal,
    ),
    ResourceRule(
        id="ingress-tls",
        title="Every ingress host has TLS",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types("kubernetes:networking.k8s.io:Ingress"),
        why="Passwords and invoices would cross the network in clear text.",
        remedy="Name each rule's host, and the same host under spec.tls.",
        url=f"{_DOCS}/concepts/services-networking/ingress/#tls",
        references=("MCSB DP-3", "CIS AKS 1.8 5.4.5", "PCI DSS 4.2.1"),
        check=_ingress_has_tls,
    ),
    ResourceRule(
        id="secret-no-literal",
        title="Secrets come from a vault, not from the program",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types("kubernetes:core:Secret"),
        why="A Secret made here is in the state, in etcd, and in every export of both.",
        remedy="Mount the value from Key Vault with the secrets-store CSI driver.",
        url=f"{LEARN}/aks/csi-secrets-store-driver",
        references=("MCSB IM-8", "CIS AKS 1.8 4.5.2", "PCI DSS 8.6.2"),
        check=_secret_holds_nothing,
    ),
    ResourceRule(
        id="sa-automount-off",
        title="Service accounts mount no token by themselves",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types("kubernetes:core:ServiceAccount"),
        why="A token nobody uses is a token for whoever breaks in.",
        remedy="Set automountServiceAccountToken to false.",
        url=f"{_DOCS}/tasks/configure-pod-container/configure-service-account/",
        references=("CIS AKS 1.8 4.1.5", "CIS AKS 1.8 4.1.6"),
        check=_token_is_not_mounted,
    ),
    ResourceRule(
        id="role-no-wildcard",
        title="Kubernetes roles name what they allow",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=_ROLES,
        why="A wildcard, or a verb that hands out rights, leads to the whole cluster.",
        remedy="List apiGroups, resources and verbs.",
        url=f"{_DOCS}/concepts/security/rbac-good-practices/",
        references=("CIS AKS 1.8 4.1.3", "CIS AKS 1.8 4.1.7", "PCI DSS 7.2.1"),
        check=_role_is_narrow,
    ),
    ResourceRule(
        id="binding-no-cluster-admin",
        title="Nobody is bound to cluster-admin, and no role to everybody",
        family=KUBERNETES,
        severity=Severity.CRITICAL,
        types=_BINDINGS,
        why="Whoever holds that binding owns every tenant of the cluster.",
        remedy="Use Azure roles for people and narrow roles for service accounts.",
        url=f"{_DOCS}/concepts/security/rbac-good-practices/",
        references=("CIS AKS 1.8 4.1.1", "MCSB PA-7"),
        check=_binding_is_narrow,
    ),
    ResourceRule(
        id="helm-not-opaque",
        title="Objects are declared one by one, not as a Helm release",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types("kubernetes:helm.sh:Release"),
        why="A release hides its objects from every other rule here.",
        remedy="Use typed resources, an add-on managed by AKS, or helm.v4.Chart, which shows its objects.",
        url="https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/choosing-the-right-helm-resource-for-your-use-case/",
        references=("MCSB PV-2",),
        check=_no_chart,
    ),
    StackRule(
        id="netpol-default-deny",
        title="Every namespace denies traffic by default, both ways",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types(NAMESPACE, "kubernetes:networking.k8s.io:NetworkPolicy"),
        why="Without one, any pod reaches any other tenant's pods and the Internet.",
        remedy="Add a NetworkPolicy with an empty podSelector and policyTypes Ingress and Egress.",
        url=f"{_DOCS}/concepts/services-networking/network-policies/#default-deny-all-ingress-and-all-egress-traffic",
        references=("MCSB NS-1", "CIS AKS 1.8 4.4.2", "ISO 27001 8.22"),
        check=_namespaces_deny_by_default,
    ),
)
