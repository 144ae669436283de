"""Puts what components declare on the API server, and makes kubeconfigs of service accounts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.cluster.api import Api
from tests.unit.components.harness import Declared


def objects(declared: Iterable[Declared]) -> list[dict[str, Any]]:
    """The Kubernetes objects among the resources."""
    return [dict(each.inputs) for each in declared if each.type.startswith("kubernetes:") and "kind" in each.inputs]


def apply(api: Api, manifest: Mapping[str, Any]) -> None:
    """Server-side apply; unknown fields are refused."""
    api.apply(_path(api, manifest), dict(manifest))


def remove(api: Api, manifest: Mapping[str, Any]) -> None:
    """Deletes the object, if it is there."""
    api.delete(_path(api, manifest))


def external_service(namespace: str, name: str, port_name: str, port: int) -> dict[str, Any]:
    """A Service that stands for a port of this machine; the API server takes no endpoints on loopback."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "type": "ExternalName",
            "externalName": "localhost",
            "ports": [{"name": port_name, "port": port}],
        },
    }


def kubeconfig_of(api: Api, admin: str, namespace: str, account: str) -> str:
    """A kubeconfig that acts as a service account."""
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
    answer = api.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token", asked)
    config = json.loads(admin)
    config["users"] = [{"name": account, "user": {"token": answer["status"]["token"]}}]
    for context in config["contexts"]:
        context["context"]["user"] = account
    return json.dumps(config)


def allowed(api: Api, user: str, verb: str, group: str, resource: str, namespace: str = "") -> bool:
    """Whether RBAC lets the user do that; without a namespace, in all of them."""
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": user,
            "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": namespace},
        },
    }
    answer = api.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


def _path(api: Api, manifest: Mapping[str, Any]) -> str:
    version = manifest["apiVersion"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    found = api.request("GET", root)["resources"]
    [resource] = [each for each in found if each["kind"] == manifest["kind"] and "/" not in each["name"]]
    metadata = manifest["metadata"]
    inside = f"/namespaces/{metadata['namespace']}" if resource["namespaced"] else ""
    return f"{root}{inside}/{resource['name']}/{metadata['name']}"
