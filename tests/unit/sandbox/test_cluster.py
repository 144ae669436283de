"""The parts of a cluster that need no server: nodes from agent pools, ports, kubeconfigs, what is said without one."""

from __future__ import annotations

import base64
import json
import socket
from pathlib import Path

import pytest

from sandbox.cluster import certificates, kubeconfig, ports, programs
from sandbox.cluster.clusters import Clusters
from sandbox.cluster.nodes import NodePool, node_pools, nodes_of
from sandbox.failures import BadInputError, ExitCode, SandboxError
from sandbox.progress import Silent
from sandbox.result import Result
from sandbox.runner import Run
from sandbox.tally import Operation

WEB = NodePool(
    name="web",
    count=4,
    vm_size="Standard_D8ads_v5",
    region="westeurope",
    zones=("1", "2", "3"),
    labels={"workload": "web"},
    taints=("CriticalAddonsOnly=true:NoSchedule",),
    max_pods=30,
)


def test_the_pools_of_a_cluster_are_its_own_and_those_beside_it_at_their_fewest_nodes() -> None:
    own = {"name": "system", "count": 3, "vmSize": "Standard_D4ads_v5", "mode": "System"}
    beside = {
        "agentPoolName": "web",
        "enableAutoScaling": True,
        "count": 5,
        "minCount": 2,
        "vmSize": "Standard_D8ads_v5",
    }
    pools = node_pools({"location": "West Europe", "agentPoolProfiles": [own]}, [beside])
    assert [(pool.name, pool.count, pool.mode, pool.region) for pool in pools] == [
        ("system", 3, "System", "westeurope"),
        ("web", 2, "User", "westeurope"),
    ]


def test_a_pool_that_is_a_resource_too_counts_once() -> None:
    own = {"name": "web", "count": 3, "vmSize": "Standard_D4ads_v5"}
    (pool,) = node_pools({"agentPoolProfiles": [own]}, [{**own, "agentPoolName": "web", "count": 2}])
    assert pool.count == 2


def test_nodes_are_labelled_tainted_and_spread_as_aks_does() -> None:
    nodes = nodes_of(WEB)
    assert len({node["metadata"]["name"] for node in nodes}) == 4
    labels = [node["metadata"]["labels"] for node in nodes]
    assert [each["topology.kubernetes.io/zone"][-1] for each in labels] == ["1", "2", "3", "1"]
    for label, value in {
        "kubernetes.azure.com/agentpool": "web",
        "agentpool": "web",
        "workload": "web",
        "node.kubernetes.io/instance-type": "Standard_D8ads_v5",
        "topology.kubernetes.io/region": "westeurope",
    }.items():
        assert {each[label] for each in labels} == {value}
    assert nodes[0]["spec"]["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NoSchedule"}]


def test_a_taint_without_a_value_is_one() -> None:
    (node,) = nodes_of(NodePool(name="a", count=1, vm_size="Standard_D4ads_v5", region="", taints=("gpu:NoExecute",)))
    assert node["spec"]["taints"] == [{"key": "gpu", "value": "", "effect": "NoExecute"}]


def test_what_aks_reserves_is_not_for_pods() -> None:
    room = nodes_of(WEB)[0]["status"]
    assert room["capacity"]["cpu"] == "8"
    assert room["capacity"]["memory"] == "32768Mi"
    # 8 cores: 180 thousandths; 30 pods: 20 MB each and 50 MB are 620 MiB, and 100 MiB until eviction.
    assert room["allocatable"]["cpu"] == "7820m"
    assert room["allocatable"]["memory"] == f"{32768 - 620 - 100}Mi"
    assert room["allocatable"]["pods"] == "30"


def test_a_size_nobody_knows_is_an_error_that_names_the_pool() -> None:
    with pytest.raises(SandboxError, match="how large a Standard_X is, the size of pool a"):
        nodes_of(NodePool(name="a", count=1, vm_size="Standard_X", region=""))


