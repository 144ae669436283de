"""What the API server refuses, as CEL: pure data, which `ClusterGuards` declares as ValidatingAdmissionPolicies.

Expressions: kubernetes.io/docs/reference/using-api/cel. Their variables:
kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy.
Every message names the object, what was found and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

TENANT_LABEL = "odoo-azure/tenant"
"""Label of a tenant's namespace: the tenant's name."""
INGRESS_LABEL = "odoo-azure/ingress"
"""Label of a namespace with the way in to a tenant: the tenant's name."""
HOSTS_ANNOTATION = "odoo-azure/hosts"
"""Annotation of a tenant's namespace: the host names that its Ingresses may claim, separated by commas."""
PART_OF_LABEL = "app.kubernetes.io/part-of"
_INTERNAL_ANNOTATION = "service.beta.kubernetes.io/azure-load-balancer-internal"

WORKLOADS: Mapping[str, tuple[str, ...]] = {
    "": ("pods", "pods/ephemeralcontainers", "replicationcontrollers"),
    "apps": ("daemonsets", "deployments", "replicasets", "statefulsets"),
    "batch": ("cronjobs", "jobs"),
}
_DOORS = ("pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy")
_CHANGES = ("CREATE", "UPDATE")

_NAME = 'object.kind + " " + object.metadata.?name.orValue(object.metadata.?generateName.orValue("")) + ": "'
_TEMPLATE = (
    'object.kind == "Pod" ? object : object.kind == "CronJob" ? object.spec.jobTemplate.spec.template : '
    "object.spec.template"
)
# What is there already must stay editable: a controller that takes its finalizer off an old pod changes no spec.
_SPEC_CHANGED = "oldObject == null || object.spec != oldObject.spec"
_LABELS_CHANGED = (
    f"{_SPEC_CHANGED} || object.metadata.?labels.orValue({{}}) != oldObject.metadata.?labels.orValue({{}})"
)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One condition.

    Args:
        expression: CEL that is true for what is allowed.
        message: CEL of the text that the refused caller reads, after the object's name.
    """

    expression: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One policy.

    Args:
        name: its name, after the prefix.
        resources: what it looks at: resources, and subresources after a slash, by API group.
        checks: all must hold.
        operations: of the API server's operations, those it looks at.
        variables: CEL by name, for the checks.
        condition: CEL; the policy says nothing where it is false.
        tenants_only: look at namespaces with the tenant's label only.
    """

    name: str
    resources: Mapping[str, Sequence[str]]
    checks: tuple[Check, ...]
    operations: tuple[str, ...] = _CHANGES
    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    condition: str | None = None
    tenants_only: bool = False


def images_guard(registry_login_server: pulumi.Input[str]) -> Guard:
    """Images come from one registry, by digest."""
    return Guard(
        name="images",
        resources=WORKLOADS,
        condition=_SPEC_CHANGED,
        variables={
            "registry": pulumi.Output.json_dumps(registry_login_server),
            "spec": f"({_TEMPLATE}).spec",
            "images": _of_containers("container.image"),
            "foreign": 'variables.images.filter(image, !image.startsWith(variables.registry + "/"))',
            "undigested": 'variables.images.filter(image, !image.matches("@sha256:[0-9a-f]{64}$"))',
        },
        checks=(
            Check(
                expression="variables.foreign.size() == 0",
                message='"image " + variables.foreign[0] + " is not allowed: images come from " + variables.registry',
            ),
            Check(
                expression="variables.undigested.size() == 0",
                message='"image " + variables.undigested[0] + " is not allowed: name it as " + variables.registry + '
                '"/<repository>@sha256:<digest>"',
            ),
        ),
    )


def privileges_guard() -> Guard:
    """No container gains rights over its node: also where a namespace does not enforce a Pod Security Standard."""
    security = "container.?securityContext"
    return Guard(
        name="privileges",
        resources=WORKLOADS,
        condition=_SPEC_CHANGED,
        variables={
            "spec": f"({_TEMPLATE}).spec",
            "privileged": _names_of(f"{security}.?privileged.orValue(false)"),
            "escalating": _names_of(f"{security}.?allowPrivilegeEscalation.orValue(true)"),
            "hostPorts": _names_of("container.?ports.orValue([]).exists(port, port.?hostPort.orValue(0) != 0)"),
            "hostPaths": "variables.spec.?volumes.orValue([]).filter(volume, has(volume.hostPath))"
            ".map(volume, volume.name)",
            "shared": '["hostNetwork", "hostPID", "hostIPC"].filter(field, '
            '(field == "hostNetwork" && variables.spec.?hostNetwork.orValue(false)) || '
            '(field == "hostPID" && variables.spec.?hostPID.orValue(false)) || '
            '(field == "hostIPC" && variables.spec.?hostIPC.orValue(false)))',
        },
        checks=(
            _none_of("privileged", '"container "', '" is privileged: no container may be"'),
            _none_of("escalating", '"container "', '" must set securityContext.allowPrivilegeEscalation to false"'),
            _none_of("hostPorts", '"container "', '" opens a port of its node: no container may"'),
            _none_of("hostPaths", '"volume "', '" is a hostPath: use a volume claim or an emptyDir"'),
            _none_of("shared", '"spec."', '" shares the node\'s namespace: no pod may"'),
        ),
    )


