"""When an object is ready, by what the API server says of it, in the words of pulumi-kubernetes (provider/pkg/await).

What is not named here is ready as soon as it exists: custom resources, config maps, policies, ingresses. (The real
provider also waits for the address in an ingress's status; here no ingress controller writes one.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.provider.values import Object, dig


@dataclass(frozen=True)
class Progress:
    """How far an object has come: ready, failed for good, or neither yet, and why."""

    ready: bool
    failed: bool = False
    reasons: tuple[str, ...] = ()


READY: Final = Progress(ready=True)


def _until(ready: bool, *reasons: str) -> Progress:
    return READY if ready else Progress(ready=False, reasons=reasons)


def _condition(live: Object, type_: str) -> Object:
    conditions = dig(live, "status", "conditions") or []
    return next((condition for condition in conditions if condition["type"] == type_), {})


def _says(condition: Object) -> str:
    return f"[{condition.get('reason', '')}] {condition.get('message', '')}"


def _status(live: Object, name: str) -> Any:
    return dig(live, "status", name) or 0


def _is_observed(live: Object) -> bool:
    return bool(_status(live, "observedGeneration") >= live["metadata"]["generation"])


def _deployment(live: Object) -> Progress:
    wanted = live["spec"]["replicas"]
    progressing, available = _condition(live, "Progressing"), _condition(live, "Available")
    refused = _condition(live, "ReplicaFailure")
    complete = progressing.get("reason") == "NewReplicaSetAvailable" and progressing.get("status") == "True"
    enough = _status(live, "updatedReplicas") >= wanted and _status(live, "availableReplicas") >= wanted
    if _is_observed(live) and complete and enough and available.get("status") == "True":
        return READY
    said = [_says(condition) for condition in (progressing, available) if condition.get("status") == "False"]
    said += [_says(refused)] if refused.get("status") == "True" else []
    return _until(False, *said, f"{_status(live, 'availableReplicas')} of {wanted} pods are available")


def _stateful_set(live: Object) -> Progress:
    wanted, ready = live["spec"]["replicas"], _status(live, "readyReplicas")
    rolled_out = dig(live, "status", "currentRevision") == dig(live, "status", "updateRevision")
    return _until(_is_observed(live) and rolled_out and ready >= wanted, f"{ready} of {wanted} pods are ready")


def _daemon_set(live: Object) -> Progress:
    wanted, ready = _status(live, "desiredNumberScheduled"), _status(live, "numberReady")
    updated = _status(live, "updatedNumberScheduled")
    return _until(_is_observed(live) and min(ready, updated) >= wanted, f"{ready} of {wanted} pods are ready")


def _job(live: Object) -> Progress:
    failed = _condition(live, "Failed")
    if failed.get("status") == "True":
        return Progress(ready=False, failed=True, reasons=(_says(failed),))
    return _until(_condition(live, "Complete").get("status") == "True", "the job is not complete")


def _pod(live: Object) -> Progress:
    phase = dig(live, "status", "phase")
    ready = _condition(live, "Ready")
    return _until(phase == "Succeeded" or ready.get("status") == "True", *pod_reasons(live), f"the pod is {phase}")


def _bound(*phases: str) -> Callable[[Object], Progress]:
    return lambda live: _until(dig(live, "status", "phase") in phases, f"it is {dig(live, 'status', 'phase')}")


def _quota(live: Object) -> Progress:
    return _until(dig(live, "spec", "hard") == dig(live, "status", "hard"), "its status has not its limits yet")


def _definition(live: Object) -> Progress:
    established = _condition(live, "Established")
    return _until(established.get("status") == "True", _says(established))


_RULES: Final[dict[str, Callable[[Object], Progress]]] = {
    "apiextensions.k8s.io/v1 CustomResourceDefinition": _definition,
    "apps/v1 DaemonSet": _daemon_set,
    "apps/v1 Deployment": _deployment,
    "apps/v1 StatefulSet": _stateful_set,
    "batch/v1 Job": _job,
    "v1 PersistentVolume": _bound("Available", "Bound"),
    "v1 PersistentVolumeClaim": _bound("Bound"),
    "v1 Pod": _pod,
    "v1 ResourceQuota": _quota,
}


def progress(live: Object) -> Progress:
    """How far an object has come, as far as it says so itself."""
    rule = _RULES.get(f"{live['apiVersion']} {live['kind']}")
    return rule(live) if rule else READY


def pod_reasons(pod: Object) -> list[str]:
    """Why a pod does not run: where it finds no place, what its containers wait for or died of."""
    name = pod["metadata"]["name"]
    scheduled = _condition(pod, "PodScheduled")
    found = [f"pod {name}: {_says(scheduled)}"] if scheduled.get("status") == "False" else []
    for container in dig(pod, "status", "containerStatuses") or []:
        state = container.get("state") or {}
        waiting, ended = state.get("waiting"), state.get("terminated")
        if waiting:
            found.append(f"pod {name}, container {container['name']}: {_says(waiting)}")
        elif ended and ended.get("exitCode"):
            found.append(f"pod {name}, container {container['name']}: ended with exit code {ended['exitCode']}")
    return found
