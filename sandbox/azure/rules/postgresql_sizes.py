"""Sizes of PostgreSQL Flexible Server.

learn.microsoft.com azure/postgresql/compute-storage/concepts-compute and concepts-storage-premium-ssd
"""

from typing import Final

_BURSTABLE: Final = ("B1ms", "B2s", "B2ms", "B4ms", "B8ms", "B12ms", "B16ms", "B20ms")
_CORES: Final = {
    "D{}s_v3": (2, 4, 8, 16, 32, 48, 64),
    "D{}ds_v4": (2, 4, 8, 16, 32, 48, 64),
    "D{}ds_v5": (2, 4, 8, 16, 32, 48, 64, 96),
    "D{}ads_v5": (2, 4, 8, 16, 32, 48, 64, 96),
    "D{}ads_v6": (2, 4, 8, 16, 32, 48, 64, 96),
    "D{}ds_v6": (2, 4, 8, 16, 32, 48, 64, 96, 128, 192),
    "E{}s_v3": (2, 4, 8, 16, 32, 48, 64),
    "E{}ds_v4": (2, 4, 8, 16, 20, 32, 48, 64),
    "E{}ds_v5": (2, 4, 8, 16, 20, 32, 48, 64, 96),
    "E{}ads_v5": (2, 4, 8, 16, 20, 32, 48, 64, 96),
    "E{}ads_v6": (2, 4, 8, 16, 20, 32, 48, 64, 96),
    "E{}ds_v6": (2, 4, 8, 16, 20, 32, 48, 64, 96, 128, 192),
}


def _family(letter: str) -> frozenset[str]:
    names = [(pattern, sizes) for pattern, sizes in _CORES.items() if pattern.startswith(letter)]
    return frozenset(f"Standard_{pattern.format(cores)}" for pattern, sizes in names for cores in sizes)


SKUS: Final[dict[str, frozenset[str]]] = {
    "Burstable": frozenset(f"Standard_{name}" for name in _BURSTABLE),
    "GeneralPurpose": _family("D"),
    "MemoryOptimized": _family("E"),
}
PREMIUM_GIB: Final = (32, 64, 128, 256, 512, 1024, 2048, 4095, 4096, 8192, 16384, 32767)
PREMIUM_V2_GIB: Final = range(1, 65537)
PREMIUM_V2_MOST_IOPS: Final = 80000
PREMIUM_V2_MOST_MBPS: Final = 1200
PREMIUM_V2_IOPS_A_GIB: Final = 500
PREMIUM_V2_FREE_IOPS: Final = 3000
