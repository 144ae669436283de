"""A real control plane for all tests of this folder: one a run, on one worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.nodes import NodePool, sync_nodes
from tests.cluster.traefik_door import Door, open_door

ZONES = ("1", "2", "3")
POOLS = (
    NodePool(
        name="system",
        count=3,
        vm_size="Standard_D4ads_v5",
        region="westeurope",
        zones=ZONES,
        taints=("CriticalAddonsOnly=true:NoSchedule",),
        mode="System",
    ),
    NodePool(
        name="web",
        count=3,
        vm_size="Standard_D8ads_v5",
        region="westeurope",
        zones=ZONES,
        labels={"workload": "web"},
    ),
    NodePool(
        name="jobs",
        count=3,
        vm_size="Standard_E4ads_v5",
        region="westeurope",
        zones=ZONES,
        labels={"workload": "jobs"},
        taints=("workload=jobs:NoSchedule",),
    ),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the control plane; `tests/conftest.py` keeps it on one worker."""
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def cluster(built_programs: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A running cluster with three nodes each of the pools `system`, `web` and `jobs`, over three zones."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as running:
        sync_nodes(running.kubeconfig, POOLS)
        yield running


@pytest.fixture
def api(cluster: Cluster) -> Api:
    """Its API, as administrator."""
    return Api(cluster.kubeconfig)


@pytest.fixture
def namespace(api: Api) -> Iterator[str]:
    """An empty namespace of the test's own."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    yield name
    api.delete(f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="package")
def door(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Traefik of two tenants in the cluster: one for all files that ask it."""
    with open_door(cluster.kubeconfig, tmp_path_factory.mktemp("traefik")) as opened:
        yield opened
