"""What a tenant's configuration of Odoo is made from, and which mixes are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from components.odoo.options import VERSIONS
from components.odoo.pool import Pool, PoolSize

HTTP_POOLS: Final = (Pool.WEB, Pool.QUEUE, Pool.REPORTING)
"""Pools of HTTP workers."""

_NEEDED: Final = {
    Pool.WEB: "nobody could work",
    Pool.WEBSOCKET: "nothing would be shown as it happens",
    Pool.CRON: "scheduled actions would never run",
}
_LEAST_CONNECTIONS: Final = 3
"""A process keeps up to about three open (README of OCA bus_alt_connection)."""
_LIGHT_WORKER_MIB: Final = 150
"""Memory of a worker with light work (odoo/documentation on_premise/deploy, worker number calculation)."""


class SettingsError(ValueError):
    """Settings that Odoo would start with, and not work; all of them, one a line."""


@dataclass(frozen=True, kw_only=True)
class OdooSettings:
    """What the configuration of all pools of a tenant is made from.

    Args:
        version: series, `17.0`, `18.0` or `19.0`.
        tenant: its name; sessions of several tenants in one cache are kept apart by it.
        pools: size by pool; a pool that is not there does not run.
        database_host: name of the server that writes.
        database_name: name of the database.
        reader_host: name of the replica that reports read from (18+); None where there is none.
        direct_port: port of PostgreSQL itself.
        pooled_port: port of PgBouncer.
        queue_jobs: whether OCA queue_job runs jobs in the queue pool.
        sessions: where sessions are kept: in files that all pods share, or in Redis.
        cache_host: name of the Redis server.
        cache_port: its port; it speaks TLS.
        attachments: where attachments are kept: in files that all pods share, or in Azure's blobs.
        blob_account_url: blob endpoint, `https://<account>.blob.core.windows.net`.
        blob_container: container of the attachments.
        managed_identity: client id of the machine's identity that Odoo logs in to cache and blobs with; None in pods,
            which have a workload identity.

    Raises:
        SettingsError: a mix that cannot work; the message has a line for each reason.
    """

    version: str
    tenant: str
    pools: Mapping[Pool, PoolSize] = field(hash=False)
    database_host: str
    database_name: str
    reader_host: str | None = None
    direct_port: int = 5432
    pooled_port: int = 6432
    queue_jobs: bool = False
    sessions: Literal["shared-files", "redis"] = "shared-files"
    cache_host: str | None = None
    cache_port: int = 10000
    attachments: Literal["shared-files", "blob"] = "shared-files"
    blob_account_url: str | None = None
    blob_container: str = "attachments"
    managed_identity: str | None = None

    def __post_init__(self) -> None:
        problems = [*_settings_problems(self)]
        for pool, size in self.pools.items():
            problems += [f"{pool.value}: {problem}" for problem in _size_problems(pool, size)]
        if problems:
            raise SettingsError("\n".join(problems))

    def since(self, version: str) -> bool:
        """Whether the series is that one, or a newer one."""
        return float(self.version) >= float(version)


def _settings_problems(settings: OdooSettings) -> Iterator[str]:
    if settings.version not in VERSIONS:
        yield f"version: Odoo {settings.version} is not known; known are {', '.join(VERSIONS)}"
    for pool, reason in _NEEDED.items():
        if pool not in settings.pools:
            yield f"{pool.value}: the pool is missing, so {reason}"
    if settings.queue_jobs and Pool.QUEUE not in settings.pools:
        yield "queue: the pool is missing, so no job of queue_job would ever run"
    if not settings.queue_jobs and Pool.QUEUE in settings.pools:
        yield "queue: the pool has nothing to do without queue_jobs"
    if settings.reader_host and settings.version == "17.0":
        yield "reader_host: Odoo 17.0 reads from one database only; leave it out, or take 18.0"
    if settings.sessions == "redis" and not settings.cache_host:
        yield "cache_host: sessions in Redis need its name"
    if settings.attachments == "blob" and not _is_blob_endpoint(settings.blob_account_url):
        yield (
            f"blob_account_url: attachments in blobs need it as https://<account>.blob.<domain>, "
            f"not {settings.blob_account_url}"
        )


def _is_blob_endpoint(url: str | None) -> bool:
    return url is not None and url.startswith("https://") and ".blob." in url


def _size_problems(pool: Pool, size: PoolSize) -> Iterator[str]:
    if size.workers < 1:
        yield f"workers is {size.workers}; without a worker of its own a process breaks requests off when it stops"
    if pool is Pool.WEBSOCKET and size.workers > 1:
        yield f"workers is {size.workers}; the gevent server is one process, more pods make it larger"
    if not 1 <= size.min_replicas <= size.max_replicas:
        yield (
            f"min_replicas is {size.min_replicas}, max_replicas {size.max_replicas}; "
            "one pod is always there, and the highest count is not below the lowest"
        )
    if size.db_maxconn < _LEAST_CONNECTIONS:
        yield f"db_maxconn is {size.db_maxconn}; a process needs {_LEAST_CONNECTIONS}"
    least = _LIGHT_WORKER_MIB * size.workers
    if size.memory_mib < least:
        yield f"memory_mib is {size.memory_mib}; {size.workers} workers with light work take {least}"
    if size.worker_memory_mib < _LIGHT_WORKER_MIB:
        yield f"worker_memory_mib is {size.worker_memory_mib}; a worker with light work takes {_LIGHT_WORKER_MIB}"
