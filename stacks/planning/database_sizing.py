"""Size of the database server and its disk."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

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
JOURNAL_LINE_KIB = 3  # a row of account_move_line with its twenty indexes, and its part of the entry
MONTHS_A_YEAR = 12
KIB_PER_GIB = 1024 * 1024
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


class Asked(NamedTuple):
    """The setting that asks for something, for errors: its path, what stands there, and what to do about it."""

    path: str
    found: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class DatabaseLoad:
    """What a server must carry.

    Args:
        workers: Odoo's processes at the close.
        peak_users: users at the close.
        data_gib: databases, in GiB.
        warm_gib: most of them that are in use every day.
        because: the data in words, such as `100 GiB in 2 years`.
        users_asked: the setting that asks for so many users.
        data_asked: the setting that asks for so much data.
        connections: connections that its memory must carry; 0 where that is checked afterwards.
    """

    workers: int
    peak_users: int
    data_gib: int
    warm_gib: float
    because: str
    users_asked: Asked
    data_asked: Asked
    connections: int = 0


def database_load(workload: Workload, load: OdooLoad) -> DatabaseLoad:
    """What the server of an environment of its own must carry, two years from now."""
    journal = journal_growth_gib(workload)
    growth = max(workload.database_growth_gib_per_year, journal)
    projected = workload.database_gib + GROWTH_YEARS * growth
    workers = load.peak_web_workers + load.background_processes
    return DatabaseLoad(
        workers=workers,
        peak_users=load.peak_users,
        data_gib=projected,
        warm_gib=min(WARM_SHARE_OF_DATABASE * projected, MAX_WARM_GIB),
        because=f"{projected} GiB in {GROWTH_YEARS} years"
        + (f", as journal entries add {journal} a year" if journal > workload.database_growth_gib_per_year else ""),
        users_asked=Asked(
            "workload.concurrent_users",
            f"{workload.concurrent_users}, {load.peak_users} at the close ({workers} processes)",
            "split the business into several environments, or lower workload.peak_factor or workload.integrations",
        ),
        data_asked=Asked(
            "workload.database_gib",
            f"{workload.database_gib}, {projected} in {GROWTH_YEARS} years",
            "archive old documents, or correct workload.database_growth_gib_per_year",
        ),
    )


def journal_growth_gib(workload: Workload) -> int:
    """What journal entries other than invoices' add to the database in a year, in GiB."""
    return ceil(workload.journal_lines_per_month * MONTHS_A_YEAR * JOURNAL_LINE_KIB / KIB_PER_GIB)


def plan_hardware(load: DatabaseLoad, ledger: Ledger, *, production: bool) -> DatabaseHardware:
    """The smallest server and disk that carry the load. More users never make either smaller."""
    size = _size(load, ledger, production=production)
    storage_gib, tier = _disk(load, ledger, production=production)
    return DatabaseHardware(size=size, storage_gib=storage_gib, tier=tier)


def _size(load: DatabaseLoad, ledger: Ledger, *, production: bool) -> DatabaseSize:
    vcores = ceil(load.workers / WORKERS_PER_VCORE)
    warm_gib = load.warm_gib if production else 0
    sizes = MEMORY_OPTIMIZED_DATABASES if production else GENERAL_PURPOSE_DATABASES
    fitting = [
        size
        for size in sizes
        if size.vcores >= vcores and size.memory_gib >= warm_gib and size.max_connections >= load.connections
    ]
    if not fitting:
        path, found, remedy = load.users_asked
        largest = sizes[-1]
        allowed = f"what {largest.vcores} processors of one PostgreSQL server carry: {WORKERS_PER_VCORE} processes each"
        if largest.vcores >= vcores:
            allowed = f"{largest.memory_gib} GiB of memory of one server, for {warm_gib:.0f} GiB of data in daily use"
        ledger.refuse(path, found, allowed, remedy)
    size = fitting[0] if fitting else sizes[-1]
    ledger.decide(
        "database.sku_name",
        size.sku_name,
        f"{load.workers} Odoo processes at the close need {vcores} processors ({WORKERS_PER_VCORE} each)"
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


def _disk(load: DatabaseLoad, ledger: Ledger, *, production: bool) -> tuple[int, DiskTier]:
    needed = max(ceil(load.data_gib * WAL_AND_BLOAT_FACTOR / MAX_FILL), MIN_DISK_GIB[production])
    iops = load.peak_users * IOPS_PER_PEAK_USER
    fitting = [
        (gib, next(tier for tier in tiers if tier.iops >= iops))
        for gib, tiers in DISKS_GIB
        if gib >= needed and tiers[-1].iops >= iops
    ]
    largest_gib, largest_tiers = DISKS_GIB[-1]
    if needed > largest_gib:
        path, found, remedy = load.data_asked
        allowed = f"what fits {largest_gib} GiB, filled to {MAX_FILL:.0%}, with a quarter for write-ahead log and bloat"
        ledger.refuse(path, found, allowed, remedy)
    storage_gib, tier = fitting[0] if fitting else (largest_gib, largest_tiers[-1])
    ledger.decide(
        "database.storage_gib",
        storage_gib,
        f"{load.because}, a quarter more for write-ahead log and bloat, filled to "
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
