"""Machines: each runs all of Odoo's pools, and there are so many that those left after a loss carry the close.

A machine has the whole of the background work on it, since one leads at a time and any may have to; what is left of its
processors answers people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil

from stacks.planning.connections import DIRECT_PORT
from stacks.planning.ledger import Ledger
from stacks.planning.node_pools import MIB_PER_GIB, nodes_for
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.odoo_pools import (
    CRON,
    JOB_POD_MILLICORES,
    JOB_PROCESS_MIB,
    JOB_WORKERS,
    MASTER_MIB,
    QUEUE,
    REPORTING,
    WEB,
    WEB_WORKER_MIB,
    WEBSOCKET,
    WEBSOCKET_MIB,
    shape,
    surge,
)
from stacks.planning.plan_machines import ContainerPlan
from stacks.planning.plan_odoo import OdooPoolPlan, PodPlan, PoolConnections
from stacks.planning.sizes import D8, D16, E8, E16, NodeSize

TRAEFIK, METRICS = "traefik", "metrics"
GATES = "gates"
"""What starts and stops Odoo in each container, by locks and notes in the database."""

# Our own judgement, all of these: the kernel, Docker, the Azure Monitor agent, a new image beside the old one; a
# machine's share of people's connections only, as there are several machines.
HOST_MILLICORES, HOST_MIB = 500, 2048
TRAEFIK_POD = PodPlan(cpu_millicores=500, memory_mib=1024)
METRICS_POD = PodPlan(cpu_millicores=100, memory_mib=256)
WEBSOCKET_MILLICORES = 500
# odoo.com documentation: administration/on_premise/deploy: two workers a processor, and one
WEB_WORKER_MILLICORES = 500
LEAST_WEB_WORKERS = 3
JOB_MILLICORES = JOB_POD_MILLICORES // JOB_WORKERS
LEAST_MACHINES = 2
"""Without zones, and below production: one can be replaced while the other answers."""
SMALL, LARGE = (D8, E8), (D16, E16)
"""Machines of eight processors, of sixteen: the first with little memory, the second with much."""

_DEPLOY = "odoo.com documentation: administration/on_premise/deploy"
_SIZES = "learn.microsoft.com azure/virtual-machines/sizes/overview"
_ZONES = "learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-use-availability-zones"


@dataclass(frozen=True, kw_only=True)
class MachineSizing:
    """Machines for a load.

    Args:
        size: of each.
        pools: Odoo's pools: a container of each on every machine.
        containers: what each container of a machine may take, by name.
        normal_instances: machines for a normal day.
        peak_instances: machines for the close.
        min_instances: machines at the lowest scale.
        max_instances: machines at the highest: room for one more than at the lowest.
    """

    size: NodeSize
    pools: Mapping[str, OdooPoolPlan]
    containers: Mapping[str, ContainerPlan]
    normal_instances: int
    peak_instances: int
    min_instances: int
    max_instances: int

    @property
    def connecting(self) -> Mapping[str, OdooPoolPlan]:
        """The pools as they connect: one machine leads scheduled actions, and the others' processes do not run."""
        return {**self.pools, CRON: replace(self.pools[CRON], min_replicas=1, max_replicas=1)}

    @property
    def beside(self) -> Mapping[str, PoolConnections]:
        """What else connects: gates. Background pools' keep a connection each, the others' only wait for a release."""
        machines = self.max_instances + surge(self.max_instances)
        staying = [pool for pool in self.pools if pool not in {WEB, WEBSOCKET}]
        gates = PoolConnections(
            port=DIRECT_PORT,
            pods=machines,
            processes=len(self.pools),
            usual=machines * len(staying),
            worst=machines * len(self.pools),
        )
        return {GATES: gates}


