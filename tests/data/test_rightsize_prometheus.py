"""A month in a real Prometheus: what range queries find there, and what the proposal makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from components.ingress.measurement import TRANSACTION_LABEL, relabelings
from components.tenant.storage import CLAIM
from stacks.errors import SettingsError
from stacks.rightsizing.__main__ import EXIT_REFUSED, main
from stacks.rightsizing.days import Season
from stacks.rightsizing.figures import figures_of
from stacks.rightsizing.measurement import Measurements, Metric
from stacks.rightsizing.prometheus import STEP, Span, queries, read_prometheus
from tests.data.servers import free_port
from tests.unit.rightsizing.months import DAYS, SPRING
from tests.unit.settings.conftest import ROOT

LENGTH = 36
UNTIL = SPRING + timedelta(days=LENGTH)
SPAN = Span(until=UNTIL, days=35)
SCRAPED = timedelta(minutes=5)
NORMAL, CLOSING, REPORTING = 14.0, 28.0, 3.0
GIB = 2**30
READY_SECONDS = 30


def _busy(moment: datetime) -> float:
    """HTTP workers in work at a moment, and so what a second adds to the seconds of requests."""
    local = DAYS.local(moment)
    if not DAYS.in_business_hours(local):
        return 1.0
    closing = DAYS.seasons(moment, moment).get(local.date())
    return CLOSING if closing else NORMAL


def _openmetrics() -> Iterator[str]:
    """What two Traefik pods, a postgres_exporter and a kubelet had to say, every five minutes."""
    moments = [SPRING + count * SCRAPED for count in range(timedelta(days=LENGTH) // SCRAPED)]
    name = "traefik_router_request_duration_seconds"
    yield f"# TYPE {name} histogram"
    for pod in ("a", "b"):
        yield from _counter(f'{name}_sum{{pod="{pod}",code="200",transaction="web"}}', moments, 0.5)
    yield from _counter(f'{name}_sum{{pod="a",code="200",transaction="reports"}}', moments, REPORTING / NORMAL)
    yield from _counter(f'{name}_sum{{pod="a",code="0",transaction="web"}}', moments, 9.0)
    yield "# TYPE pg_database_size_bytes gauge"
    for exporter in ("a", "b"):
        yield from _gauge(f'pg_database_size_bytes{{pod="{exporter}",datname="odoo"}}', moments, 40)
    yield from _gauge('pg_database_size_bytes{pod="a",datname="azure_sys"}', moments, 500)
    yield "# TYPE kubelet_volume_stats_used_bytes gauge"
    for pod in ("web-0", "cron-0"):
        volume = f'kubelet_volume_stats_used_bytes{{namespace="odoo",pod="{pod}",persistentvolumeclaim="{CLAIM}"}}'
        yield from _gauge(volume, moments, 120)
    yield "# EOF"


def _counter(series: str, moments: list[datetime], share: float) -> Iterator[str]:
    total = 0.0
    for moment in moments:
        total += share * _busy(moment) * SCRAPED.total_seconds()
        yield f"{series} {total} {int(moment.timestamp())}"


def _gauge(series: str, moments: list[datetime], gib: int) -> Iterator[str]:
    return (f"{series} {gib * GIB} {int(moment.timestamp())}" for moment in moments)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a Prometheus with the month in it."""
    if missing := [name for name in ("prometheus", "promtool") if shutil.which(name) is None]:
        pytest.skip(f"missing on this machine: {', '.join(missing)}; `make servers` installs them")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "month.om").write_text("\n".join(_openmetrics()) + "\n", encoding="utf-8")
    backfill = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=1000h", "--quiet"]
    subprocess.run([*backfill, "month.om", "data"], cwd=folder, check=True, capture_output=True)
    with _serving(folder) as url:
        yield url


