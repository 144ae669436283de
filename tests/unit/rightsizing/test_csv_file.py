"""A CSV file is taken in whole, or every bad line is named with its number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stacks.errors import SettingsError
from stacks.rightsizing.csv_file import MOST_LISTED, read_csv
from stacks.rightsizing.measurement import Metric

HEADER = "timestamp,metric,value\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "measured.csv"
    path.write_text(text, encoding="utf-8")
    return path


def _problems(folder: Path, text: str) -> list[tuple[int | None, str, str]]:
    with pytest.raises(SettingsError) as refused:
        read_csv(_file(folder, text))
    assert refused.value.file == "measured.csv"
    return [(problem.line, problem.path, problem.allowed) for problem in refused.value.problems]


def test_lines_come_in_any_order_and_any_zone(tmp_path: Path) -> None:
    lines = (
        "2026-11-02T10:05:00+01:00,concurrent_users,12\n"
        "\n"
        "2026-11-02T09:00:00Z,concurrent_users,11.5\n"
        "2026-11-02T09:00:00Z,database_gib,60\n"
        "2026-11-03T09:00:00Z,database_gib,61\n"
    )
    measured = read_csv(_file(tmp_path, f"\ufeff{HEADER}{lines}"))
    assert measured[Metric.CONCURRENT_USERS].samples == (
        (datetime(2026, 11, 2, 9, 0, tzinfo=UTC), 11.5),
        (datetime(2026, 11, 2, 9, 5, tzinfo=UTC), 12.0),
    )
    assert [value for _, value in measured[Metric.DATABASE_GIB].samples] == [60.0, 61.0]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    lines = (
        "2026-11-02T09:00:00,concurrent_users,1\n"
        "yesterday,concurrent_users,1\n"
        "2026-11-02T09:00:00Z,concurent_users,1\n"
        "2026-11-02T09:00:00Z,concurrent_users,-1\n"
        "2026-11-02T09:00:00Z,concurrent_users,nan\n"
        "2026-11-02T09:00:00Z,concurrent_users,inf\n"
        "2026-11-02T09:00:00Z,concurrent_users,many\n"
        "2026-11-02T09:00:00Z,database_cpu_percent,101\n"
        "2026-11-02T09:00:00Z,concurrent_users\n"
        "2026-11-02T09:00:00Z,concurrent_users,1\n"
        "2026-11-02T10:00:00+01:00,concurrent_users,2\n"
    )
    zone = "a moment of ISO 8601 with its zone, such as 2026-11-02T09:05:00+01:00"
    number = "a number, 0 or more"
    assert _problems(tmp_path, HEADER + lines) == [
        (2, "timestamp", zone),
        (3, "timestamp", zone),
        (4, "metric", ", ".join(Metric)),
        (5, "value", number),
        (6, "value", number),
        (7, "value", number),
        (8, "value", "a number"),
        (9, "value", "a number from 0 to 100"),
        (10, "the line", "timestamp,metric,value"),
        (12, "timestamp", "each moment once"),
    ]


def test_a_metric_that_is_nearly_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Did you mean concurrent_users\?"):
        read_csv(_file(tmp_path, f"{HEADER}2026-11-02T09:00:00Z,concurent_users,1\n"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", (1, "the header", "timestamp,metric,value")),
        ("metric,timestamp,value\n", (1, "the header", "timestamp,metric,value")),
        (HEADER, (None, "the file", "a month of them")),
        (f"{HEADER}2026-11-02T09:00:00Z,database_gib,1\n", (None, "database_gib", "a month of them")),
        (f'{HEADER}"2026-11-02T09:00:00Z"x,database_gib,1\n', (2, "the line", "CSV")),
    ],
)
def test_a_file_without_measurements_is_refused(text: str, found: tuple[int | None, str, str], tmp_path: Path) -> None:
    assert _problems(tmp_path, text) == [found]


def test_a_file_that_is_wrong_throughout_is_not_printed_whole(tmp_path: Path) -> None:
    problems = _problems(tmp_path, HEADER + "x,y,z\n" * 100)
    assert len(problems) == MOST_LISTED + 1
    assert problems[-1] == (None, "the file", "none")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "measured.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match="a readable CSV file, or the URL of a Prometheus"):
        read_csv(path)
