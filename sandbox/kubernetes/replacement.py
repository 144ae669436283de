"""Which changes replace an object, and which the API server refuses although they do not.

The first are pulumi-kubernetes' own table (provider/pkg/provider/diff.go), without the versions that no server has now.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.kubernetes.objects import api_version_of, kind_of
from sandbox.provider.values import Object

ALWAYS: Final = ("metadata.name", "metadata.namespace", "kind")

_VOLUME_SOURCES: Final = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
)  # fmt: skip
_POD: Final = (
    "affinity", "automountServiceAccountToken", "containers", "dnsConfig", "dnsPolicy", "enableServiceLinks",
    "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "initContainers", "nodeName",
    "nodeSelector", "overhead", "preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy",
    "runtimeClassName", "schedulerName", "securityContext", "serviceAccount", "serviceAccountName",
    "shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds", "volumes",
)  # fmt: skip


def _spec(*names: str) -> tuple[str, ...]:
    return tuple(f"spec.{name}" for name in names)


_REPLACED: Final[dict[str, tuple[str, ...]]] = {
    "apps/v1 Deployment": _spec("selector"),
    "apps/v1 DaemonSet": _spec("selector"),
    "apps/v1 StatefulSet": _spec(
        "podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"
    ),
    "batch/v1 Job": _spec("completions", "parallelism", "selector", "template"),
    "rbac.authorization.k8s.io/v1 ClusterRoleBinding": ("roleRef",),
    "rbac.authorization.k8s.io/v1 RoleBinding": ("roleRef",),
    "storage.k8s.io/v1 StorageClass": ("parameters", "provisioner"),
    "v1 PersistentVolume": _spec(*_VOLUME_SOURCES),
    "v1 PersistentVolumeClaim": _spec("accessModes", "selector", "storageClassName", "volumeName"),
    "v1 Pod": _spec(*_POD),
    "v1 ResourceQuota": _spec("scopes"),
    "v1 Secret": ("type",),
    "v1 Service": _spec("clusterIP"),
}
# Contents are replaced, too, unless the provider is told to change them in place: the option that tells it.
_CONTENTS: Final = {
    "v1 ConfigMap": ("enableConfigMapMutable", ("binaryData", "data")),
    "v1 Secret": ("enableSecretMutable", ("stringData", "data")),
}
_REFUSED: Final[dict[str, tuple[str, ...]]] = {
    "apps/v1 StatefulSet": ("spec.selector",),
    "batch/v1 Job": ("spec.completionMode",),
    "scheduling.k8s.io/v1 PriorityClass": ("value", "preemptionPolicy"),
    "storage.k8s.io/v1 StorageClass": ("reclaimPolicy", "volumeBindingMode"),
    "v1 PersistentVolumeClaim": ("spec.volumeMode",),
}


def _name(token: str) -> str:
    return f"{api_version_of(token)} {kind_of(token)}"


def replaced_by(token: str, new: Object, config: Mapping[str, str]) -> tuple[str, ...]:
    """The properties of which a change replaces the object; `config` is the provider's."""
    name = _name(token)
    option, contents = _CONTENTS.get(name, ("", ()))
    in_place = config.get(option) == "true" and not new.get("immutable")
    return (*ALWAYS, *_REPLACED.get(name, ()), *(() if in_place else contents))


def refused(token: str) -> tuple[str, ...]:
    """The properties that the API server does not let anybody change."""
    return _REFUSED.get(_name(token), ())
