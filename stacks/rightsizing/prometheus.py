"""Asks a Prometheus, or an Azure Monitor workspace, what it has measured."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from components.ingress.transactions import TRANSACTIONS
from components.odoo.pool import Pool
from stacks.errors import Problem, SettingsError
from stacks.rightsizing.measurement import Measurements, Metric, Series, wrong_value

STEP = timedelta(minutes=5)
# prometheus.io docs/prometheus/latest/querying/api: at most 11,000 points a series; a week at this step is 2,016.
_SPAN = timedelta(days=7)
TIMEOUT_SECONDS = 60
_LONGEST_COMPLAINT = 200
_GIB = 2**30

# Those of other pools do not hold a web worker; websockets count when they close, with code 0. Without the label (a
# Prometheus without the environment's relabelling) they are counted in: too many rather than too few.
_ELSEWHERE = "|".join(sorted({each.name for each in TRANSACTIONS if each.pool is not Pool.WEB}))
_BUSY = f'sum(rate(traefik_router_request_duration_seconds_sum{{code!="0",transaction!~"{_ELSEWHERE}"}}[5m]))'
# postgres_exporter's collector `database` (github.com/prometheus-community/postgres_exporter); the environment's own
# leaves it out, because it walks all files.
_DATABASE = f'sum(max by (datname) (pg_database_size_bytes{{datname!~"template.*|postgres|azure_.*"}})) / {_GIB}'
# Of the kubelet, kept by managed Prometheus' minimal profile; the claim's name is components/tenant/storage.py's.
_FILES = f'max(kubelet_volume_stats_used_bytes{{persistentvolumeclaim="files"}}) / {_GIB}'


@dataclass(frozen=True, kw_only=True)
class Span:
    """What is asked for.

    Args:
        until: its end.
        days: its length.
    """

    until: datetime
    days: int

    def parts(self) -> Iterator[tuple[datetime, datetime]]:
        """Its weeks, the first moment of each one step after the last of the one before."""
        end = datetime.fromtimestamp(self.until.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)
        start = end - timedelta(days=self.days)
        while start <= end:
            last = min(start + _SPAN, end)
            yield start, last
            start = last + STEP


def queries(*, attachments_in_files: bool) -> Mapping[Metric, str]:
    """PromQL by metric, of those that Traefik and exporters have series of.

    Args:
        attachments_in_files: whether attachments are in the file share; in blobs no exporter measures them.
    """
    asked = {Metric.WEB_WORKERS_BUSY: _BUSY, Metric.DATABASE_GIB: _DATABASE}
    return {**asked, Metric.ATTACHMENTS_GIB: _FILES} if attachments_in_files else asked


def read_prometheus(url: str, asked: Mapping[Metric, str], span: Span, token: str = "") -> Measurements:
    """Measurements by range queries; what has no series is missing.

    Args:
        url: address of the server, `http` or `https`, without `/api/v1`.
        asked: PromQL by metric, each of one series.
        span: when.
        token: bearer token, for an Azure Monitor workspace; none is sent where it is empty.

    Raises:
        SettingsError: the server cannot be reached, refuses, answers with something else, or has impossible values.
    """
    found: dict[Metric, Series] = {}
    problems: list[Problem] = []
    for metric, query in asked.items():
        samples: dict[datetime, float] = {}
        for start, end in span.parts():
            times = {"query": query, "start": start.timestamp(), "end": end.timestamp(), "step": STEP.total_seconds()}
            samples |= _samples(_answer(url, times, token), url)
        if bad := next((each for each in samples.items() if wrong_value(metric, each[1])), None):
            problems.append(_impossible(metric, *bad))
        elif len(samples) > 1:
            found[metric] = Series(metric=metric, samples=tuple(sorted(samples.items())))
    if problems:
        raise SettingsError(problems, shown_url(url))
    return found


def shown_url(url: str) -> str:
    """A URL as it may be printed: without what may be a credential."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "the URL"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to whoever is named."""

    def redirect_request(self, *_: object) -> None:
        return None


def _answer(url: str, parameters: Mapping[str, object], token: str) -> Any:
    if not _usable(url, secret=bool(token)):
        raise SettingsError([_bad_url(url)], shown_url(url))
    request = urllib.request.Request(  # noqa: S310 the scheme has just been checked
        f"{url.rstrip('/')}/api/v1/query_range",
        data=urlencode(parameters).encode(),
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise _failed(url, f"HTTP {error.code}: {_complaint(error)}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _failed(url, str(getattr(error, "reason", None) or error)) from None


def _usable(url: str, *, secret: bool) -> bool:
    """Whether it is a server's address, and what is secret goes there encrypted, or stays on this machine."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        return False
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return usable and (parts.scheme == "https" or here or not secret)


def _complaint(error: urllib.error.HTTPError) -> str:
    try:
        text = str(json.load(error)["error"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        text = str(error.reason)
    return text[:_LONGEST_COMPLAINT]


def _samples(answer: Any, url: str) -> dict[datetime, float]:
    try:
        series = answer["data"]["result"]
        values = series[0]["values"] if series else []
        return {datetime.fromtimestamp(float(moment), UTC): float(value) for moment, value in values}
    except (KeyError, IndexError, TypeError, ValueError):
        raise _failed(url, "an answer that is not Prometheus'") from None


def _failed(url: str, found: str) -> SettingsError:
    problem = Problem(
        path="FROM",
        found=found[:_LONGEST_COMPLAINT],
        allowed="a Prometheus that answers range queries; an Azure Monitor workspace's query endpoint",
        remedy="Check the address and the network. A workspace wants a token in PROMETHEUS_TOKEN: "
        "az account get-access-token --resource https://prometheus.monitor.azure.com",
    )
    return SettingsError([problem], shown_url(url))


def _bad_url(url: str) -> Problem:
    return Problem(
        path="FROM",
        found=f'"{shown_url(url)}"',
        allowed="http:// or https:// and a host, without a user; https:// where PROMETHEUS_TOKEN is set",
        remedy="Correct it.",
    )


def _impossible(metric: Metric, moment: datetime, value: float) -> Problem:
    return Problem(
        path=metric,
        found=f"{value} at {moment.isoformat()}",
        allowed=wrong_value(metric, value),
        remedy="Look at what exports it, and leave that time out with --until and --days.",
    )
