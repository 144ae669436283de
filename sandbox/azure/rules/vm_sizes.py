"""Virtual machine sizes: what their names say, and the temporary disks of the D and E series.

learn.microsoft.com azure/virtual-machines: sizes (general-purpose/ddsv5-series and its neighbours),
vm-naming-conventions (s: Premium SSD, p: Arm64), trusted-launch (which sizes have it)
"""

import re
from dataclasses import dataclass
from typing import Final

NAME: Final = re.compile(r"Standard_(?P<series>[A-Z]+)(?P<cores>\d+)(-\d+)?(?P<features>[a-z]*)(_v(?P<version>\d+))?")
MEMORY_GIB_A_CORE: Final = {"D": 4, "E": 8, "F": 2, "B": 4}
PREMIUM_SERIES: Final = ("DS", "GS")
LAST_WITHOUT_TRUSTED_LAUNCH: Final = 3
LOCAL_NVME_SINCE_VERSION: Final = 6
TEMPORARY_GIB: Final = {2: 75, 4: 150, 8: 300, 16: 600, 20: 750, 32: 1200, 48: 1800, 64: 2400, 96: 3600}
NVME_GIB: Final = {2: 110, 4: 220, 8: 440, 16: 880, 20: 1100, 32: 1760, 48: 2640, 64: 3520, 96: 5280, 128: 7040}


@dataclass(frozen=True)
class Size:
    """A size: its series' letters, vCPUs, memory if known, and the temporary disk (0: none; None: not known)."""

    series: str
    cores: int
    memory_gib: int | None
    temporary_gib: int | None
    features: str = ""
    version: int = 1

    @property
    def takes_premium(self) -> bool:
        return "s" in self.features or self.series in PREMIUM_SERIES

    @property
    def is_arm(self) -> bool:
        return "p" in self.features

    @property
    def has_trusted_launch(self) -> bool:
        old = self.series == "D" and self.version <= LAST_WITHOUT_TRUSTED_LAUNCH and not self.takes_premium
        return not old and self.series != "A"

    @property
    def needs_second_generation(self) -> bool:
        return self.series in ("D", "E") and self.version >= LOCAL_NVME_SINCE_VERSION


def size_of(name: str) -> Size | None:
    """What a size's name says; None if it is no size's name."""
    match = NAME.fullmatch(name)
    if not match:
        return None
    series, cores, version = match.group("series"), int(match.group("cores")), int(match.group("version") or 1)
    memory = MEMORY_GIB_A_CORE.get(series)
    temporary: int | None = None
    if series in ("D", "E") and version >= 4:  # noqa: PLR2004 - since version 4 the d says whether there is one
        table = NVME_GIB if version >= LOCAL_NVME_SINCE_VERSION else TEMPORARY_GIB
        temporary = table.get(cores, 0) if "d" in match.group("features") else 0
    features = match.group("features")
    return Size(series, cores, memory * cores if memory else None, temporary, features, version)
