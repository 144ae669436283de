"""Every example environment deploys, whole, and a second run changes nothing; production on a real API server."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.failures import ExitCode
from sandbox.result import Result
from stacks.planning.topologies import plan_environment
from stacks.settings import Settings, load_settings_of
from tests.engine.conftest import CHECKOUT, Sandbox, read_deployment

Deployed = Callable[[str], tuple[Sandbox, Result]]
STACKS = ("prod", "staging", "midmarket")
LEAST_RESOURCES = {"prod": 250, "staging": 200, "midmarket": 200}
RUNTIME = {
    "dedicated-aks": {"azure-native:containerservice:ManagedCluster", "kubernetes:core/v1:Namespace"},
    "dedicated-vm": {"azure-native:compute:VirtualMachineScaleSet", "azure-native:network:LoadBalancer"},
}
ARM_TYPES = Path(os.environ.get("ODOO_AZURE_ARM_TYPES", CHECKOUT.parent / "shared" / "arm"))


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    """Each example environment."""
    name: str = request.param
    return name


def azure_resources(sandbox: Sandbox) -> list[dict[str, Any]]:
    """The Azure resources in the state."""
    return [r for r in read_deployment(sandbox.state_file)["resources"] if r["type"].startswith("azure-native:")]


class TestFirstUp:
    def test_makes_the_whole_environment(self, deployed: Deployed, stack: str) -> None:
        sandbox, result = deployed(stack)
        created = [operation for operation in result.operations if operation.op == "create"]
        assert len(created) > LEAST_RESOURCES[stack]
        assert {operation.op for operation in result.operations} == {"create"}
        assert len({operation.urn for operation in created}) == len(created)
        kinds = {operation.type for operation in created}
        assert {
            "azure-native:dbforpostgresql:Server",
            "azure-native:redisenterprise:RedisEnterprise",
            "azure-native:network:FlowLog",
            "azure-native:consumption:Budget",
            *RUNTIME[result.outputs["topology"]],
        } <= kinds
        assert sandbox.azure.of_type("azure-native:dbforpostgresql:Server")

    def test_breaks_no_policy_and_leaves_none_undecided(self, deployed: Deployed, stack: str) -> None:
        _, result = deployed(stack)
        assert result.policy_packs, "the pack did not run"
        assert [v for v in result.violations if v.level == "mandatory"] == []
        assert result.undecided == ()

    def test_exports_what_people_and_other_stacks_read(self, deployed: Deployed, stack: str) -> None:
        _, result = deployed(stack)
        plan = plan_environment(load_settings_of(Settings, CHECKOUT / f"Pulumi.{stack}.yaml"))
        assert result.outputs["topology"] == plan.topology
        assert result.outputs["registry_login_server"] == f"{plan.names.registry}.azurecr.io"
        assert result.outputs["plan"]["names"]["cluster"] == plan.names.cluster
        assert result.outputs["reasons"]["database.sku_name"].startswith(plan.database.sku_name)
        assert all(value is not None for value in result.outputs.values()), result.outputs

    def test_tags_reach_every_taggable_resource(self, deployed: Deployed, stack: str) -> None:
        sandbox, _ = deployed(stack)
        expected = dict(plan_environment(load_settings_of(Settings, CHECKOUT / f"Pulumi.{stack}.yaml")).tags)
        untagged = [
            resource["urn"]
            for resource in azure_resources(sandbox)
            if taggable(resource["type"]) and resource["inputs"].get("tags") != expected
        ]
        assert untagged == []

    def test_no_secret_is_in_clear_in_the_state(self, deployed: Deployed, stack: str) -> None:
        sandbox, _ = deployed(stack)
        deployment = read_deployment(sandbox.state_file)
        secrets = [r for r in deployment["resources"] if r["type"] == "azure-native:keyvault:Secret"]
        assert secrets
        assert all("ciphertext" in json.dumps(r["inputs"]["properties"]["value"]) for r in secrets)
        randoms = [r for r in deployment["resources"] if r["type"].endswith(":RandomPassword")]
        written = [r for r in secrets if r["urn"].endswith("-database-service")]
        keys = [r for r in secrets if r["urn"].endswith("session-key")]
        # The service file repeats a password, the file of session keys holds three, all others are made one by one.
        assert len(keys) == 1
        assert len(randoms) == len(secrets) - len(written) + 2 * len(keys)
        assert all("ciphertext" in json.dumps(r["outputs"]["result"]) for r in randoms)

    def test_azure_would_accept_every_property(self, deployed: Deployed, stack: str) -> None:
        if not (ARM_TYPES / "check.py").is_file():
            pytest.skip(f"no ARM types at {ARM_TYPES}: set ODOO_AZURE_ARM_TYPES to their folder")
        sandbox, _ = deployed(stack)
        command = [sys.executable, str(ARM_TYPES / "check.py"), str(sandbox.state_file)]
        check = subprocess.run(command, capture_output=True, text=True, check=False)
        assert check.returncode == 0, check.stdout + check.stderr


def test_a_second_up_changes_nothing(copy_of: Callable[[str], Sandbox], stack: str) -> None:
    sandbox = copy_of(stack)
    before = {entry.id: entry for entry in sandbox.azure.all()}
    result = sandbox.up()
    assert result.changes == ()
    assert {entry.id: entry for entry in sandbox.azure.all()} == before


def test_nothing_is_written_to_the_projects_files(deployed: Deployed, stack: str) -> None:
    sandbox, _ = deployed(stack)
    written = {file.name: file.read_text(encoding="utf-8") for file in sandbox.project.glob("Pulumi*.yaml")}
    assert written == {name: (CHECKOUT / name).read_text(encoding="utf-8") for name in written}
    assert {file.name for file in sandbox.project.iterdir()} <= {
        *written,
        "__main__.py",
        "policies",
        "subsidiaries",
        "__pycache__",
    }


def test_destroy_stops_at_protected_data_and_after_its_release_leaves_nothing(
    copy_of: Callable[[str], Sandbox],
) -> None:
    sandbox = copy_of("staging")
    refused = sandbox.run.destroy()
    assert refused.exit_code is ExitCode.FAILED
    assert {"odoo-database-server", "odoo-keys-vault", "odoo-backups-account"} <= {o.name for o in refused.failed}
    assert "data_protection: released" in refused.message
    assert refused.changes == ()

    sandbox.change("environment", data_protection="released")
    released = sandbox.up()
    assert {operation.type for operation in released.changes if operation.op == "delete"} == {
        "azure-native:authorization:ManagementLockByScope"
    }
    assert {operation.op for operation in released.changes} == {"delete"}
    destroyed = sandbox.run.destroy()
    assert destroyed.ok, f"{destroyed.message}\n{destroyed.diagnostics}"
    # Azure's own network watcher stays, as it does in a real subscription.
    assert [e.id for e in sandbox.azure.all() if "networkwatcherrg" not in e.id.lower()] == []
    assert sandbox.deployment().get("resources", []) == []


def taggable(token: str) -> bool:
    """Whether the SDK's class of this type takes tags as key and value pairs."""
    _, module, name = token.split(":")
    cls = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name)
    return "tags" in inspect.signature(cls._internal_init).parameters