@contextmanager
def _serving(folder: Path) -> Iterator[str]:
    (folder / "prometheus.yml").write_text("{}\n", encoding="utf-8")
    port = free_port()
    command = ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y"]
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            _await(f"http://127.0.0.1:{port}/-/ready", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310
            return
        time.sleep(0.1)
    raise AssertionError(f"Prometheus is not ready: {url}")


@pytest.fixture(scope="module")
def measured(prometheus: str) -> Measurements:
    return read_prometheus(prometheus, queries(attachments_in_files=True), SPAN)


def test_a_whole_span_is_read_without_a_gap_between_its_parts(measured: Measurements) -> None:
    moments = [moment for moment, _ in measured[Metric.WEB_WORKERS_BUSY].samples]
    assert {later - earlier for earlier, later in pairwise(moments)} == {STEP}
    assert moments[-1] - moments[0] >= timedelta(days=34)


def test_busy_workers_are_those_of_the_web_pool_on_every_pod(measured: Measurements) -> None:
    found = figures_of(measured[Metric.WEB_WORKERS_BUSY], DAYS)
    assert found.normal == pytest.approx(NORMAL, rel=0.01)
    assert found.peaks == {Season.MONTH_END: pytest.approx(CLOSING, rel=0.01)}


def test_sizes_are_counted_once_whoever_exports_them(measured: Measurements) -> None:
    assert {metric: measured[metric].highest for metric in (Metric.DATABASE_GIB, Metric.ATTACHMENTS_GIB)} == {
        Metric.DATABASE_GIB: 40,
        Metric.ATTACHMENTS_GIB: 120,
    }


def test_what_has_no_series_is_not_measured(prometheus: str) -> None:
    early = Span(until=SPRING - timedelta(days=100), days=35)
    assert read_prometheus(prometheus, queries(attachments_in_files=True), early) == {}


def test_the_command_proposes_from_it(prometheus: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "profiles").mkdir()
    shutil.copy(ROOT / "profiles/midmarket.yaml", tmp_path / "profiles")
    when = ["--until", UNTIL.date().isoformat(), "--days", "35", "--json"]
    assert main([prometheus, "--profile", "midmarket", *when], tmp_path) == 0
    report = json.loads(capsys.readouterr().out)
    changes = {each["key"]: each["after"] for each in report["changes"]}
    # 14 busy of 20 workers are 70 %, two of which are integrations': 103 to 108 users; 28 of 40 are 223 to 228.
    assert (changes["concurrent_users"], changes["peak_factor"]) == (103, 2.2)
    assert report["source"] == prometheus
    # Attachments are in blobs: what the file share holds is something else.
    assert report["figures"].keys() == {"web_workers_busy", "database_gib"}
    assert "concurrent_users" in report["unmeasured"]


def test_a_server_that_refuses_is_quoted(prometheus: str) -> None:
    with pytest.raises(SettingsError, match=r"HTTP 400: .*parse error") as refused:
        read_prometheus(prometheus, {Metric.DATABASE_GIB: "sum("}, SPAN)
    assert refused.value.file == prometheus


def test_impossible_values_are_refused(prometheus: str) -> None:
    with pytest.raises(SettingsError, match="found    nan at 2026-04-21"):
        read_prometheus(prometheus, {Metric.DATABASE_GIB: "0 * sum(pg_database_size_bytes) / 0"}, SPAN)


def test_a_server_that_is_not_there_is_an_error_with_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "Pulumi.prod.yaml", tmp_path)
    assert main([f"http://127.0.0.1:{free_port()}", "--stack", "prod"], tmp_path) == EXIT_REFUSED
    assert "Connection refused" in capsys.readouterr().err


def test_queries_name_what_the_environment_exports() -> None:
    asked = queries(attachments_in_files=True)
    label = relabelings("odoo", "erp.acme.example")[1]["targetLabel"]
    assert (label, TRANSACTION_LABEL) == ("transaction", "transaction")
    assert f'{TRANSACTION_LABEL}!~"exports|reports"' in asked[Metric.WEB_WORKERS_BUSY]
    assert f'persistentvolumeclaim="{CLAIM}"' in asked[Metric.ATTACHMENTS_GIB]
