"""Nodes that only seem to be there: as many, as large, labelled and tainted as AKS would make them from its pools."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sandbox.azure.rules.vm_sizes import size_of
from sandbox.cluster.api import Api, Object
from sandbox.failures import SandboxError

NODES: Final = "/api/v1/nodes"
FAKE: Final = "kwok.x-k8s.io/node"
DECLARED: Final = "sandbox/declared"
# Taints that the control plane itself sets and takes away.
SYSTEM_TAINTS: Final = "node.kubernetes.io/"
READY_SECONDS: Final = 60.0
MIB_A_GIB: Final = 1024
BYTES_A_MIB: Final = 1024 * 1024
DEFAULT_MAX_PODS: Final = 110
DEFAULT_OS_DISK_GIB: Final = 128
# learn.microsoft.com azure/aks/node-resource-reservations: processor by cores, in thousandths; memory since Kubernetes
# 1.29: 20 MB a pod and 50 MB, at most a quarter, and an eviction threshold.
RESERVED_MILLICORES: Final = {1: 60, 2: 100, 4: 140, 8: 180, 16: 260, 32: 420, 64: 740}
RESERVED_BYTES_A_POD: Final = 20_000_000
RESERVED_BYTES: Final = 50_000_000
RESERVED_SHARE: Final = 0.25
EVICTION_MIB: Final = 100


@dataclass(frozen=True, kw_only=True)
class NodePool:
    """An agent pool, as far as its nodes show it.

    Args:
        name: of the pool.
        count: nodes; the fewest that its autoscaler may leave.
        vm_size: ARM's name of the size.
        region: Azure region.
        zones: availability zones, e.g. `1`; empty where there are none.
        labels: labels of the pool's nodes.
        taints: `key=value:effect`, or `key:effect`.
        mode: `System` or `User`.
        max_pods: most pods of a node.
        os_disk_gib: size of the disk that pods' ephemeral storage is on.
    """

    name: str
    count: int
    vm_size: str
    region: str
    zones: tuple[str, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    taints: tuple[str, ...] = ()
    mode: str = "User"
    max_pods: int = DEFAULT_MAX_PODS
    os_disk_gib: int = DEFAULT_OS_DISK_GIB


def node_pools(cluster: Object, pools: Iterable[Object]) -> list[NodePool]:
    """The pools of a cluster: those in its own inputs, and those of its `AgentPool` resources."""
    profiles = {str(profile["name"]): profile for profile in cluster.get("agentPoolProfiles") or []}
    profiles |= {str(pool["agentPoolName"]): pool for pool in pools}
    region = str(cluster.get("location", "")).lower().replace(" ", "")
    return [_pool(name, profile, region) for name, profile in profiles.items()]


def _pool(name: str, profile: Object, region: str) -> NodePool:
    autoscaled = profile.get("enableAutoScaling")
    return NodePool(
        name=name,
        count=int(profile["minCount"] if autoscaled else profile.get("count", 1)),
        vm_size=str(profile.get("vmSize", "")),
        region=region,
        zones=tuple(map(str, profile.get("availabilityZones") or ())),
        labels={str(key): str(value) for key, value in (profile.get("nodeLabels") or {}).items()},
        taints=tuple(map(str, profile.get("nodeTaints") or ())),
        mode=str(profile.get("mode") or "User"),
        max_pods=int(profile.get("maxPods") or DEFAULT_MAX_PODS),
        os_disk_gib=int(profile.get("osDiskSizeGB") or DEFAULT_OS_DISK_GIB),
    )


def sync_nodes(kubeconfig: str, pools: Sequence[NodePool]) -> None:
    """Makes the cluster's fake nodes those of the pools, and returns when all of them are ready.

    Nodes that are as they should be stay untouched. Raises SandboxError when a node does not become ready.
    """
    api = Api(kubeconfig)
    there = {node["metadata"]["name"]: node for node in api.items(NODES) if FAKE in _annotations(node)}
    wanted = {node["metadata"]["name"]: node for pool in pools for node in nodes_of(pool)}
    for name in there.keys() - wanted.keys():
        api.delete(f"{NODES}/{name}")
    for name, node in wanted.items():
        if name in there and _annotations(there[name]).get(DECLARED) == _annotations(node)[DECLARED]:
            continue
        kept = [taint for taint in _taints(there.get(name, {})) if taint["key"].startswith(SYSTEM_TAINTS)]
        spec = {"taints": [*node["spec"]["taints"], *kept]}
        api.apply(f"{NODES}/{name}", {**node, "spec": spec})
        status = {key: node[key] for key in ("apiVersion", "kind", "status")}
        api.apply(f"{NODES}/{name}/status", {**status, "metadata": {"name": name}})
    _await_ready(api, wanted.keys())


def nodes_of(pool: NodePool) -> list[Object]:
    """The `Node` objects of a pool, spread over its zones."""
    return [_node(pool, index) for index in range(pool.count)]


def _node(pool: NodePool, index: int) -> Object:
    suffix = hashlib.sha256(pool.name.encode()).hexdigest()
    # learn.microsoft.com azure/aks/concepts-network: aks-<pool>-<digits>-vmss<number>
    name = f"aks-{pool.name}-{int(suffix[:8], 16) % 10**8:08d}-vmss{index:06d}"
    zone = f"{pool.region}-{pool.zones[index % len(pool.zones)]}" if pool.zones else "0"
    labels = {
        "agentpool": pool.name,
        "kubernetes.azure.com/agentpool": pool.name,
        "kubernetes.azure.com/mode": pool.mode.lower(),
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": pool.vm_size,
        "topology.kubernetes.io/region": pool.region,
        "topology.kubernetes.io/zone": zone,
        **pool.labels,
    }
    node: Object = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {FAKE: "fake"}},
        "spec": {"taints": [_taint(text) for text in pool.taints]},
        "status": _room(pool),
    }
    node["metadata"]["annotations"][DECLARED] = hashlib.sha256(json.dumps(node).encode()).hexdigest()[:16]
    return node


def _taint(text: str) -> Object:
    what, _, effect = text.rpartition(":")
    key, _, value = what.partition("=")
    return {"key": key, "value": value, "effect": effect}


def _room(pool: NodePool) -> Object:
    size = size_of(pool.vm_size)
    if size is None or size.memory_gib is None:
        raise SandboxError(f"The sandbox does not know how large a {pool.vm_size} is, the size of pool {pool.name}.")
    memory_mib = size.memory_gib * MIB_A_GIB
    by_pods = (RESERVED_BYTES_A_POD * pool.max_pods + RESERVED_BYTES) / BYTES_A_MIB
    reserved_mib = round(min(by_pods, RESERVED_SHARE * memory_mib)) + EVICTION_MIB
    reserved_millicores = max(value for cores, value in RESERVED_MILLICORES.items() if cores <= size.cores)
    same = {"pods": str(pool.max_pods), "ephemeral-storage": f"{pool.os_disk_gib}Gi"}
    return {
        "capacity": {"cpu": str(size.cores), "memory": f"{memory_mib}Mi", **same},
        "allocatable": {
            "cpu": f"{1000 * size.cores - reserved_millicores}m",
            "memory": f"{memory_mib - reserved_mib}Mi",
            **same,
        },
    }


def _annotations(node: Object) -> dict[str, str]:
    found: dict[str, str] = node["metadata"].get("annotations", {})
    return found


def _taints(node: Object) -> list[dict[str, str]]:
    found: list[dict[str, str]] = node.get("spec", {}).get("taints", [])
    return found


def _await_ready(api: Api, names: Iterable[str]) -> None:
    until = time.monotonic() + READY_SECONDS
    while waiting := set(names) - {node["metadata"]["name"] for node in api.items(NODES) if _is_ready(node)}:
        if time.monotonic() > until:
            raise SandboxError(f"Node {min(waiting)} of the sandbox's cluster does not become ready.")
        time.sleep(0.1)


def _is_ready(node: Object) -> bool:
    conditions = {item["type"]: item["status"] for item in node.get("status", {}).get("conditions", [])}
    return conditions.get("Ready") == "True" and not any(
        taint["key"].startswith(SYSTEM_TAINTS) for taint in _taints(node)
    )
