"""Stacks of tenants in the cloud of their platform's stack, and components that move from one state to the other."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import lock
from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from sandbox.failures import BadInputError, ExitCode, LockedError
from sandbox.recovery import SIGNATURE_KEY
from sandbox.tally import UNCHANGED
from tests.engine.conftest import Sandbox
from tests.engine.test_failures import DEADLINE_SECONDS, start

PROJECT = Path(__file__).with_name("shared_cloud")
BAD_FILE = "subsidiaries/platform/acme-fr.yaml: tier: no such tier"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """The platform with two tenants of its own; nobody may change it: see `platform`."""
    folder = tmp_path_factory.mktemp("shared-cloud")
    shutil.copytree(PROJECT, folder / "project", ignore=shutil.ignore_patterns("__pycache__"))
    sandbox = Sandbox("platform", folder / "project", folder / "home")
    sandbox.change("platform", tenants=["acme-es", "acme-it"])
    sandbox.up()
    return sandbox


@pytest.fixture
def platform(deployed: Sandbox, tmp_path: Path) -> Sandbox:
    """A copy of it, to do anything with."""
    shutil.copytree(deployed.home, tmp_path / "home")
    shutil.copytree(deployed.project, tmp_path / "project")
    return replace(deployed, project=tmp_path / "project", home=tmp_path / "home")


def tenant_of(platform: Sandbox, name: str) -> Sandbox:
    """The stack of a tenant."""
    return replace(platform, stack=name)


def made(sandbox: Sandbox) -> dict[str, str]:
    """What exists in Azure, and which of its kind: a resource that was made again has another nonce."""
    return {entry.id: entry.nonce for entry in sandbox.azure.all()}


def resources(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """What a stack's state holds, by Pulumi name; without providers and the stack itself."""
    (file,) = (sandbox.home / "state").rglob(f"stacks/**/{sandbox.stack}.json")
    latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
    return {
        each["urn"].rpartition("::")[2]: each
        for each in latest.get("resources") or []
        if not each["type"].startswith("pulumi:")
    }


def names(sandbox: Sandbox) -> set[str]:
    """Pulumi names of what a stack's state holds."""
    return set(resources(sandbox))


def test_a_tenants_stack_comes_and_goes_in_its_platforms_cloud_and_leaves_the_rest_alone(platform: Sandbox) -> None:
    before = made(platform)
    tenant = tenant_of(platform, "acme-pt")
    tenant.change("tenant", protect=False)
    tenant.up()
    assert tenant.cloud == platform.cloud
    new = {identifier for identifier in made(platform) if identifier not in before}
    assert {identifier.rpartition("/")[2] for identifier in new} == {"id-acme-pt", "acme-pt-books"}
    assert all("/resourceGroups/rg/" in identifier for identifier in new)
    assert tenant.run.drift().exit_code is ExitCode.OK
    assert tenant.run.refresh().changes == ()
    assert platform.run.drift().exit_code is ExitCode.OK
    assert tenant.run.destroy().ok
    assert made(platform) == before
    assert platform.run.drift().exit_code is ExitCode.OK


def test_a_tenant_needs_a_platform_that_is_deployed(platform: Sandbox, tmp_path: Path) -> None:
    nowhere = replace(tenant_of(platform, "acme-pt"), home=tmp_path / "other")
    with pytest.raises(BadInputError, match="make up STACK=platform"):
        nowhere.run.preview()
    assert not (tmp_path / "other").exists()


def test_a_platform_and_its_tenants_do_not_deploy_at_the_same_time(platform: Sandbox) -> None:
    tenant = tenant_of(platform, "acme-pt").run
    with lock.hold_cloud(tenant.layout.cloud_lock, "platform", alone=False):
        assert tenant.preview().ok
        with pytest.raises(LockedError, match="tenants of platform"):
            platform.run.up()
    at_work = lock.hold_cloud(tenant.layout.cloud_lock, "platform", alone=True)
    with at_work, pytest.raises(LockedError, match="stack platform"):
        tenant.preview()


