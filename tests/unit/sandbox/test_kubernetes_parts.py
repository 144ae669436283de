"""What the Kubernetes stand-in makes of answers of an API server: sizes, drift, readiness."""

from typing import Any

import pytest

from sandbox.kubernetes import drift, quantity
from sandbox.kubernetes.readiness import pod_reasons, progress
from tests.unit.sandbox.harness import Object, changed


@pytest.mark.parametrize(
    ("path", "old", "new", "same"),
    [
        ("spec.containers[0].resources.requests.cpu", "1000m", "1", True),
        ("spec.containers[0].resources.limits.memory", "1024Mi", "1Gi", True),
        ("spec.containers[0].resources.limits.memory", "1Gi", "1G", False),
        ("spec.hard.requests.cpu", "24000m", "24", True),
        ("spec.limits[0].default.cpu", "0.5", "500m", True),
        ("spec.limits[0].max.memory", "1e9", "1G", True),
        ("volumes[0].emptyDir.sizeLimit", "1Ti", "1024Gi", True),
        ("data.version", "1000m", "1", False),
        ("spec.hard.pods", "many", "many more", False),
    ],
)
def test_quantities_of_one_size_are_the_same_where_quantities_stand(path: str, old: str, new: str, same: bool) -> None:
    assert quantity.same(path, old, new) is same


LIVE: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "uid": "u", "labels": {"a": "1", "by": "them"}},
    "spec": {
        "replicas": 2,
        "paused": True,
        "containers": [
            {"name": "injected", "image": "theirs"},
            {"name": "odoo", "image": "ours", "imagePullPolicy": "Always"},
        ],
        "rules": [{"port": 1, "protocol": "TCP"}],
        "zones": ["1", "2"],
    },
    "status": {"replicas": 2},
}
INPUTS: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"a": "1"}, "annotations": {}},
    "spec": {
        "replicas": 2,
        "containers": [{"name": "odoo", "image": "ours", "tty": False, "env": []}],
        "rules": [{"port": 1}],
        "zones": ["1", "2"],
    },
}


def test_what_others_add_and_what_is_left_out_because_it_is_empty_is_no_drift() -> None:
    assert drift.as_inputs(LIVE, INPUTS) == INPUTS


@pytest.mark.parametrize(
    ("path", "value", "input_path", "input_value"),
    [
        ("spec.replicas", 1, "spec.replicas", 1),
        ("metadata.labels", {"by": "them"}, "metadata.labels", {}),
        ("spec.containers.1.image", "other", "spec.containers.0.image", "other"),
        ("spec.containers", [{"name": "injected"}], "spec.containers", []),
        ("spec.rules.0.port", 2, "spec.rules.0.port", 2),
        ("spec.rules", [], "spec.rules", []),
        ("spec.zones", ["1"], "spec.zones", ["1"]),
    ],
)
def test_what_others_change_or_take_away_is_drift(path: str, value: Any, input_path: str, input_value: Any) -> None:
    assert drift.as_inputs(changed(LIVE, path, value), INPUTS) == changed(INPUTS, input_path, input_value)


def condition(type_: str, status: str = "True", reason: str = "", message: str = "") -> Object:
    return {"type": type_, "status": status, "reason": reason, "message": message}


ROLLED_OUT: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "generation": 2},
    "spec": {"replicas": 2},
    "status": {
        "observedGeneration": 2,
        "updatedReplicas": 2,
        "availableReplicas": 2,
        "conditions": [condition("Available"), condition("Progressing", reason="NewReplicaSetAvailable")],
    },
}


def test_a_deployment_is_ready_when_its_controller_has_seen_it_and_all_its_new_pods_are_available() -> None:
    assert progress(ROLLED_OUT).ready
    scaled_to_nothing = changed(changed(ROLLED_OUT, "spec.replicas", 0), "status.availableReplicas", ...)
    assert progress(scaled_to_nothing).ready


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("status.observedGeneration", 1, "2 of 2 pods are available"),
        ("status.updatedReplicas", 1, "2 of 2 pods are available"),
        ("status.availableReplicas", 1, "1 of 2 pods are available"),
        ("status.conditions", [], "2 of 2 pods are available"),
        (
            "status.conditions",
            [condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")],
            "[FailedCreate] exceeded quota",
        ),
        ("status.conditions.0", condition("Available", "False", "Minimum", "too few"), "[Minimum] too few"),
    ],
)
def test_a_deployment_that_is_not_ready_says_why(path: str, value: Any, says: str) -> None:
    found = progress(changed(ROLLED_OUT, path, value))
    assert not found.ready
    assert not found.failed
    assert found.reasons[0] == says


def of(api_version: str, kind: str, status: Object, **more: Any) -> Object:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "x", "generation": 1},
        "status": status,
        **more,
    }


SET = {"observedGeneration": 1, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}
DAEMONS = {"observedGeneration": 1, "desiredNumberScheduled": 2, "numberReady": 2, "updatedNumberScheduled": 2}


@pytest.mark.parametrize(
    ("live", "ready", "failed"),
    [
        (of("batch/v1", "Job", {}), False, False),
        (of("batch/v1", "Job", {"conditions": [condition("Complete")]}), True, False),
        (of("batch/v1", "Job", {"conditions": [condition("Failed", "True", "BackoffLimitExceeded")]}), False, True),
        (of("v1", "Pod", {"phase": "Pending"}), False, False),
        (of("v1", "Pod", {"phase": "Running", "conditions": [condition("Ready", "False")]}), False, False),
        (of("v1", "Pod", {"phase": "Running", "conditions": [condition("Ready")]}), True, False),
        (of("v1", "Pod", {"phase": "Succeeded"}), True, False),
        (of("v1", "PersistentVolumeClaim", {"phase": "Pending"}), False, False),
        (of("v1", "PersistentVolumeClaim", {"phase": "Bound"}), True, False),
        (of("v1", "PersistentVolume", {"phase": "Available"}), True, False),
        (of("v1", "ResourceQuota", {}, spec={"hard": {"pods": "1"}}), False, False),
        (of("v1", "ResourceQuota", {"hard": {"pods": "1"}}, spec={"hard": {"pods": "1"}}), True, False),
        (of("apps/v1", "StatefulSet", SET, spec={"replicas": 1}), True, False),
        (of("apps/v1", "StatefulSet", {**SET, "updateRevision": "b"}, spec={"replicas": 1}), False, False),
        (of("apps/v1", "DaemonSet", DAEMONS), True, False),
        (of("apps/v1", "DaemonSet", {**DAEMONS, "updatedNumberScheduled": 1}), False, False),
        (of("apiextensions.k8s.io/v1", "CustomResourceDefinition", {}), False, False),
        (of("keda.sh/v1alpha1", "ScaledObject", {}), True, False),
    ],
)
def test_each_kind_is_ready_by_its_own_rule(live: Object, ready: bool, failed: bool) -> None:
    found = progress(live)
    assert (found.ready, found.failed) == (ready, failed)


def test_pods_say_where_they_find_no_place_and_what_their_containers_died_of() -> None:
    pod = of(
        "v1",
        "Pod",
        {
            "conditions": [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")],
            "containerStatuses": [
                {"name": "a", "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}},
                {"name": "b", "state": {"terminated": {"exitCode": 3}}},
                {"name": "c", "state": {"terminated": {"exitCode": 0}}},
            ],
        },
    )
    assert pod_reasons(pod) == [
        "pod x: [Unschedulable] 0/3 nodes are available",
        "pod x, container a: [ErrImagePull] no such image",
        "pod x, container b: ended with exit code 3",
    ]
