"""The sandbox's cluster is one: it admits, counts, schedules and remembers as Kubernetes does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cluster.api import Api, ApiError
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.clusters import Clusters
from sandbox.cluster.nodes import NodePool, sync_nodes
from tests.cluster.conftest import POOLS

Object = dict[str, Any]
WAIT_SECONDS = 60
PROGRAMS = 6  # of a cluster, their supervisor included
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def eventually(found: Callable[[], Any]) -> Any:
    """What `found` returns once that is something; fails when it stays nothing."""
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.1)
    return pytest.fail("it did not happen")


def hardened() -> Object:
    """A security context that the restricted level lets in."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def pod(name: str, *, cpu: str = "100m", **spec: Any) -> Object:
    container = {
        "name": "main",
        "image": "example.test/a@sha256:" + "0" * 64,
        "securityContext": hardened(),
        "resources": {"requests": {"cpu": cpu}},
    }
    return {"metadata": {"name": name, "labels": {"app": "a"}}, "spec": {"containers": [container], **spec}}


def pods(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods"


def make_pod(api: Api, namespace: str, body: Object) -> Object:
    """Creates a pod; the namespace's service account, which it needs, comes a moment after the namespace."""
    eventually(lambda: api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/default"))
    return api.create(pods(namespace), body)


def test_the_restricted_level_refuses_a_bare_pod_and_names_what_is_missing(api: Api, namespace: str) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    api.patch(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": labels}})
    bare = pod("bare")
    del bare["spec"]["containers"][0]["securityContext"]
    with pytest.raises(ApiError, match=r'violates PodSecurity "restricted:latest".*runAsNonRoot') as caught:
        make_pod(api, namespace, bare)
    assert caught.value.status == 403
    assert make_pod(api, namespace, pod("hardened"))["metadata"]["name"] == "hardened"


def test_a_quota_refuses_one_pod_too_many(api: Api, namespace: str) -> None:
    quotas = f"/api/v1/namespaces/{namespace}/resourcequotas"
    api.create(quotas, {"metadata": {"name": "quota"}, "spec": {"hard": {"pods": "1"}}})
    eventually(lambda: api.request("GET", f"{quotas}/quota")["status"].get("hard"))
    make_pod(api, namespace, pod("first"))
    with pytest.raises(ApiError, match="exceeded quota: quota, requested: pods=1, used: pods=1, limited: pods=1"):
        make_pod(api, namespace, pod("second"))


def test_pods_spread_over_zones_and_stay_off_tainted_nodes(api: Api, namespace: str) -> None:
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "a"}},
    }
    template = pod("", topologySpreadConstraints=[spread])
    deployment = {
        "metadata": {"name": "spread"},
        "spec": {"replicas": 6, "selector": {"matchLabels": {"app": "a"}}, "template": template},
    }
    del template["metadata"]["name"]
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    api.create(path, deployment)
    eventually(lambda: api.request("GET", f"{path}/spread")["status"].get("readyReplicas") == 6)
    nodes = {node["metadata"]["name"]: node["metadata"]["labels"] for node in api.items("/api/v1/nodes")}
    placed = [nodes[item["spec"]["nodeName"]] for item in api.items(pods(namespace))]
    assert {labels["agentpool"] for labels in placed} == {"web"}
    zones = Counter(labels["topology.kubernetes.io/zone"] for labels in placed)
    assert zones == {"westeurope-1": 2, "westeurope-2": 2, "westeurope-3": 2}


def test_a_pod_that_tolerates_the_taint_goes_where_its_selector_says(api: Api, namespace: str) -> None:
    toleration = {"key": "workload", "operator": "Equal", "value": "jobs", "effect": "NoSchedule"}
    make_pod(api, namespace, pod("batch", nodeSelector={"workload": "jobs"}, tolerations=[toleration]))
    made = f"{pods(namespace)}/batch"
    node = eventually(lambda: api.request("GET", made)["spec"].get("nodeName"))
    assert node.startswith("aks-jobs-")


def test_a_pod_larger_than_any_node_waits(api: Api, namespace: str) -> None:
    make_pod(api, namespace, pod("large", cpu="9"))
    made = f"{pods(namespace)}/large"
    condition = eventually(lambda: (api.request("GET", made)["status"].get("conditions") or [None])[0])
    assert condition["reason"] == "Unschedulable"
    assert "Insufficient cpu" in condition["message"]


@pytest.mark.parametrize(("annotations", "outcome"), [({}, "Complete"), ({"sandbox/exit-code": "3"}, "Failed")])
def test_a_job_completes_or_fails_as_its_pods_are_told(
    api: Api, namespace: str, annotations: dict[str, str], outcome: str
) -> None:
    template = pod("", restartPolicy="Never")
    template["metadata"] = {"annotations": annotations}
    job = {"metadata": {"name": "job"}, "spec": {"backoffLimit": 0, "template": template}}
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    api.create(path, job)
    conditions = eventually(
        lambda: (
            {item["type"] for item in api.request("GET", f"{path}/job")["status"].get("conditions") or []}
            & {"Complete", "Failed"}
        )
    )
    assert conditions == {outcome}


def test_the_kinds_that_aks_add_ons_bring_are_served(api: Api) -> None:
    names = {definition["metadata"]["name"] for definition in api.items(DEFINITIONS)}
    assert {
        "scaledobjects.keda.sh",
        "triggerauthentications.keda.sh",
        "podmonitors.azmonitoring.coreos.com",
        "servicemonitors.azmonitoring.coreos.com",
        "gitrepositories.source.toolkit.fluxcd.io",
        "kustomizations.kustomize.toolkit.fluxcd.io",
        "secretproviderclasses.secrets-store.csi.x-k8s.io",
    } <= names


