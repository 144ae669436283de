"""What pods may do, wherever their template stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceCheck, ResourceRule
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Test, Value, at_least, matches, one_of
from policies.rules.catalog import KUBERNETES

_DOCS = "https://kubernetes.io/docs/concepts"
_STANDARDS = f"{_DOCS}/security/pod-security-standards/"
_TEMPLATE = "spec.template.spec"
_POD_SPECS: Mapping[str, str] = {
    "kubernetes:core:Pod": "spec",
    "kubernetes:core:ReplicationController": _TEMPLATE,
    "kubernetes:apps:DaemonSet": _TEMPLATE,
    "kubernetes:apps:Deployment": _TEMPLATE,
    "kubernetes:apps:ReplicaSet": _TEMPLATE,
    "kubernetes:apps:StatefulSet": _TEMPLATE,
    "kubernetes:batch:CronJob": "spec.jobTemplate.spec.template.spec",
    "kubernetes:batch:Job": _TEMPLATE,
}
PODS = frozenset(_POD_SPECS)
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_HOST_NAMESPACES = ("hostPID", "hostIPC", "hostNetwork")
_DIGEST = matches(r"@sha256:[0-9a-f]{64}$", "name the image by its sha256 digest")
_ALLOWED_CAPABILITY = one_of("NET_BIND_SERVICE")
_NOT_ROOT = Test("be a user other than root (0)", at_least(1).passes)


def pod_of(resource: Resource) -> Value:
    """The pod's specification in any kind of workload."""
    return resource.at(_POD_SPECS[resource.type])


def containers_of(resource: Resource) -> Iterator[Value]:
    """All containers of a workload: those that prepare and those that debug, too."""
    for name in _CONTAINERS:
        yield from pod_of(resource).at(name).elements()


def _effective(resource: Resource, container: Value, path: str) -> Value:
    """A security setting as it applies to a container: its own over the pod's."""
    own = container.at(f"securityContext.{path}")
    inherited = pod_of(resource).at(f"securityContext.{path}")
    return own if own.is_set() or not inherited.is_set() else inherited


def _each_container(path: str, test: Test) -> ResourceCheck:
    return lambda resource: (f for container in containers_of(resource) for f in container.at(path).must(test))


