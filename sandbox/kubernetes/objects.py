"""What a Kubernetes API server knows of an object without looking at others: scope, names, what is fixed."""

import re
from typing import Any, Final

from sandbox.provider.errors import Failure
from sandbox.provider.values import Object, dig

CLUSTER_SCOPED: Final = frozenset(
    {
        "APIService", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding", "ComponentStatus", "CSIDriver",
        "CSINode", "CustomResourceDefinition", "FlowSchema", "IngressClass", "MutatingWebhookConfiguration",
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "RuntimeClass",
        "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration", "VolumeAttachment",
    }
)  # fmt: skip
BUILT_IN_NAMESPACES: Final = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})
PATCH: Final = "Patch"

# kubernetes.io/docs/concepts/overview/working-with-objects/names
LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
SUBDOMAIN: Final = rf"{LABEL}(\.{LABEL})*"
SUBDOMAIN_LONGEST: Final = 253
_NAME_PATTERNS: Final = {"Namespace": LABEL, "Service": r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"}
_PATH_SEGMENT_KINDS: Final = frozenset({"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"})

# What the API server refuses to change in place, by kind.
_FIXED: Final[dict[str, tuple[str, ...]]] = {
    "Deployment": ("spec.selector",),
    "DaemonSet": ("spec.selector",),
    "StatefulSet": ("spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"),
    "Job": ("spec.selector", "spec.template", "spec.completions", "spec.completionMode"),
    "Service": ("spec.clusterIP",),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"),
    "StorageClass": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "RoleBinding": ("roleRef",),
    "ClusterRoleBinding": ("roleRef",),
    "Secret": ("type",),
    "PriorityClass": ("value",),
}
FIXED_EVERYWHERE: Final = ("apiVersion", "kind", "metadata.name", "metadata.namespace")


def kind_of(token: str) -> str:
    """The kind in a type token such as `kubernetes:apps/v1:Deployment`."""
    return token.rpartition(":")[2]


def is_namespaced(token: str) -> bool:
    return kind_of(token).removesuffix(PATCH) not in CLUSTER_SCOPED


def identifier(token: str, inputs: Object, default_namespace: str) -> str:
    """The provider's id: `namespace/name`, or `name` outside of namespaces."""
    name = str(dig(inputs, "metadata", "name"))
    if not is_namespaced(token):
        return name
    return f"{dig(inputs, 'metadata', 'namespace') or default_namespace}/{name}"


def fixed_properties(token: str, inputs: Object) -> tuple[str, ...]:
    kind = kind_of(token)
    extra = ("data", "binaryData", "stringData") if inputs.get("immutable") and kind in ("ConfigMap", "Secret") else ()
    return (*FIXED_EVERYWHERE, *_FIXED.get(kind, ()), *extra)


def findings(token: str, inputs: Object) -> list[Failure]:
    """What is wrong with the object's type and names."""
    found = []
    for key in ("apiVersion", "kind"):
        if not isinstance(inputs.get(key), str):
            found.append(Failure(key, "required property is missing"))
    kind = str(inputs.get("kind", ""))
    if kind_of(token).removesuffix(PATCH) != kind and not found:
        found.append(Failure("kind", f"found {kind!r}, allowed: {kind_of(token)!r}"))
    found += _name(kind, "metadata.name", dig(inputs, "metadata", "name"))
    namespace = dig(inputs, "metadata", "namespace")
    found += _name("Namespace", "metadata.namespace", namespace)
    if namespace is not None and not is_namespaced(token):
        found.append(Failure("metadata.namespace", f"a {kind} is in no namespace"))
    return found


def _name(kind: str, path: str, name: Any) -> list[Failure]:
    if not isinstance(name, str):
        return []
    if kind in _PATH_SEGMENT_KINDS:
        ok = name not in (".", "..") and not set(name) & {"/", "%"}
    else:
        ok = re.fullmatch(_NAME_PATTERNS.get(kind, SUBDOMAIN), name) is not None and len(name) <= SUBDOMAIN_LONGEST
    return [] if ok else [Failure(path, f"found {name!r}, allowed: lower-case letters, digits and '-' (RFC 1123)")]
