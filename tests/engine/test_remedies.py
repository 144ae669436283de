"""What the pack puts right, and a wrong configuration of it, on the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checks.levels import PACK
from sandbox.result import Result
from sandbox.runner import Run

SECRET = "hunter2-9f1c"
PROGRAM = f"""\
import pulumi
from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("shop-group", resource_group_name="shop", tags={{"owner": "ann@acme.example"}})
storage.StorageAccount(
    "shop-books",
    account_name="shopbooks",
    resource_group_name=group.name,
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
    minimum_tls_version=storage.MinimumTlsVersion.TLS1_0,
    tags={{"note": pulumi.Output.secret("{SECRET}")}},
)
"""
LEVELS: dict[str, Any] = {
    "all": "disabled",
    "storage-min-tls": "remediate",
    "tags-required": {
        "enforcementLevel": "remediate",
        "keys": ["owner", "cost-center"],
        "values": {"owner": "finance@acme.example", "cost-center": "CC-1"},
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose account lacks tags, and takes old TLS."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  azure-native:location: westeurope\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def test_what_is_put_right_is_deployed_said_and_stays(project: Path) -> None:
    run = _run(project, LEVELS)
    first = run.up()
    assert first.ok, f"{first.message}\n{first.diagnostics}\n{first.violations}"
    assert _said(first) == {
        ("shop-books", "storage-min-tls", "the pack has set minimumTlsVersion; the program does not"),
        ("shop-books", "tags-required", "the pack has set tags.owner, tags.cost-center; the program does not"),
        ("shop-group", "tags-required", "the pack has set tags.cost-center; the program does not"),
    }
    assert {each.level for each in first.violations} == {"advisory"}

    state = project / "state.json"
    run.export(state)
    text = state.read_text(encoding="utf-8")
    resources = json.loads(text)["deployment"]["resources"]
    inputs = {each["urn"].rsplit("::", 1)[-1]: each.get("inputs", {}) for each in resources}
    assert inputs["shop-group"]["tags"] == {"owner": "ann@acme.example", "cost-center": "CC-1"}
    books = inputs["shop-books"]
    assert books["minimumTlsVersion"] == "TLS1_2"
    assert (books["tags"]["owner"], books["tags"]["cost-center"]) == ("finance@acme.example", "CC-1")
    assert set(books["tags"]["note"]) >= {"ciphertext"}
    assert SECRET not in text

    again = run.up()
    assert again.ok
    assert again.changes == ()
    assert _said(again) == _said(first)


def test_a_wrong_configuration_is_refused_before_anything_happens(project: Path) -> None:
    run = _run(project, {"all": "advisory", "storage-min-tsl": "disabled", "blob-soft-delete": {"day": 3}})
    refused = run.up()
    assert not refused.ok
    assert refused.operations == ()
    said = refused.message + "".join(each.message for each in refused.diagnostics)
    assert "storage-min-tsl: there is no such rule (is storage-min-tls meant?)" in said
    assert "blob-soft-delete.day: there is no such setting (is days meant?); its settings are days" in said


def _said(result: Result) -> set[tuple[str, str, str]]:
    return {(each.name, each.policy, each.message.splitlines()[-1]) for each in result.violations}


def _run(project: Path, said: dict[str, Any]) -> Run:
    levels = project / "levels.json"
    levels.write_text(json.dumps(said))
    home = project / "home"
    return Run(stack="dev", project=project, home=home, policy_packs=[PACK], policy_configs=[levels], cluster=False)