def _not_privileged(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        yield from container.at("securityContext.privileged").must_not(IS_TRUE, "it would be root on the node")


def _no_host_namespaces(resource: Resource) -> Iterator[Finding]:
    for name in _HOST_NAMESPACES:
        yield from pod_of(resource).at(name).must_not(IS_TRUE, "the pod would see the node and its neighbours")
    for container in containers_of(resource):
        for port in container.at("ports").elements():
            yield from port.at("hostPort").must_not(IS_SET, "it opens a port of the node")


def _no_host_path(resource: Resource) -> Iterator[Finding]:
    for volume in pod_of(resource).at("volumes").elements():
        yield from volume.at("hostPath").must_not(IS_SET, "it shows the node's files to the pod")


def _non_root(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        yield from _effective(resource, container, "runAsNonRoot").must(IS_TRUE)
        yield from _effective(resource, container, "runAsUser").must_if_set(_NOT_ROOT)


def _drops_capabilities(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        capabilities = container.at("securityContext.capabilities")
        drop = capabilities.at("drop")
        if not any(dropped.may_meet(one_of("ALL")) for dropped in drop.elements()) and not drop.is_unknown():
            yield Finding(message=f"{drop.path} must have ALL")
        for added in capabilities.at("add").elements():
            yield from added.must(_ALLOWED_CAPABILITY)


def _seccomp(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        profile = _effective(resource, container, "seccompProfile.type")
        yield from profile.must(one_of("RuntimeDefault", "Localhost"))


def _has_resources(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        for path in ("requests.cpu", "requests.memory", "limits.memory"):
            yield from container.at(f"resources.{path}").must(IS_SET)


RULES = (
    ResourceRule(
        id="pod-not-privileged",
        title="No container is privileged",
        family=KUBERNETES,
        severity=Severity.CRITICAL,
        types=PODS,
        why="A privileged container is root on the node and reads every other tenant's memory.",
        remedy="Leave securityContext.privileged out.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.2.1", "MCSB PV-2", "NSA pod"),
        check=_not_privileged,
    ),
    ResourceRule(
        id="pod-no-host-namespaces",
        title="Pods share no namespace and no port with their node",
        family=KUBERNETES,
        severity=Severity.CRITICAL,
        types=PODS,
        why="A pod on the node's network goes past every network policy.",
        remedy="Leave hostPID, hostIPC, hostNetwork and hostPort out.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.2.2", "CIS AKS 1.8 4.2.3", "CIS AKS 1.8 4.2.4"),
        check=_no_host_namespaces,
    ),
    ResourceRule(
        id="pod-no-hostpath",
        title="Pods mount nothing of their node",
        family=KUBERNETES,
        severity=Severity.CRITICAL,
        types=PODS,
        why="The node's files hold its credentials and the container runtime's socket.",
        remedy="Use a persistent volume, emptyDir or a projected volume.",
        url=_STANDARDS,
        references=("MCSB PV-2", "NSA pod"),
        check=_no_host_path,
    ),
    ResourceRule(
        id="pod-non-root",
        title="Containers do not run as root",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="Root in a container is root on the node as soon as the wall between them has a hole.",
        remedy="Set securityContext.runAsNonRoot on the pod, and a runAsUser above 0.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.6.2", "NSA pod"),
        check=_non_root,
    ),
    ResourceRule(
        id="pod-no-escalation",
        title="Containers cannot gain privileges",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="A set-uid program in the image would make root of any process.",
        remedy="Set securityContext.allowPrivilegeEscalation to false on each container.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.2.5",),
        check=_each_container("securityContext.allowPrivilegeEscalation", IS_FALSE),
    ),
    ResourceRule(
        id="pod-caps-drop-all",
        title="Containers drop all capabilities",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="The runtime's default set lets a container forge packets and change owners.",
        remedy="Set capabilities.drop to [ALL]; add NET_BIND_SERVICE at most.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.6.2", "NSA pod"),
        check=_drops_capabilities,
    ),
    ResourceRule(
        id="pod-seccomp",
        title="Containers run under a seccomp profile",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="Most ways out of a container need a system call that the profile refuses.",
        remedy="Set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
        url=_STANDARDS,
        references=("CIS AKS 1.8 4.6.2", "NSA pod"),
        check=_seccomp,
    ),
    ResourceRule(
        id="pod-readonly-root",
        title="Containers do not write to their image",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="What cannot be written cannot be planted, and what is written there is lost at the next restart.",
        remedy="Set securityContext.readOnlyRootFilesystem and mount an emptyDir for scratch files.",
        url=f"{_DOCS}/storage/volumes/#emptydir",
        references=("NSA pod", "CIS AKS 1.8 4.6.2"),
        check=_each_container("securityContext.readOnlyRootFilesystem", IS_TRUE),
    ),
    ResourceRule(
        id="pod-image-digest",
        title="Images are named by digest",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="A tag may name another image tomorrow, and two pods of one deployment may run different code.",
        remedy="Name the image as registry/name@sha256:<digest>.",
        url=f"{_DOCS}/containers/images/",
        references=("MCSB DS-2", "PCI DSS 6.3.2", "ISO 27001 5.21"),
        check=_each_container("image", _DIGEST),
    ),
    ResourceRule(
        id="pod-resources",
        title="Containers say what they need",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="One report without a memory limit takes the whole node, with the other tenants on it.",
        remedy="Set resources.requests.cpu, requests.memory and limits.memory.",
        url=f"{_DOCS}/configuration/manage-resources-containers/",
        references=("ISO 27001 8.6", "NSA net"),
        check=_has_resources,
    ),
    ResourceRule(
        id="pod-token-automount-off",
        title="Pods get no token of the Kubernetes API",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="A token nobody uses is a token for whoever breaks in.",
        remedy="Set automountServiceAccountToken to false; workload identity brings a token of its own.",
        url="https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/",
        references=("CIS AKS 1.8 4.1.6", "NSA token"),
        check=lambda resource: pod_of(resource).at("automountServiceAccountToken").must(IS_FALSE),
    ),
)
