"""What is known of an object without looking at others: its kind, scope, names and annotations."""

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


def api_version_of(token: str) -> str:
    """The `apiVersion` that a type token such as `kubernetes:core/v1:Namespace` stands for."""
    return token.split(":")[1].removeprefix("core/")


def is_patch(token: str) -> bool:
    """Whether the resource changes some properties of an object that somebody else made."""
    return kind_of(token).endswith(PATCH)


def annotation(inputs: Object, name: str) -> str:
    """One of `pulumi.com`'s annotations (pulumi.com/registry/packages/kubernetes), or the empty string."""
    annotations = dig(inputs, "metadata", "annotations") or {}
    return str(annotations.get(f"pulumi.com/{name}") or "")


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
