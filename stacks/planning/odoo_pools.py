"""Pools of Odoo processes: how many workers a pod has, what it requests, and how many pods there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.plan_odoo import OdooPoolPlan, PodPlan

WEB, WEBSOCKET, CRON, QUEUE, REPORTING = "web", "websocket", "cron", "queue", "reporting"
NODE_POOLS: Mapping[str, str] = {WEB: "web", WEBSOCKET: "web", CRON: "jobs", QUEUE: "jobs", REPORTING: "jobs"}
"""Pool of nodes that each pool's pods run on."""

WEB_UNIT_MILLICORES = 1000
"""A web node is divided into units of a processor: a pod takes whole ones."""
JOB_UNIT_MILLICORES = 1650
"""A jobs node is divided into units that hold an operations job, or a pod of background processes."""
JOB_POD_MILLICORES = 1400  # two processes that wait for the database a third of their time

# odoo.com documentation: administration/on_premise/deploy: a worker with a heavy request takes 1 GiB, others 150 MB.
WEB_WORKER_MIB = 1024
JOB_PROCESS_MIB = 4096  # our own estimate: an import or a report of a whole year
MASTER_MIB = 512  # the master process, and the gevent process that it starts where HTTP is on
WEBSOCKET_MIB = 2048  # our own estimate: 500 people's connections in one process
# Odoo's default of limit_memory_hard, which limits address space, not memory in use: the first is the larger.
WEB_ADDRESS_SPACE_MIB = 2560
PREFORK_CONNECTIONS = 8  # three are usual (OCA bus_alt_connection); nested cursors need a few more
WEBSOCKET_CONNECTIONS = 16  # every client of the bus may need a cursor for a moment
JOB_WORKERS = 2
SURGE_PERCENT = 25

_DEPLOY = "odoo.com documentation: administration/on_premise/deploy"


@dataclass(frozen=True)
class PodShape:
    """What a pod of a pool is.

    Args:
        units: units of its node that it takes.
        workers: worker processes.
        pod: what it requests.
        worker_memory_mib: address space of a worker.
        db_maxconn: connections of a process.
    """

    units: int
    workers: int
    pod: PodPlan
    worker_memory_mib: int
    db_maxconn: int


def _web(units: int) -> PodShape:
    workers = 2 * units + 1
    return PodShape(
        units,
        workers,
        PodPlan(cpu_millicores=units * WEB_UNIT_MILLICORES, memory_mib=workers * WEB_WORKER_MIB + MASTER_MIB),
        WEB_ADDRESS_SPACE_MIB,
        PREFORK_CONNECTIONS,
    )


_JOB_POD = PodPlan(cpu_millicores=JOB_POD_MILLICORES, memory_mib=JOB_WORKERS * JOB_PROCESS_MIB + MASTER_MIB)
_JOB = PodShape(1, JOB_WORKERS, _JOB_POD, JOB_PROCESS_MIB, PREFORK_CONNECTIONS)
_WEBSOCKET = PodShape(
    1,
    1,
    PodPlan(cpu_millicores=WEB_UNIT_MILLICORES, memory_mib=WEBSOCKET_MIB),
    WEB_ADDRESS_SPACE_MIB,
    WEBSOCKET_CONNECTIONS,
)
OPERATIONS_POD = PodPlan(cpu_millicores=_JOB_POD.cpu_millicores + 250, memory_mib=_JOB_POD.memory_mib + 512)
"""An operations job: Odoo as in a pod of background processes, and the operations image, which watches it."""


def shape(pool: str, *, production: bool) -> PodShape:
    """What a pod of a pool is; production's web pods are larger, so that one long request holds up fewer others."""
    if pool == WEB:
        return _web(2 if production else 1)
    return _WEBSOCKET if pool == WEBSOCKET else _JOB


def spread(needed: int, zones: int, *, production: bool) -> int:
    """Pods of which `needed` are left, without any being started again, when a zone is lost; one, without zones."""
    if not production:
        return max(needed, 1)
    return ceil(max(needed, 1) / (zones - 1)) * zones if zones > 1 else max(needed, 1) + 1


def left(replicas: int, zones: int, *, production: bool) -> int:
    """Pods of so many, spread by `spread`, that are left after such a loss: what the load needs."""
    if not production:
        return replicas
    return replicas - (ceil(replicas / zones) if zones > 1 else 1)


def surge(replicas: int) -> int:
    """Pods that a rolling update adds; kubernetes.io docs/concepts/workloads/controllers/deployment: rounded up."""
    return ceil(replicas * SURGE_PERCENT / 100)


