"""The few calls that operations make to the Kubernetes API, as the service account of the Job."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import OpsError

# kubernetes.io/docs/tasks/run-application/access-api-from-pod
ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TIMEOUT_SECONDS = 30
PATIENCE_SECONDS = 300.0
"""An upgrade goes on while the API server does not answer for a moment: AKS replaces it now and then."""
RETRY_SECONDS = 2.0
NOT_FOUND = 404
BUSY = (429, 500, 502, 503, 504)
# Names the field manager in the objects' managedFields.
FIELD_MANAGER = "odoo-operations"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The API server, seen from one namespace.

    Args:
        url: its address, without a closing slash.
        namespace: the tenant's.
        certificates: file with the certificates to trust.
        token: file with the service account's token; it is read at every call, for it is renewed.
        patience_seconds: how long it may fail to answer.
    """

    url: str
    namespace: str
    certificates: Path
    token: Path
    patience_seconds: float = PATIENCE_SECONDS

    def scaled_object(self, pool: str) -> dict[str, Any] | None:
        """KEDA's ScaledObject of a pool; None if it is not there."""
        return self._call("GET", f"/apis/keda.sh/v1alpha1/namespaces/{self.namespace}/scaledobjects/{pool}")

    def annotate_scaled_object(self, pool: str, annotations: Mapping[str, str | None]) -> None:
        """Sets annotations of a pool's ScaledObject; None removes one."""
        path = f"/apis/keda.sh/v1alpha1/namespaces/{self.namespace}/scaledobjects/{pool}"
        self._patch(path, {"metadata": {"annotations": dict(annotations)}})

    def deployment(self, pool: str) -> dict[str, Any] | None:
        """Deployment of a pool; None if it is not there."""
        return self._call("GET", f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{pool}")

    def scale(self, pool: str, replicas: int) -> None:
        """Sets the number of a pool's pods."""
        path = f"/apis/apps/v1/namespaces/{self.namespace}/deployments/{pool}/scale"
        self._patch(path, {"spec": {"replicas": replicas}})

    def running_pods(self, pool: str) -> list[str]:
        """Names of a pool's pods that have not ended."""
        selector = f"app.kubernetes.io%2Fcomponent%3D{pool}"
        found = self._call("GET", f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={selector}") or {"items": []}
        return [
            pod["metadata"]["name"]
            for pod in found["items"]
            if pod["status"].get("phase") not in ("Succeeded", "Failed")
        ]

    def exit_code(self, pod: str, container: str) -> int | None:
        """Exit code of a container; None while it runs."""
        found = self._call("GET", f"/api/v1/namespaces/{self.namespace}/pods/{pod}")
        if found is None:
            raise OpsError(f"there is no pod {pod}")
        for status in found["status"].get("containerStatuses", []):
            if status["name"] == container and (ended := status["state"].get("terminated")):
                return int(ended["exitCode"])
        return None

    def _patch(self, path: str, body: Mapping[str, Any]) -> None:
        if self._call("PATCH", f"{path}?fieldManager={FIELD_MANAGER}", body) is None:
            raise OpsError(f"the cluster does not have {path}")

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The server's answer; None if it knows no such object. All our calls may be made twice."""
        deadline = time.monotonic() + self.patience_seconds
        while True:
            try:
                return self._call_once(method, path, body)
            except urllib.error.HTTPError as error:
                if error.code == NOT_FOUND:
                    return None
                failure = OpsError(f"the cluster refused {method} {path}: {_message(error)}")
                if error.code not in BUSY or time.monotonic() > deadline:
                    raise failure from error
            except OSError as error:
                if time.monotonic() > deadline:
                    raise OpsError(f"the cluster did not answer {method} {path}: {error}") from error
            time.sleep(RETRY_SECONDS)

    def _call_once(self, method: str, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  the address is https and our own
            f"{self.url}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token.read_text(encoding='utf-8').strip()}",
                "Content-Type": "application/merge-patch+json",
            },
        )
        context = ssl.create_default_context(cafile=str(self.certificates))
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS, context=context) as response:  # noqa: S310
            return dict(json.load(response))


def own_cluster(namespace: str, environment: Mapping[str, str]) -> Cluster:
    """The cluster that this pod runs in."""
    host, port = environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]
    return Cluster(
        url=f"https://{host}:{port}",
        namespace=namespace,
        certificates=ACCOUNT / "ca.crt",
        token=ACCOUNT / "token",
    )


def _message(error: urllib.error.HTTPError) -> str:
    text = error.read().decode(errors="replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {text[:200]}"