def test_ports_stay_unless_somebody_else_has_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "ports.json"
    first = ports.assign(file)
    assert set(first) == set(ports.USES)
    assert len(set(first.values())) == len(first)
    assert ports.assign(file) == first
    monkeypatch.setattr(ports, "WAIT_SECONDS", 0.0)
    with socket.socket() as other:
        other.bind((ports.HOST, first["kube-apiserver"]))
        second = ports.assign(file)
    assert second["kube-apiserver"] != first["kube-apiserver"]
    assert ports.assign(file) == second


@pytest.mark.parametrize(
    "text", ["", "not: [a", "kubeconfig", "{}", json.dumps({"contexts": [], "current-context": "a"})]
)
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no kubeconfig"):
        kubeconfig.current(text)


def test_certificates_are_made_once_and_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "pki"
    certificates.ensure(folder)
    authority = (folder / "ca.crt").read_bytes()
    certificates.ensure(folder)
    assert (folder / "ca.crt").read_bytes() == authority
    assert {file.stat().st_mode & 0o077 for file in folder.glob("*.key")} == {0}


def test_a_kubeconfig_tells_its_authority_user_and_server(tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "pki")
    text = kubeconfig.render(tmp_path / "pki", "admin", "https://127.0.0.1:1", "aks")
    cluster, user = kubeconfig.current(text)
    assert kubeconfig.authority(text) == (tmp_path / "pki" / "ca.crt").read_bytes()
    assert cluster["server"] == "https://127.0.0.1:1"
    assert base64.b64decode(user["client-key-data"]) == (tmp_path / "pki" / "admin.key").read_bytes()
    assert json.loads(text)["current-context"] == "aks"


def test_a_kubeconfig_of_another_cluster_is_nobodys(tmp_path: Path) -> None:
    certificates.ensure(tmp_path / "elsewhere")
    certificates.ensure(tmp_path / "clusters" / "one" / "pki")
    other = kubeconfig.render(tmp_path / "elsewhere", "admin", "https://127.0.0.1:1")
    clusters = Clusters(tmp_path / "clusters")
    assert clusters.current(other) is None
    assert clusters.current("{}") is None


def test_without_clusters_nothing_is_started(tmp_path: Path) -> None:
    disabled = Clusters(tmp_path / "clusters", enabled=False)
    assert disabled.kubeconfig("key", "aks", lambda: [WEB]) is None
    assert not disabled.has("key")
    assert disabled.current("{}") is None
    assert not (tmp_path / "clusters").exists()


class Heard(Silent):
    """Remembers what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.mark.parametrize(
    ("kind", "built", "wanted", "said"),
    [
        ("kubernetes:core/v1:Namespace", False, True, True),
        ("kubernetes:core/v1:Namespace", True, True, False),
        ("kubernetes:core/v1:Namespace", False, False, False),
        ("azure-native:resources:ResourceGroup", False, True, False),
    ],
)
def test_what_could_not_be_checked_is_said_once_with_what_would_check_it(
    monkeypatch: pytest.MonkeyPatch, kind: str, built: bool, wanted: bool, said: bool
) -> None:
    monkeypatch.setattr(programs, "available", lambda: built)
    heard = Heard()
    operation = Operation("same", kind, "odoo", "urn:pulumi:dev::p::t::odoo")
    result = Result(command="up", stage="up", stack="dev", ok=True, exit_code=ExitCode.OK, operations=(operation,))
    assert Run(stack="dev", cluster=wanted, observer=heard)._noted(result) is result
    assert len(heard.lines) == said
    assert all("schemas only; `make cluster` builds" in line for line in heard.lines)


@pytest.mark.parametrize(
    ("wanted", "built", "advice"), [(False, True, "leave --schemas-only out"), (True, False, "`make cluster`")]
)
def test_a_stack_with_a_real_cluster_is_not_touched_without_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, wanted: bool, built: bool, advice: str
) -> None:
    monkeypatch.setattr(programs, "available", lambda: built)
    run = Run(stack="staging", home=tmp_path, cluster=wanted)
    (run.layout.cloud / programs.FOLDER / "aks" / "pki").mkdir(parents=True)
    with pytest.raises(BadInputError, match=advice):
        run.preview()
