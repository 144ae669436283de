"""A platform with twelve tenants on a real API server: each is one file, and moves nothing but its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.failures import ExitCode
from sandbox.result import Result
from sandbox.tally import Operation
from tests.engine.conftest import Sandbox
from tests.engine.test_cluster import api_of

PLATFORM = "subsidiaries"
NEW = {"legal_name": "Acme Finland Oy", "country": "FI", "concurrent_users": 12, "slot": 14}
HOLD_DATA = ("azure-native:dbforpostgresql", "azure-native:storage", "azure-native:keyvault", "random:")
SUBSIDIARY = "odoo-azure:index:Subsidiary"


class Tenants:
    """The tenants' files of a project in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.folder: Path = sandbox.project / "subsidiaries" / "emea"

    def write(self, name: str, **values: Any) -> None:
        """Writes a file, or values into one that is there."""
        file = self.folder / f"{name}.yaml"
        before = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(yaml.safe_dump({**before, **values}), encoding="utf-8")


@pytest.fixture(scope="module")
def platform(built_programs: None, module_sandbox: Callable[[str], Sandbox]) -> Sandbox:
    """The platform with its tenants, deployed."""
    sandbox = replace(module_sandbox(PLATFORM), cluster=True)
    result = sandbox.run.up(skip_preview=True)
    assert result.ok, f"{result.message}\n{result.diagnostics}\n{result.violations}"
    assert not result.violations
    return sandbox


def own(tenant: str, operation: Operation) -> bool:
    """Whether a resource is that tenant's."""
    below = f"{SUBSIDIARY}$" in operation.urn or f"::{SUBSIDIARY}::" in operation.urn
    return below and (operation.name == tenant or operation.name.startswith(f"{tenant}-"))


def changed(result: Result) -> list[Operation]:
    """What a run changed, but for the stack's outputs."""
    return [each for each in result.changes if each.type != "pulumi:pulumi:Stack"]


def test_twelve_tenants_of_all_tiers_run_each_in_namespaces_of_its_own(platform: Sandbox) -> None:
    with api_of(platform) as api:
        namespaces = (api.get("/api/v1/namespaces") or {})["items"]
        labels = [each["metadata"].get("labels", {}) for each in namespaces]
        assert sum("odoo-azure/tenant" in each for each in labels) == 12
        # One is suspended: it has no way in.
        assert sum("odoo-azure/ingress" in each for each in labels) == 11
        web = (api.get("/apis/apps/v1/deployments") or {})["items"]
        running = {each["metadata"]["namespace"] for each in web if each["metadata"]["name"] == "web"}
        assert len(running) == 11


def test_one_more_tenant_changes_nothing_but_its_own_and_bad_files_stop_no_other(platform: Sandbox) -> None:
    tenants = Tenants(platform)
    tenants.write("acme-fi", **NEW)
    tenants.write("acme-es", tier="gold", extensions=["poland"])
    tenants.write(
        "acme-xx", **{**NEW, "slot": 15, "hostname": "acme-nl.subs.erp.acme.example", "concurrent_users": 5000}
    )

    result = platform.run.up(skip_preview=True)
    assert not result.ok
    assert result.exit_code == ExitCode.BAD_INPUT
    for found in ("acme-es.yaml", '"gold"', "poland", "acme-xx.yaml", "acme-nl.subs.erp.acme.example", "5000"):
        assert found in result.message
    assert not result.failed
    assert {each.op for each in changed(result)} == {"create"}
    assert all(own("acme-fi", each) for each in changed(result))

    tenants.write("acme-es", tier="standard", extensions=["spain", "sepa-payments"])
    (tenants.folder / "acme-xx.yaml").rename(tenants.folder / "acme-xx.gone")
    (tenants.folder / "acme-nl.yaml").rename(tenants.folder / "acme-nl.gone")
    lost = platform.run.up(skip_preview=True)
    assert not lost.ok
    assert "subsidiaries/emea/acme-nl.yaml: gone" in "".join(each.message for each in lost.diagnostics)
    assert changed(lost) == []
    (tenants.folder / "acme-nl.gone").rename(tenants.folder / "acme-nl.yaml")


def test_a_tenant_moves_to_a_stack_of_its_own_and_nothing_is_made_again(platform: Sandbox) -> None:
    platform.change("environment", name="subs")  # as it is: writes the file as later changes will
    Tenants(platform).write("acme-es", placement="sharded")
    stack = {
        "config": {
            "odoo-azure:environment": {"topology": "tenant"},
            "odoo-azure:tenant": {"platform": PLATFORM, "name": "acme-es"},
        }
    }
    (platform.project / "Pulumi.acme-es.yaml").write_text(yaml.safe_dump(stack), encoding="utf-8")
    before = {each.id: each.nonce for each in platform.azure.all()}

    moved = platform.run.move("acme-es", "acme-es")
    assert moved.ok, f"{moved.message}\n{moved.diagnostics}"
    assert changed(moved) == []
    assert {each.id: each.nonce for each in platform.azure.all()} == before


def test_suspending_one_and_giving_another_its_own_server_lose_no_data(platform: Sandbox) -> None:
    tenants = Tenants(platform)
    tenants.write("acme-pt", lifecycle={"state": "suspended", "suspended_on": "2026-11-01"})
    tenants.write("acme-it", tier="isolated", former={"backup": "acme-it/20261101T020000Z"})

    planned = platform.run.preview()
    assert planned.ok, f"{planned.message}\n{planned.diagnostics}\n{planned.violations}"
    assert all(own("acme-pt", each) or own("acme-it", each) for each in changed(planned))
    lost = {each.type for each in changed(planned) if each.op in {"delete", "replace"}}
    assert not sorted(each for each in lost if each.startswith(HOLD_DATA))
    kept = {"kubernetes:core/v1:PersistentVolume", "kubernetes:core/v1:PersistentVolumeClaim"}
    assert not lost & kept
    made = {each.type for each in changed(planned) if own("acme-it", each) and each.op == "create"}
    assert "azure-native:dbforpostgresql:Server" in made
