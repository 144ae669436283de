"""Objects for the guards: right ones, and wrong ones with the words that they must be refused with.

In all of them TENANT stands for the name of a tenant's namespace.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REGISTRY = "crerptest.azurecr.io"
IMAGE = f"{REGISTRY}/odoo@sha256:{'0' * 64}"
TRAEFIK = "traefik.ingress.kubernetes.io"
CLASS = "kubernetes.io/ingress.class"
INTERNAL = "service.beta.kubernetes.io/azure-load-balancer-internal"
SECURE = {"securityContext": {"allowPrivilegeEscalation": False}}


def pod(**changes: Any) -> dict[str, Any]:
    """A pod that every guard admits; `container` and `metadata` are merged, other changes are of the specification."""
    container = {"name": "odoo", "image": IMAGE, **SECURE}
    labels = {"owner": "finance-platform", "app.kubernetes.io/part-of": "TENANT"}
    container |= changes.pop("container", {})
    labels |= changes.pop("labels", {})
    spec = {"serviceAccountName": "odoo", "containers": [container], **changes}
    return {"kind": "Pod", "metadata": {"name": "web", "labels": labels}, "spec": spec}


def deployment(**changes: Any) -> dict[str, Any]:
    inner = pod(**changes)
    template = {"metadata": {"labels": inner["metadata"]["labels"]}, "spec": inner["spec"]}
    selector = {"matchLabels": {"owner": inner["metadata"]["labels"]["owner"]}}
    return {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": selector, "template": template}}


def cron_job(**changes: Any) -> dict[str, Any]:
    inner = pod(restartPolicy="Never", **changes)
    template = {"metadata": {"labels": inner["metadata"]["labels"]}, "spec": inner["spec"]}
    spec = {"schedule": "0 1 * * *", "jobTemplate": {"spec": {"template": template}}}
    return {"kind": "CronJob", "metadata": {"name": "web"}, "spec": spec}


def service(annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "kind": "Service",
        "metadata": {"name": "web", "annotations": dict(annotations or {})},
        "spec": {"selector": {"a": "b"}, "ports": [{"port": 8069}], **spec},
    }


def ingress(*hosts: str | None, annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    backend = {"service": {"name": "web", "port": {"number": 8069}}}
    paths = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    rules = [{**({"host": host} if host else {}), **paths} for host in hosts]
    return {
        "kind": "Ingress",
        "metadata": {"name": "web", "annotations": {CLASS: "traefik", **(annotations or {})}},
        "spec": {"rules": rules, **spec},
    }


FOREIGN = f"docker.io/library/odoo@sha256:{'0' * 64}"
LONGER = f"{REGISTRY}.example/odoo@sha256:{'0' * 64}"
TAGGED = f"{REGISTRY}/odoo:18.0"
BACKEND = {"service": {"name": "web", "port": {"number": 8069}}}
ADMITTED = {
    "a pod": pod(),
    "a deployment": deployment(),
    "a cron job": cron_job(),
    "a service inside": service(),
    "an ingress of its own hosts": ingress("erp.acme.example", "api.acme.example"),
    "an ingress of a regular expression": ingress(
        "erp.acme.example", annotations={f"{TRAEFIK}/router.pathmatcher": "PathRegexp"}
    ),
    "an ingress with TLS": ingress("erp.acme.example", tls=[{"hosts": ["erp.acme.example"]}]),
}
# What is wrong, the object, and words that the refusal must say.
REFUSED = {
    "a foreign image": (
        pod(container={"image": FOREIGN}),
        f"Pod web: image {FOREIGN} is not allowed: images come from {REGISTRY}",
    ),
    "a registry that starts alike": (pod(container={"image": LONGER}), f"images come from {REGISTRY}"),
    "a tag": (
        pod(container={"image": TAGGED}),
        f"image {TAGGED} is not allowed: name it as {REGISTRY}/<repository>@sha256:<digest>",
    ),
    "a foreign image in a deployment": (deployment(container={"image": "odoo"}), "Deployment web: image odoo is"),
    "a foreign image in a cron job": (cron_job(container={"image": "odoo"}), "CronJob web: image odoo is"),
    "a foreign init image": (pod(initContainers=[{"name": "wait", "image": "busybox", **SECURE}]), "image busybox is"),
    "a privileged container": (
        pod(container={"securityContext": {"privileged": True}}),
        "Pod web: container odoo is privileged: no container may be",
    ),
    "escalation left open": (
        pod(container={"securityContext": {}}),
        "container odoo must set securityContext.allowPrivilegeEscalation to false",
    ),
    "escalation left open in an init container": (
        pod(initContainers=[{"name": "wait", "image": IMAGE}]),
        "container wait must set securityContext.allowPrivilegeEscalation to false",
    ),
    "the node's network": (pod(hostNetwork=True), "spec.hostNetwork shares the node's namespace: no pod may"),
    "the node's processes": (pod(hostPID=True), "spec.hostPID shares the node's namespace: no pod may"),
    "the node's memory": (deployment(hostIPC=True), "Deployment web: spec.hostIPC shares the node's namespace"),
    "the node's files": (
        pod(volumes=[{"name": "node", "hostPath": {"path": "/"}}]),
        "volume node is a hostPath: use a volume claim or an emptyDir",
    ),
    "the node's ports": (
        pod(container={"ports": [{"containerPort": 8069, "hostPort": 8069}]}),
        "container odoo opens a port of its node: no container may",
    ),
    "no owner": (pod(labels={"owner": None}), "Pod web: its pods have no label owner"),
    "another tenant's name": (
        deployment(labels={"app.kubernetes.io/part-of": "globex"}),
        "its pods' label app.kubernetes.io/part-of is 'globex', and must be TENANT",
    ),
    "no tenant's name": (
        cron_job(labels={"app.kubernetes.io/part-of": None}),
        "its pods' label app.kubernetes.io/part-of is '', and must be TENANT",
    ),
    "a node port": (service(type="NodePort"), "Service web: type NodePort is not allowed: use ClusterIP"),
    "an external name": (
        service(type="ExternalName", externalName="sap.globex.example"),
        "type ExternalName is not allowed: use ClusterIP",
    ),
    "foreign addresses": (service(externalIPs=["203.0.113.7"]), "externalIPs are not allowed"),
    "a load balancer of its own": (
        service({INTERNAL: "true"}, type="LoadBalancer"),
        "a LoadBalancer is not allowed in namespace TENANT: only in those with the label odoo-azure/ingress",
    ),
    "another tenant's host": (
        ingress("erp.globex.example"),
        "Ingress web: host 'erp.globex.example' is not allowed: namespace TENANT may claim "
        "'erp.acme.example, api.acme.example' (its annotation odoo-azure/hosts)",
    ),
    "every host": (ingress("erp.acme.example", None), "host '' is not allowed"),
    "another tenant's certificate": (
        ingress("erp.acme.example", tls=[{"hosts": ["erp.acme.example", "erp.globex.example"]}]),
        "spec.tls names a host that is not allowed: namespace TENANT may claim",
    ),
    "a default backend": (
        ingress("erp.acme.example", defaultBackend=BACKEND),
        "a default backend is not allowed: it would answer for every host",
    ),
    "a matcher that reaches other hosts": (
        ingress(
            "erp.acme.example", annotations={f"{TRAEFIK}/router.PathMatcher": "Host(`erp.globex.example`) || Path"}
        ),
        f"the annotation {TRAEFIK}/router.pathmatcher must be Path, PathPrefix or PathRegexp",
    ),
}
# One refusal that each guard alone gives: once it is given, the guard is in force.
PROBES = ("a foreign image", "a privileged container", "no owner", "a node port", "every host")