def _restarted(needed: int, *, production: bool) -> int:
    """Pods of a pool whose work waits while they are started again elsewhere."""
    return max(needed, 2 if production else 1)


def plan_odoo_pools(load: OdooLoad, zones: int, ledger: Ledger, *, production: bool) -> Mapping[str, OdooPoolPlan]:
    """Pools by name, without a queue where the load has none. More load never makes fewer pods."""
    pools = {
        pool: _pool(pool, processes, zones, production=production)
        for pool, processes in _processes(load).items()
        if processes.peak
    }
    for pool, plan in pools.items():
        _explain(pool, plan, _processes(load)[pool], ledger, production=production)
    _explain_rest(ledger)
    return pools


def normal_replicas(load: OdooLoad, zones: int, *, production: bool) -> Mapping[str, int]:
    """Pods for a normal day, by pool."""
    return {
        pool: _replicas(pool, processes.normal, zones, production=production)
        for pool, processes in _processes(load).items()
    }


class _Processes(NamedTuple):
    """Processes of a pool on a normal day, and at the close."""

    normal: int
    peak: int


def _processes(load: OdooLoad) -> Mapping[str, _Processes]:
    return {
        WEB: _Processes(load.normal_web_workers, load.peak_web_workers),
        WEBSOCKET: _Processes(load.websocket_processes, load.websocket_processes),
        CRON: _Processes(load.cron_processes, load.cron_processes),
        QUEUE: _Processes(load.normal_queue_processes, load.queue_processes),
        REPORTING: _Processes(load.normal_reporting_processes, load.reporting_processes),
    }


def _replicas(pool: str, processes: int, zones: int, *, production: bool) -> int:
    pods = ceil(processes / shape(pool, production=production).workers)
    if NODE_POOLS[pool] == "web":
        return spread(pods, zones, production=production)
    return _restarted(pods, production=production)


def _pool(pool: str, processes: _Processes, zones: int, *, production: bool) -> OdooPoolPlan:
    form = shape(pool, production=production)
    normal, most = (_replicas(pool, count, zones, production=production) for count in processes)
    # Nobody can say how many people will be connected, or how late scheduled actions will run: these keep their size.
    at_all_hours = production or pool in {WEBSOCKET, CRON}
    return OdooPoolPlan(
        workers=form.workers,
        min_replicas=normal if at_all_hours else 1,
        max_replicas=most,
        cpu_millicores=form.pod.cpu_millicores,
        memory_mib=form.pod.memory_mib,
        worker_memory_mib=form.worker_memory_mib,
        db_maxconn=form.db_maxconn,
    )


def _explain(pool: str, plan: OdooPoolPlan, processes: _Processes, ledger: Ledger, *, production: bool) -> None:
    least, most = plan.min_replicas, plan.max_replicas
    count = f"{most}" if least == most else f"{least} to {most}"
    if not production:
        spare = "below production one pod is enough at night"
    elif NODE_POOLS[pool] == "web":
        spare = "as many are left when a zone is lost, or without zones a node"
    else:
        spare = "two at least; those of a lost zone are started again elsewhere"
    ledger.note(
        f"odoo.pools.{pool}",
        f"{count} pods x {plan.workers}, {plan.cpu_millicores}m, {plan.memory_mib} MiB",
        f"{processes.normal} processes on a normal day, {processes.peak} at the close, {plan.workers} a pod; {spare}. "
        f"{_memory_text(pool)} {plan.db_maxconn} connections a process at most.",
        _DEPLOY,
    )


def _memory_text(pool: str) -> str:
    if pool == WEB:
        return f"All workers can be busy with heavy requests at once ({WEB_WORKER_MIB} MiB), two a processor and one."
    if pool == WEBSOCKET:
        return "One gevent process."
    return f"Processes of up to {JOB_PROCESS_MIB} MiB, which they are held to."


def _explain_rest(ledger: Ledger) -> None:
    ledger.note(
        "odoo.node_pools",
        "websocket with web; cron, queue, reporting on jobs",
        "Background work never takes the place of people's requests.",
    )
    ledger.note(
        "odoo.surge_percent",
        f"{SURGE_PERCENT} %",
        "New pods start before old ones stop; nodes, quota and connections have room for them.",
        "kubernetes.io docs/concepts/workloads/controllers/deployment",
    )
    ledger.note(
        "odoo.operations",
        f"{OPERATIONS_POD.cpu_millicores}m, {OPERATIONS_POD.memory_mib} MiB",
        "Odoo as in a pod of background processes, and the operations image, which watches it; one job at a time.",
    )
