"""Sizes that Azure sells, as data: databases, their disks, nodes, caches."""

from __future__ import annotations

from dataclasses import dataclass

MOST_CONNECTIONS = 5000
_MAX_CONNECTIONS = {8: 859, 16: 1718, 32: 3437}


@dataclass(frozen=True)
class DatabaseSize:
    """A size of PostgreSQL Flexible Server.

    Args:
        sku_name: as ARM takes it.
        sku_tier: as ARM takes it.
        vcores: processors.
        memory_gib: memory.
    """

    sku_name: str
    sku_tier: str
    vcores: int
    memory_gib: int

    @property
    def max_connections(self) -> int:
        """Azure's own setting of max_connections for this memory, the most it advises.

        learn.microsoft.com azure/postgresql/flexible-server/concepts-limits
        """
        return _MAX_CONNECTIONS.get(self.memory_gib, MOST_CONNECTIONS)


# learn.microsoft.com azure/postgresql/flexible-server/concepts-compute. AMD machines of generation 5: in every
# region, and cheaper than Intel's.
GENERAL_PURPOSE_DATABASES = tuple(
    DatabaseSize(f"Standard_D{vcores}ads_v5", "GeneralPurpose", vcores, memory_gib)
    for vcores, memory_gib in (
        (2, 8),
        (4, 16),
        (8, 32),
        (16, 64),
        (32, 128),
        (48, 192),
        (64, 256),
        (96, 384),
    )
)
MEMORY_OPTIMIZED_DATABASES = tuple(
    DatabaseSize(f"Standard_E{vcores}ads_v5", "MemoryOptimized", vcores, memory_gib)
    for vcores, memory_gib in (
        (2, 16),
        (4, 32),
        (8, 64),
        (16, 128),
        (20, 160),
        (32, 256),
        (48, 384),
        (64, 512),
        (96, 672),
    )
)


def vcores(sku_name: str) -> int:
    """Processors of a size of PostgreSQL Flexible Server, by ARM's name of it."""
    sizes = {size.sku_name: size.vcores for size in (*GENERAL_PURPOSE_DATABASES, *MEMORY_OPTIMIZED_DATABASES)}
    return sizes[sku_name]


@dataclass(frozen=True)
class DiskTier:
    """A performance tier of Premium SSD."""

    name: str
    iops: int


# learn.microsoft.com azure/postgresql/flexible-server/concepts-storage: size in GiB, and the tiers it may have, the
# first being the one it comes with. 4095 rather than 4096: growth stays online up to it.
_P4_TO_P50 = (
    DiskTier("P4", 120),
    DiskTier("P6", 240),
    DiskTier("P10", 500),
    DiskTier("P15", 1100),
    DiskTier("P20", 2300),
    DiskTier("P30", 5000),
    DiskTier("P40", 7500),
    DiskTier("P50", 7500),
)
_P60, _P70, _P80 = DiskTier("P60", 16000), DiskTier("P70", 18000), DiskTier("P80", 20000)
DISKS_GIB: tuple[tuple[int, tuple[DiskTier, ...]], ...] = (
    *((size, _P4_TO_P50[first:]) for first, size in enumerate((32, 64, 128, 256, 512, 1024, 2048, 4095))),
    (8192, (_P60, _P70)),
    (16384, (_P70, _P80)),
    (32767, (_P80,)),
)


@dataclass(frozen=True)
class NodeSize:
    """A size of machine. All have encryption at host, and a local disk that holds an ephemeral OS disk."""

    vm_size: str
    vcpus: int
    memory_gib: int
    kube_reserved_millicores: int


# learn.microsoft.com azure/virtual-machines/sizes/general-purpose/dadsv5-series and memory-optimized/eadsv5-series;
# reserved processor time: azure/aks/node-resource-reservations
D4 = NodeSize("Standard_D4ads_v5", 4, 16, 140)
D8 = NodeSize("Standard_D8ads_v5", 8, 32, 180)
D16 = NodeSize("Standard_D16ads_v5", 16, 64, 260)
E4 = NodeSize("Standard_E4ads_v5", 4, 32, 140)
E8 = NodeSize("Standard_E8ads_v5", 8, 64, 180)
E16 = NodeSize("Standard_E16ads_v5", 16, 128, 260)


@dataclass(frozen=True)
class CacheSize:
    """A size of Azure Managed Redis. A fifth of the memory is Azure's own.

    Args:
        sku_name: as ARM takes it.
        memory_gib: memory.
        clients: connections that it takes.
    """

    sku_name: str
    memory_gib: float
    clients: int

    @property
    def usable_gib(self) -> float:
        """Memory for data: learn.microsoft.com azure/redis/overview."""
        return 0.8 * self.memory_gib


BALANCED_CACHES = tuple(
    CacheSize(f"Balanced_B{number}", memory_gib, clients)
    for number, memory_gib, clients in (
        (0, 0.5, 15_000),
        (1, 1, 15_000),
        (3, 3, 15_000),
        (5, 6, 15_000),
        (10, 12, 30_000),
        (20, 24, 75_000),
        (50, 60, 150_000),
        (100, 120, 200_000),
    )
)
CACHE_REGIONS_TO_CHECK = frozenset({"francecentral", "northeurope", "polandcentral", "austriaeast", "belgiumcentral"})
"""Regions that Azure's list for Managed Redis lacked when it was read: learn.microsoft.com azure/redis/overview."""
