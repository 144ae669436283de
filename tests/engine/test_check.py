"""The check, on the real engine: a small project of somebody else's, with something wrong in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks.cli import main
from checks.levels import PACK
from checks.sarif import EXCEPTIONS
from sandbox.failures import ExitCode
from sandbox.runner import Run

SECRET = "hunter2-9f1c"
PROGRAM = f"""\
import pulumi
from pulumi_azure_native import resources, storage

group = resources.ResourceGroup("shop-group", resource_group_name="shop")
storage.StorageAccount(
    "shop-books",
    account_name="shopbooks",
    resource_group_name=group.name,
    kind=storage.Kind.STORAGE_V2,
    sku=storage.SkuArgs(name=storage.SkuName.STANDARD_LRS),
    allow_shared_key_access=True,
    tags={{"token": pulumi.Output.secret("{SECRET}")}},
)
"""
EXCEPTION: dict[str, Any] = {
    "stack": "dev",
    "reason": "Old scanners know keys only until they are replaced.",
    "owner": "ann@acme.example",
    "approver": "security@acme.example",
    "ticket": "SEC-12",
    "granted": "2026-11-02",
    "until": "2026-12-31",
    "critical": True,
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose account takes keys."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  azure-native:location: westeurope\n")
    (folder / "__main__.py").write_text(PROGRAM)
    return folder


def test_violations_are_found_placed_excepted_and_found_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, found = _check(project, monkeypatch, day="2026-11-22")
    assert code == ExitCode.FAILED
    broken = {each["ruleId"]: each for each in found if each["level"] == "error"}
    place = broken["storage-shared-key-off"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "__main__.py"
    assert PROGRAM.splitlines()[place["region"]["startLine"] - 1] == "storage.StorageAccount("

    # A resource may break a rule in several ways: one exception covers them.
    needed = {(each["ruleId"], _resource(each)) for each in found if each["level"] == "error"}
    exceptions = [{**EXCEPTION, "rule": rule, "resource": resource} for rule, resource in sorted(needed)]
    code, excepted = _check(project, monkeypatch, *exceptions, day="2026-12-31")
    assert code == ExitCode.OK
    assert {each["ruleId"] for each in excepted if "suppressions" in each} == set(broken)
    assert _run(project).up().ok

    code, ended = _check(project, monkeypatch, *exceptions, day="2027-01-01")
    assert code == ExitCode.FAILED
    assert {each["ruleId"] for each in ended if each["level"] == "error"} == {*broken, EXCEPTIONS}
    assert "Stopped by mandatory policies" in _run(project).up().message


def _check(
    project: Path, monkeypatch: pytest.MonkeyPatch, *exceptions: dict[str, Any], day: str
) -> tuple[int, list[dict[str, Any]]]:
    """The check's exit code and results."""
    file = project / "exceptions.yaml"
    file.write_text(yaml.safe_dump(list(exceptions)))
    monkeypatch.setenv("POLICY_EXCEPTIONS", str(file))
    monkeypatch.setenv("SOURCE_DATE", day)
    out = project / "out"
    code = main(["--project", str(project), "--out", str(out)])
    assert not any(SECRET in path.read_text(encoding="utf-8") for path in out.iterdir())
    run = json.loads((out / "results.sarif").read_text(encoding="utf-8"))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": True}]
    return code, list(run["results"])


def _resource(found: dict[str, Any]) -> str:
    urn = found["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
    return "::".join(urn.split("::")[2:])


def _run(project: Path) -> Run:
    """The same stack with the levels that the rules have themselves."""
    return Run(stack="dev", project=project, home=project / "home", policy_packs=[PACK], cluster=False)
