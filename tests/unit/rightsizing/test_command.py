"""`make rightsize`: from a file of measurements to a change of the file that asks for the sizes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from stacks.planning.topologies import plan_environment
from stacks.rightsizing.__main__ import EXIT_REFUSED, main
from stacks.rightsizing.measurement import Metric, Series
from stacks.settings import Settings, load_settings_of
from stacks.stack_file import read_mapping_file, read_stack_file
from tests.unit.rightsizing.months import series
from tests.unit.settings.conftest import ROOT

PROD = "Pulumi.prod.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with production and the profile of a mid-market company."""
    (tmp_path / "profiles").mkdir()
    shutil.copy(ROOT / "profiles/midmarket.yaml", tmp_path / "profiles")
    shutil.copy(ROOT / PROD, tmp_path)
    return tmp_path


def _csv(project: Path, *measured: Series, name: str = "measured.csv") -> str:
    lines = (f"{moment.isoformat()},{each.metric},{value}" for each in measured for moment, value in each.samples)
    path = project / name
    path.write_text("\n".join(("timestamp,metric,value", *lines)), encoding="utf-8")
    return str(path)


def _quiet(project: Path) -> str:
    return _csv(project, series(Metric.CONCURRENT_USERS, 300, 480), series(Metric.DATABASE_GIB, 100, 100))


def test_the_change_of_a_stack_s_file_can_be_applied_and_keeps_its_comments(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([_quiet(project), "--stack", "prod", "--json"], project) == 0
    report = json.loads(capsys.readouterr().out)
    assert {each["key"]: each["after"] for each in report["changes"]} == {
        "concurrent_users": 300,
        "peak_factor": 1.6,
        "year_end_factor": 1.15,
    }
    subprocess.run(["patch", "-p0", "--quiet"], cwd=project, input=report["diff"] + "\n", text=True, check=True)
    patched = read_stack_file(project / PROD)
    assert {key: patched.config["odoo-azure:workload"][key] for key in ("concurrent_users", "peak_factor")} == {
        "concurrent_users": 300,
        "peak_factor": 1.6,
    }
    assert patched.config["odoo-azure:workload"]["year_end_factor"] == 1.15
    assert "    peak_factor: 1.6 # the first working days" in (project / PROD).read_text(encoding="utf-8")
    assert main([str(project / "measured.csv"), "--stack", "prod", "--json"], project) == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_sizes_before_and_after_are_the_planner_s(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_quiet(project), "--stack", "prod", "--json"], project) == 0
    report = json.loads(capsys.readouterr().out)
    sizes = {each["subject"]: (each["before"], each["after"]) for each in report["sizes"]}
    settings = load_settings_of(Settings, project / PROD)
    planned = {reason.subject: reason.value for reason in plan_environment(settings).reasons}
    assert {subject: before for subject, (before, _) in sizes.items()} == {
        subject: planned[subject] for subject in sizes
    }
    assert sizes["odoo.pools.web"] == ("24 to 42 pods x 5, 2000m, 5632 MiB", "18 to 30 pods x 5, 2000m, 5632 MiB")
    kept = {"database.high_availability", "database.geo_redundant_backup", "database.read_replica", "zones"}
    assert sizes.keys().isdisjoint(kept | {"database.storage_gib", "database.backup_retention_days"})
    assert report["topology"] == {"before": "dedicated-aks", "after": "dedicated-aks"}
    assert report["span"] == ["2026-04-20", "2026-05-25"]


def test_people_see_reasons_the_change_and_what_was_not_measured(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main([_quiet(project), "--stack", "prod"], project) == 0
    shown = capsys.readouterr().out
    for words in (
        "Pulumi.prod.yaml, measured from 2026-04-20 to 2026-05-25 by measured.csv",
        "In 99 % of the month-end close at most 480 people worked at once.",
        "-    concurrent_users: 450",
        "+    concurrent_users: 300",
        "+    year_end_factor: 1.15",
        "No year's end was measured: it keeps 1.8 times a normal day at least.",
        "It takes 100.0 GiB. A server's disk never shrinks",
        "18 to 30 pods x 5",
        "Recommended topology: dedicated-aks, as before.",
        "Not measured, and so not judged: web_workers_busy, queue_jobs_running",
    ):
        assert words in shown, words
    assert "\x1b" not in shown


def test_a_profile_is_judged_as_a_stack_is(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grown = _csv(project, series(Metric.CONCURRENT_USERS, 420, 640))
    assert main([grown, "--profile", "midmarket", "--json"], project) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["topology"] == {"before": "dedicated-vm", "after": "dedicated-aks"}
    assert report["diff"].startswith("--- profiles/midmarket.yaml\n+++ profiles/midmarket.yaml\n")
    subprocess.run(["patch", "-p0", "--quiet"], cwd=project, input=report["diff"] + "\n", text=True, check=True)
    assert read_mapping_file(project / "profiles/midmarket.yaml", "").config["workload"]["concurrent_users"] == 420


def test_what_fits_needs_no_change(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([_csv(project, series(Metric.CONCURRENT_USERS, 140, 220)), "--profile", "midmarket"], project) == 0
    shown = capsys.readouterr().out
    assert "Nothing should change." in shown
    assert "+++" not in shown


def test_sources_are_put_together_and_may_not_measure_the_same(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    users = _csv(project, series(Metric.CONCURRENT_USERS, 140, 220), name="users.csv")
    jobs = _csv(project, series(Metric.QUEUE_JOBS_RUNNING, 1, 2), name="jobs.csv")
    assert main([users, jobs, "--profile", "midmarket", "--json"], project) == 0
    assert json.loads(capsys.readouterr().out)["figures"].keys() == {"concurrent_users", "queue_jobs_running"}
    assert main([users, users, "--profile", "midmarket"], project) == EXIT_REFUSED
    assert "each metric from one source" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing.csv", "--stack", "prod"], "missing.csv cannot be used"),
        (["missing.csv", "--stack", "none"], "Pulumi.none.yaml cannot be used"),
        (["missing.csv", "--profile", "none"], "none.yaml cannot be used"),
        (["ftp://prometheus", "--stack", "prod"], "http:// or https://"),
        (["http://user:password@prometheus", "--stack", "prod"], "without a user"),
    ],
)
def test_what_cannot_be_used_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert main(arguments, project) == EXIT_REFUSED
    shown = capsys.readouterr()
    assert complaint in shown.err
    assert "password" not in shown.err
    assert shown.out == ""


def test_a_token_is_not_sent_in_the_clear(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_TOKEN", "a-token-of-the-test")
    assert main(["http://prometheus.example", "--stack", "prod"], project) == EXIT_REFUSED
    shown = capsys.readouterr().err
    assert "https:// where PROMETHEUS_TOKEN is set" in shown
    assert "a-token-of-the-test" not in shown


@pytest.mark.parametrize(("option", "value"), [("--days", "0"), ("--days", "many"), ("--until", "soon")])
def test_a_wrong_span_is_refused(option: str, value: str, project: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["x.csv", "--stack", "prod", option, value], project)
    assert refused.value.code == EXIT_REFUSED
