"""For every rule about objects in a cluster: how to spoil one of ours, so that the rule must speak."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.policies.harness import Declared

Change = Callable[[Any], None]
ROUTER = "traefik.ingress.kubernetes.io/router."
POD = ("spec", "template", "spec")
FIRST = (*POD, "containers", 0)


@dataclass(frozen=True)
class Mutation:
    """A change of an object's properties, for every object of a kind that it fits; LookupError: it does not."""

    rule: str
    kind: str
    change: Change


@dataclass(frozen=True)
class Twin:
    """What a stack must not have beside its own: the rule speaks when a changed copy of an object is added."""

    rule: str
    kind: str
    change: Change

    def applied(self, stack: Iterable[Declared]) -> Iterator[list[Declared]]:
        """The stack with a twin of one object; so for each object of the kind that the change fits."""
        everything = list(stack)
        for each in everything:
            properties = copy.deepcopy(dict(each.properties or {}))
            try:
                if each.type.endswith(f":{self.kind}"):
                    self.change(properties)
                    yield [*everything, Declared(type=each.type, name="twin", properties=properties)]
            except LookupError:
                continue


@dataclass(frozen=True)
class Removal:
    """What a stack must not be without: the rule speaks when all objects of the kind are gone."""

    rule: str
    kind: str

    def applied(self, stack: Iterable[Declared]) -> list[Declared]:
        return [each for each in stack if not each.type.endswith(f":{self.kind}")]


def put(*keys: str | int, value: Any) -> Change:
    """Sets what is at these keys; mappings on the way are made."""

    def change(properties: Any) -> None:
        *way, last = keys
        place = properties
        for key in way:
            place = place.setdefault(key, {}) if isinstance(key, str) else place[key]
        place[last] = value

    return change


def drop(*keys: str | int) -> Change:
    """Takes away what is at these keys."""

    def change(properties: Any) -> None:
        *way, last = keys
        place = properties
        for key in way:
            place = place[key]
        del place[last]

    return change


def append(*keys: str | int, value: Any) -> Change:
    """Adds an element to the list at these keys."""

    def change(properties: Any) -> None:
        place = properties
        for key in keys:
            place = place[key]
        place.append(value)

    return change


def option(name: str, value: str) -> Change:
    """Gives an option of odoo.conf, which is in it, another value."""

    def change(properties: Any) -> None:
        text, found = re.subn(rf"(?m)^{name} =.*$", f"{name} = {value}", properties["data"]["odoo.conf"])
        if not found:
            raise LookupError(name)
        properties["data"]["odoo.conf"] = text

    return change


def added_option(line: str) -> Change:
    """Writes a line into odoo.conf."""

    def change(properties: Any) -> None:
        properties["data"]["odoo.conf"] = properties["data"]["odoo.conf"].replace("[options]\n", f"[options]\n{line}\n")

    return change


def in_file(name: str, change_of_document: Change) -> Change:
    """Changes the YAML file of that name in a ConfigMap."""

    def change(properties: Any) -> None:
        document = yaml.safe_load(properties["data"][name])
        change_of_document(document)
        properties["data"][name] = yaml.safe_dump(document)

    return change


def of_tenant(change_of_object: Change) -> Change:
    """Changes an object in a tenant's namespace, and none of the platform's."""

    def change(properties: Any) -> None:
        if not properties["metadata"]["namespace"].startswith("acme"):
            raise LookupError(properties["metadata"]["namespace"])
        change_of_object(properties)

    return change


def role(resource: str, verb: str) -> Change:
    """Lets a role do one thing more."""
    return append("rules", value={"apiGroups": [""], "resources": [resource], "verbs": [verb]})


def _deployments(rule: str, change: Change) -> Mutation:
    return Mutation(rule, "Deployment", change)


def _static(rule: str, change: Change) -> Mutation:
    return Mutation(rule, "ConfigMap", in_file("traefik.yaml", change))


def _odoo(rule: str, change: Change) -> Mutation:
    return Mutation(rule, "ConfigMap", change)


