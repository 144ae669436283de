"""What is measured, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import isfinite
from statistics import median


class Metric(StrEnum):
    """What can be measured. The value is its name in a CSV file."""

    CONCURRENT_USERS = "concurrent_users"
    WEB_WORKERS_BUSY = "web_workers_busy"
    QUEUE_JOBS_RUNNING = "queue_jobs_running"
    INVOICES_POSTED = "invoices_posted"
    DATABASE_GIB = "database_gib"
    ATTACHMENTS_GIB = "attachments_gib"
    DATABASE_CPU_PERCENT = "database_cpu_percent"


UNITS: Mapping[Metric, str] = {
    Metric.CONCURRENT_USERS: "people who work at that moment",
    Metric.WEB_WORKERS_BUSY: "HTTP workers with a request, and requests that wait for one",
    Metric.QUEUE_JOBS_RUNNING: "jobs of the queue under way",
    Metric.INVOICES_POSTED: "customer and vendor invoices posted since the sample before",
    Metric.DATABASE_GIB: "GiB that the PostgreSQL database takes",
    Metric.ATTACHMENTS_GIB: "GiB that attachments take",
    Metric.DATABASE_CPU_PERCENT: "percent of the database server's processors, 0 to 100",
}
"""What a value counts."""

SIZES = frozenset({Metric.DATABASE_GIB, Metric.ATTACHMENTS_GIB})
"""What grows, and has no rush hour: its highest value counts."""
DAILY = frozenset({*SIZES, Metric.INVOICES_POSTED})
"""What one sample a day is enough for; all else needs one an hour."""
_FULL_PERCENT = 100


@dataclass(frozen=True, kw_only=True)
class Series:
    """One metric over time.

    Args:
        metric: what it is.
        samples: moments, each with a zone, and values; the earliest first, no moment twice, two at least.
    """

    metric: Metric
    samples: tuple[tuple[datetime, float], ...]

    @property
    def first(self) -> datetime:
        """The earliest moment."""
        return self.samples[0][0]

    @property
    def last(self) -> datetime:
        """The latest moment."""
        return self.samples[-1][0]

    @property
    def interval(self) -> timedelta:
        """What usually lies between two samples."""
        moments = [moment for moment, _ in self.samples]
        seconds = median((later - earlier).total_seconds() for earlier, later in pairwise(moments))
        return timedelta(seconds=seconds)

    @property
    def highest(self) -> float:
        """The highest value."""
        return max(value for _, value in self.samples)


Measurements = Mapping[Metric, Series]
"""What was measured; what was not is missing."""


def wrong_value(metric: Metric, value: float) -> str:
    """What a value should have been, where it cannot be one of the metric; empty where it can."""
    if not isfinite(value) or value < 0:
        return "a number, 0 or more"
    if metric is Metric.DATABASE_CPU_PERCENT and value > _FULL_PERCENT:
        return "a number from 0 to 100"
    return ""
