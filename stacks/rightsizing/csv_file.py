"""Reads measurements from a CSV file: every bad line at once."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from stacks.errors import Problem, SettingsError
from stacks.rightsizing.measurement import Measurements, Metric, Series, wrong_value

HEADER = ("timestamp", "metric", "value")
MOST_LISTED = 20
"""Lines that an error names; a file that is wrong throughout is not printed whole."""
_FEWEST_SAMPLES = 2

Found = dict[Metric, dict[datetime, float]]


def read_csv(path: Path) -> Measurements:
    """Measurements of a file of lines `timestamp,metric,value`, in any order.

    Args:
        path: the file, in UTF-8.

    Raises:
        SettingsError: with every line that is wrong, up to 20, each by its number.
    """
    found: Found = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            problems = list(_problems(csv.reader(file, strict=True), found))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        problems = [_unreadable(path, str(reason).lower())]
    if not problems:
        problems = list(_too_few(found))
    if problems:
        raise SettingsError(_listed(problems), path.name)
    return {
        metric: Series(metric=metric, samples=tuple(sorted(samples.items())))
        for metric, samples in sorted(found.items())
    }


def _problems(reader: Iterator[Sequence[str]], found: Found) -> Iterator[Problem]:
    """Takes the lines in, and yields what is wrong with them."""
    header = next(reader, None)
    if header is None or tuple(name.strip() for name in header) != HEADER:
        yield _bad_header(header)
        return
    line = 1
    try:
        for line, row in enumerate(reader, start=2):
            if row:
                yield from _line_problems(line, row, found)
    except csv.Error as error:
        yield Problem(path="the line", found=str(error), allowed="CSV", remedy="Correct its quotes.", line=line + 1)


def _line_problems(line: int, row: Sequence[str], found: Found) -> Iterator[Problem]:
    if len(row) != len(HEADER):
        allowed = ",".join(HEADER)
        yield Problem(
            path="the line", found=f"{len(row)} values", allowed=allowed, remedy="Write these three.", line=line
        )
        return
    moment, metric = _moment(row[0].strip()), _metric(row[1].strip())
    value = _value(row[2].strip())
    if moment is None:
        yield _bad_moment(row[0], line)
    if metric is None:
        yield _bad_metric(row[1], line)
    allowed = "a number" if value is None else wrong_value(metric, value) if metric else ""
    if value is None or allowed:
        yield Problem(path="value", found=f'"{row[2]}"', allowed=allowed, remedy="Correct or drop the line.", line=line)
    elif moment and metric:
        samples = found.setdefault(metric, {})
        if moment in samples:
            yield _repeated(metric, row[0], line)
        samples[moment] = value


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _metric(text: str) -> Metric | None:
    return Metric(text) if text in set(Metric) else None


def _value(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _too_few(found: Found) -> Iterator[Problem]:
    if not found:
        yield Problem(
            path="the file", found="no measurements", allowed="a month of them", remedy="Export a month with a close."
        )
    for metric, samples in found.items():
        if len(samples) < _FEWEST_SAMPLES:
            yield Problem(
                path=metric, found="one sample", allowed="a month of them", remedy="Export more, or drop the line."
            )


def _listed(problems: Sequence[Problem]) -> list[Problem]:
    rest = len(problems) - MOST_LISTED
    if rest <= 0:
        return list(problems)
    more = Problem(
        path="the file",
        found=f"{rest} more problems",
        allowed="none",
        remedy="Correct what writes the file: they are likely to have the same causes.",
    )
    return [*problems[:MOST_LISTED], more]


def _bad_header(found: Sequence[str] | None) -> Problem:
    return Problem(
        path="the header",
        found=f'"{",".join(found)[:100]}"' if found else "nothing",
        allowed=",".join(HEADER),
        remedy="Write this as the first line.",
        line=1,
    )


def _bad_moment(text: str, line: int) -> Problem:
    return Problem(
        path="timestamp",
        found=f'"{text}"',
        allowed="a moment of ISO 8601 with its zone, such as 2026-11-02T09:05:00+01:00",
        remedy="Add the zone, or Z for UTC." if "T" in text else "Correct it.",
        line=line,
    )


def _bad_metric(text: str, line: int) -> Problem:
    close = difflib.get_close_matches(text.lower(), list(Metric), n=1)
    return Problem(
        path="metric",
        found=f'"{text}"',
        allowed=", ".join(Metric),
        remedy=f"Did you mean {close[0]}?" if close else "Remove the line.",
        line=line,
    )


def _repeated(metric: Metric, moment: str, line: int) -> Problem:
    return Problem(
        path="timestamp",
        found=f"{moment} of {metric} a second time",
        allowed="each moment once",
        remedy="Keep one of the two; of several processes or machines write the sum.",
        line=line,
    )


def _unreadable(path: Path, reason: str) -> Problem:
    return Problem(
        path=str(path), found=reason, allowed="a readable CSV file, or the URL of a Prometheus", remedy="Correct FROM."
    )
