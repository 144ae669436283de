"""The pipelines of live stacks: what they ask of the stock CLI, who may write, and the one report of drift."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.drift import MARKER
from sandbox.runner import CHECKOUT
from sandbox.toolchain import available, go_tool, pinned_version

WORKFLOWS = CHECKOUT / ".github" / "workflows"
RELEASE = WORKFLOWS / "release.yaml"
DRIFT = WORKFLOWS / "drift.yaml"
AZURE_RELEASE = CHECKOUT / "azure-pipelines.release.yaml"
AZURE_DRIFT = CHECKOUT / "azure-pipelines.drift.yaml"
PIPELINES = sorted([*WORKFLOWS.iterdir(), *CHECKOUT.glob("azure-pipelines*.yaml")])
LIVE = CHECKOUT / ".github" / "actions" / "live" / "action.yaml"
SUMMARY = json.dumps({"summaryEvent": {"durationSeconds": 1, "resourceChanges": {}}})
PULUMI = f"""\
#!/usr/bin/env bash
echo "$@" >> "$CALLS"
while [ $# -gt 0 ]; do case $1 in
history) cat "$HISTORY" ;;
--event-log) echo '{SUMMARY}' > "$2" ;;
--save-plan) echo '{{}}' > "$2" ;;
--file) echo '{{"deployment": {{}}}}' > "$2" ;;
esac; shift; done
"""
# Each notes its arguments, and answers a question by what the variable FOUND says.
ASKED = """\
#!/usr/bin/env bash
echo "$@" >> "$CALLS"
cat > /dev/null
case "$*" in *PATCH*|*"method POST"*|*output*) ;; *) echo "$FOUND";; esac
"""
PACK = "--policy-pack policies --policy-pack-config policies/enforcement.production.json"


class Deploy:
    """`.ci/deploy` in a repository of its own, with a CLI that only notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".ci").mkdir(parents=True)
        shutil.copy(CHECKOUT / ".ci" / "deploy", folder / ".ci")
        (folder / ".venv").symlink_to(CHECKOUT / ".venv")
        _program(folder / "bin" / "pulumi", PULUMI)
        self.git("init", "--quiet")
        who = ("-c", "user.name=Ann", "-c", "user.email=ann@acme.example", "-c", "commit.gpgsign=false")
        self.git(*who, "commit", "--quiet", "--allow-empty", "--message", "a change")

    def git(self, *arguments: str) -> str:
        return subprocess.check_output(["git", "-C", self.folder, *arguments], text=True).strip()

    def __call__(self, *arguments: str, history: Any = ()) -> tuple[int, list[str]]:
        """The exit code, and how the CLI was called."""
        calls, text = self.folder / "calls", self.folder / "history"
        text.write_text(json.dumps(list(history)))
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        given = {**os.environ, "PATH": path, "CALLS": str(calls), "HISTORY": str(text)}
        ran = subprocess.run([self.folder / ".ci" / "deploy", *arguments], check=False, env=given, timeout=120)
        return ran.returncode, calls.read_text().splitlines() if calls.exists() else []


@pytest.fixture
def deploy(tmp_path: Path) -> Deploy:
    return Deploy(tmp_path / "project")


