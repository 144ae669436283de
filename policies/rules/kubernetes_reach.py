"""How far objects of a cluster reach: policies of its network, admission, volumes and tokens."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must, types
from policies.kit.values import IS_SET, Finding, Test, Value, one_of
from policies.rules.catalog import KUBERNETES, KUBERNETES_DOCS, TENANCY

_EVERYWHERE = one_of("0.0.0.0/0", "::/0")
# Private ranges (RFC 1918), shared ones (RFC 6598), and link-local with the metadata service (RFC 3927).
_INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
_POLICY = types("kubernetes:networking.k8s.io:NetworkPolicy")
_ADMISSION = types("kubernetes:admissionregistration.k8s.io:ValidatingAdmissionPolicy")
_VOLUME = types("kubernetes:core:PersistentVolume")


def _peers_are_bounded(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("spec.ingress").elements():
        yield from _bounded(rule, "from", inward=True)
    for rule in resource.at("spec.egress").elements():
        yield from _bounded(rule, "to", inward=False)


def _bounded(rule: Value, direction: str, *, inward: bool) -> Iterator[Finding]:
    peers = rule.at(direction)
    if peers.known() and not peers.is_set():
        yield Finding(message=f"{peers.path} must name peers: without any, it is everybody")
    for peer in peers.elements():
        block = peer.at("ipBlock")
        if peer.known() and not any(
            _is_there(peer.at(name)) for name in ("ipBlock", "podSelector", "namespaceSelector")
        ):
            yield Finding(message=f"{peer.path} must select somebody")
        if block.at("cidr").meets(_EVERYWHERE):
            yield from _excepts_the_inside(block, inward=inward)


def _pods_are_named(resource: Resource) -> Iterator[Finding]:
    for peers in (("ingress", "from"), ("egress", "to")):
        for rule in resource.at(f"spec.{peers[0]}").elements():
            for peer in rule.at(peers[1]).elements():
                named = peer.at("namespaceSelector.matchLabels").key("kubernetes.io/metadata.name")
                # AKS's own agents, such as those that read metrics, change their labels with its releases.
                if _is_there(peer.at("namespaceSelector")) and not (
                    peers[1] == "from" and named.may_meet(one_of("kube-system"))
                ):
                    yield from peer.at("podSelector").must(IS_SET)


def _is_there(value: Value) -> bool:
    """Whether it is given: an empty selector is, and selects everybody of its kind."""
    return value.is_unknown() or value.meets(Test("be given", lambda _: True))


def _excepts_the_inside(block: Value, *, inward: bool) -> Iterator[Finding]:
    excepted = list(block.at("except").elements())
    if not inward and (not block.at("except").known() or not all(each.known() for each in excepted)):
        return
    if inward or not {each.text() for each in excepted}.issuperset(_INSIDE):
        yield Finding(message=f"{block.path} must not be everywhere: the outside at most, and outward only")


def _judges_something(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("spec.validations").must(IS_SET)
    for validation in resource.at("spec.validations").elements():
        yield from validation.at("expression").must(
            Test("be an expression that can be false", lambda text: isinstance(text, str) and text.strip() != "true")
        )
    yield from resource.at("spec.matchConstraints.resourceRules").must(IS_SET)
    for rule in resource.at("spec.matchConstraints.resourceRules").elements():
        for name in ("apiGroups", "apiVersions", "operations", "resources"):
            yield from rule.at(name).must(IS_SET)


RULES = (
    ResourceRule(
        id="netpol-peers-bounded",
        title="Network policies let nothing in from everywhere, and out to the outside at most",
        family=TENANCY,
        severity=Severity.HIGH,
        types=_POLICY,
        why="A rule without peers, or for every address, reaches the nodes, the metadata service and other tenants.",
        remedy="Name peers in each rule; beside 0.0.0.0/0, except 10/8, 172.16/12, 192.168/16 and 169.254/16.",
        url=f"{KUBERNETES_DOCS}/concepts/services-networking/network-policies/",
        references=("MCSB NS-1", "ISO 27001 8.22"),
        check=_peers_are_bounded,
    ),
    ResourceRule(
        id="netpol-pods-named",
        title="Network policies name the pods of another namespace",
        family=TENANCY,
        severity=Severity.LOW,
        types=_POLICY,
        why="A namespace alone lets in whatever will ever run there.",
        remedy="Add a podSelector with labels beside each namespaceSelector.",
        url=f"{KUBERNETES_DOCS}/concepts/services-networking/network-policies/",
        references=("MCSB NS-1", "ISO 27001 8.22"),
        check=_pods_are_named,
    ),
    ResourceRule(
        id="admission-judges",
        title="An admission policy judges something",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=_ADMISSION,
        why="One without rules or validations is bound, and lets everything through.",
        remedy="Set matchConstraints.resourceRules whole, and validations.",
        url=f"{KUBERNETES_DOCS}/reference/access-authn-authz/validating-admission-policy/",
        references=("MCSB PV-3", "ISO 27001 8.9"),
        check=_judges_something,
    ),
    ResourceRule(
        id="pv-retained",
        title="A volume outlives its claim",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=_VOLUME,
        why="With Delete, whoever deletes a claim or its namespace deletes the files.",
        remedy="Set spec.persistentVolumeReclaimPolicy to Retain.",
        url=f"{KUBERNETES_DOCS}/concepts/storage/persistent-volumes/#reclaiming",
        references=("MCSB BR-2", "ISO 27001 8.13"),
        check=must("spec.persistentVolumeReclaimPolicy", one_of("Retain")),
    ),
    ResourceRule(
        id="ns-pods-restricted",
        title="Namespaces enforce the restricted pod security standard",
        family=KUBERNETES,
        severity=Severity.LOW,
        types=types("kubernetes:core:Namespace"),
        why="Baseline lets pods run as root, without a seccomp profile.",
        remedy="Set the label pod-security.kubernetes.io/enforce to restricted.",
        url=f"{KUBERNETES_DOCS}/concepts/security/pod-security-standards/",
        references=("MCSB PV-3", "ISO 27001 8.9"),
        check=lambda resource: (
            resource.at("metadata.labels").key("pod-security.kubernetes.io/enforce").must(one_of("restricted"))
        ),
    ),
)