def labels_guard(required: Sequence[str]) -> Guard:
    """Pods of a tenant say whose they are: costs, alerts and network policies go by it."""
    tenant = f'namespaceObject.metadata.labels["{TENANT_LABEL}"]'
    names = ", ".join(f'"{label}"' for label in required)
    return Guard(
        name="labels",
        resources=WORKLOADS,
        condition=_LABELS_CHANGED,
        tenants_only=True,
        variables={
            "labels": f"({_TEMPLATE}).?metadata.?labels.orValue({{}})",
            "tenant": tenant,
            "missing": f'[{names}].filter(label, variables.labels[?label].orValue("") == "")',
        },
        checks=(
            Check(
                expression="variables.missing.size() == 0",
                message='"its pods have no label " + variables.missing[0]',
            ),
            Check(
                expression=f'variables.labels[?"{PART_OF_LABEL}"].orValue("") == variables.tenant',
                message=f"\"its pods' label {PART_OF_LABEL} is '\" + "
                f'variables.labels[?"{PART_OF_LABEL}"].orValue("") + "\', and must be " + variables.tenant',
            ),
        ),
    )


def services_guard() -> Guard:
    """There is one way in: an internal load balancer, in the namespaces meant for it."""
    return Guard(
        name="services",
        resources={"": ("services",)},
        condition=f"{_SPEC_CHANGED} || "
        "object.metadata.?annotations.orValue({}) != oldObject.metadata.?annotations.orValue({})",
        variables={
            "type": 'object.spec.?type.orValue("ClusterIP")',
            "ingress": f'namespaceObject.metadata.?labels[?"{INGRESS_LABEL}"].orValue("")',
        },
        checks=(
            Check(
                expression='!(variables.type in ["NodePort", "ExternalName"])',
                message='"type " + variables.type + " is not allowed: use ClusterIP"',
            ),
            Check(
                expression="object.spec.?externalIPs.orValue([]).size() == 0",
                message='"externalIPs are not allowed: they take traffic of any address they name"',
            ),
            Check(
                expression='variables.type != "LoadBalancer" || variables.ingress != ""',
                message='"a LoadBalancer is not allowed in namespace " + request.namespace + ": only in those with the '
                f'label {INGRESS_LABEL}"',
            ),
            Check(
                expression='variables.type != "LoadBalancer" || '
                f'object.metadata.?annotations[?"{_INTERNAL_ANNOTATION}"].orValue("") == "true"',
                message=f'"a LoadBalancer must have the annotation {_INTERNAL_ANNOTATION}: true"',
            ),
        ),
    )


def hosts_guard() -> Guard:
    """A tenant's Ingresses claim the tenant's own host names: no tenant answers for another."""
    # Traefik puts this annotation into its rule as it is: a value could match any host
    # (doc.traefik.io/traefik/reference/routing-configuration/kubernetes/ingress).
    matcher = "traefik.ingress.kubernetes.io/router.pathmatcher"
    return Guard(
        name="hosts",
        resources={"networking.k8s.io": ("ingresses",)},
        tenants_only=True,
        variables={
            "allowed": f'namespaceObject.metadata.?annotations[?"{HOSTS_ANNOTATION}"].orValue("").split(",")'
            '.map(host, host.trim()).filter(host, host != "")',
            "foreign": 'object.spec.?rules.orValue([]).map(rule, rule.?host.orValue("")).filter('
            "host, !(host in variables.allowed))",
            "limits": '"namespace " + request.namespace + " may claim \'" + variables.allowed.join(", ") + '
            f'"\' (its annotation {HOSTS_ANNOTATION})"',
        },
        checks=(
            Check(
                expression="variables.foreign.size() == 0",
                message='"host \'" + variables.foreign[0] + "\' is not allowed: " + variables.limits',
            ),
            Check(
                expression="object.spec.?tls.orValue([]).all(tls, tls.?hosts.orValue([]).all("
                "host, host in variables.allowed))",
                message='"spec.tls names a host that is not allowed: " + variables.limits',
            ),
            Check(
                expression="!has(object.spec.defaultBackend)",
                message='"a default backend is not allowed: it would answer for every host"',
            ),
            Check(
                expression="object.metadata.?annotations.orValue({}).all(key, "
                f'key.lowerAscii() != "{matcher}" || '
                'object.metadata.annotations[key] in ["Path", "PathPrefix", "PathRegexp"])',
                message=f'"the annotation {matcher} must be Path, PathPrefix or PathRegexp: others match other hosts"',
            ),
        ),
    )


def doors_guard(break_glass_groups: Sequence[pulumi.Input[str]]) -> Guard:
    """Nobody gets into a running pod, or past Traefik to one, but the groups that are meant for emergencies."""
    return Guard(
        name="doors",
        resources={"": (*_DOORS, "pods/ephemeralcontainers")},
        operations=("CONNECT", "UPDATE"),
        variables={"allowed": pulumi.Output.json_dumps(list(break_glass_groups))},
        checks=(
            Check(
                expression="request.userInfo.?groups.orValue([]).exists(group, group in variables.allowed)",
                message='request.userInfo.username + " may not use " + request.resource.resource + "/" + '
                'request.subResource + " of " + request.name + ": only members of " + '
                'variables.allowed.join(", ") + " may"',
            ),
        ),
    )


def _of_containers(expression: str, condition: str = "true") -> str:
    """CEL of a list: the expression for each `container` of every kind. Their types differ, so each is mapped first."""
    kinds = ("containers", "initContainers", "ephemeralContainers")
    return " + ".join(
        f"variables.spec.?{kind}.orValue([]).filter(container, {condition}).map(container, {expression})"
        for kind in kinds
    )


def _names_of(condition: str) -> str:
    return _of_containers("container.name", condition)


def _none_of(variable: str, before: str, after: str) -> Check:
    return Check(
        expression=f"variables.{variable}.size() == 0",
        message=f"{before} + variables.{variable}[0] + {after}",
    )


def message_of(guard: Guard, check: Check) -> str:
    """CEL of the whole message. A request to connect carries no object with a name."""
    return check.message if "CONNECT" in guard.operations else f"{_NAME} + {check.message}"