@pytest.mark.programs
class TestDeploy:
    def test_every_deployment_is_judged_by_the_policies(self, deploy: Deploy, tmp_path: Path) -> None:
        plan = tmp_path / "plan"
        assert deploy("up", "prod", "production")[0] == 0
        assert deploy("plan", "prod", "production", str(plan))[0] == 0
        code, calls = deploy("apply", "prod", "production", str(plan))
        assert code == 0
        common = f"--stack prod --non-interactive {PACK}"
        assert calls[0] == f"up --yes {common}"
        assert re.sub(r"--event-log \S+", "--event-log X", calls[1]) == (
            f"preview --save-plan {plan}/plan.json --event-log X {common}"
        )
        assert calls[2:] == [f"up --yes --skip-preview --plan {plan}/plan.json {common}"]
        assert "Changes nothing." in (plan / "plan.md").read_text()
        assert {file.name for file in plan.iterdir()} == {"plan.json", "plan.md"}

    def test_promotion_asks_for_the_commit_that_is_checked_out(self, deploy: Deploy) -> None:
        head = deploy.git("rev-parse", "HEAD")
        ran = {"git.head": head, "git.dirty": "false", "ci.system": "x", "pulumi.flag.policy-pack": "set"}
        update = {"version": 1, "kind": "update", "result": "succeeded", "environment": ran}
        assert deploy("promoted", "staging", history=[update]) == (0, ["stack history --stack staging --json"])
        assert deploy("promoted", "staging", history=[{**update, "result": "failed"}])[0] == 1

    def test_drift_keeps_events_and_state_to_itself(self, deploy: Deploy, tmp_path: Path) -> None:
        code, (refresh, export) = deploy("drift", "prod", str(tmp_path / "out"))
        assert code == 0
        assert refresh.startswith("refresh --stack prod --preview-only --non-interactive --event-log /")
        assert export.startswith("stack export --stack prod --file /")
        assert {file.name for file in (tmp_path / "out").iterdir()} == {"drift.md", "drift.json"}
        for private in (refresh, export):
            assert not Path(private.split()[-1]).exists()

    def test_another_command_is_bad_input(self, deploy: Deploy) -> None:
        assert deploy("destroy", "prod") == (2, [])


@pytest.mark.programs
def test_the_workflows_are_clean() -> None:
    if not available("actionlint") and shutil.which("go") is None:
        pytest.skip("actionlint is not built, and there is no Go to build it with")
    actionlint = go_tool("actionlint", lambda line: print(line, file=sys.__stderr__, flush=True))
    config = CHECKOUT / ".github" / "actionlint.yaml"
    command = [str(each) for each in (actionlint, "-config-file", config, *sorted(WORKFLOWS.iterdir()))]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert found.stdout + found.stderr == ""


def test_plans_are_written_and_read_by_the_version_of_the_sandbox() -> None:
    (install,) = [step for step in _load(LIVE)["runs"]["steps"] if "pulumi/actions" in step.get("uses", "")]
    assert f"v{install['with']['pulumi-version']}" == pinned_version("pulumi")


class TestWhoMayWrite:
    def test_on_github_production_is_written_in_its_environment_alone(self) -> None:
        jobs = _load(RELEASE)["jobs"]
        needs = {name: job.get("needs") for name, job in jobs.items()}
        assert needs == {"check": None, "staging": "check", "plan": "staging", "production": "plan"}
        writing = {name: job["environment"] for name, job in jobs.items() if re.search(r"deploy (up|apply)", str(job))}
        assert writing == {"staging": "staging", "production": "production"}
        assert jobs["plan"]["environment"] == "prod-preview"
        assert "continue-on-error" not in str(jobs)
        assert not any("always()" in str(job.get("if")) for job in jobs.values())

    def test_on_azure_devops_production_is_written_in_its_environment_alone(self) -> None:
        stages = {stage["stage"]: stage for stage in _load(AZURE_RELEASE)["stages"]}
        assert {name: stage.get("dependsOn") for name, stage in stages.items()} == {
            "check": None,
            "staging": "check",
            "plan": "staging",
            "production": "plan",
        }
        writing = {name for name, stage in stages.items() if re.search(r"deploy (up|apply)", str(stage))}
        assert writing == {"staging", "production"}
        for name in writing:
            assert stages[name]["jobs"][0]["environment"] == name
            assert "condition" not in str(stages[name])

    @pytest.mark.parametrize("file", PIPELINES, ids=lambda file: file.name)
    def test_the_stack_that_restrains_the_others_has_a_pipeline_of_its_own(self, file: Path) -> None:
        deployed = set(re.findall(r"deploy (?:up|apply) (\w+)", file.read_text()))
        assert deployed in ({"governance"}, {"staging", "prod"}, set())

    @pytest.mark.parametrize("file", [RELEASE, AZURE_RELEASE], ids=lambda file: file.name)
    def test_the_approved_plan_is_compared_before_it_runs(self, file: Path) -> None:
        text = file.read_text()
        compared, asked, applied = (
            text.rindex(each) for each in ("sha256sum", "deploy promoted staging", "deploy apply prod")
        )
        assert compared < asked < applied

    @pytest.mark.parametrize("file", [DRIFT, AZURE_DRIFT], ids=lambda file: file.name)
    def test_who_reports_drift_has_no_identity_and_runs_nothing(self, file: Path) -> None:
        jobs = _load(file)["jobs"]
        report = jobs["report"] if isinstance(jobs, dict) else next(job for job in jobs if job["job"] == "report")
        for forbidden in ("actions/checkout", "id-token", "make ", ".ci/", "ARM_", "template"):
            assert forbidden not in str(report)


