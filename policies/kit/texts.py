"""Documents in texts of resources, each parsed once for all rules that look into it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml

# The parser in C takes a tenth of the time, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEPT = 256


@lru_cache(maxsize=_KEPT)
def yaml_of(text: str) -> Any:
    """The document in a text, not to be changed.

    Raises:
        yaml.YAMLError: there is none.
    """
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 both loaders are the safe ones
