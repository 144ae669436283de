"""Faults to inject, from `faults.json` in the sandbox's folder: a list of objects

    {"provider": "azure-native", "type": "azure-native:storage:StorageAccount", "name": "^st.*", "operation": "create",
     "times": 1, "mode": "refuse" | "halfway" | "hang", "message": "..."}

`type` and `name` (a regular expression on the physical name) may be left out; `times` defaults to 1 and is counted
durably, so a fault does not strike again after a restart. `refuse` answers an error before anything is made,
`halfway` makes the resource and then fails, `hang` never answers.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.store import Store

MODES = ("refuse", "halfway", "hang")


@dataclass(frozen=True)
class Fault:
    """One fault that strikes now."""

    mode: str
    message: str


class Faults:
    """The faults of one provider; the file is read at every request, so it may change while the server runs."""

    def __init__(self, path: Path, provider: str, store: Store) -> None:
        self._path = path
        self._provider = provider
        self._store = store

    def strike(self, operation: str, type_: str, name: str) -> Fault | None:
        """The fault for this request, counted; None if there is none (left)."""
        try:
            declared: list[dict[str, Any]] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        for fault in declared:
            if not self._matches(fault, operation, type_, name):
                continue
            if self._store.count_up("fault:" + json.dumps(fault, sort_keys=True), int(fault.get("times", 1))):
                return Fault(fault["mode"], fault.get("message", f"injected fault: {fault['mode']}"))
        return None

    def _matches(self, fault: dict[str, Any], operation: str, type_: str, name: str) -> bool:
        if fault["mode"] not in MODES:
            raise ValueError(f"{self._path}: mode {fault['mode']!r} is not one of {', '.join(MODES)}")
        return (
            fault.get("provider", self._provider) == self._provider
            and fault["operation"] == operation
            and fault.get("type", type_) == type_
            and re.search(fault.get("name", ""), name) is not None
        )
