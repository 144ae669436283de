"""What holds for every environment of its own, whatever Odoo runs on."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from components.diagnostics import diagnosable
from components.lifecycle import LIFECYCLES
from stacks.scalars import Attachments
from tests.stacks.topologies import (
    ENVIRONMENTS,
    MACHINES,
    WEBHOOK,
    azure,
    declared_stack,
    environment_plan,
    resources,
    settings_of,
)
from tests.unit.components.harness import arm_findings, of_type, one
from tests.unit.components.sdk import input_names

# Types that are reached over the network, by the number of endpoints that each resource has.
BEHIND_ENDPOINTS = (
    "keyvault:Vault",
    "storage:StorageAccount",
    "containerregistry:Registry",
    "redisenterprise:RedisEnterprise",
    "monitor:PrivateLinkScope",
    "monitor:AzureMonitorWorkspace",
)
_LOCK = "authorization:ManagementLockByScope"


@pytest.mark.parametrize("variant", ENVIRONMENTS)
class TestEveryEnvironment:
    def test_passes_the_types_of_azure(self, variant: str) -> None:
        assert arm_findings(resources(variant)) == []

    def test_tags_all_that_takes_tags(self, variant: str) -> None:
        tags = environment_plan(variant).tags
        assert tags
        taggable = [each for each in azure(variant) if "tags" in input_names(each.type)]
        assert len(taggable) > 50
        assert [each.name for each in taggable if each.inputs.get("tags") != tags] == []

    def test_every_resource_belongs_to_a_component(self, variant: str) -> None:
        owners = {each.name for each in resources(variant) if each.type.startswith("odoo-azure:")}
        assert [each.name for each in azure(variant) if each.parent not in owners] == []

    def test_names_start_with_their_components_name(self, variant: str) -> None:
        assert [each.name for each in azure(variant) if not each.name.startswith(f"{each.parent}-")] == []

    def test_protects_what_holds_data_and_nothing_else(self, variant: str) -> None:
        given_up = variant == "released"
        for each in resources(variant):
            row = LIFECYCLES.get(each.type)
            assert each.protect is (row is not None and row.holds_data and not given_up), each.name

    def test_locks_what_cannot_be_had_again(self, variant: str) -> None:
        locked = {lock.inputs["scope"].split("/")[-2] for lock in of_type(resources(variant), _LOCK)}
        expected = {"Vault", "StorageAccount", "Server", "Registry", "Workspace"}
        assert locked >= expected if variant != "released" else locked == set()

    def test_logs_all_that_has_logs(self, variant: str) -> None:
        logged = [each.name for each in azure(variant) if diagnosable(each.type)]
        settings = of_type(resources(variant), "monitor:DiagnosticSetting")
        assert sorted(setting.name for setting in settings) == sorted(f"{name}-logs" for name in logged)
        workspace = declared_stack(variant).exports["log_workspace_id"]
        assert {setting.inputs["workspaceId"] for setting in settings} == {workspace}

    def test_every_service_has_a_private_endpoint_with_a_name(self, variant: str) -> None:
        services = [each for type_ in BEHIND_ENDPOINTS for each in of_type(resources(variant), type_)]
        endpoints = of_type(resources(variant), "network:PrivateEndpoint")
        reached = [each.inputs["privateLinkServiceConnections"][0]["privateLinkServiceId"] for each in endpoints]
        assert len(set(reached)) == len(services) == len(endpoints)
        blobs = settings_of(variant).odoo.attachments is Attachments.BLOB
        assert len(endpoints) == (13 if blobs else 12)
        assert {f"{each.name}-dns" for each in endpoints} == {
            each.name for each in of_type(resources(variant), "network:PrivateDnsZoneGroup")
        }

    def test_no_service_is_open(self, variant: str) -> None:
        closed = {
            each.name
            for each in azure(variant)
            if each.inputs.get("properties", each.inputs).get("publicNetworkAccess") == "Disabled"
        }
        services = [type_ for type_ in BEHIND_ENDPOINTS if type_ != "monitor:PrivateLinkScope"]
        for type_ in (*services, "containerservice:ManagedCluster"):
            assert closed >= {each.name for each in of_type(resources(variant), type_)}, type_
        scope = one(resources(variant), "monitor:PrivateLinkScope").inputs
        assert scope["accessModeSettings"]["ingestionAccessMode"] == "PrivateOnly"

    def test_secrets_are_secret(self, variant: str) -> None:
        secret = {(each.type.rpartition(":")[2], name) for each in resources(variant) for name in each.secrets}
        expected = {("Secret", "properties"), ("Server", "administratorLoginPassword")}
        if variant != MACHINES:
            expected.add(("kubernetes", "kubeconfig"))
        assert secret == expected | ({("ActionGroup", "webhookReceivers")} if variant == "hub" else set())
        for each in azure(variant):
            shown = {key: value for key, value in each.inputs.items() if key not in each.secrets}
            assert "generated-" not in repr(shown), each.name
            assert WEBHOOK not in repr(shown), each.name

    def test_nothing_is_named_by_the_sdks_old_types(self, variant: str) -> None:
        assert [each.name for each in azure(variant) if each.aliases] == []

    def test_groups_carry_the_planned_names_in_the_planned_regions(self, variant: str) -> None:
        plan = environment_plan(variant)
        groups = {
            each.inputs["resourceGroupName"]: each.inputs["location"]
            for each in of_type(resources(variant), "resources:ResourceGroup")
        }
        planned = asdict(plan.names.resource_groups)
        assert groups == {
            name: plan.recovery_region if purpose == "recovery" else plan.location for purpose, name in planned.items()
        }
        used = {each.inputs["resourceGroupName"] for each in azure(variant) if "resourceGroupName" in each.inputs}
        assert used - {"NetworkWatcherRG", "rg-connectivity-weu"} <= set(planned.values())
