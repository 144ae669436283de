"""The pools: Odoo processes of one kind, which scale, fail and upgrade apart from the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Pool(StrEnum):
    """Kinds of Odoo processes."""

    WEB = "web"
    """HTTP workers that people wait for."""
    WEBSOCKET = "websocket"
    """The gevent server of live notifications; it LISTENs."""
    CRON = "cron"
    """Scheduled actions; it LISTENs."""
    QUEUE = "queue"
    """HTTP workers of background jobs (OCA queue_job), and the runner that hands them out, which LISTENs."""
    REPORTING = "reporting"
    """HTTP workers of reports and exports; they read from the replica where there is one and Odoo can (18+)."""


@dataclass(frozen=True, kw_only=True)
class PoolSize:
    """How large a pool is.

    Args:
        workers: Odoo's worker processes in a pod; 1 for `websocket`, which is one process.
        min_replicas: pods that are always there.
        max_replicas: pods at the highest scale; the connection budget holds for them.
        cpu_millicores: processor that a pod requests, in thousandths.
        memory_mib: memory that a pod requests and may use, in MiB.
        worker_memory_mib: address space that a worker may take (Odoo's limit_memory_hard), in MiB.
        db_maxconn: connections that one process may hold to each database.
    """

    workers: int
    min_replicas: int
    max_replicas: int
    cpu_millicores: int
    memory_mib: int
    worker_memory_mib: int
    db_maxconn: int
