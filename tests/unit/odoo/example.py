"""A tenant with all five pools, sessions in Redis and attachments in blobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from components.odoo.pool import Pool, PoolSize
from components.odoo.settings import OdooSettings

SIZES = {
    Pool.WEB: PoolSize(
        workers=6,
        min_replicas=3,
        max_replicas=8,
        cpu_millicores=2000,
        memory_mib=4096,
        worker_memory_mib=2560,
        db_maxconn=4,
    ),
    Pool.WEBSOCKET: PoolSize(
        workers=1,
        min_replicas=2,
        max_replicas=4,
        cpu_millicores=250,
        memory_mib=1024,
        worker_memory_mib=1600,
        db_maxconn=8,
    ),
    Pool.CRON: PoolSize(
        workers=2,
        min_replicas=1,
        max_replicas=1,
        cpu_millicores=500,
        memory_mib=2048,
        worker_memory_mib=4096,
        db_maxconn=3,
    ),
    Pool.QUEUE: PoolSize(
        workers=4,
        min_replicas=1,
        max_replicas=5,
        cpu_millicores=1000,
        memory_mib=3072,
        worker_memory_mib=4096,
        db_maxconn=5,
    ),
    Pool.REPORTING: PoolSize(
        workers=2,
        min_replicas=1,
        max_replicas=3,
        cpu_millicores=1000,
        memory_mib=4096,
        worker_memory_mib=8192,
        db_maxconn=6,
    ),
}


def settings(version: str = "18.0", **changes: Any) -> OdooSettings:
    """Its settings in a series of Odoo, with `changes` as `dataclasses.replace` takes them."""
    example = OdooSettings(
        version="18.0",
        tenant="acme",
        pools=SIZES,
        database_host="psql-erp.postgres.database.azure.com",
        database_name="odoo",
        queue_jobs=True,
        sessions="redis",
        cache_host="amr-erp.westeurope.redis.azure.net",
        attachments="blob",
        blob_account_url="https://sterpatt.blob.core.windows.net/",
    )
    return replace(example, version=version, **changes)


def without(*pools: Pool) -> dict[Pool, PoolSize]:
    """The sizes of all pools but these."""
    return {pool: size for pool, size in SIZES.items() if pool not in pools}


def sized(pool: Pool, **changes: Any) -> dict[Pool, PoolSize]:
    """The sizes of all pools, with one of another size."""
    return {**SIZES, pool: replace(SIZES[pool], **changes)}