_SECURITY = (*FIRST, "securityContext")
_SCALING = ("spec", "advanced", "horizontalPodAutoscalerConfig", "behavior", "scaleDown")
_UNSCALED = {"type": "cpu", "metadata": {"value": "80"}}
MUTATIONS = (
    _deployments("pod-not-privileged", put(*_SECURITY, "privileged", value=True)),
    _deployments("pod-no-host-namespaces", put(*POD, "hostNetwork", value=True)),
    _deployments("pod-no-hostpath", append(*POD, "volumes", value={"name": "node", "hostPath": {"path": "/"}})),
    _deployments("pod-non-root", put(*_SECURITY, "runAsNonRoot", value=False)),
    _deployments("pod-no-escalation", drop(*_SECURITY, "allowPrivilegeEscalation")),
    _deployments("pod-caps-drop-all", drop(*_SECURITY, "capabilities")),
    _deployments("pod-seccomp", drop(*POD, "securityContext", "seccompProfile")),
    _deployments("pod-readonly-root", put(*_SECURITY, "readOnlyRootFilesystem", value=False)),
    _deployments("pod-image-digest", put(*FIRST, "image", value="crerptest.azurecr.io/odoo:18.0")),
    _deployments("pod-resources", drop(*FIRST, "resources", "requests", "cpu")),
    _deployments("pod-token-automount-off", put(*POD, "automountServiceAccountToken", value=True)),
    _deployments("pod-image-pull-policy", put(*FIRST, "imagePullPolicy", value="Never")),
    _deployments("pod-service-account", put(*POD, "serviceAccountName", value="default")),
    _deployments("pod-memory-promised", put(*FIRST, "resources", "requests", "memory", value="64Mi")),
    _deployments("pod-scratch-bounded", append(*POD, "volumes", value={"name": "more", "emptyDir": {}})),
    _deployments("pod-probes", drop(*FIRST, "livenessProbe")),
    _deployments("pod-grace-period", drop(*POD, "terminationGracePeriodSeconds")),
    _deployments("pod-priority-class", drop(*POD, "priorityClassName")),
    _deployments(
        "pod-no-secret-in-env", put(*FIRST, "env", value=[{"name": "PGPASSWORD", "value": "correct horse battery"}])
    ),
    _deployments("deploy-spread", drop(*POD, "topologySpreadConstraints")),
    _deployments("deploy-strategy", put("spec", "strategy", "rollingUpdate", "maxUnavailable", value="25%")),
    _deployments("ns-default-unused", put("metadata", "namespace", value="default")),
    Mutation("job-bounded", "Job", drop("spec", "activeDeadlineSeconds")),
    Mutation("pdb-allows-drain", "PodDisruptionBudget", put("spec", "maxUnavailable", value=0)),
    Mutation("svc-internal-only", "Service", put("spec", "type", value="NodePort")),
    Mutation("svc-no-external-name", "Service", put("spec", "type", value="ExternalName")),
    Mutation("sa-automount-off", "ServiceAccount", drop("automountServiceAccountToken")),
    Mutation("ns-pod-security", "Namespace", drop("metadata", "labels", "pod-security.kubernetes.io/enforce")),
    Mutation("ns-owner", "Namespace", drop("metadata", "labels", "owner")),
    Mutation("role-no-wildcard", "Role", role("*", "get")),
    Mutation("role-no-way-up", "Role", role("pods/exec", "create")),
    Mutation("role-makes-no-pods", "Role", role("pods", "create")),
    Mutation("binding-no-cluster-admin", "RoleBinding", put("roleRef", "name", value="cluster-admin")),
    Mutation("admission-fails-closed", "ValidatingAdmissionPolicy", put("spec", "failurePolicy", value="Ignore")),
    Mutation("admission-denies", "ValidatingAdmissionPolicyBinding", put("spec", "validationActions", value=["Audit"])),
    Mutation("scaler-bounds", "ScaledObject", drop("spec", "maxReplicaCount")),
    Mutation("scaler-not-load-alone", "ScaledObject", put("spec", "triggers", value=[_UNSCALED])),
    Mutation("scaler-shrinks-slowly", "ScaledObject", put(*_SCALING, "stabilizationWindowSeconds", value=0)),
    Mutation("scaler-stores-no-secret", "TriggerAuthentication", put("spec", "secretTargetRef", value=[{"key": "a"}])),
    Mutation("netpol-peers-named", "NetworkPolicy", put("spec", "egress", value=[{"to": [{"namespaceSelector": {}}]}])),
    Mutation("netpol-peers-bounded", "NetworkPolicy", put("spec", "egress", value=[{"ports": [{"port": 443}]}])),
    Mutation(
        "netpol-pods-named", "NetworkPolicy", put("spec", "egress", value=[{"to": [{"namespaceSelector": {"a": "b"}}]}])
    ),
    Mutation(
        "traefik-calls-limited",
        "ConfigMap",
        in_file("shared.yaml", put("http", "middlewares", "login", value={"rateLimit": {"average": 0}})),
    ),
    Mutation("admission-judges", "ValidatingAdmissionPolicy", put("spec", "validations", value=[])),
    Mutation("pv-retained", "PersistentVolume", put("spec", "persistentVolumeReclaimPolicy", value="Delete")),
    Mutation(
        "ns-pods-restricted",
        "Namespace",
        put("metadata", "labels", "pod-security.kubernetes.io/enforce", value="baseline"),
    ),
    Mutation("pv-claim-named", "PersistentVolume", drop("spec", "claimRef")),
    Mutation("ingress-tls", "Ingress", drop("spec", "tls")),
    Mutation("ingress-class-set", "Ingress", drop("metadata", "annotations", "kubernetes.io/ingress.class")),
    Mutation("ingress-secure-entry-point", "Ingress", drop("metadata", "annotations", f"{ROUTER}tls")),
    Mutation("ingress-middlewares", "Ingress", drop("metadata", "annotations", f"{ROUTER}middlewares")),
    Mutation("ingress-host-exact", "Ingress", put("spec", "rules", 0, "host", value="*.acme.example")),
    Mutation("ingress-no-catch-all", "Ingress", put("spec", "defaultBackend", value={"service": {"name": "web"}})),
    Mutation("configmap-no-secret", "ConfigMap", put("data", "extra.yaml", value="password: correct-horse")),
    _static("traefik-api-closed", put("api", "insecure", value=True)),
    _static("traefik-access-log", drop("accessLog")),
    _static("traefik-http-redirects", drop("entryPoints", "web", "http")),
    _static("traefik-forwarded-headers", put("entryPoints", "websecure", "forwardedHeaders", "insecure", value=True)),
    _static(
        "traefik-no-external-names", put("providers", "kubernetesIngress", "allowExternalNameServices", value=True)
    ),
    _static("traefik-paths-plain", put("entryPoints", "websecure", "http", "sanitizePath", value=False)),
    _static("traefik-namespaces-named", put("providers", "kubernetesIngress", "namespaces", value=[])),
    Mutation(
        "traefik-callers-limited",
        "ConfigMap",
        in_file("shared.yaml", put("http", "middlewares", "refuse", "ipAllowList", "sourceRange", value=[])),
    ),
    Mutation(
        "traefik-answers-hardened",
        "ConfigMap",
        in_file("shared.yaml", put("http", "middlewares", "headers", "headers", "stsSeconds", value=0)),
    ),
    Mutation(
        "traefik-tls-strong",
        "ConfigMap",
        in_file("shared.yaml", put("tls", "options", "default", "minVersion", value="VersionTLS10")),
    ),
    _odoo("odoo-database-manager-closed", option("list_db", "True")),
    _odoo("odoo-admin-password-none", option("admin_passwd", "correct-horse")),
    _odoo("odoo-dbfilter", option("dbfilter", ".*")),
    _odoo("odoo-database-named", option("db_name", "False")),
    _odoo("odoo-no-database-password", added_option("db_password = correct-horse")),
    _odoo("odoo-database-tls", option("db_sslmode", "prefer")),
    _odoo("odoo-proxy-mode", option("proxy_mode", "False")),
    _odoo("odoo-prefork", option("workers", "0")),
    _odoo("odoo-worker-limits", option("limit_time_real", "0")),
    _odoo("odoo-dev-mode-off", added_option("dev_mode = all")),
    _odoo("odoo-no-demo-data", option("without_demo", "False")),
    _odoo("odoo-log-level", option("log_level", "debug")),
)
"""One for every rule about an object. For pools that people wait for, see `ONE_POD`."""
ONE_POD = Mutation("scaler-web-keeps-two", "ScaledObject", put("spec", "minReplicaCount", value=1))
"""Right for all other pools."""
_FOREIGN = [{"from": [{"namespaceSelector": {"matchLabels": {"odoo-azure/tenant": "globex"}}}]}]
TWINS = (
    Twin("netpol-own-tenant", "NetworkPolicy", of_tenant(put("spec", "ingress", value=_FOREIGN))),
    Twin("binding-own-tenant", "RoleBinding", put("metadata", "namespace", value="globex")),
    Twin("ingress-host-once", "Ingress", put("metadata", "namespace", value="globex")),
    Twin("pv-share-once", "PersistentVolume", put("metadata", "name", value="globex-files")),
    Twin("vault-object-once", "SecretProviderClass", put("metadata", "namespace", value="globex")),
)
REMOVALS = (
    Removal("ns-limit-range", "LimitRange"),
    Removal("netpol-default-deny", "NetworkPolicy"),
    Removal("ns-quota", "ResourceQuota"),
    Removal("replicas-have-budget", "PodDisruptionBudget"),
    Removal("admission-is-bound", "ValidatingAdmissionPolicyBinding"),
)
WITHOUT_OBJECTS = frozenset({"helm-not-opaque", "role-no-secrets", "secret-no-literal"})
"""Rules against kinds that we declare none of."""
