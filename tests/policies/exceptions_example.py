"""An exception as it is written, and files of such."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.kit.exceptions import Exceptions, ExceptionsError, PolicyException, load
from policies.pack import RULES

TODAY = date(2026, 11, 22)
ENTRY: dict[str, Any] = {
    "rule": "storage-cmk-versionless",
    "stack": "prod",
    "resource": "azure-native:storage:StorageAccount::odoo-files-*",
    "reason": "The key is pinned until the audit of the old one is done.",
    "owner": "ann@acme.example",
    "approver": "security@acme.example",
    "ticket": "SEC-12",
    "granted": "2026-11-02",
    "until": "2026-12-31",
}
FILES = "urn:pulumi:prod::odoo-azure::odoo-azure:index:FileStore$azure-native:storage:StorageAccount::odoo-files-a"


def entry(**changes: Any) -> dict[str, Any]:
    """The entry, with other fields."""
    return {**ENTRY, **changes}


def written(folder: Path, *entries: dict[str, Any]) -> Path:
    """A file of these entries."""
    file = folder / "exceptions.yaml"
    file.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return file


def read(folder: Path, *entries: dict[str, Any], today: date = TODAY) -> Exceptions:
    """The exceptions of a file of these entries."""
    return load(written(folder, *entries), RULES, today)


def refused(folder: Path, *entries: dict[str, Any]) -> str:
    """What is said against a file of these entries."""
    with pytest.raises(ExceptionsError) as wrong:
        read(folder, *entries)
    return str(wrong.value)


def exception(**changes: Any) -> PolicyException:
    """The exception of the entry, with other fields."""
    return PolicyException.model_validate(entry(**changes))
