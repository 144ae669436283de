"""The workflows' one comment: written once, then found again by the summary's marker and updated."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks import markdown
from sandbox.runner import CHECKOUT

GITHUB = CHECKOUT / ".github" / "workflows" / "preview.yaml"
AZURE = CHECKOUT / "azure-pipelines.yaml"
# Each notes its arguments; asked for what there is, it answers what the variable FOUND says.
STUB = """\
#!/usr/bin/env bash
echo "$@" >> "$CALLS"
case "$*" in *PATCH*|*POST*|*output*) cat > /dev/null;; *) echo "$FOUND";; esac
"""


def _steps(pipeline: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for value in pipeline.values() if isinstance(pipeline, dict) else pipeline if isinstance(pipeline, list) else ():
        found += _steps(value)
    return [*found, *(pipeline["steps"] if isinstance(pipeline, dict) and "steps" in pipeline else [])]


def _comment_script(file: Path) -> str:
    (step,) = [each for each in _steps(yaml.safe_load(file.read_text())) if "One comment" in str(each)]
    return str(step.get("run") or step["bash"])


def _calls(folder: Path, script: str, program: str, **environment: str) -> list[str]:
    stub = folder / program
    stub.write_text(STUB)
    stub.chmod(0o755)
    calls = folder / "calls"
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    given = {"PATH": path, "CALLS": str(calls), "SUMMARY": str(folder / "summary.md"), **environment}
    (folder / "summary.md").write_text("x")
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", script], check=True, env=given, cwd=folder, timeout=60)
    return calls.read_text().splitlines()


@pytest.mark.parametrize("file", [GITHUB, AZURE], ids=lambda file: file.name)
def test_the_comment_is_found_by_the_summarys_marker(file: Path) -> None:
    assert f'startswith("{markdown.MARKER}")' in _comment_script(file)


@pytest.mark.parametrize(
    ("found", "last"),
    [
        ("", "--method POST issues/7/comments"),
        ("31", "--method PATCH issues/comments/31 "),
        ("31\n32", "--method PATCH issues/comments/31 "),
    ],
)
def test_on_github_there_is_one_comment(found: str, last: str, tmp_path: Path) -> None:
    calls = _calls(tmp_path, _comment_script(GITHUB), "gh", ISSUES="issues", NUMBER="7", FOUND=found)
    assert last in calls[-1]
    assert calls[-1].endswith("--field body=@check-reports/summary.md")


@pytest.mark.skipif(shutil.which("jq") is None, reason="there is no jq")
@pytest.mark.parametrize(
    ("content", "place"),
    [("another's", "threads?"), (f"{markdown.MARKER}\n## Check", "threads/4/comments/1?")],
)
def test_on_azure_devops_there_is_one_comment(content: str, place: str, tmp_path: Path) -> None:
    threads = [{"id": 3, "comments": [{"id": 1}]}, {"id": 4, "comments": [{"id": 1, "content": content}]}]
    where = {"COLLECTION": "c/", "PROJECT_ID": "p", "REPOSITORY": "r", "NUMBER": "7", "TOKEN": "t"}
    calls = _calls(tmp_path, _comment_script(AZURE), "curl", FOUND=json.dumps({"value": threads}), **where)
    assert f" c/p/_apis/git/repositories/r/pullRequests/7/{place}" in calls[-1]
    assert ("PATCH" in calls[-1]) is (content != "another's")


@pytest.mark.parametrize("file", [GITHUB, AZURE], ids=lambda file: file.name)
def test_what_has_a_token_runs_nothing_of_the_pull_request(file: Path) -> None:
    pipeline = yaml.safe_load(file.read_text())
    jobs = (
        pipeline["jobs"].values()
        if "jobs" in pipeline
        else [job for stage in pipeline["stages"] for job in stage["jobs"]]
    )
    (publish,) = [job for job in jobs if "One comment" in str(job)]
    assert "actions/checkout" not in str(publish)
    assert "make " not in str(publish)
