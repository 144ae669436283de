"""Any kind of object at one API server, found by discovery."""

import threading
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from sandbox.cluster.api import APPLY_PATCH, MERGE_PATCH, Api, ApiError
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import Object

FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
INVALID: Final = 422


class UnreachableError(ProviderError):
    """The API server does not answer."""

    def __init__(self, why: object) -> None:
        super().__init__("", f"configured Kubernetes cluster is unreachable: {why}")


@dataclass(frozen=True)
class Kind:
    """A kind as this server serves it."""

    api_version: str
    name: str
    plural: str
    namespaced: bool

    def path(self, namespace: str, name: str = "", part: str = "") -> str:
        """The path of the collection, of one object, or of a part of it such as `status`."""
        steps = ["/apis" if "/" in self.api_version else "/api", self.api_version]
        steps += ["namespaces", namespace] if self.namespaced else []
        return "/".join([*steps, self.plural, *filter(None, (name, part))])


class Client:
    """Objects of one API server. Safe to use from threads.

    All methods raise `sandbox.cluster.api.ApiError` for a refusal, and `UnreachableError` when nobody answers.
    """

    def __init__(self, kubeconfig: str) -> None:
        self._api = Api(kubeconfig)
        self._kinds: dict[str, dict[str, Kind]] = {}
        self._lock = threading.Lock()

    def kind(self, api_version: str, name: str) -> Kind:
        """How this server serves a kind; `ApiError` 404 if it does not."""
        with self._lock:
            if name not in self._kinds.get(api_version, {}):
                self._kinds[api_version] = self._discover(api_version)
            found = self._kinds[api_version].get(name)
        if found is None:
            raise ApiError(NOT_FOUND, f'no matches for kind "{name}" in version "{api_version}"')
        return found

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """An object, or None if there is none of that name."""
        try:
            return self._request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None
            raise

    def list(self, kind: Kind, namespace: str, labels: str = "") -> list[Object]:
        """The objects of a kind in a namespace, by label selector."""
        found: list[Object] = self._request("GET", kind.path(namespace), {"labelSelector": labels})["items"]
        return found

    def apply(self, kind: Kind, body: Object, manager: str, *, force: bool = False, dry_run: bool = False) -> Object:
        """Server-side apply of a whole object; what the server makes of it."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Strict"}
        query |= {"dryRun": "All"} if dry_run else {}
        metadata = body["metadata"]
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        return self._request("PATCH", path, query, body, APPLY_PATCH)

    def replace(self, kind: Kind, body: Object) -> Object:
        """Puts an object in the place of the one it has the resource version of."""
        metadata = body["metadata"]
        return self._request("PUT", kind.path(metadata.get("namespace", ""), metadata["name"]), body=body)

    def set_status(self, kind: Kind, live: Object, status: Object) -> None:
        """Merges something into an object's status."""
        path = kind.path(live["metadata"].get("namespace", ""), live["metadata"]["name"], "status")
        self._request("PATCH", path, body={"status": status}, content_type=MERGE_PATCH)

    def delete(self, kind: Kind, namespace: str, name: str, policy: str) -> None:
        """Begins to delete an object; `policy` says what becomes of its dependents."""
        self._request("DELETE", kind.path(namespace, name), {"propagationPolicy": policy})

    def _discover(self, api_version: str) -> dict[str, Kind]:
        try:
            listed = self._request("GET", ("/apis/" if "/" in api_version else "/api/") + api_version)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return {}
            raise
        return {
            resource["kind"]: Kind(api_version, resource["kind"], resource["name"], resource["namespaced"])
            for resource in listed["resources"]
            if "/" not in resource["name"]
        }

    def _request(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Object:
        try:
            return self._api.request(method, path + (f"?{urlencode(query)}" if query else ""), body, content_type)
        except OSError as error:
            raise UnreachableError(error) from error
