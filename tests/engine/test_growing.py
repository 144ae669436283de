"""Machines: a new image replaces them and not their set; and the way to a cluster replaces them, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.result import Result
from sandbox.tally import Operation
from tests.engine.conftest import Sandbox

CopyOf = Callable[[str], Sandbox]
SCALE_SET = "azure-native:compute:VirtualMachineScaleSet"
NEW_IMAGE = f"odoo@sha256:{'5e' * 32}"
HOLD_DATA = (
    "azure-native:containerregistry:",
    "azure-native:dbforpostgresql:",
    "azure-native:keyvault:",
    "azure-native:monitor:AzureMonitorWorkspace",
    "azure-native:operationalinsights:",
    "azure-native:redisenterprise:",
    "azure-native:storage:",
    "random:",
)
RUNTIME = (
    "azure-native:authorization:RoleAssignment",
    "azure-native:compute:VirtualMachineScaleSet",
    "azure-native:containerservice:",
    "azure-native:maintenance:",
    "azure-native:managedidentity:",
    "azure-native:monitor:",
    "azure-native:network:LoadBalancer",
    "azure-native:privatedns:",
    "kubernetes:",
    "odoo-azure:",
    "pulumi:providers:kubernetes",
)
"""What Odoo runs on: machines or a cluster, their rights, their collection of logs, the names of the API server."""


def changed(result: Result) -> list[Operation]:
    """What a run changed, but for the stack's outputs."""
    return [each for each in result.changes if each.type != "pulumi:pulumi:Stack"]


def kept(sandbox: Sandbox) -> dict[str, str]:
    """What holds data, by id: a nonce is given at creation, so that one made anew is told from one that stayed."""
    return {each.id: each.nonce for each in sandbox.azure.all() if each.type.startswith(HOLD_DATA)}


def test_a_new_image_changes_the_model_of_the_sets_and_nothing_else(copy_of: CopyOf) -> None:
    sandbox = copy_of("midmarket")
    sandbox.change("odoo", image=NEW_IMAGE)
    result = sandbox.up()
    assert {(each.op, each.type) for each in changed(result)} == {("update", SCALE_SET)}
    assert len(changed(result)) == 2
    for scale_set in sandbox.azure.of_type(SCALE_SET):
        assert scale_set.inputs["upgradePolicy"]["mode"] == "Rolling"


def test_from_machines_to_a_cluster_only_the_runtime_comes_and_goes(copy_of: CopyOf) -> None:
    sandbox = copy_of("midmarket")
    before = kept(sandbox)
    sandbox.change("environment", topology="dedicated-aks")

    result = sandbox.up()
    operations = changed(result)
    assert {each.op for each in operations} == {"create", "update", "delete"}
    come_and_gone = [each for each in operations if each.op != "update"]
    assert [
        each.urn for each in come_and_gone if not each.type.startswith((*RUNTIME, "azure-native:keyvault:Secret"))
    ] == []
    assert {each.type for each in come_and_gone if each.op == "delete"} >= {
        SCALE_SET,
        "azure-native:network:LoadBalancer",
    }
    assert sandbox.azure.of_type(SCALE_SET) == []
    after = kept(sandbox)
    assert {each: after.get(each) for each in before} == before

    assert sandbox.run.preview().changes == ()
