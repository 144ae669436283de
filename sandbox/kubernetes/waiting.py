"""Waiting for objects to become ready, and for objects to go."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from sandbox.cluster.api import ApiError
from sandbox.kubernetes.client import Client, Kind
from sandbox.kubernetes.cloud import give_address
from sandbox.kubernetes.objects import annotation
from sandbox.kubernetes.readiness import Progress, pod_reasons, progress
from sandbox.provider.contract import Request
from sandbox.provider.values import Object, dig

# provider/pkg/await of pulumi-kubernetes; what has no default of its own there gets that of deletions.
DEFAULT_SECONDS: Final = {"Deployment": 600, "StatefulSet": 600, "DaemonSet": 600, "Job": 600, "Service": 600}
OTHERWISE_SECONDS: Final = 300
FIRST_STEP_SECONDS: Final = 0.05
LONGEST_STEP_SECONDS: Final = 0.5
MOST_REASONS: Final = 10


class NotReadyError(Exception):
    """The object exists and did not become ready: its last state, and why."""

    def __init__(self, live: Object, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.live = live
        self.reasons = reasons


class Waiter:
    """Waits at one API server.

    Args:
        client: of the server.
        patience: longest wait in seconds, whatever is asked for: fake pods start at once, or never.
    """

    def __init__(self, client: Client, patience: float) -> None:
        self._client = client
        self._patience = patience

    def until_ready(self, request: Request, kind: Kind, live: Object) -> Object:
        """The object once it is ready. Raises `NotReadyError` when it fails, or time is up, or the engine stops."""
        metadata = live["metadata"]
        seconds = self._seconds(request, live)
        give_address(self._client, kind, live)
        for out_of_time in _ticks(seconds):
            current = self._client.get(kind, metadata.get("namespace", ""), metadata["name"])
            if current is None:
                raise NotReadyError(live, ["it was deleted while it was waited for"])
            live = current
            found = self.look(live)
            if found.ready:
                return live
            if found.failed or out_of_time or request.stopped():
                break
        after = [] if found.failed else ["cancelled" if request.stopped() else f"timed out after {seconds:g} s"]
        raise NotReadyError(live, [*after, *self.explain(live, found)])

    def until_gone(self, request: Request, kind: Kind, live: Object) -> bool:
        """Whether the object went before time was up."""
        metadata = live["metadata"]
        for out_of_time in _ticks(self._seconds(request, live)):
            current = self._client.get(kind, metadata.get("namespace", ""), metadata["name"])
            if current is None or current["metadata"]["uid"] != metadata["uid"]:
                return True
            if out_of_time or request.stopped():
                break
        return False

    def look(self, live: Object) -> Progress:
        """How far the object has come now."""
        if annotation(live, "skipAwait") == "true":
            return Progress(ready=True)
        if live["kind"] == "Service" and live["apiVersion"] == "v1":
            return self._service(live)
        found = progress(live)
        waits_for_pod = live["kind"] == "PersistentVolumeClaim" and not found.ready and self._binds_late(live)
        return Progress(ready=True) if waits_for_pod else found

    def explain(self, live: Object, found: Progress) -> list[str]:
        """Why an object is not ready: what it says itself, and what its pods say."""
        reasons = [*found.reasons, *(reason for pod in self._pods(live) for reason in pod_reasons(pod))]
        return list(dict.fromkeys(reasons))[:MOST_REASONS]

    def _seconds(self, request: Request, live: Object) -> float:
        annotated = annotation(live, "timeoutSeconds")
        asked = request.timeout or (int(annotated) if annotated.isdigit() else 0)
        return min(asked or DEFAULT_SECONDS.get(live["kind"], OTHERWISE_SECONDS), self._patience)

    def _service(self, live: Object) -> Progress:
        spec = live["spec"]
        if spec["type"] == "LoadBalancer" and not dig(live, "status", "loadBalancer", "ingress"):
            return Progress(ready=False, reasons=("no address was given to it",))
        if spec["type"] == "ExternalName" or spec.get("clusterIP") == "None" or not spec.get("selector"):
            return Progress(ready=True)
        slices = self._client.list(
            self._client.kind("discovery.k8s.io/v1", "EndpointSlice"),
            live["metadata"]["namespace"],
            f"kubernetes.io/service-name={live['metadata']['name']}",
        )
        ends = [end for slice_ in slices for end in slice_.get("endpoints") or []]
        if any(dig(end, "conditions", "ready") for end in ends):
            return Progress(ready=True)
        return Progress(ready=False, reasons=("it leads to no pod: none is ready, or `spec.selector` matches none",))

    def _binds_late(self, claim: Object) -> bool:
        name = dig(claim, "spec", "storageClassName")
        found = self._client.get(self._client.kind("storage.k8s.io/v1", "StorageClass"), "", name) if name else None
        return bool(dig(found, "volumeBindingMode") == "WaitForFirstConsumer")

    def _pods(self, live: Object) -> list[Object]:
        """The pods of a workload, through its replica sets if it has them."""
        namespace = live["metadata"].get("namespace")
        if not namespace or live["kind"] not in DEFAULT_SECONDS or live["kind"] == "Service":
            return []
        owners = {live["metadata"]["uid"]}
        try:
            if live["kind"] == "Deployment":
                sets = self._client.list(self._client.kind("apps/v1", "ReplicaSet"), namespace)
                owners = {found["metadata"]["uid"] for found in sets if _is_owned(found, owners)}
            pods = self._client.list(self._client.kind("v1", "Pod"), namespace)
        except ApiError:
            return []  # who may not list pods gets the workload's own words
        return [pod for pod in pods if _is_owned(pod, owners)]


def _is_owned(found: Object, owners: set[str]) -> bool:
    return any(owner["uid"] in owners for owner in found["metadata"].get("ownerReferences") or [])


def _ticks(
    seconds: float, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> Iterator[bool]:
    """Yields at growing intervals whether time is up; the first time at once."""
    deadline, step = clock() + seconds, FIRST_STEP_SECONDS
    while True:
        yield clock() >= deadline
        sleep(step)
        step = min(step * 1.5, LONGEST_STEP_SECONDS)
