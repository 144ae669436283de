"""AKS node pools, in the cluster and on their own.

learn.microsoft.com azure/aks: use-system-pools, concepts-storage, quotas-skus-regions
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, deletion, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.rules.vm_sizes import Size, size_of
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig, known_items

AGENT_POOL: Final = "azure-native:containerservice:AgentPool"
NAME: Final = re.compile(r"[a-z][a-z0-9]{0,11}")
LEAST_CORES: Final = 2
SYSTEM_MEMORY_GIB: Final = 4
NODES: Final = range(1001)
PODS: Final = range(10, 251)
SYSTEM_PODS: Final = 30
ZONES: Final = ("1", "2", "3")
SYSTEM_TAINTS: Final = ("CriticalAddonsOnly=true:NoSchedule",)
TAINT: Final = re.compile(r"[\w./-]+(=[\w.-]*)?:(NoSchedule|PreferNoSchedule|NoExecute)")


def pool_findings(pool: Object, where: str) -> Iterator[Failure]:
    """What is wrong with a pool's own settings; `where` is put in front of the paths."""
    mode = pool.get("mode")
    if "vmSize" not in pool and not pool.get("virtualMachinesProfile"):
        yield Failure(f"{where}vmSize", "required property is missing")
    name = pool.get("vmSize")
    size = size_of(name) if isinstance(name, str) else None
    if isinstance(name, str) and size is None:
        yield refuse(f"{where}vmSize", name, "a size such as Standard_D4ads_v5")
    if size:
        yield from _size(pool, size, where, mode)
    yield from _counts(pool, where, mode)
    for zone in known_items(pool.get("availabilityZones")):
        if zone not in ZONES:
            yield refuse(f"{where}availabilityZones", zone, ", ".join(ZONES))
    pods = pool.get("maxPods")
    if isinstance(pods, int) and (pods not in PODS or (mode == "System" and pods < SYSTEM_PODS)):
        yield refuse(f"{where}maxPods", pods, f"{SYSTEM_PODS if mode == 'System' else PODS.start} to 250")
    for taint in known_items(pool.get("nodeTaints")):
        if not TAINT.fullmatch(str(taint)):
            yield refuse(f"{where}nodeTaints", taint, "key=value:effect")
    if mode == "System" and pool.get("scaleSetPriority") == "Spot":
        yield refuse(f"{where}scaleSetPriority", "Spot", "Regular for a system pool")


def _size(pool: Object, size: Size, where: str, mode: Any) -> Iterator[Failure]:
    shown = pool["vmSize"]
    if size.cores < LEAST_CORES:
        yield refuse(f"{where}vmSize", shown, f"{LEAST_CORES} vCPU or more")
    if mode == "System" and (size.series == "B" or (size.memory_gib or SYSTEM_MEMORY_GIB) < SYSTEM_MEMORY_GIB):
        yield refuse(f"{where}vmSize", shown, f"{SYSTEM_MEMORY_GIB} GB or more and no B series for a system pool")
    disk = pool.get("osDiskSizeGB")
    if pool.get("osDiskType") != "Ephemeral" or size.temporary_gib is None:
        return
    if size.temporary_gib == 0:
        yield refuse(f"{where}osDiskType", "Ephemeral", f"Managed: {shown} has no temporary disk")
    elif isinstance(disk, int) and disk > size.temporary_gib:
        yield refuse(f"{where}osDiskSizeGB", disk, f"at most {size.temporary_gib}, the temporary disk of {shown}")


def _counts(pool: Object, where: str, mode: Any) -> Iterator[Failure]:
    least, most, count = (pool.get(key) for key in ("minCount", "maxCount", "count"))
    if UNKNOWN in (least, most, count):
        return
    if pool.get("enableAutoScaling"):
        yield from _scaling(pool, where, mode)
    elif least is not None or most is not None:
        yield Failure(f"{where}minCount", "minCount and maxCount need enableAutoScaling")
    for key, number in (("count", count), ("maxCount", most)):
        if isinstance(number, int) and number not in NODES:
            yield refuse(f"{where}{key}", number, "0 to 1000")


def _scaling(pool: Object, where: str, mode: Any) -> Iterator[Failure]:
    least, most = pool.get("minCount"), pool.get("maxCount")
    for key in ("minCount", "maxCount"):
        if key not in pool:
            yield Failure(f"{where}{key}", "required with enableAutoScaling")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        yield refuse(f"{where}minCount", least, f"at most maxCount ({most})")
    if mode == "System" and least == 0:
        yield refuse(f"{where}minCount", 0, "1 or more in a system pool")


@static("containerservice:AgentPool")
def pool_alone(inputs: Object) -> Iterator[Failure]:
    yield from pool_findings(inputs, "")


@static("containerservice:ManagedCluster")
def pools_of_cluster(inputs: Object) -> Iterator[Failure]:
    pools = inputs.get("agentPoolProfiles")
    if pools is UNKNOWN:
        return
    if not any(pool.get("mode") in ("System", UNKNOWN) for pool in known_items(pools)):
        yield Failure("agentPoolProfiles", "a cluster needs at least one pool of mode System")
    for index, pool in enumerate(known_items(pools)):
        name = pool.get("name")
        if isinstance(name, str) and not NAME.fullmatch(name):
            allowed = "1 to 12 lower-case letters and digits, first a letter"
            yield refuse(f"agentPoolProfiles[{index}].name", name, allowed)
        yield from pool_findings(pool, f"agentPoolProfiles[{index}].")


@stateful("containerservice:AgentPool", "containerservice:ManagedCluster")
def first_count(change: Change) -> None:
    """A pool starts inside its own limits; later the autoscaler brings it there when they move."""
    if change.old is not None:
        return
    for pool in known_items(change.new.get("agentPoolProfiles")) or [change.new]:
        count, least, most = pool.get("count"), pool.get("minCount", 0), pool.get("maxCount", NODES.stop)
        if pool.get("enableAutoScaling") and count is not None and not least <= count <= most:
            raise ProviderError("InvalidParameter", f"count: found {count}, allowed: {least} to {most}")


@stateful("containerservice:AgentPool")
def pool_fits_cluster(change: Change) -> None:
    """A pool's version is not ahead of its cluster's; its name is not one of the cluster's own pools."""
    cluster = change.world.body(paths.parent_of(change.id) or "") or {}
    versions = [str(change.new.get("orchestratorVersion") or ""), str(cluster.get("kubernetesVersion") or "")]
    if all(versions) and _minor(versions[0]) > _minor(versions[1]):
        message = f"orchestratorVersion {versions[0]} is ahead of the cluster's {versions[1]}"
        raise ProviderError("AgentPoolK8sVersionNotSupported", message)
    names = [str(pool.get("name")) for pool in known_items(cluster.get("agentPoolProfiles"))]
    if change.old is None and paths.name_of(change.id) in names:
        raise ProviderError("", f"cannot create already existing resource '{change.id}'")


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


@deletion("containerservice:AgentPool")
def last_system_pool(world: World, identifier: str) -> None:
    """Nothing is refused while the cluster itself declares a system pool."""
    cluster = world.body(paths.parent_of(identifier) or "")
    if cluster is None or any(pool.get("mode") == "System" for pool in known_items(cluster.get("agentPoolProfiles"))):
        return
    others = [entry for entry in world.store.of_type(AGENT_POOL)
              if entry.id.lower() != identifier.lower() and dig(entry.inputs, "mode") == "System"]  # fmt: skip
    if not others:
        raise ProviderError("OperationNotAllowed", "a cluster keeps at least one system pool")
