"""Scale sets: what every machine is, how it is replaced, and who can reach it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.machines.agents import MachineAgents
from components.machines.args import OdooVirtualMachinesArgs
from components.machines.scale_set import OdooVirtualMachines
from tests.unit.components import machines_example as example
from tests.unit.components.harness import Declared, arm_findings, declare, names, of_type, one, resolve, waits_for
from tests.unit.components.mocked_azure import arm_id

SET_ID = arm_id("Microsoft.compute/VirtualMachineScaleSet", "vmss-erp-test-weu-app")
RULE_ID = arm_id("Microsoft.monitor/DataCollectionRule", "dcr-vmss-erp-test-weu")


def machines(args: OdooVirtualMachinesArgs = example.APP, **changes: Any) -> list[Declared]:
    return declare(lambda: OdooVirtualMachines("app", replace(args, **changes)))


@pytest.fixture(scope="module")
def app() -> list[Declared]:
    return machines()


@pytest.fixture(scope="module")
def operations() -> list[Declared]:
    return machines(example.OPERATIONS_MACHINE)


def model(declared: list[Declared]) -> dict[str, Any]:
    profile: dict[str, Any] = one(declared, "compute:VirtualMachineScaleSet").inputs["virtualMachineProfile"]
    return profile


def test_machines_that_answer_are_balanced_scaled_and_watched(app: list[Declared]) -> None:
    assert names(app) == {
        ("compute:VirtualMachineScaleSet", "app-machines"),
        ("monitor:DataCollectionRuleAssociation", "app-logs"),
        ("monitor:DataCollectionRuleAssociation", "app-endpoint"),
        ("network:LoadBalancer", "app-balancer"),
        ("monitor:DiagnosticSetting", "app-balancer-logs"),
        ("monitor:AutoscaleSetting", "app-autoscale"),
        ("monitor:DiagnosticSetting", "app-autoscale-logs"),
    }


def test_a_machine_that_answers_nobody_stands_alone(operations: list[Declared]) -> None:
    assert names(operations) == {
        ("compute:VirtualMachineScaleSet", "app-machines"),
        ("monitor:DataCollectionRuleAssociation", "app-logs"),
        ("monitor:DataCollectionRuleAssociation", "app-endpoint"),
    }
    scale_set = one(operations, "compute:VirtualMachineScaleSet").inputs
    assert scale_set["sku"] == {"name": "Standard_D4ads_v5", "tier": "Standard", "capacity": 1}
    assert "zones" not in scale_set
    (nic,) = model(operations)["networkProfile"]["networkInterfaceConfigurations"]
    assert "loadBalancerBackendAddressPools" not in nic["ipConfigurations"][0]


def test_azure_resource_manager_takes_all_of_it(app: list[Declared], operations: list[Declared]) -> None:
    agents = declare(lambda: MachineAgents("agents", example.AGENTS))
    for declared in (app, operations, agents):
        assert arm_findings(declared) == []


def test_a_set_spreads_over_zones_and_starts_with_the_fewest(app: list[Declared]) -> None:
    scale_set = one(app, "compute:VirtualMachineScaleSet")
    assert scale_set.inputs["orchestrationMode"] == "Flexible"
    assert scale_set.inputs["zones"] == ["1", "2", "3"]
    assert scale_set.inputs["platformFaultDomainCount"] == 1
    assert scale_set.inputs["singlePlacementGroup"] is False
    assert scale_set.inputs["sku"] == {"name": "Standard_D8ads_v5", "tier": "Standard", "capacity": 2}
    assert scale_set.ignore_changes == ("sku.capacity",)


def test_a_machine_is_trusted_and_its_disk_is_under_our_key(app: list[Declared]) -> None:
    profile = model(app)
    assert profile["securityProfile"] == {
        "securityType": "TrustedLaunch",
        "encryptionAtHost": True,
        "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
    }
    assert profile["storageProfile"] == {
        "imageReference": {
            "publisher": "Canonical",
            "offer": "ubuntu-24_04-lts",
            "sku": "server",
            "version": "latest",
        },
        "osDisk": {
            "createOption": "FromImage",
            "deleteOption": "Delete",
            "caching": "ReadWrite",
            "diskSizeGB": 64,
            "managedDisk": {
                "storageAccountType": "Premium_LRS",
                "diskEncryptionSet": {"id": example.DISK_ENCRYPTION_SET},
            },
        },
    }


def test_nobody_signs_in_but_with_the_key_and_from_inside(app: list[Declared]) -> None:
    profile = model(app)
    linux = profile["osProfile"]["linuxConfiguration"]
    assert linux["disablePasswordAuthentication"] is True
    assert linux["ssh"]["publicKeys"] == [{"keyData": example.SSH_KEY, "path": "/home/odooadmin/.ssh/authorized_keys"}]
    assert "adminPassword" not in profile["osProfile"]
    (nic,) = profile["networkProfile"]["networkInterfaceConfigurations"]
    (address,) = nic["ipConfigurations"]
    assert "publicIPAddressConfiguration" not in address
    assert address["subnet"] == {"id": f"{example.SUBNETS}/snet-web"}
    assert nic["enableAcceleratedNetworking"] is True
    assert nic["enableIPForwarding"] is False


def test_machines_have_the_identities_given_and_no_other(app: list[Declared]) -> None:
    assert one(app, "compute:VirtualMachineScaleSet").inputs["identity"] == {
        "type": "UserAssigned",
        "userAssignedIdentities": [example.ODOO, example.INGRESS],
    }


def test_machines_are_replaced_when_their_model_changes(app: list[Declared]) -> None:
    scale_set = one(app, "compute:VirtualMachineScaleSet").inputs
    assert scale_set["upgradePolicy"] == {
        "mode": "Rolling",
        "rollingUpgradePolicy": {
            "maxSurge": True,
            "maxBatchInstancePercent": 20,
            "maxUnhealthyInstancePercent": 100,
            "maxUnhealthyUpgradedInstancePercent": 0,
            "prioritizeUnhealthyInstances": True,
            "pauseTimeBetweenBatches": "PT1M",
            "enableCrossZoneUpgrade": False,
        },
        "automaticOSUpgradePolicy": {
            "enableAutomaticOSUpgrade": False,
            "useRollingUpgradePolicy": True,
            "disableAutomaticRollback": False,
        },
    }
    assert scale_set["scaleInPolicy"] == {"rules": ["OldestVM"], "forceDeletion": False}


def test_machines_that_stay_are_patched_by_a_schedule_only_and_never_restarted(app: list[Declared]) -> None:
    assert model(app)["osProfile"]["linuxConfiguration"]["patchSettings"] == {
        "patchMode": "AutomaticByPlatform",
        "assessmentMode": "AutomaticByPlatform",
        "automaticByPlatformSettings": {"rebootSetting": "Never", "bypassPlatformSafetyChecksOnUserSchedule": True},
    }


@pytest.mark.parametrize(
    ("args", "minutes"), [(example.APP, 30), (example.OPERATIONS_MACHINE, 90)], ids=["app", "operations"]
)
def test_one_that_is_ill_is_replaced_but_not_while_it_starts(args: OdooVirtualMachinesArgs, minutes: int) -> None:
    declared = machines(args)
    assert one(declared, "compute:VirtualMachineScaleSet").inputs["automaticRepairsPolicy"] == {
        "enabled": True,
        "gracePeriod": f"PT{minutes}M",
        "repairAction": "Replace",
    }
    health = model(declared)["extensionProfile"]["extensions"][0]
    assert (health["publisher"], health["type"], health["typeHandlerVersion"]) == (
        "Microsoft.ManagedServices",
        "ApplicationHealthLinux",
        "2.0",
    )
    assert health["settings"] == {
        "protocol": "http",
        "port": 8081,
        "requestPath": "/state",
        "intervalInSeconds": 5,
        "numberOfProbes": 3,
        "gracePeriod": minutes * 60,
    }


def test_a_machine_is_told_before_it_goes(app: list[Declared]) -> None:
    notice = model(app)["scheduledEventsProfile"]["terminateNotificationProfile"]
    assert notice == {"enable": True, "notBeforeTimeout": "PT15M"}


def test_azure_keeps_what_machines_say_while_they_boot(app: list[Declared]) -> None:
    assert model(app)["diagnosticsProfile"] == {"bootDiagnostics": {"enabled": True}}


def test_the_agent_uses_its_identity_and_finds_rule_and_endpoint(app: list[Declared]) -> None:
    agent = model(app)["extensionProfile"]["extensions"][1]
    assert (agent["publisher"], agent["type"], agent["enableAutomaticUpgrade"]) == (
        "Microsoft.Azure.Monitor",
        "AzureMonitorLinuxAgent",
        True,
    )
    assert agent["settings"]["authentication"]["managedIdentity"] == {
        "identifier-name": "mi_res_id",
        "identifier-value": example.ODOO,
    }
    ties = {each.name: dict(each.inputs) for each in of_type(app, "monitor:DataCollectionRuleAssociation")}
    assert ties == {
        "app-logs": {
            "associationName": "machine-logs",
            "resourceUri": SET_ID,
            "dataCollectionRuleId": example.LOGS_RULE,
        },
        "app-endpoint": {
            "associationName": "configurationAccessEndpoint",
            "resourceUri": SET_ID,
            "dataCollectionEndpointId": example.ENDPOINT,
        },
    }


def test_custom_data_arrive_as_they_are_up_to_what_azure_takes() -> None:
    largest = "#" * 65_535
    for text in (example.CLOUD_INIT, largest):
        given = model(machines(machine=replace(example.APP.machine, custom_data=text)))["osProfile"]["customData"]
        assert base64.b64decode(given).decode() == text
    with pytest.raises(ValueError, match="custom data of 65536 bytes: Azure takes 65535"):
        machines(machine=replace(example.APP.machine, custom_data=largest + "#"))


def test_outputs_tell_where_machines_answer() -> None:
    def outputs(args: OdooVirtualMachinesArgs) -> dict[str, Any]:
        def make() -> dict[str, Any]:
            made = OdooVirtualMachines("app", args)
            return {"id": made.scale_set_id, "name": made.scale_set_name, "address": made.address}

        return resolve(make)

    assert outputs(example.APP) == {"id": SET_ID, "name": "vmss-erp-test-weu-app", "address": "10.40.3.20"}
    assert outputs(example.OPERATIONS_MACHINE)["address"] == ""


def test_machines_start_after_what_the_component_depends_on() -> None:
    def make() -> None:
        agents = MachineAgents("agents", example.AGENTS)
        OdooVirtualMachines("app", example.APP, pulumi.ResourceOptions(depends_on=[agents]))

    started = one(declare(make), "compute:VirtualMachineScaleSet")
    assert started.depends_on >= {"agents-logs-rule", "agents-metrics-odoo", "agents-metrics-operations"}


def test_agents_may_write_metrics_before_anybody_knows_the_rule() -> None:
    declared = declare(lambda: MachineAgents("agents", example.AGENTS))
    assert names(declared) == {
        ("monitor:DataCollectionRule", "agents-logs-rule"),
        ("authorization:RoleAssignment", "agents-metrics-odoo"),
        ("authorization:RoleAssignment", "agents-metrics-operations"),
    }
    for granted in of_type(declared, "authorization:RoleAssignment"):
        assert granted.inputs["scope"] == example.METRICS_RULE
        assert granted.inputs["roleDefinitionId"].endswith("/3913510d-42f4-4e42-8a64-420c390055eb")
    waited = waits_for(lambda: MachineAgents("agents", example.AGENTS).metrics_rule_id)
    assert waited >= {"agents-metrics-odoo", "agents-metrics-operations"}


def test_logs_and_counters_of_machines_go_to_the_log_workspace() -> None:
    rule = one(declare(lambda: MachineAgents("agents", example.AGENTS)), "monitor:DataCollectionRule").inputs
    (syslog,) = rule["dataSources"]["syslog"]
    (counters,) = rule["dataSources"]["performanceCounters"]
    assert {"auth", "authpriv", "daemon", "user"} <= set(syslog["facilityNames"])
    assert "Debug" not in syslog["logLevels"]
    assert r"Memory(*)\% Used Memory" in counters["counterSpecifiers"]
    assert counters["samplingFrequencyInSeconds"] == 60
    (destination,) = rule["destinations"]["logAnalytics"]
    assert destination["workspaceResourceId"] == example.WORKSPACE
    assert rule["dataFlows"] == [
        {"streams": ["Microsoft-Syslog", "Microsoft-Perf"], "destinations": [destination["name"]]}
    ]
    assert rule["dataCollectionEndpointId"] == example.ENDPOINT
