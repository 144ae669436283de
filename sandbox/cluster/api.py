"""A small client of a Kubernetes API, over its REST paths."""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from pathlib import Path
from typing import Any

import urllib3

from sandbox.cluster import kubeconfig as kubeconfigs

Object = dict[str, Any]

FIELD_MANAGER = "sandbox"
MERGE_PATCH = "application/merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
TIMEOUT_SECONDS = 30


class ApiError(Exception):
    """The server's refusal: HTTP status, and what its Status object says.

    Attributes:
        status: HTTP status code.
        reason: reason of the Status object, e.g. `AlreadyExists`.
    """

    def __init__(self, status: int, body: str) -> None:
        try:
            said = json.loads(body)
        except ValueError:
            said = {}
        super().__init__(said.get("message") or body or f"HTTP {status}")
        self.status = status
        self.reason = str(said.get("reason", ""))


class Api:
    """The API of the cluster that a kubeconfig with inlined client certificates points to. Safe to use from threads."""

    def __init__(self, kubeconfig: str) -> None:
        cluster, user = kubeconfigs.current(kubeconfig)
        self.server = str(cluster["server"])
        self._pool = urllib3.PoolManager(ssl_context=_context(cluster, user), maxsize=16, retries=False)

    def request(self, method: str, path: str, body: object = None, content_type: str = "application/json") -> Object:
        """One request; raises ApiError when the server refuses it, OSError when nobody answers."""
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        data = None if body is None else json.dumps(body)
        try:
            answer = self._pool.request(method, self.server + path, body=data, headers=headers, timeout=TIMEOUT_SECONDS)
        except urllib3.exceptions.HTTPError as error:
            raise OSError(f"{self.server} does not answer: {error}") from error
        text = answer.data.decode()
        if answer.status >= 400:  # noqa: PLR2004 - RFC 9110: from here on, refusals
            raise ApiError(answer.status, text)
        return json.loads(text) if text.startswith("{") else {"text": text}

    def get(self, path: str) -> Object | None:
        """An object or a list; None where there is none."""
        try:
            return self.request("GET", path)
        except ApiError as error:
            if error.status == 404:  # noqa: PLR2004
                return None
            raise

    def items(self, path: str) -> list[Object]:
        """The objects of a list."""
        found: list[Object] = self.request("GET", path)["items"]
        return found

    def create(self, path: str, body: Object) -> Object:
        """Creates an object in the collection at `path`."""
        return self.request("POST", path, body)

    def apply(self, path: str, body: Object) -> Object:
        """Server-side apply of an object at its own path, taking fields over from others."""
        query = f"?fieldManager={FIELD_MANAGER}&force=true"
        return self.request("PATCH", path + query, body, APPLY_PATCH)

    def patch(self, path: str, body: Object) -> Object:
        """JSON merge patch."""
        return self.request("PATCH", path, body, MERGE_PATCH)

    def delete(self, path: str) -> None:
        """Deletes an object; one that is gone already is as good."""
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != 404:  # noqa: PLR2004
                raise


def _context(cluster: Object, user: Object) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=_decoded(cluster[kubeconfigs.SERVER_KEY]))
    # The ssl module reads a client's key from a file only.
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder) / "client.pem"
        pair.touch(mode=0o600)
        pair.write_text(_decoded(user["client-certificate-data"]) + _decoded(user["client-key-data"]))
        context.load_cert_chain(pair)
    return context


def _decoded(data: str) -> str:
    return base64.b64decode(data).decode()
