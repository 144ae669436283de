"""Whether a stack runs a commit, by the history that the real engine writes."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from checks.promotion import main
from sandbox.failures import ExitCode
from tests.engine.shop import Shop, open_shop


def test_a_commit_is_promoted_after_it_ran_whole_clean_checked_and_from_a_pipeline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(commit: str) -> tuple[int, list[str]]:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(shop.history("dev")))
        code = main(["--commit", commit])
        return code, [line.removeprefix("not promoted: ") for line in capsys.readouterr().err.splitlines()]

    def up(shop: Shop) -> None:
        assert shop.checked_run("dev", tmp_path / "advisory.json").up(skip_preview=True).ok

    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    shop = open_shop(tmp_path / "shop")
    first = shop.git("rev-parse", "HEAD")
    assert shop.run().up(skip_preview=True).ok
    assert said(first) == (
        ExitCode.FAILED,
        ["its last update did not come from a pipeline", "its last update ran without the policies"],
    )

    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    up(shop)
    assert said(first) == (ExitCode.OK, [])

    shop.write(books={"resource_group_name": "'books'"})
    up(shop)
    assert said(first) == (ExitCode.FAILED, ["its last update was of files that were changed after their commit"])
    second = shop.commit()
    assert second != first
    assert said(second)[0] == ExitCode.FAILED
    up(shop)
    assert said(second) == (ExitCode.OK, [])
    assert said(first) == (ExitCode.FAILED, [f"its last update was of {second}, not of {first}"])

    assert shop.run().refresh().ok
    assert said(second)[0] == ExitCode.OK, "a refresh deploys nothing"
    assert shop.run().destroy().ok
    code, why = said(second)
    assert code == ExitCode.FAILED
    assert "what it saw last was no update, but: destroy" in why
