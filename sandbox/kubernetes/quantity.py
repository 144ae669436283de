"""Values that the API server writes in another way than they were sent, and that are the same nevertheless."""

import re
from decimal import Decimal
from typing import Any, Final

# kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity
_NUMBER: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?")
_DECIMAL: Final = {suffix: Decimal(10) ** (3 * (power - 3)) for power, suffix in enumerate("num kMGTPE")}
_BINARY: Final = {f"{suffix}i": Decimal(1024) ** (power + 1) for power, suffix in enumerate("KMGTPE")}
_FACTORS: Final = {**_DECIMAL, **_BINARY}

# The properties that hold quantities, or maps of them.
_HOLDERS: Final = frozenset(
    {
        "requests", "limits", "hard", "capacity", "allocatable", "overhead", "podFixed", "sizeLimit", "divisor",
        "default", "defaultRequest", "max", "min", "maxLimitRequestRatio", "averageValue",
    }
)  # fmt: skip


def parse(text: str) -> Decimal | None:
    """The number of a quantity such as `500m`, `2Gi` or `1e3`; None if it is none."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    number, suffix, exponent = found.groups()
    return Decimal(number) * (_FACTORS[suffix] if suffix else Decimal(10) ** int(exponent or 0))


def same(path: str, old: Any, new: Any) -> bool:
    """Whether two values at a property path mean the same: quantities of one size."""
    if not _HOLDERS & set(path.split(".")[-2:]):
        return False
    number = parse(str(old))
    return number is not None and number == parse(str(new))