def plan_machines(load: OdooLoad, zones: int, ledger: Ledger, *, production: bool) -> MachineSizing:
    """Machines that carry a load. More load never makes fewer or smaller ones.

    Refuses background work that one machine cannot carry beside people's requests.

    Args:
        load: Odoo's processes.
        zones: how many the region has.
        ledger: takes the reasons.
        production: whether a machine or a zone may be lost.
    """
    background = _background(load)
    sizes = SMALL if _small(load, background, zones, production=production) else LARGE
    workers = max(_workers(sizes, background), LEAST_WEB_WORKERS)
    normal, peak = _instances(load, workers, zones, production=production)
    low = normal if production else LEAST_MACHINES
    high = max(peak, low + 1)
    processes = {WEB: workers, WEBSOCKET: 1} | background
    containers = {pool: _container(pool, count) for pool, count in processes.items()} | {
        TRAEFIK: _service(TRAEFIK_POD),
        METRICS: _service(METRICS_POD),
    }
    sizing = MachineSizing(
        size=_with_memory(sizes, containers),
        pools={pool: _pool(pool, count, containers[pool], low, high) for pool, count in processes.items()},
        containers=containers,
        normal_instances=normal,
        peak_instances=peak,
        min_instances=low,
        max_instances=high,
    )
    _check(load, background, ledger)
    _explain(sizing, load, zones, ledger, production=production)
    return sizing


def _background(load: OdooLoad) -> dict[str, int]:
    """Processes of background pools on each machine: all of cron's and the queue's, since one machine leads."""
    processes = {CRON: load.cron_processes, QUEUE: load.queue_processes, REPORTING: JOB_WORKERS}
    return {pool: count for pool, count in processes.items() if count}


def _for_web(size: NodeSize, background: Mapping[str, int]) -> int:
    """Processor time of a machine that is left for people's requests, in thousandths."""
    services = TRAEFIK_POD.cpu_millicores + METRICS_POD.cpu_millicores + WEBSOCKET_MILLICORES
    return size.vcpus * 1000 - HOST_MILLICORES - services - sum(background.values()) * JOB_MILLICORES


def _workers(sizes: tuple[NodeSize, NodeSize], background: Mapping[str, int]) -> int:
    """HTTP workers that a machine has processors for."""
    return _for_web(sizes[0], background) // WEB_WORKER_MILLICORES + 1


def _small(load: OdooLoad, background: Mapping[str, int], zones: int, *, production: bool) -> bool:
    """Whether the fewest machines carry the load with eight processors each."""
    workers = _workers(SMALL, background)
    if workers < LEAST_WEB_WORKERS:
        return False
    _, peak = _instances(load, workers, zones, production=production)
    return peak <= _least(zones, production=production)


def _least(zones: int, *, production: bool) -> int:
    return max(zones, LEAST_MACHINES) if production else LEAST_MACHINES


def _instances(load: OdooLoad, workers: int, zones: int, *, production: bool) -> tuple[int, int]:
    """Machines with so many HTTP workers each for a normal day, and for the close."""

    def machines(web: int, reporting: int) -> int:
        needed = max(ceil(web / workers), ceil(reporting / JOB_WORKERS), load.websocket_processes)
        enough = nodes_for(needed, zones) if production else needed
        return max(enough, _least(zones, production=production))

    return (
        machines(load.normal_web_workers, load.normal_reporting_processes),
        machines(load.peak_web_workers, load.reporting_processes),
    )


def _container(pool: str, processes: int) -> ContainerPlan:
    if pool == WEB:
        cpu, memory = (processes - 1) * WEB_WORKER_MILLICORES, processes * WEB_WORKER_MIB + MASTER_MIB
    elif pool == WEBSOCKET:
        cpu, memory = WEBSOCKET_MILLICORES, WEBSOCKET_MIB
    else:
        cpu, memory = processes * JOB_MILLICORES, processes * JOB_PROCESS_MIB + MASTER_MIB
    return ContainerPlan(cpu_millicores=cpu, memory_mib=memory)


def _service(pod: PodPlan) -> ContainerPlan:
    return ContainerPlan(cpu_millicores=pod.cpu_millicores, memory_mib=pod.memory_mib)


def _with_memory(sizes: tuple[NodeSize, NodeSize], containers: Mapping[str, ContainerPlan]) -> NodeSize:
    """The smaller of the two that holds all containers at their limits; the larger always does."""
    needed = HOST_MIB + sum(container.memory_mib for container in containers.values())
    return sizes[0] if needed <= sizes[0].memory_gib * MIB_PER_GIB else sizes[1]


