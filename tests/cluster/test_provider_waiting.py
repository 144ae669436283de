"""The kubernetes provider against a real API server: what it waits for, how long, and what it says in the end."""

from __future__ import annotations

import dataclasses
import threading
import uuid
from pathlib import Path

import pytest

from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from sandbox.kubernetes import live
from sandbox.kubernetes.provider import REPLACE_UNREADY
from sandbox.provider.errors import PartialFailure, ProviderError
from tests.cluster.provider_harness import Program, annotated, changed, config_map, deployment, job, resource


@pytest.fixture
def program(cluster: Cluster, tmp_path: Path) -> Program:
    return Program(cluster.kubeconfig, tmp_path)


def test_a_deployment_is_made_when_its_pods_are_available(program: Program, namespace: str) -> None:
    made = deployment(namespace)
    _, outputs = program.create(made)
    assert outputs["status"]["availableReplicas"] == 2
    scaled = changed(made, "spec/replicas", 3)
    assert program.update(made, scaled)["status"]["availableReplicas"] == 3


def test_a_deployment_whose_pods_find_no_node_fails_and_says_why(
    cluster: Cluster, tmp_path: Path, namespace: str
) -> None:
    program = Program(cluster.kubeconfig, tmp_path, patience=5)
    lost = deployment(namespace, nodeSelector={"workload": "nothing"})
    with pytest.raises(PartialFailure) as failure:
        program.create(lost)
    assert failure.value.id == f"{namespace}/web"
    assert failure.value.outputs["metadata"]["uid"]
    assert any("didn't match Pod's node affinity/selector" in reason for reason in failure.value.reasons)


def test_pods_that_are_refused_are_named_as_the_reason(
    cluster: Cluster, api: Api, tmp_path: Path, namespace: str
) -> None:
    api.patch(
        f"/api/v1/namespaces/{namespace}",
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
    )
    program = Program(cluster.kubeconfig, tmp_path, patience=3)
    with pytest.raises(PartialFailure) as failure:
        program.create(deployment(namespace))
    assert any('violates PodSecurity "restricted' in reason for reason in failure.value.reasons)


@pytest.mark.parametrize(
    ("limit", "annotations", "stops", "says"),
    [
        (1.0, {"timeoutSeconds": "60"}, False, "timed out after 1 s"),
        (0.0, {"timeoutSeconds": "1"}, False, "timed out after 1 s"),
        (0.0, {}, True, "cancelled"),
    ],
)
def test_waiting_ends_with_the_resources_own_time_or_with_the_engine(
    program: Program, namespace: str, limit: float, annotations: dict[str, str], stops: bool, says: str
) -> None:
    lost = annotated(deployment(namespace, nodeSelector={"workload": "nothing"}), **annotations)
    about = dataclasses.replace(program.request(lost), timeout=limit, stopped=lambda: stops)
    with pytest.raises(PartialFailure) as failure:
        program.provider.create(about, lost, None)
    assert failure.value.reasons[1] == says


def test_nothing_is_made_in_a_namespace_that_is_not_there(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "RETRY_SECONDS", ())
    with pytest.raises(ProviderError, match='namespaces "nowhere" not found'):
        program.create(config_map("nowhere", {}))


def test_a_namespace_and_what_goes_into_it_may_be_made_at_once(program: Program, api: Api) -> None:
    name = f"late-{uuid.uuid4().hex[:8]}"
    inside, made = config_map(name, {"a": "1"}), []
    thread = threading.Thread(target=lambda: made.append(program.create(inside)[0]))
    thread.start()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    program.create(namespace)
    thread.join()
    assert made == [f"{name}/settings"]
    program.delete(namespace)
    assert api.get(f"/api/v1/namespaces/{name}") is None


def test_a_job_is_made_when_it_is_complete(program: Program, namespace: str) -> None:
    done = annotated(job(namespace), replaceUnready="true")
    _, outputs = program.create(done)
    assert outputs["status"]["succeeded"] == 1
    assert program.diff(done, done).changes == []


def test_a_failed_job_is_kept_with_its_reason_and_replaced_by_the_next_update(program: Program, namespace: str) -> None:
    failing = annotated(
        job(namespace, activeDeadlineSeconds=1, pod={"nodeSelector": {"workload": "nothing"}}), replaceUnready="true"
    )
    with pytest.raises(PartialFailure) as failure:
        program.create(failing)
    assert any("[DeadlineExceeded]" in reason for reason in failure.value.reasons)
    verdict = program.diff(failing, failing)
    assert verdict.replaces == {REPLACE_UNREADY}
    assert verdict.delete_before_replace
    with pytest.raises(PartialFailure):
        program.read(failing)
    program.delete(failing)
    _, outputs = program.create(annotated(job(namespace), replaceUnready="true"))
    assert outputs["status"]["succeeded"] == 1


def test_a_deletion_returns_when_the_object_and_its_dependents_are_gone(
    program: Program, api: Api, namespace: str
) -> None:
    made = deployment(namespace)
    program.create(made)
    program.delete(made)
    assert api.items(f"/apis/apps/v1/namespaces/{namespace}/deployments") == []
    assert api.items(f"/api/v1/namespaces/{namespace}/pods") == []
    program.delete(made)
    assert api.items(f"/apis/apps/v1/namespaces/{namespace}/deployments") == []


def test_a_load_balancer_gets_the_address_that_was_chosen(program: Program, namespace: str) -> None:
    program.create(deployment(namespace))
    service = resource(
        "v1", "Service", namespace, "web",
        spec={"type": "LoadBalancer", "selector": {"app": "web"}, "ports": [{"port": 443}]},
    )  # fmt: skip
    chosen = changed(
        service, "metadata/annotations", {"service.beta.kubernetes.io/azure-load-balancer-ipv4": "10.9.8.7"}
    )
    _, outputs = program.create(chosen)
    assert [entry["ip"] for entry in outputs["status"]["loadBalancer"]["ingress"]] == ["10.9.8.7"]
    made_up = program.update(chosen, service)["status"]["loadBalancer"]["ingress"][0]["ip"]
    assert made_up.startswith("10.")
    assert made_up != "10.9.8.7"


def test_a_service_without_pods_is_waited_for_in_vain_unless_told_not_to(
    cluster: Cluster, tmp_path: Path, namespace: str
) -> None:
    program = Program(cluster.kubeconfig, tmp_path, patience=2)
    service = resource("v1", "Service", namespace, "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
    with pytest.raises(PartialFailure, match="leads to no pod"):
        program.create(service)
    outputs = program.update(service, annotated(service, skipAwait="true"))
    assert outputs["spec"]["selector"] == {"app": "web"}
