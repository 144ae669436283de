"""A platform of many tenants on a real API server: each is one file, and moves nothing but its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.admission_rules import INGRESS_LABEL, TENANT_LABEL
from sandbox.failures import ExitCode
from sandbox.result import Result
from sandbox.tally import Operation
from tests.engine.conftest import CHECKOUT, Sandbox
from tests.engine.test_cluster import api_of

PLATFORM = "subsidiaries"
NEW = {"legal_name": "Acme Finland Oy", "country": "FI", "concurrent_users": 12, "slot": 14}
HOLD_DATA = ("azure-native:dbforpostgresql", "azure-native:storage", "azure-native:keyvault", "random:")
SUBSIDIARY = "odoo-azure:index:Subsidiary"
FEW = ("acme-es", "acme-it", "acme-nl", "acme-pt")
"""Those that the tests do something to; the platform begins with them, for every run is as long as it has tenants."""
SHARDED_FILE = "acme-at"
"""Has a stack of its own, which is not deployed here."""
SUSPENDED_FILE = "acme-dk"


class Tenants:
    """The tenants' files of a project in a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.folder: Path = sandbox.project / "subsidiaries" / "emea"

    def write(self, name: str, **values: Any) -> None:
        """Writes a file, or values into one that is there."""
        file = self.folder / f"{name}.yaml"
        before = yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}
        file.write_text(yaml.safe_dump({**before, **values}), encoding="utf-8")

    def restore(self, *names: str) -> None:
        """Makes the files those of the checkout again, or brings them."""
        for name in names:
            shutil.copy(CHECKOUT / "subsidiaries" / "emea" / f"{name}.yaml", self.folder)


@pytest.fixture(scope="module")
def platform(built_programs: None, module_sandbox: Callable[[str], Sandbox]) -> Sandbox:
    """The platform with a few of its tenants, deployed; without policies, which judge all of it at the end."""
    sandbox = replace(module_sandbox(PLATFORM), cluster=True)
    for file in Tenants(sandbox).folder.iterdir():
        if file.stem not in FEW:
            file.unlink()
    (sandbox.project / "policies").unlink()
    sandbox.up()
    return sandbox


def own(tenant: str, operation: Operation) -> bool:
    """Whether a resource is that tenant's."""
    below = f"{SUBSIDIARY}$" in operation.urn or f"::{SUBSIDIARY}::" in operation.urn
    return below and (operation.name == tenant or operation.name.startswith(f"{tenant}-"))


def changed(result: Result) -> list[Operation]:
    """What a run changed, but for the stack's outputs."""
    return [each for each in result.changes if each.type != "pulumi:pulumi:Stack"]


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


@pytest.mark.no_cover  # of what the tests above have run: tracing takes a tenth of the time
def test_suspending_one_and_giving_another_its_own_server_lose_no_data(platform: Sandbox) -> None:
    tenants = Tenants(platform)
    tenants.write("acme-pt", lifecycle={"state": "suspended", "suspended_on": "2026-11-01"})
    budget = {"monthly_budget": 3000, "budget_start": "2026-11-01"}
    tenants.write("acme-it", tier="isolated", cost=budget, former={"backup": "acme-it/20261101T020000Z"})

    planned = platform.run.preview()
    assert planned.ok, f"{planned.message}\n{planned.diagnostics}\n{planned.violations}"
    assert all(own("acme-pt", each) or own("acme-it", each) for each in changed(planned))
    lost = {each.type for each in changed(planned) if each.op in {"delete", "replace"}}
    assert not sorted(each for each in lost if each.startswith(HOLD_DATA))
    kept = {"kubernetes:core/v1:PersistentVolume", "kubernetes:core/v1:PersistentVolumeClaim"}
    assert not lost & kept
    made = {each.type for each in changed(planned) if own("acme-it", each) and each.op == "create"}
    assert "azure-native:dbforpostgresql:Server" in made


@pytest.mark.no_cover  # of what the tests above have run: tracing takes a tenth of the time
def test_tenants_of_all_tiers_run_each_in_namespaces_of_its_own_and_break_no_policy(platform: Sandbox) -> None:
    names = {file.stem for file in (CHECKOUT / "subsidiaries" / "emea").glob("*.yaml")} - {SHARDED_FILE}
    Tenants(platform).restore(*names - {"acme-es"})
    (platform.project / "policies").symlink_to(CHECKOUT / "policies")
    result = platform.up()
    assert result.policy_packs, "the pack did not run"
    assert not result.violations

    names |= {"acme-fi"}
    assert len(names) == 13
    with api_of(platform) as api:
        namespaces = (api.get("/api/v1/namespaces") or {})["items"]
        labels = [each["metadata"].get("labels", {}) for each in namespaces]
        of_tenants = sorted(each[TENANT_LABEL] for each in labels if TENANT_LABEL in each)
        assert of_tenants == sorted(names)
        # One is suspended: it has no way in.
        running = names - {SUSPENDED_FILE}
        assert sum(INGRESS_LABEL in each for each in labels) == len(running)
        deployments = (api.get("/apis/apps/v1/deployments") or {})["items"]
        web = [each["metadata"]["namespace"] for each in deployments if each["metadata"]["name"] == "web"]
        assert sorted(web) == sorted(running)
