"""The command shows a platform with its tenants and what still fits, and names each file that is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stacks.planning.__main__ import main
from tests.unit.planning.examples import Values, changed
from tests.unit.planning.platforms import PLATFORM, TENANT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a platform, two tenants, and a stack for one of them."""
    write(tmp_path / "Pulumi.shared.yaml", {"config": changed({}, PLATFORM)})
    write(tmp_path / "subsidiaries/emea/acme-es.yaml", TENANT)
    budget = {"monthly_budget": 3000, "budget_start": "2026-12-01"}
    large = {"slot": 2, "tier": "isolated", "concurrent_users": 200, "cost": budget}
    write(tmp_path / "subsidiaries/emea/acme-de.yaml", {**TENANT, **large, "country": "DE"})
    own = {
        "odoo-azure:environment": {"topology": "tenant"},
        "odoo-azure:tenant": {"platform": "shared", "name": "acme-es"},
    }
    write(tmp_path / "Pulumi.acme-es.yaml", {"config": own})
    return tmp_path


def write(path: Path, content: Values) -> None:
    """YAML is a superset of JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def test_a_platform_is_shown_with_its_tenants_and_what_still_fits(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    assert main(["shared"], project) == 0
    printed = capsys.readouterr().out
    for words in (
        *("Database servers", "Tenants: 2", "acme-es.subs.acme.example", "its own", "Capacity"),
        *("millicores of pool web", "What still fits, of one tier alone", "slots of server 1, slots of server 2"),
    ):
        assert words in printed


def test_a_platform_is_printed_as_json(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shared", "--json"], project) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["tenants"].keys() == {"acme-es", "acme-de"}
    assert printed["platform"]["servers"][0]["slots"] == [1, 20]
    assert printed["capacity"]["fitting"]["standard"] == 36


def test_a_tenant_s_stack_is_shown_by_itself(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    assert main(["acme-es"], project) == 0
    printed = capsys.readouterr().out
    assert "The first address of the subnet, 3 and its slot, 1." in printed
    assert "acme-de" not in printed
    assert main(["acme-es", "--json"], project) == 0
    assert json.loads(capsys.readouterr().out)["ingress_address"] == "10.40.6.4"


def test_files_that_are_wrong_are_named_and_the_others_are_shown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project / "subsidiaries/emea/acme-it.yaml", {**TENANT, "slot": 3, "tier": "gold"})
    write(project / "subsidiaries/emea/acme-fr.yaml", {**TENANT, "slot": 4, "integrations": 100})
    assert main(["shared", "--json"], project) == 2
    shown, complaint = capsys.readouterr()
    assert json.loads(shown)["tenants"].keys() == {"acme-es", "acme-de"}
    assert "subsidiaries/emea/acme-it.yaml cannot be used" in complaint
    assert "subsidiaries/emea/acme-fr.yaml cannot be used" in complaint
    assert "Traceback" not in complaint


def test_a_platform_that_is_too_full_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = {"standard": 1, "priority": 0, "isolated": 2}
    write(project / "Pulumi.shared.yaml", {"config": changed({"platform.capacity": small}, PLATFORM)})
    for slot in (1, 3):
        write(
            project / f"subsidiaries/emea/acme-p{slot}.yaml",
            {**TENANT, "slot": slot, "tier": "priority", "concurrent_users": 100, "legal_name": f"Acme {slot} SA"},
        )
    (project / "subsidiaries/emea/acme-es.yaml").unlink()
    assert main(["shared", "--json"], project) == 2
    complaint = capsys.readouterr().err
    assert "odoo-azure:platform.capacity" in complaint
    assert "millicores of pool web" in complaint


def test_a_stack_of_a_tenant_without_a_file_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "subsidiaries/emea/acme-es.yaml").unlink()
    assert main(["acme-es"], project) == 2
    complaint = capsys.readouterr().err
    assert "Pulumi.acme-es.yaml cannot be used" in complaint
    assert "acme-de" in complaint
