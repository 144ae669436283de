"""What an engine asks of the kubernetes provider, and objects to ask it about."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.kubernetes.provider import Kubernetes
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure
from sandbox.provider.faults import Faults
from sandbox.store import Store

Object = dict[str, Any]
PATIENCE_SECONDS = 60.0
IMAGE = "registry.example/odoo@sha256:" + "0" * 64


class Program:
    """What an engine would ask of the provider for one program."""

    def __init__(self, kubeconfig: str, folder: Path, patience: float = PATIENCE_SECONDS) -> None:
        store = Store(folder / "kubernetes.sqlite")
        faults = Faults(folder / "faults.json", "kubernetes", store)
        self.provider = Kubernetes(store, faults, current=lambda given: given, patience=patience)
        self.config = {"kubeconfig": kubeconfig}

    def request(self, body: Object, **config: str) -> Request:
        group = body["apiVersion"] if "/" in body["apiVersion"] else f"core/{body['apiVersion']}"
        return Request(f"kubernetes:{group}:{body['kind']}", body["metadata"]["name"], {**self.config, **config})

    def check(self, body: Object) -> list[Failure]:
        return self.provider.check(self.request(body), body, {}, Naming())[1]

    def create(self, body: Object, **config: str) -> tuple[str, Object]:
        return self.provider.create(self.request(body, **config), body, None)

    def update(self, old: Object, new: Object) -> Object:
        return self.provider.update(self.request(new), self.id(new), old, new, None)

    def preview(self, body: Object, olds: Object | None = None) -> Object:
        return self.provider.preview(self.request(body), body, olds or {})

    def diff(self, old: Object, new: Object, **config: str) -> Verdict:
        return self.provider.diff(self.request(new, **config), old, new)

    def read(self, body: Object) -> tuple[Object, Object] | None:
        return self.provider.read(self.request(body), self.id(body), body, {})

    def delete(self, body: Object) -> None:
        self.provider.delete(self.request(body), self.id(body))

    @staticmethod
    def id(body: Object) -> str:
        metadata = body["metadata"]
        return f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else str(metadata["name"])


def resource(api_version: str, kind: str, namespace: str, name: str, **properties: Any) -> Object:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **properties}


def changed(body: Object, path: str, value: Any) -> Object:
    """A copy with one property changed; keys of the path are parted by `/`."""
    result = copy.deepcopy(body)
    node: Any = result
    *steps, last = path.split("/")
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    node[last] = value
    return result


def annotated(body: Object, **annotations: str) -> Object:
    return changed(body, "metadata/annotations", {f"pulumi.com/{key}": value for key, value in annotations.items()})


def config_map(namespace: str, data: Mapping[str, str]) -> Object:
    return resource("v1", "ConfigMap", namespace, "settings", data=dict(data))


def deployment(namespace: str, name: str = "web", **pod: Any) -> Object:
    labels = {"app": name}
    spec = {"containers": [{"name": "odoo", "image": IMAGE}], **pod}
    template = {"metadata": {"labels": dict(labels)}, "spec": spec}
    return resource(
        "apps/v1",
        "Deployment",
        namespace,
        name,
        spec={"replicas": 2, "selector": {"matchLabels": labels}, "template": template},
    )


def job(namespace: str, **spec: Any) -> Object:
    pod = {"restartPolicy": "Never", "containers": [{"name": "upgrade", "image": IMAGE}], **spec.pop("pod", {})}
    return resource("batch/v1", "Job", namespace, "upgrade", spec={"template": {"spec": pod}, **spec})
