"""When machines get security patches, and which machines."""

from __future__ import annotations

import pytest

from components.machines.patches import MachinePatches
from tests.unit.components import machines_example as example
from tests.unit.components.harness import Declared, arm_findings, declare, names, one, resolve
from tests.unit.components.mocked_azure import RESOURCE_GROUP, arm_id

SCHEDULE_ID = arm_id("Microsoft.maintenance/MaintenanceConfiguration", "mc-erp-test-weu")


@pytest.fixture(scope="module")
def patches() -> list[Declared]:
    return declare(lambda: MachinePatches("patches", example.PATCHES))


def test_critical_and_security_patches_come_on_the_day_given_and_restart_nothing(patches: list[Declared]) -> None:
    assert one(patches, "maintenance:MaintenanceConfiguration").inputs == {
        "resourceName": "mc-erp-test-weu",
        "resourceGroupName": RESOURCE_GROUP,
        "location": "westeurope",
        "tags": {"environment": "test", "owner": "finance-platform"},
        "maintenanceScope": "InGuestPatch",
        "visibility": "Custom",
        "extensionProperties": {"InGuestPatchMode": "User"},
        "installPatches": {
            "rebootSetting": "Never",
            "linuxParameters": {"classificationsToInclude": ["Critical", "Security"]},
        },
        "startDateTime": "2026-12-01 02:00",
        "duration": "03:55",
        "recurEvery": "1Month Third Sunday",
        "timeZone": "W. Europe Standard Time",
    }


def test_they_are_for_every_machine_of_the_group_whenever_it_was_made(patches: list[Declared]) -> None:
    assert one(patches, "maintenance:ConfigurationAssignmentsForResourceGroup").inputs == {
        "configurationAssignmentName": "mc-erp-test-weu",
        "resourceGroupName": RESOURCE_GROUP,
        "location": "westeurope",
        "maintenanceConfigurationId": SCHEDULE_ID,
        "filter": {
            "resourceTypes": ["Microsoft.Compute/virtualMachines"],
            "locations": ["westeurope"],
            "osTypes": ["Linux"],
        },
    }


def test_a_schedule_and_its_machines_are_all_there_is_and_azure_resource_manager_takes_them(
    patches: list[Declared],
) -> None:
    assert names(patches) == {
        ("maintenance:MaintenanceConfiguration", "patches-schedule"),
        ("maintenance:ConfigurationAssignmentsForResourceGroup", "patches-machines"),
    }
    assert arm_findings(patches) == []


def test_the_output_is_the_schedule() -> None:
    assert resolve(lambda: {"id": MachinePatches("patches", example.PATCHES).configuration_id}) == {"id": SCHEDULE_ID}
