"""What a change of the settings, or of Azure behind Pulumi's back, does to an environment that exists."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.failures import ExitCode
from tests.engine.conftest import Sandbox

CopyOf = Callable[[str], Sandbox]
SERVER = "azure-native:dbforpostgresql:Server"
CLUSTER = "azure-native:containerservice:ManagedCluster"


def test_a_larger_workload_is_updated_in_place(copy_of: CopyOf) -> None:
    sandbox = copy_of("staging")
    before = {entry.id for entry in sandbox.azure.all()}
    sandbox.change("workload", concurrent_users=400, database_gib=300)
    result = sandbox.up()
    # A job cannot be changed: the next one raises the roles' connection limits, nothing else. A pool that
    # may now have several pods gets a disruption budget.
    others = {operation.type for operation in result.changes if operation.op != "update"}
    assert others == {"kubernetes:batch/v1:Job", "kubernetes:policy/v1:PodDisruptionBudget"}
    assert SERVER in {operation.type for operation in result.changes}
    assert {entry.id for entry in sandbox.azure.all()} == before


def test_a_change_that_would_replace_the_database_is_stopped(copy_of: CopyOf) -> None:
    sandbox = copy_of("staging")
    before = {entry.id: entry for entry in sandbox.azure.all()}
    sandbox.change("environment", suffix="zz9zz9")
    result = sandbox.run.up()
    assert result.exit_code is ExitCode.FAILED
    assert result.stage == "preview"
    assert any("protect" in diagnostic.message for diagnostic in result.diagnostics), result.diagnostics
    assert {entry.id: entry for entry in sandbox.azure.all()} == before


def test_drift_is_reported_left_alone_found_by_refresh_and_put_right(copy_of: CopyOf) -> None:
    sandbox = copy_of("staging")
    cluster = sandbox.azure.of_type(CLUSTER)[0]
    cluster.inputs["disableLocalAccounts"] = False
    sandbox.azure.put(cluster)
    vault = next(e for e in sandbox.azure.of_type("azure-native:network:PrivateEndpoint") if "vault" in e.id)
    for entry in [*sandbox.azure.below(vault.id), vault]:
        sandbox.azure.delete(entry.id)

    before = sandbox.deployment()
    drift = sandbox.run.drift()
    assert drift.exit_code is ExitCode.DRIFT
    changed = {operation.type: operation.op for operation in drift.changes}
    assert changed[CLUSTER] == "update"
    assert changed["azure-native:network:PrivateEndpoint"] == "delete"
    assert "disableLocalAccounts" in {c.path for changes in drift.differences.values() for c in changes}
    assert sandbox.deployment() == before, "drift must not touch the state"

    refreshed = sandbox.run.refresh()
    assert refreshed.ok
    repaired = sandbox.up()
    assert {(operation.op, operation.type) for operation in repaired.changes} >= {
        ("update", CLUSTER),
        ("create", "azure-native:network:PrivateEndpoint"),
    }
    assert sandbox.azure.of_type(CLUSTER)[0].inputs["disableLocalAccounts"] is True
    assert sandbox.run.drift().exit_code is ExitCode.OK


def test_the_sdks_type_aliases_keep_a_state_of_an_older_sdk(copy_of: CopyOf) -> None:
    sandbox = copy_of("staging")
    old = "azure-native:storage/v20230101:StorageAccount"
    rewrite_state(sandbox, "azure-native:storage:StorageAccount", old)
    assert old in {resource["type"] for resource in sandbox.deployment()["resources"]}

    without = sandbox.run.preview()
    assert {operation.op for operation in without.changes if "StorageAccount" in operation.type} != set()

    sandbox.change("environment", sdk_type_aliases=True)
    with_aliases = sandbox.up()
    assert [o for o in with_aliases.changes if o.op in {"create", "delete", "replace"}] == []
    assert old not in {resource["type"] for resource in sandbox.deployment()["resources"]}


def rewrite_state(sandbox: Sandbox, token: str, old: str) -> None:
    """Makes the state name a type as an older SDK would have."""
    checkpoints = list((sandbox.home / "state").rglob("staging.json"))
    assert checkpoints
    for checkpoint in checkpoints:
        text = checkpoint.read_text(encoding="utf-8")
        checkpoint.write_text(text.replace(token, old), encoding="utf-8")
