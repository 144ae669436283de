"""An AKS cluster's credentials lead to a real API server, whose nodes are those of its agent pools."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azure.provider import AzureNative
from sandbox.cluster.api import Api
from sandbox.cluster.clusters import Clusters
from sandbox.provider.faults import Faults
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import Azure

POOL = {
    **{key: value for key, value in bodies.CLUSTER["agentPoolProfiles"][0].items() if key != "name"},
    "agentPoolName": "jobs",
    "resourceGroupName": "rg",
    "resourceName": "aks",
    "vmSize": "Standard_E4ads_v5",
    "mode": "User",
    "count": 2,
    "availabilityZones": ["1", "2", "3"],
    "nodeLabels": {"workload": "jobs"},
    "nodeTaints": ["workload=jobs:NoSchedule"],
}


@pytest.fixture
def azure(built_programs: None, tmp_path: Path) -> Iterator[Azure]:
    """Azure with API servers behind its AKS clusters."""
    azure = Azure(tmp_path)
    clusters = Clusters(tmp_path / "clusters")
    azure.provider = AzureNative(
        azure.store, Faults(tmp_path / "faults.json", "azure-native", azure.store), clusters=clusters
    )
    yield azure
    clusters.stop()


def test_credentials_lead_to_an_api_server_with_the_pools_nodes_until_the_cluster_is_deleted(
    azure: Azure, tmp_path: Path
) -> None:
    identifier = azure.make("containerservice:ManagedCluster", bodies.CLUSTER)
    azure.make("containerservice:AgentPool", POOL)
    arguments = {"resourceGroupName": "rg", "resourceName": "aks"}
    answer = azure.provider.invoke("azure-native:containerservice:listManagedClusterUserCredentials", arguments, {})
    kubeconfig = base64.b64decode(answer["kubeconfigs"][0]["value"]).decode()
    assert json.loads(kubeconfig)["current-context"] == "aks"
    jobs = Api(kubeconfig).items("/api/v1/nodes?labelSelector=agentpool%3Djobs")
    assert [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in jobs] == [
        "westeurope-1",
        "westeurope-2",
    ]
    assert jobs[0]["spec"]["taints"] == [{"key": "workload", "value": "jobs", "effect": "NoSchedule"}]
    assert jobs[0]["status"]["capacity"]["memory"] == "32Gi"
    azure.delete("containerservice:ManagedCluster", identifier)
    with pytest.raises(OSError, match="does not answer"):
        Api(kubeconfig).items("/api/v1/nodes")
    assert list((tmp_path / "clusters").iterdir()) == []
