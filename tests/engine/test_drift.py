"""The report of drift, from the sandbox and from what the stock CLI writes: exact, and without values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from checks.drift import main
from sandbox.failures import ExitCode
from sandbox.store import Store
from tests.engine.shop import GROUP, SECRET, Shop, open_shop

TAGS = f"{{'token': pulumi.Output.secret('{SECRET}')}}"
FOUND = "found-7c2e"
IGNORING = "pulumi.ResourceOptions(ignore_changes=['tags'])"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = open_shop(tmp_path / "shop")
    shop.write(
        books={"resource_group_name": "'books'", "tags": TAGS},
        gone={"resource_group_name": "'gone'"},
        ignored={"resource_group_name": "'ignored'", "tags": "{'owner': 'ann'}", "opts": IGNORING},
    )
    assert shop.run().up(skip_preview=True).ok
    return shop


def test_drift_is_reported_exactly_without_values_and_a_clean_stack_is_clean(
    shop: Shop, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    given = ["--stack", "dev", "--out", str(out), "--schemas-only"]
    sandbox = ["--project", str(shop.folder), "--home", str(shop.folder / "home")]
    assert main([*given, *sandbox]) == ExitCode.OK
    assert json.loads((out / "drift.json").read_text()) == {"stack": "dev", "drift": []}

    _meddle(Store(shop.run().layout.cloud / "azure.sqlite"))
    expected = {
        "books": {"op": "update", "properties": ["tags.token"], "replacing": [], "next_up": "changes it back"},
        "gone": {"op": "delete", "properties": [], "replacing": [], "next_up": "makes it again"},
    }
    assert main([*given, *sandbox]) == ExitCode.DRIFT
    assert _drift(out) == expected

    events, state = tmp_path / "events", tmp_path / "state.json"
    _ask_the_stock_cli(shop, events, state)
    for file in out.iterdir():
        file.unlink()
    assert main([*given, "--events", str(events)]) == ExitCode.BAD_INPUT
    assert main([*given, "--events", str(events), "--state", str(state)]) == ExitCode.DRIFT
    assert _drift(out) == expected
    assert SECRET not in "".join(capfd.readouterr())
    assert (out / "drift.md").read_text().startswith("<!-- odoo-azure drift dev -->\n## Drift in dev: 2 resources\n")


def _meddle(azure: Store) -> None:
    groups = {entry.inputs["resourceGroupName"]: entry for entry in azure.of_type(GROUP)}
    for name in ("books", "ignored"):
        groups[name].inputs["tags"] = dict.fromkeys(groups[name].inputs["tags"], FOUND)
        azure.put(groups[name])
    azure.delete(groups["gone"].id)


def _drift(out: Path) -> Mapping[str, Any]:
    for file in out.iterdir():
        assert SECRET not in file.read_text()
        assert FOUND not in file.read_text()
    found = json.loads((out / "drift.json").read_text())["drift"]
    assert {each["type"] for each in found} == {GROUP}
    return {each["name"]: {key: each[key] for key in ("op", "properties", "replacing", "next_up")} for each in found}


def _ask_the_stock_cli(shop: Shop, events: Path, state: Path) -> None:
    """As the workflows do."""
    with shop.run()._session("drift") as session:
        workspace = session.stack.workspace
        workspace.env_vars = {**workspace.env_vars, "PULUMI_DEBUG_COMMANDS": "true"}
        session.command("refresh", "--preview-only", "--non-interactive", "--event-log", str(events))
        session.export(state)