def test_a_component_moves_to_a_stack_of_its_own_and_nothing_is_made_again(platform: Sandbox) -> None:
    tenant = tenant_of(platform, "acme-es")
    before = made(platform)
    held = names(platform)
    platform.change("platform", tenants=["acme-it"])

    moved = platform.run.move("acme-es", "acme-es")
    assert moved.ok, moved.message
    assert {operation.op for operation in moved.operations} <= UNCHANGED
    assert made(platform) == before

    for sandbox in (tenant, platform):
        assert sandbox.up().changes == ()
        assert sandbox.run.drift().exit_code is ExitCode.OK
    assert made(platform) == before
    mine = {name for name in held if name.startswith("acme-es")}
    assert (names(tenant), names(platform)) == (mine, held - mine)
    state = resources(tenant)
    assert state["acme-es-books"]["protect"]
    assert SIGNATURE_KEY in state["acme-es-password"]["outputs"]["result"]
    destroyed = tenant.run.destroy()
    assert [operation.name for operation in destroyed.failed] == ["acme-es-books"]
    assert "lifecycle.state: released" in destroyed.message
    assert "data_protection" not in destroyed.message


def test_a_move_that_would_replace_something_is_taken_back(platform: Sandbox) -> None:
    tenant = tenant_of(platform, "acme-es")
    stack_file = tenant.run.layout.stack_file
    stack_file.write_text(stack_file.read_text().replace("westeurope", "northeurope"))
    before, held = made(platform), names(platform)
    platform.change("platform", tenants=["acme-it"])

    refused = platform.run.move("acme-es", "acme-es")
    assert refused.exit_code is ExitCode.FAILED
    assert "replace UserAssignedIdentity acme-es-identity" in refused.message
    assert "taken back" in refused.message
    assert (names(tenant), names(platform)) == (set(), held)
    assert made(platform) == before

    stack_file.write_text(stack_file.read_text().replace("northeurope", "westeurope"))
    assert platform.run.move("acme-es", "acme-es").ok


def test_a_program_that_raises_at_its_end_deploys_what_it_declared_and_deletes_nothing(platform: Sandbox) -> None:
    before = made(platform)
    # The file of acme-es has become a bad one; acme-pt is new and good.
    platform.change("platform", tenants=["acme-it", "acme-pt"], broken=True)
    with_preview = platform.run.up()
    assert (with_preview.stage, with_preview.exit_code) == ("preview", ExitCode.BAD_INPUT)
    assert made(platform) == before

    result = platform.run.up(skip_preview=True)
    assert (result.stage, result.exit_code, result.message) == ("up", ExitCode.BAD_INPUT, BAD_FILE)
    assert {operation.op for operation in result.changes} == {"create"}
    assert all(operation.name.startswith("acme-pt") for operation in result.changes)
    assert before.items() < made(platform).items()
    assert {"acme-es", "acme-it", "acme-pt"} <= names(platform)

    platform.change("platform", tenants=["acme-es", "acme-it", "acme-pt"], broken=False)
    assert platform.up().changes == ()


def test_tenants_share_the_platforms_running_cluster(built_programs: None, deployed: Sandbox, tmp_path: Path) -> None:
    shutil.copytree(deployed.project, tmp_path / "project")
    platform = replace(deployed, project=tmp_path / "project", home=tmp_path / "home", cluster=True)
    platform.change("platform", tenants=["acme-it"], cluster=True)
    platform.up()
    tenants = {name: tenant_of(platform, name) for name in ("acme-es", "acme-pt")}
    for name, tenant in tenants.items():
        tenant.change("tenant", pool=name.replace("-", ""))

    processes = [start(tenant, "up") for tenant in tenants.values()]
    for process in processes:
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == ExitCode.OK, output

    (home,) = (platform.cloud / "clusters").iterdir()
    with Cluster(home) as cluster:
        api = Api(cluster.kubeconfig)
        for name in ("acme-es", "acme-pt", "acme-it"):
            assert api.get(f"/api/v1/namespaces/{name}/secrets/database"), name
        pools = {node["metadata"]["labels"]["agentpool"] for node in api.items("/api/v1/nodes")}
        assert pools == {"system", "acmees", "acmept"}
        assert tenants["acme-es"].run.preview().changes == ()
