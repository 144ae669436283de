"""Whether a stack runs a commit: every reason why not, by what its history says."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from checks import promotion
from sandbox.failures import ExitCode

COMMIT = "4e1243bd22c66e76c2ba9eddc1f91394e57f9f83"
OTHER = "b" * 40
RAN = {
    "git.head": COMMIT,
    "git.dirty": "false",
    "ci.system": "GitHub Actions",
    "pulumi.flag.policy-pack": "set",
    "pulumi.flag.skip-preview": "true",
}


def update(version: int = 1, kind: str = "update", result: str = "succeeded", **environment: str | None) -> Any:
    changed = {key.replace("__", "-").replace("_", "."): value for key, value in environment.items()}
    kept = {key: value for key, value in {**RAN, **changed}.items() if value is not None}
    return {"version": version, "kind": kind, "result": result, "environment": kept}


@pytest.mark.parametrize(
    ("last", "why"),
    [
        (update(), []),
        (update(git_head=OTHER), [f"its last update was of {OTHER}, not of {COMMIT}"]),
        (update(git_head=None), [f"its last update was of no commit that is known, not of {COMMIT}"]),
        (update(git_dirty="true"), ["its last update was of files that were changed after their commit"]),
        (update(git_dirty=None), ["its last update was of files that were changed after their commit"]),
        (update(ci_system=None), ["its last update did not come from a pipeline"]),
        (update(pulumi_flag_policy__pack=None), ["its last update ran without the policies"]),
        (update(pulumi_flag_target="set"), ["its last update had the option --target"]),
        (update(pulumi_flag_exclude="set"), ["its last update had the option --exclude"]),
        (update(pulumi_flag_config="set"), ["its last update had the option --config"]),
        (update(result="failed"), ["its last update: failed"]),
        (update(result="in-progress"), ["its last update: in-progress"]),
        (update(kind="destroy"), ["what it saw last was no update, but: destroy"]),
        (update(kind="import"), ["what it saw last was no update, but: import"]),
    ],
)
def test_the_last_update_decides(last: Any, why: list[str]) -> None:
    older = update(0, git_head=OTHER, result="failed")
    assert list(promotion.objections([last, older], COMMIT)) == why


def test_what_deploys_nothing_does_not_count_and_the_newest_does() -> None:
    updates = promotion.history(json.dumps([update(3), update(5, kind="refresh"), update(4, git_head=OTHER)]))
    assert list(promotion.objections(updates, OTHER)) == []
    assert list(promotion.objections([], COMMIT)) == ["nothing was ever deployed to it"]


@pytest.mark.parametrize(
    ("commit", "text", "code"),
    [
        (COMMIT, json.dumps([update()]), ExitCode.OK),
        (OTHER, json.dumps([update()]), ExitCode.FAILED),
        (COMMIT, "", ExitCode.BAD_INPUT),
        (COMMIT, '{"error": 1}', ExitCode.BAD_INPUT),
    ],
)
def test_exit_codes(commit: str, text: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert promotion.main(["--commit", commit]) == code


@pytest.mark.parametrize("commit", ["main", COMMIT[:12], f"{COMMIT}\n"])
def test_a_commit_is_a_whole_hash(commit: str) -> None:
    with pytest.raises(SystemExit) as left:
        promotion.main(["--commit", commit])
    assert left.value.code == ExitCode.BAD_INPUT