def _pool(pool: str, processes: int, container: ContainerPlan, low: int, high: int) -> OdooPoolPlan:
    form = shape(pool, production=True)
    return OdooPoolPlan(
        workers=processes,
        min_replicas=low,
        max_replicas=high,
        cpu_millicores=container.cpu_millicores,
        memory_mib=container.memory_mib,
        worker_memory_mib=form.worker_memory_mib,
        db_maxconn=form.db_maxconn,
    )


def _check(load: OdooLoad, background: Mapping[str, int], ledger: Ledger) -> None:
    if _workers(LARGE, background) >= LEAST_WEB_WORKERS:
        return
    room = (_for_web(LARGE[0], {}) - (LEAST_WEB_WORKERS - 1) * WEB_WORKER_MILLICORES) // JOB_MILLICORES - JOB_WORKERS
    ledger.refuse(
        "environment.topology",
        f"dedicated-vm, with {load.cron_processes} processes of scheduled actions and {load.queue_processes} of jobs",
        f"{room} of both together: one machine leads, and has {LARGE[0].vcpus} processors for them and for people",
        "set environment.topology to dedicated-aks, where background work has nodes of its own, or lower "
        "workload.invoices_per_month, workload.legal_entities or workload.integrations",
    )


def _explain(sizing: MachineSizing, load: OdooLoad, zones: int, ledger: Ledger, *, production: bool) -> None:
    background = sum(plan.workers for pool, plan in sizing.pools.items() if pool not in {WEB, WEBSOCKET})
    ledger.note(
        "machines.vm_size",
        sizing.size.vm_size,
        f"{sizing.size.vcpus} processors: {HOST_MILLICORES}m for the machine itself, {background} background processes "
        f"of {JOB_MILLICORES}m, and {sizing.pools[WEB].workers} HTTP workers on what is left. Eight are taken as long "
        "as the fewest machines are enough; memory holds every container at its limit.",
        _SIZES,
    )
    _explain_numbers(sizing, load, zones, ledger, production=production)
    for pool, plan in sizing.pools.items():
        numbers = f"{plan.min_replicas} to {plan.max_replicas} x {plan.workers}"
        size = f"{plan.cpu_millicores}m, {plan.memory_mib} MiB"
        ledger.note(f"odoo.pools.{pool}", f"{numbers}, {size}", _pool_text(pool), _DEPLOY)
    for name, container in sizing.containers.items():
        ledger.note(
            f"machines.containers.{name}",
            f"{container.cpu_millicores}m, {container.memory_mib} MiB",
            f"As odoo.pools.{name}." if name in sizing.pools else "A machine's share of it: our own judgement.",
        )


def _explain_numbers(sizing: MachineSizing, load: OdooLoad, zones: int, ledger: Ledger, *, production: bool) -> None:
    spare = f"with a {'zone' if zones > 1 else 'machine'} lost" if production else "with none to spare"
    each = f"{sizing.pools[WEB].workers} a machine, {spare}; at least {_least(zones, production=production)}"
    at_night = f"Below production {LEAST_MACHINES} at night: one can be replaced while the other answers."
    for what, instances, because, source in (
        (
            "normal",
            sizing.normal_instances,
            f"{load.normal_web_workers} HTTP workers on a normal day, {each}.",
            _ZONES,
        ),
        ("peak", sizing.peak_instances, f"{load.peak_web_workers} HTTP workers at the close, {each}.", _ZONES),
        ("min", sizing.min_instances, "What a normal day takes, at all hours." if production else at_night, ""),
        ("max", sizing.max_instances, "What the close takes, or one more than at the least, for the unforeseen.", ""),
    ):
        ledger.note(f"machines.{what}_instances", f"{instances}", because, source)


def _pool_text(pool: str) -> str:
    if pool == WEB:
        return f"Two workers a processor and one, of {WEB_WORKER_MIB} MiB; a machine's share of people's requests."
    if pool == WEBSOCKET:
        return "One gevent process on each machine."
    processes = f"Processes of up to {JOB_PROCESS_MIB} MiB, {JOB_MILLICORES}m each"
    if pool == REPORTING:
        return f"{processes}; {JOB_WORKERS} on each machine."
    return f"{processes}; one machine leads and has all of it, and each other can take over."
