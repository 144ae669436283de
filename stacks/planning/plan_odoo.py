"""The part of the plan that says how Odoo runs: its pools, its connections, when they grow, and the way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class OdooPoolPlan:
    """A pool of Odoo processes.

    Args:
        workers: worker processes in a pod; 1 for `websocket`, which is one process.
        min_replicas: pods that are always there.
        max_replicas: pods at the highest scale.
        cpu_millicores: processor that a pod requests, in thousandths.
        memory_mib: memory that a pod requests and may use, in MiB.
        worker_memory_mib: address space that a worker may take (Odoo's limit_memory_hard), in MiB.
        db_maxconn: connections that one process may hold.
    """

    workers: int
    min_replicas: int
    max_replicas: int
    cpu_millicores: int
    memory_mib: int
    worker_memory_mib: int
    db_maxconn: int


@dataclass(frozen=True, kw_only=True)
class PoolConnections:
    """Connections that a pool makes at its highest scale, in the middle of a rolling update.

    Args:
        port: 6432 for PgBouncer, 5432 for PostgreSQL itself.
        pods: its pods, the update's extra ones included.
        processes: processes of a pod that connect to that port.
        usual: connections that they keep all together.
        worst: connections that they can make at most: the limit of each process, from all of them.
    """

    port: int
    pods: int
    processes: int
    usual: int
    worst: int


@dataclass(frozen=True, kw_only=True)
class ConnectionPlan:
    """Connections to the server that writes.

    Args:
        pools: by pool; `queue-runner` is what hands out jobs, a thread beside the queue's workers.
        pool_size: PgBouncer's server connections for each role and database.
        max_clients: clients that PgBouncer takes.
        role_limit: connections that a login role may have: its pooled ones and all direct ones at their worst.
        others: connections of people, metrics, the scaler and bootstrap.
        max_connections: limit of the server: both login roles at theirs, others, a reserve, the service's own.
        server_limit: most that Azure advises for the memory of the server.
    """

    pools: Mapping[str, PoolConnections]
    pool_size: int
    max_clients: int
    role_limit: int
    others: int
    max_connections: int
    server_limit: int


@dataclass(frozen=True, kw_only=True)
class WindowPlan:
    """A span of the calendar in which a pool is held at a size.

    Args:
        pool: the pool.
        start: cron expression of its beginning, in the time zone of the calendar.
        end: cron expression of its end.
        replicas: pods to have in it.
        purpose: what it is for.
    """

    pool: str
    start: str
    end: str
    replicas: int
    purpose: str


@dataclass(frozen=True, kw_only=True)
class PodPlan:
    """What a pod requests.

    Args:
        cpu_millicores: processor, in thousandths.
        memory_mib: memory, in MiB.
    """

    cpu_millicores: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class NamespacePlan:
    """What Odoo's namespace may take, in Kubernetes quantities.

    Args:
        requests: what all its pods may request: what the nodes of its pools have, or the share of its tier.
        limits: memory that they may use; processor time is shared by requests.
        pods: how many there may be.
        default_request: request of a container that names none.
        default_limit: limit of a container that names none.
        container_max: most that one container may use: what the largest node has, or the largest pod of the tier.
    """

    requests: Mapping[str, str]
    limits: Mapping[str, str]
    pods: int
    default_request: Mapping[str, str]
    default_limit: Mapping[str, str]
    container_max: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RunningPlan:
    """How one company's Odoo runs, whatever on.

    Args:
        pools: by pool: `web`, `websocket`, `cron`, and where they are wanted `reporting`, `queue`.
        surge_percent: pods, or machines, that a rolling update adds, as a share of a pool's; rounded up.
        operations: all containers of an operations job that run at once, of which one runs at a time.
        role_limit: connections that each of its login roles may have.
        database_limit: connections that its database may have, whoever makes them.
        reads_from_replica: whether reports read from the replica.
        timezone: IANA name, of the calendar.
    """

    pools: Mapping[str, OdooPoolPlan]
    surge_percent: int
    operations: PodPlan
    role_limit: int
    database_limit: int
    reads_from_replica: bool
    timezone: str


@dataclass(frozen=True, kw_only=True)
class ClusterRunningPlan(RunningPlan):
    """How one tenant's Odoo runs on a cluster.

    Args:
        node_pools: pool of nodes by pool.
        namespace: what its namespace may take.
        windows: when pools are held at a size.
    """

    node_pools: Mapping[str, str]
    namespace: NamespacePlan
    windows: tuple[WindowPlan, ...]


@dataclass(frozen=True, kw_only=True)
class OdooPlan(RunningPlan):
    """Odoo of an environment of its own.

    Args:
        connections: connections to the database.
    """

    connections: ConnectionPlan


@dataclass(frozen=True, kw_only=True)
class ClusterOdooPlan(OdooPlan, ClusterRunningPlan):
    """Odoo of an environment of its own, on a cluster."""


@dataclass(frozen=True, kw_only=True)
class IngressPlan:
    """The way in.

    Args:
        traefik_version: series of Traefik that its configuration is written for.
        replicas: pods.
        pod: what each requests.
        allowed_ranges: ranges that may reach Odoo.
    """

    traefik_version: str
    replicas: int
    pod: PodPlan
    allowed_ranges: tuple[str, ...]