@pytest.mark.programs
@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")
class TestOneReportAStack:
    @pytest.mark.parametrize(
        ("found", "drifted", "last"),
        [
            ("", 0, None),
            ("", 1, "--method POST issues --field title=Drift in prod --field body=@drift/drift-prod/drift.md"),
            ("7", 1, "--method PATCH issues/7 --field body=@drift/drift-prod/drift.md"),
            ("7\n8", 0, "--method PATCH issues/7 --field state=closed --field body=@drift/drift-prod/drift.md"),
        ],
    )
    def test_on_github(self, found: str, drifted: int, last: str | None, tmp_path: Path) -> None:
        calls = _report(tmp_path, DRIFT, "gh", drifted, FOUND=found, ISSUES="issues")
        written = [call.removeprefix("api --silent ") for call in calls if "--method" in call]
        assert written == ([last] if last else [])

    @pytest.mark.parametrize(
        ("found", "drifted", "place"),
        [
            ([], 0, None),
            ([], 1, "workitems/$Issue?"),
            ([{"id": 7}], 1, "workitems/7?"),
            ([{"id": 7}], 0, "workitems/7?"),
        ],
    )
    def test_on_azure_devops(self, found: list[Any], drifted: int, place: str | None, tmp_path: Path) -> None:
        given = {"COLLECTION": "c/", "PROJECT_ID": "p", "TOKEN": "t", "TYPE": "Issue", "CLOSED": "Closed"}
        answer = json.dumps({"workItems": found})
        calls = _report(tmp_path, AZURE_DRIFT, "curl", drifted, FOUND=answer, REPORTS="drift", **given)
        written = [call for call in calls if "json-patch" in call]
        assert len(written) == (1 if place else 0)
        assert all(f" c/p/_apis/wit/{place}" in call for call in written)

    def test_the_issue_is_found_by_the_reports_marker(self) -> None:
        assert f'export MARKER="{MARKER.format(stack="$stack")}"' in _script(DRIFT)


def _report(folder: Path, file: Path, program: str, drifted: int, **variables: str) -> list[str]:
    """How the program was called by the job that reports."""
    _program(folder / "bin" / program, ASKED)
    report = folder / "drift" / "drift-prod"
    report.mkdir(parents=True)
    (report / "drift.json").write_text(json.dumps({"drift": [{}] * drifted}))
    (report / "drift.md").write_text("<b>x</b>")
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    given = {"PATH": path, "CALLS": str(folder / "calls"), **variables}
    script = ["bash", "-e", "-o", "pipefail", "-c", _script(file)]
    subprocess.run(script, check=True, env=given, cwd=folder, timeout=60, stdin=subprocess.DEVNULL)
    return (folder / "calls").read_text().splitlines()


def _script(file: Path) -> str:
    jobs = _load(file)["jobs"]
    report = jobs["report"] if isinstance(jobs, dict) else next(job for job in jobs if job["job"] == "report")
    (script,) = [step.get("run") or step.get("bash") for step in report["steps"] if "run" in step or "bash" in step]
    return str(script)


def _load(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _program(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
