"""A change goes to its line, or behind the section's last one, and nothing else of the file moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.rightsizing.patch import patch
from stacks.rightsizing.proposal import Change
from stacks.stack_file import read_mapping_file

USERS = Change(key="concurrent_users", before=150, after=90, because="Measured.")
FACTOR = Change(key="year_end_factor", before=1, after=1.25, because="Measured.")


def _changed(folder: Path, text: str, *changes: Change) -> list[str]:
    path = folder / "acme.yaml"
    path.write_text(text, encoding="utf-8")
    diff = patch(path, "profiles/acme.yaml", read_mapping_file(path, path.name).lines, "workload", changes)
    return [line for line in diff.splitlines() if line[:1] in "+-"]


HEAD = ["--- profiles/acme.yaml", "+++ profiles/acme.yaml"]


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        (
            "workload:\n  concurrent_users: 150 # people\n  peak_factor: 1.5\nrecovery: {}\n",
            [
                "-  concurrent_users: 150 # people",
                "+  concurrent_users: 90 # people",
                "+  year_end_factor: 1.25",
            ],
        ),
        (
            "workload: {peak_factor: 1.5, concurrent_users: 150} # all\n",
            [
                "-workload: {peak_factor: 1.5, concurrent_users: 150} # all",
                "+workload: {peak_factor: 1.5, concurrent_users: 90, year_end_factor: 1.25} # all",
            ],
        ),
        (
            'workload:\n    "concurrent_users": 150\n    # the last\n',
            ['-    "concurrent_users": 150', "+    concurrent_users: 90", "+    year_end_factor: 1.25"],
        ),
    ],
)
def test_only_what_changes_changes(text: str, changes: list[str], tmp_path: Path) -> None:
    assert _changed(tmp_path, text, USERS, FACTOR) == HEAD + changes


def test_nothing_to_change_is_no_diff(tmp_path: Path) -> None:
    assert _changed(tmp_path, "workload: {concurrent_users: 150}\n") == []
