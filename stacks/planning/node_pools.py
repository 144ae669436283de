"""Node pools of the cluster: enough nodes for the load, and for the loss of one or of a zone."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.plan import PoolPlan
from stacks.planning.sizes import D4, D8, E4, NodeSize
from stacks.sections import Workload

# Few, large pods: a node never holds more, and each pod that it may hold takes memory from the others.
MAX_PODS = 50
OS_DISK_GIB = 128  # ephemeral: fits the local disk of every size in use
DAEMONS_MILLICORES = 500  # Cilium, CSI drivers, log and metrics agents, Defender: our own estimate
DAEMONS_MIB = 1536
WEB_WORKER_MIB = 1024
JOB_PROCESS_MIB = 4096
JOB_PROCESSOR_SHARE = 0.75
SYSTEM_MIN_NODES, SYSTEM_MAX_NODES = 3, 6
SMALL_SYSTEM_MIN_NODES, SMALL_SYSTEM_MAX_NODES = 2, 3
MIB_PER_GIB = 1024

_RESERVATIONS = "learn.microsoft.com azure/aks/node-resource-reservations"
_WORKERS = "odoo.com documentation: administration/on_premise/deploy (worker number, memory size)"
_SYSTEM_POOLS = "learn.microsoft.com azure/aks/use-system-pools"


def free_cores(size: NodeSize) -> float:
    """Processors of a node that pods can have."""
    return size.vcpus - (size.kube_reserved_millicores + DAEMONS_MILLICORES) / 1000


def free_mib(size: NodeSize) -> float:
    """Memory of a node that pods can have, in MiB."""
    total = size.memory_gib * MIB_PER_GIB
    kubelet = min(20 * MAX_PODS + 50, total / 4)
    eviction = 100
    return total - kubelet - eviction - DAEMONS_MIB


def web_workers_per_node(size: NodeSize) -> int:
    """HTTP workers that a node carries: two a free core and one, as far as memory allows."""
    by_processor = 2 * int(free_cores(size)) + 1
    by_memory = int(free_mib(size) / WEB_WORKER_MIB)
    return min(by_processor, by_memory)


def job_processes_per_node(size: NodeSize) -> int:
    """Background processes that a node carries: they keep a core three quarters busy and hold large result sets."""
    return min(int(free_cores(size) / JOB_PROCESSOR_SHARE), int(free_mib(size) / JOB_PROCESS_MIB))


def surviving(nodes: int, zones: int) -> int:
    """Nodes left after the loss of the fullest of `zones` zones; of one node where there is one zone or none."""
    return nodes - ceil(nodes / zones) if zones > 1 else nodes - 1


def nodes_for(needed: int, zones: int) -> int:
    """Fewest nodes that leave `needed` ones after such a loss."""
    nodes = needed
    while surviving(nodes, zones) < needed:
        nodes += 1
    return nodes


def _pool(size: NodeSize, needed: tuple[int, int], zones: tuple[str, ...], *, production: bool) -> PoolPlan:
    """Pool for the nodes needed on a normal day and at the close."""
    normal, peak = needed
    if production:
        low, high = max(nodes_for(normal, len(zones)), len(zones)), nodes_for(peak, len(zones))
    else:
        low, high = normal, peak + 1
    return PoolPlan(
        vm_size=size.vm_size,
        min_nodes=low,
        max_nodes=max(high, low + 1),
        os_disk_gib=OS_DISK_GIB,
        max_pods=MAX_PODS,
        zones=zones,
    )


def _nodes_text(pool: PoolPlan) -> str:
    return f"{pool.min_nodes} to {pool.max_nodes} x {pool.vm_size}"


def _spare_text(zones: tuple[str, ...], *, production: bool) -> str:
    if not production:
        return "no spare node below production, one more for upgrades"
    return "still enough with a zone lost" if len(zones) > 1 else "still enough with a node lost"


def plan_pools(
    load: OdooLoad, workload: Workload, zones: tuple[str, ...], ledger: Ledger, *, production: bool
) -> Mapping[str, PoolPlan]:
    """The pools `system`, `web` and `jobs`. More load never makes fewer nodes."""
    web_size = D8 if production else D4
    web_room, job_room = web_workers_per_node(web_size), job_processes_per_node(E4)
    web = _pool(
        web_size,
        (ceil(load.normal_web_workers / web_room), ceil(load.peak_web_workers / web_room)),
        zones,
        production=production,
    )
    jobs_at_peak = load.background_processes
    jobs = _pool(
        E4,
        (ceil(jobs_at_peak / workload.peak_factor / job_room), ceil(jobs_at_peak / job_room)),
        zones,
        production=production,
    )
    system = PoolPlan(
        vm_size=D4.vm_size,
        min_nodes=SYSTEM_MIN_NODES if production else SMALL_SYSTEM_MIN_NODES,
        max_nodes=SYSTEM_MAX_NODES if production else SMALL_SYSTEM_MAX_NODES,
        os_disk_gib=OS_DISK_GIB,
        max_pods=MAX_PODS,
        zones=zones,
    )
    spare = _spare_text(zones, production=production)
    ledger.note(
        "cluster.pools.system",
        _nodes_text(system),
        "AKS advises three nodes of four processors for its own components"
        + (", one in each zone." if production else "; below production two carry them."),
        _SYSTEM_POOLS,
    )
    ledger.note(
        "cluster.pools.web",
        _nodes_text(web),
        f"{load.normal_web_workers} HTTP workers on a normal day, {load.peak_web_workers} at the close "
        f"({load.peak_users} users, 6 a worker, and the integrations' calls), {web_room} a node; {spare}.",
        _WORKERS,
    )
    ledger.note(
        "cluster.pools.jobs",
        _nodes_text(jobs),
        f"At the close {load.queue_processes} queue, {load.reporting_processes} reporting, {load.cron_processes} cron "
        f"and {load.websocket_processes} websocket processes of up to 4 GiB, {job_room} a node; {spare}.",
        _RESERVATIONS,
    )
    return {"jobs": jobs, "system": system, "web": web}
