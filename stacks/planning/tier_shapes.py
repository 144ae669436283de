"""What pods of the tiers that share nodes look like: dense, since most of a subsidiary's workers wait most of the time.

Units: a web node is divided into parts of 125m, a jobs node into parts of 335m; a pod takes whole ones, and as large a
part of the node's memory.
"""

from __future__ import annotations

from collections.abc import Mapping

from stacks.planning.odoo_pools import (
    CRON,
    JOB_PROCESS_MIB,
    MASTER_MIB,
    QUEUE,
    REPORTING,
    WEB,
    WEB_ADDRESS_SPACE_MIB,
    WEBSOCKET,
    PodShape,
)
from stacks.planning.plan_odoo import PodPlan
from stacks.tenant_scalars import Tier

TIER_WEB_MILLICORES = 125
TIER_JOB_MILLICORES = 335
TIER_MAX_PODS = 110
"""Of a node: more than its units, so that they are what fills it."""

WORKERS = 3
# odoo.com documentation, administration/on_premise/deploy: a worker with a heavy request takes 1 GiB, others 150 MB.
HEAVY_MIB, LIGHT_MIB = 1024, 150
OPS_MIB, OPS_MILLICORES = 512, 250
# Three connections of a worker are usual (OCA bus_alt_connection); as many again for nested cursors.
CONNECTIONS = 6
# One listens; the others serve up to 150 people's clients in turn (16 serve 500 in an environment of its own).
WEBSOCKET_CONNECTIONS = 6
USERS_PER_WEBSOCKET_PROCESS = 150
JOB_MILLICORES = 300  # processes of background work wait for the database most of their time
# odoo.com documentation, administration/on_premise/deploy: its own sample holds workers to 1600 MiB.
SMALL_JOB_MIB = 2304
MASTER_ONLY_MIB = 256  # our own estimate: a master process without the gevent process that HTTP brings


def _web(units: int, memory_mib: int) -> PodShape:
    pod = PodPlan(cpu_millicores=units * TIER_WEB_MILLICORES, memory_mib=memory_mib)
    return PodShape(units, WORKERS, pod, WEB_ADDRESS_SPACE_MIB, CONNECTIONS)


def _websocket(units: int, memory_mib: int) -> PodShape:
    pod = PodPlan(cpu_millicores=units * TIER_WEB_MILLICORES, memory_mib=memory_mib)
    return PodShape(units, 1, pod, WEB_ADDRESS_SPACE_MIB, WEBSOCKET_CONNECTIONS)


def _job(units: int, workers: int, process_mib: int, master_mib: int = MASTER_MIB) -> PodShape:
    pod = PodPlan(cpu_millicores=units * JOB_MILLICORES, memory_mib=workers * process_mib + master_mib)
    return PodShape(units, workers, pod, process_mib, CONNECTIONS)


# One worker of a pod may have a heavy request while the others have light ones.
_DENSE_WEB_MIB = HEAVY_MIB + (WORKERS - 1) * LIGHT_MIB + MASTER_MIB
_CRON = _job(1, 1, WEB_ADDRESS_SPACE_MIB, MASTER_ONLY_MIB)

SHAPES: Mapping[Tier, Mapping[str, PodShape]] = {
    Tier.STANDARD: {
        WEB: _web(4, _DENSE_WEB_MIB),
        WEBSOCKET: _websocket(2, 768),
        CRON: _CRON,
        QUEUE: _job(1, 1, SMALL_JOB_MIB),
    },
    Tier.PRIORITY: {
        WEB: _web(8, WORKERS * HEAVY_MIB + MASTER_MIB),
        WEBSOCKET: _websocket(4, 1024),
        CRON: _CRON,
        QUEUE: _job(2, 1, JOB_PROCESS_MIB),
        # Two, so that one answers whether the pod is well while the other works.
        REPORTING: _job(2, 2, WEB_ADDRESS_SPACE_MIB),
    },
}
"""By tier and pool; a tier without a pool has its work done by `web`."""

TRAEFIK: Mapping[Tier, PodPlan] = {
    Tier.STANDARD: PodPlan(cpu_millicores=100, memory_mib=256),
    Tier.PRIORITY: PodPlan(cpu_millicores=250, memory_mib=512),
    Tier.ISOLATED: PodPlan(cpu_millicores=500, memory_mib=768),
}
TRAEFIK_UNITS: Mapping[Tier, int] = {Tier.STANDARD: 1, Tier.PRIORITY: 2}


def operations_pod(tier: Tier) -> PodPlan:
    """An operations job: Odoo as in the largest pod of background processes, and the operations image."""
    largest = max((SHAPES[tier][pool].pod for pool in (CRON, QUEUE)), key=lambda pod: pod.memory_mib)
    return PodPlan(cpu_millicores=largest.cpu_millicores + OPS_MILLICORES, memory_mib=largest.memory_mib + OPS_MIB)


OPERATIONS_UNITS: Mapping[Tier, int] = {Tier.STANDARD: 2, Tier.PRIORITY: 3}
