"""Size of the database server and its disk."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from stacks.planning.ledger import Ledger
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.sizes import (
    DISKS_GIB,
    GENERAL_PURPOSE_DATABASES,
    MEMORY_OPTIMIZED_DATABASES,
    DatabaseSize,
    DiskTier,
)
from stacks.sections import Workload

# Our own estimates. Users think most of the time, and a request is in the database for a third of its own: ten workers
# keep about one core busy.
WORKERS_PER_VCORE = 10
WARM_SHARE_OF_DATABASE = 0.25
MAX_WARM_GIB = 256
IOPS_PER_PEAK_USER = 3
GROWTH_YEARS = 2
WAL_AND_BLOAT_FACTOR = 1.25
# learn.microsoft.com azure/postgresql/flexible-server/concepts-storage: automatic growth starts below 20 % free.
MAX_FILL = 0.8
MIN_DISK_GIB = {True: 128, False: 64}
"""By whether it is production: smaller disks are too slow for an import."""

_COMPUTE = "learn.microsoft.com azure/postgresql/flexible-server/concepts-compute"
_STORAGE = "learn.microsoft.com azure/postgresql/flexible-server/concepts-storage"


@dataclass(frozen=True, kw_only=True)
class DatabaseHardware:
    """A server and its disk."""

    size: DatabaseSize
    storage_gib: int
    tier: DiskTier


def _projected_gib(workload: Workload) -> int:
    return workload.database_gib + GROWTH_YEARS * workload.database_growth_gib_per_year


def plan_hardware(workload: Workload, load: OdooLoad, ledger: Ledger, *, production: bool) -> DatabaseHardware:
    """The smallest server and disk that carry the load two years from now. More users never make either smaller."""
    size = _size(workload, load, ledger, production=production)
    storage_gib, tier = _disk(workload, load, ledger, production=production)
    return DatabaseHardware(size=size, storage_gib=storage_gib, tier=tier)


def _size(workload: Workload, load: OdooLoad, ledger: Ledger, *, production: bool) -> DatabaseSize:
    workers = load.peak_web_workers + load.background_processes
    vcores = ceil(workers / WORKERS_PER_VCORE)
    warm_gib = min(WARM_SHARE_OF_DATABASE * _projected_gib(workload), MAX_WARM_GIB) if production else 0
    sizes = MEMORY_OPTIMIZED_DATABASES if production else GENERAL_PURPOSE_DATABASES
    fitting = [size for size in sizes if size.vcores >= vcores and size.memory_gib >= warm_gib]
    if not fitting:
        ledger.refuse(
            "workload.concurrent_users",
            f"{workload.concurrent_users}, {load.peak_users} at the close ({workers} processes)",
            f"what {sizes[-1].vcores} processors of one PostgreSQL server carry: {WORKERS_PER_VCORE} processes each",
            "split the business into several environments, or lower workload.peak_factor or workload.integrations",
        )
    size = fitting[0] if fitting else sizes[-1]
    ledger.decide(
        "database.sku_name",
        size.sku_name,
        f"{workers} Odoo processes at the close need {vcores} processors ({WORKERS_PER_VCORE} each)"
        + (f", and the part of the data in daily use {warm_gib:.0f} GiB of memory." if production else "."),
        _COMPUTE,
    )
    ledger.decide(
        "database.sku_tier",
        size.sku_tier,
        "Production reads from memory: 8 GiB a processor." if production else "Not production: 4 GiB a processor do.",
        _COMPUTE,
    )
    return size


def _disk(workload: Workload, load: OdooLoad, ledger: Ledger, *, production: bool) -> tuple[int, DiskTier]:
    projected = _projected_gib(workload)
    needed = max(ceil(projected * WAL_AND_BLOAT_FACTOR / MAX_FILL), MIN_DISK_GIB[production])
    iops = load.peak_users * IOPS_PER_PEAK_USER
    fitting = [
        (gib, next(tier for tier in tiers if tier.iops >= iops))
        for gib, tiers in DISKS_GIB
        if gib >= needed and tiers[-1].iops >= iops
    ]
    largest_gib, largest_tiers = DISKS_GIB[-1]
    if needed > largest_gib:
        ledger.refuse(
            "workload.database_gib",
            f"{workload.database_gib}, {projected} in {GROWTH_YEARS} years",
            f"what fits {largest_gib} GiB, filled to {MAX_FILL:.0%}, with a quarter for write-ahead log and bloat",
            "archive old documents, or correct workload.database_growth_gib_per_year",
        )
    storage_gib, tier = fitting[0] if fitting else (largest_gib, largest_tiers[-1])
    ledger.decide(
        "database.storage_gib",
        storage_gib,
        f"{projected} GiB in {GROWTH_YEARS} years, a quarter more for write-ahead log and bloat, filled to "
        f"{MAX_FILL:.0%} at most: {needed} GiB. Disks never shrink.",
        _STORAGE,
    )
    ledger.decide(
        "database.storage_tier",
        tier.name,
        f"{load.peak_users} users at the close, {IOPS_PER_PEAK_USER} operations a second each: {iops} of {tier.iops}.",
        _STORAGE,
    )
    return storage_gib, tier