@pytest.mark.parametrize(
    ("spec", "refusal"),
    [
        ({"provider": "azure", "parameter": {}}, "field not declared in schema"),
        ({"parameters": {}}, "spec.provider: Required value"),
        ({"provider": "azure", "parameters": {"keyvaultName": "kv"}}, "the Azure provider needs tenantId"),
        ({"provider": "azure", "parameters": {"usePodIdentity": False}}, "expected string"),
    ],
)
def test_a_wrong_secret_provider_class_is_refused(api: Api, namespace: str, spec: Object, refusal: str) -> None:
    group = "secrets-store.csi.x-k8s.io/v1"
    body = {"apiVersion": group, "kind": "SecretProviderClass", "metadata": {"name": "odoo"}, "spec": spec}
    with pytest.raises(ApiError, match=refusal):
        api.apply(f"/apis/{group}/namespaces/{namespace}/secretproviderclasses/odoo", body)


def test_nodes_follow_their_pools(api: Api, cluster: Cluster) -> None:
    extra = NodePool(name="extra", count=2, vm_size="Standard_D4ads_v5", region="westeurope", labels={"a": "1"})
    sync_nodes(cluster.kubeconfig, [*POOLS, extra])
    before = node_uids(api, "extra")
    assert len(before) == 2
    changed = NodePool(
        name="extra",
        count=1,
        vm_size="Standard_D8ads_v5",
        region="westeurope",
        labels={"b": "2"},
        taints=("t=1:NoExecute",),
    )
    sync_nodes(cluster.kubeconfig, [*POOLS, changed])
    (node,) = api.items("/api/v1/nodes?labelSelector=agentpool%3Dextra")
    assert node["metadata"]["uid"] in before
    assert "a" not in node["metadata"]["labels"]
    assert node["metadata"]["labels"]["b"] == "2"
    assert node["spec"]["taints"] == [{"key": "t", "value": "1", "effect": "NoExecute"}]
    assert node["status"]["capacity"]["cpu"] == "8"
    sync_nodes(cluster.kubeconfig, POOLS)
    assert node_uids(api, "extra") == set()


def node_uids(api: Api, pool: str) -> set[str]:
    return {node["metadata"]["uid"] for node in api.items(f"/api/v1/nodes?labelSelector=agentpool%3D{pool}")}


def programs_of(folder: Path) -> list[psutil.Process]:
    """The children of this process that run a cluster below a folder: the supervisor, and those it started."""
    return [child for child in psutil.Process().children(recursive=True) if str(folder) in " ".join(child.cmdline())]


def test_what_a_cluster_holds_outlives_its_stop_and_its_address_stays(built_programs: None, tmp_path: Path) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    running = Cluster(tmp_path / "home")
    with running:
        before = running.kubeconfig
        Api(before).create(path, {"metadata": {"name": "kept"}, "data": {"a": "1"}})
    with pytest.raises(OSError, match="does not answer"):
        Api(before).items(path)
    with Cluster(tmp_path / "home") as again:
        assert again.kubeconfig == before
        assert Api(before).request("GET", f"{path}/kept")["data"] == {"a": "1"}


def test_a_cluster_ends_with_whoever_started_it_and_starts_again(built_programs: None, tmp_path: Path) -> None:
    home = tmp_path / "home"
    program = (
        "import pathlib, sys, time; from sandbox.cluster.cluster import Cluster; "
        "cluster = Cluster(pathlib.Path(sys.argv[1])); cluster.start(); print('up', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(home)], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        children = psutil.Process(starter.pid).children(recursive=True)
        assert {"etcd", "kube-apiserver", "kwok"} <= {child.name() for child in children}
        os.kill(starter.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
    with Cluster(home) as again:
        assert Api(again.kubeconfig).get("/api/v1/namespaces/default")


def test_a_cluster_outlives_its_starter_and_ends_with_its_last_user(built_programs: None, tmp_path: Path) -> None:
    namespace = "/api/v1/namespaces/default"
    first, second = Cluster(tmp_path / "home"), Cluster(tmp_path / "home")
    first.start()
    programs = programs_of(tmp_path)
    assert len(programs) == PROGRAMS
    with second:
        assert second.kubeconfig == first.kubeconfig
        assert programs_of(tmp_path) == programs
        first.stop()
        assert not first.running
        assert second.running
        assert Api(second.kubeconfig).get(namespace)
        with Cluster(tmp_path / "home") as third:
            assert Api(third.kubeconfig).get(namespace)
    assert psutil.wait_procs(programs, timeout=5)[1] == []
    with first:
        assert Api(first.kubeconfig).get(namespace)


def test_a_kubeconfig_wakes_the_cluster_it_is_of(built_programs: None, tmp_path: Path) -> None:
    first = Clusters(tmp_path)
    kubeconfig = first.kubeconfig("one", "aks-one", lambda: POOLS[:1])
    assert kubeconfig is not None
    first.stop()
    later = Clusters(tmp_path)
    try:
        assert later.current(kubeconfig) == kubeconfig
        assert len(Api(kubeconfig).items("/api/v1/nodes")) == 3
        assert Clusters(tmp_path / "elsewhere").current(kubeconfig) is None
    finally:
        later.remove("one")
    assert list(tmp_path.iterdir()) == []


def test_a_cluster_that_lost_a_program_ends_and_starts_again(built_programs: None, tmp_path: Path) -> None:
    with Cluster(tmp_path / "home") as running:
        programs = programs_of(tmp_path)
        next(child for child in programs if child.name() == "kube-scheduler").kill()
        eventually(lambda: not running.running)
        running.start()
        assert Api(running.kubeconfig).get("/api/v1/namespaces/default")
    assert psutil.wait_procs(programs, timeout=10)[1] == []
