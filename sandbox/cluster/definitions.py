"""Installs the custom resource definitions that AKS's add-ons bring."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.cluster import programs
from sandbox.cluster.api import Api, Object
from sandbox.failures import SandboxError

COLLECTION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
AT_ONCE = 4
ESTABLISHED_SECONDS = 60.0


def install(api: Api, mark: Path) -> None:
    """Applies the definitions and waits until the server serves them; once, as the file `mark` remembers."""
    fingerprint = programs.fingerprint()
    if mark.exists() and mark.read_text() == fingerprint:
        return
    definitions = {_path(definition): definition for definition in programs.definitions()}
    until = time.monotonic() + ESTABLISHED_SECONDS
    _forget_half_made(api, until)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(api.apply, definitions, definitions.values()))
    while waiting := definitions.keys() - _paths(api, established=True):
        _pause(until, waiting)
    mark.write_text(fingerprint)


def _forget_half_made(api: Api, until: float) -> None:
    """Deletes definitions that a server was stopped over: it never takes them up again.

    It establishes a definition some seconds after it has accepted the names, and remembers that in memory only
    (k8s.io/apiextensions-apiserver/pkg/controller/establish).
    """
    half_made = _paths(api, established=False)
    for path in half_made:
        api.delete(path)
    while waiting := half_made & _paths(api, established=False):
        _pause(until, waiting)


def _pause(until: float, waiting: set[str]) -> None:
    if time.monotonic() > until:
        raise SandboxError(f"The cluster does not serve {min(waiting).rpartition('/')[2]}.")
    time.sleep(0.1)


def _path(definition: Object) -> str:
    return f"{COLLECTION}/{definition['metadata']['name']}"


def _paths(api: Api, *, established: bool) -> set[str]:
    """The definitions that the server serves, or those that it has and does not serve."""
    return {_path(definition) for definition in api.items(COLLECTION) if _is_established(definition) is established}


def _is_established(definition: Object) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)
