"""The check beside what was there before: each change is named, and what cannot be taken back comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.cli import main
from sandbox.failures import ExitCode
from tests.engine.shop import SECRET, Shop, open_shop

SAME = {"resource_group_name": "'same'"}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    exceptions = tmp_path / "exceptions.yaml"
    exceptions.write_text("[]\n")
    monkeypatch.setenv("POLICY_EXCEPTIONS", str(exceptions))
    return open_shop(tmp_path / "shop")


def test_deletes_and_replacements_come_first_and_values_never(shop: Shop, tmp_path: Path) -> None:
    shop.write(
        same=SAME,
        dropped={"resource_group_name": "'dropped'"},
        moved={"resource_group_name": "'moved'", "location": "'westeurope'"},
        tagged={"resource_group_name": "'tagged'", "tags": "{'owner': 'ann'}"},
    )
    base = shop.commit()
    (shop.folder / "Pulumi.new.yaml").write_text((shop.folder / "Pulumi.dev.yaml").read_text())
    shop.write(
        same=SAME,
        moved={"resource_group_name": "'moved'", "location": "'northeurope'"},
        tagged={"resource_group_name": "'tagged'", "tags": f"{{'owner': pulumi.Output.secret('{SECRET}')}}"},
        added={"resource_group_name": "'added'"},
    )
    shop.commit()
    code, summary, report = _check(shop, tmp_path / "out", "HEAD^1")
    assert code == ExitCode.FAILED, "groups without an owner break rules, as without a base"
    counted = "Deletes 1, replaces 1, changes 1, creates 1"
    rows = [line for line in summary.splitlines() if line.startswith(("| dev |", "| new |"))]
    assert [row.rpartition(" | ")[2] for row in rows] == [f"{counted} |", f"{base[:12]} does not have it |"]
    shown = [line for line in report.splitlines() if " `same`" not in line]
    first = shown.index(f"⚠️ **{counted}, compared with {base[:12]}.**")
    assert shown[first + 4 : first + 6] == [
        "| deletes | ResourceGroup `dropped` |  |",
        "| replaces | ResourceGroup `moved` | **`location`** |",
    ]
    assert "| changes | ResourceGroup `tagged` | `tags.owner` |" in shown
    assert "| creates | ResourceGroup `added` |  |" in shown
    assert SECRET not in summary + report


def test_without_a_base_that_deploys_the_check_goes_on_alone(shop: Shop, tmp_path: Path) -> None:
    shop.write_parts("def groups():\n    raise ValueError\n")
    base = shop.commit()
    shop.write(same=SAME)
    shop.commit()
    _, summary, report = _check(shop, tmp_path / "out", base)
    assert f"| {base[:12]} could not be deployed |" in summary
    assert "1 created" in report


def test_an_unknown_base_is_bad_input(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(shop.folder), "--base", "origin/nowhere"]) == ExitCode.BAD_INPUT
    assert "origin/nowhere" in capsys.readouterr().err


def _check(shop: Shop, out: Path, base: str) -> tuple[int, str, str]:
    """The check's exit code, its summary, and the report of stack dev."""
    code = main(["--project", str(shop.folder), "--out", str(out), "--base", base])
    return code, (out / "summary.md").read_text(), (out / "dev.md").read_text()
