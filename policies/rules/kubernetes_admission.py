"""What a cluster lets anybody do: admission policies, rights that lead to others, and the bounds of namespaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_SET, Finding, Test, Value, one_of
from policies.rules.catalog import KUBERNETES, KUBERNETES_DOCS
from policies.rules.kubernetes_pods import PODS
from policies.rules.namespaces import NAMESPACE, SYSTEM_NAMESPACES, Contents, own_namespaces

_ADMISSION = f"{KUBERNETES_DOCS}/reference/access-authn-authz/validating-admission-policy/"
_RBAC = f"{KUBERNETES_DOCS}/concepts/security/rbac-good-practices/"
_NAMESPACES = f"{KUBERNETES_DOCS}/concepts/overview/working-with-objects/namespaces/"
_ADMISSION_POLICY = "kubernetes:admissionregistration.k8s.io:ValidatingAdmissionPolicy"
_ADMISSION_BINDING = f"{_ADMISSION_POLICY}Binding"
_CLUSTER_ROLES = types("kubernetes:rbac.authorization.k8s.io:ClusterRole")
_ROLES = _CLUSTER_ROLES | types("kubernetes:rbac.authorization.k8s.io:Role")
_READS = one_of("get", "list", "watch", "*")
_CHANGES = one_of("create", "update", "patch", "*")
# CIS AKS 1.8: 4.1.9 to 4.1.12, and ways into running pods.
_WAYS_UP = one_of(
    "pods/exec",
    "pods/attach",
    "pods/portforward",
    "pods/ephemeralcontainers",
    "pods/proxy",
    "services/proxy",
    "nodes/proxy",
    "serviceaccounts/token",
    "certificatesigningrequests/approval",
)
_RULES_OF_ADMISSION = one_of(
    "mutatingadmissionpolicies",
    "mutatingadmissionpolicybindings",
    "mutatingwebhookconfigurations",
    "validatingadmissionpolicies",
    "validatingadmissionpolicybindings",
    "validatingwebhookconfigurations",
)
_POD_MAKERS = one_of(
    "pods", "deployments", "statefulsets", "daemonsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"
)
_OWN_NAMESPACE = Test(
    "be a namespace of its own",
    lambda name: isinstance(name, str) and name not in SYSTEM_NAMESPACES and name != "default",
)


def _denies(resource: Resource) -> Iterator[Finding]:
    actions = resource.at("spec.validationActions")
    if not actions.is_unknown() and not any(action.may_meet(one_of("Deny")) for action in actions.elements()):
        yield Finding(message=f"{actions.path} must have Deny")
    actions.known()


def _admission_policies_are_bound(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    bound = [binding.at("spec.policyName") for binding in graph.of(_ADMISSION_BINDING)]
    for policy in graph.of(_ADMISSION_POLICY):
        name = policy.at("metadata.name")
        if name.known() and not any(not each.known() or each.text() == name.text() for each in bound):
            yield policy.finding("a ValidatingAdmissionPolicyBinding must name it: without one it does nothing")


def _allowed(resource: Resource, verbs: Test) -> Iterator[Value]:
    """The resources on which a role allows one of these verbs."""
    for rule in resource.at("rules").elements():
        if any(verb.meets(verbs) for verb in rule.at("verbs").elements()):
            yield from rule.at("resources").elements()


def _no_secrets(resource: Resource) -> Iterator[Finding]:
    for each in _allowed(resource, _READS):
        yield from each.must_not(one_of("secrets"), "it reads those of every tenant")


def _no_way_up(resource: Resource) -> Iterator[Finding]:
    for each in _allowed(resource, Test("be any", lambda _: True)):
        yield from each.must_not(_WAYS_UP, "it leads to the rights of other accounts")
    for each in _allowed(resource, _CHANGES):
        yield from each.must_not(_RULES_OF_ADMISSION, "it can switch every other rule off")


def _makes_no_pods(resource: Resource) -> Iterator[Finding]:
    for each in _allowed(resource, one_of("create", "*")):
        yield from each.must_not(_POD_MAKERS, "a pod may run as any service account of its namespace")


def _says_whose(resource: Resource) -> Iterator[Finding]:
    name, labels = resource.at("metadata.name"), resource.at("metadata.labels")
    if not name.known() or name.text() in SYSTEM_NAMESPACES:
        return
    for label in resource.config["labels"]:
        yield from labels.key(label).must(IS_SET)


def _namespaces_are_bounded(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    quotas = Contents(graph, "kubernetes:core:ResourceQuota")
    for namespace in own_namespaces(graph):
        if not any(quota.at("spec.hard").is_set() for quota in quotas.of(namespace)):
            yield namespace.finding("the namespace must have a ResourceQuota")


RULES = (
    ResourceRule(
        id="admission-fails-closed",
        title="Admission policies refuse what they cannot judge",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types(_ADMISSION_POLICY),
        why="With Ignore, an object that breaks an expression goes past the rule.",
        remedy="Set spec.failurePolicy to Fail, or leave it out.",
        url=_ADMISSION,
        references=("MCSB PV-2", "NSA pod"),
        check=lambda resource: resource.at("spec.failurePolicy").must_if_set(one_of("Fail")),
    ),
    ResourceRule(
        id="admission-denies",
        title="Admission policies deny, and do not only warn",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types(_ADMISSION_BINDING),
        why="A warning is shown to whoever deploys, and nobody has to read it.",
        remedy="Put Deny among spec.validationActions.",
        url=_ADMISSION,
        references=("MCSB PV-2", "NSA pod"),
        check=_denies,
    ),
    StackRule(
        id="admission-is-bound",
        title="Admission policies are in force",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=types(_ADMISSION_POLICY, _ADMISSION_BINDING),
        why="A policy without a binding looks like protection and is none.",
        remedy="Add a ValidatingAdmissionPolicyBinding that names it.",
        url=_ADMISSION,
        references=("MCSB PV-2",),
        check=_admission_policies_are_bound,
    ),
    ResourceRule(
        id="role-no-secrets",
        title="No role reads the Secrets of the whole cluster",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=_CLUSTER_ROLES,
        why="Secrets hold tokens, certificates and releases: who reads all of them is every tenant.",
        remedy="Leave secrets out, or grant them by a Role in one namespace.",
        url=_RBAC,
        references=("CIS AKS 1.8 4.1.2", "PCI DSS 7.2.1"),
        check=_no_secrets,
    ),
    ResourceRule(
        id="role-no-way-up",
        title="No role leads into pods, to tokens, or past admission",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=_ROLES,
        why="Each of these rights takes over an account that has more of them.",
        remedy="Leave these subresources out; debug through an emergency group.",
        url=_RBAC,
        references=("CIS AKS 1.8 4.1.9", "CIS AKS 1.8 4.1.11", "CIS AKS 1.8 4.1.12", "MCSB PA-7"),
        check=_no_way_up,
    ),
    ResourceRule(
        id="role-makes-no-pods",
        title="No role inside the cluster makes pods",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=_ROLES,
        why="Whoever makes a pod chooses its service account, and so takes over that account's rights.",
        remedy="Let `pulumi up` make workloads; let jobs scale what is there.",
        url=_RBAC,
        references=("CIS AKS 1.8 4.1.4", "MCSB PA-7"),
        check=_makes_no_pods,
    ),
    ResourceRule(
        id="ns-owner",
        title="Namespaces say whose they are",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types("kubernetes:core:Namespace"),
        why="Costs and alerts of a namespace without an owner reach nobody.",
        remedy="Label the namespace with its owner.",
        url=_NAMESPACES,
        references=("MCSB AM-1", "ISO 27001 5.9"),
        config_schema={"labels": {"type": "array", "items": {"type": "string"}, "default": ["owner"]}},
        check=_says_whose,
    ),
    ResourceRule(
        id="ns-default-unused",
        title="Nothing runs in default, or among the system's pods",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS | types("kubernetes:core:Service", "kubernetes:networking.k8s.io:Ingress"),
        why="Quotas, network policies and guards are made for named namespaces: these have none.",
        remedy="Set metadata.namespace.",
        url=_NAMESPACES,
        references=("CIS AKS 1.8 4.6.3", "CIS AKS 1.8 4.6.1"),
        check=lambda resource: resource.at("metadata.namespace").must(_OWN_NAMESPACE),
    ),
    StackRule(
        id="ns-quota",
        title="Every namespace has a quota",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types(NAMESPACE, "kubernetes:core:ResourceQuota"),
        why="One tenant's runaway job would take the nodes of all others.",
        remedy="Add a ResourceQuota to the namespace.",
        url=f"{KUBERNETES_DOCS}/concepts/policy/resource-quotas/",
        references=("NSA net", "ISO 27001 8.6", "CIS AKS 1.8 4.6.1"),
        check=_namespaces_are_bounded,
    ),
)
