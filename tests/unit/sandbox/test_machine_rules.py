"""Rules over the inputs of machines and what serves them: the good body passes, one change does not."""

import base64
import re
from typing import Any

import pytest

from sandbox.azure.rules.machine_profile import generation
from sandbox.azure.rules.time_spans import minutes_of
from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox import machine_bodies as bodies
from tests.unit.sandbox.harness import Azure, Object, changed

SET, VM, LB = "compute:VirtualMachineScaleSet", "compute:VirtualMachine", "network:LoadBalancer"
AUTOSCALE, WINDOW = "monitor:AutoscaleSetting", "maintenance:MaintenanceConfiguration"
GOOD: dict[str, Object] = {
    SET: bodies.SCALE_SET,
    VM: bodies.MACHINE,
    LB: bodies.LOAD_BALANCER,
    AUTOSCALE: bodies.AUTOSCALE,
    WINDOW: bodies.WINDOW,
}
SAME = ""  # the finding is at the changed path
P = "virtualMachineProfile"
DISK, IMAGE, LINUX = (
    f"{P}.storageProfile.osDisk",
    f"{P}.storageProfile.imageReference",
    f"{P}.osProfile.linuxConfiguration",
)
EVENTS, NETWORK, EXTENSIONS = f"{P}.scheduledEventsProfile", f"{P}.networkProfile", bodies.EXTENSION_LIST
ROLLING, FRONT, RULE = "upgradePolicy.rollingUpgradePolicy", "frontendIPConfigurations.0", "loadBalancingRules.0"
TRIGGER, ACTION = "profiles.0.rules.0.metricTrigger", "profiles.0.rules.0.scaleAction"
SCHEDULE = "profiles.2.recurrence.schedule"
JAMMY = {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts", "version": "latest"}
GALLERY = "/subscriptions/x/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/erp"
OTHER_BALANCER = bodies.BALANCER.replace("/lb", "/other")
ALWAYS = bodies.AUTOSCALE["profiles"][0]
CASES: list[tuple[str, str, object, str]] = [
    (SET, "sku.name", "D4ads_v5", SAME),
    (SET, "vmScaleSetName", "_vmss", SAME),
    (SET, "orchestrationMode", "Both", SAME),
    (SET, "platformFaultDomainCount", ..., SAME),
    (SET, "platformFaultDomainCount", 2, SAME),
    (SET, "singlePlacementGroup", True, SAME),
    (SET, "overprovision", True, SAME),
    (SET, "identity", {"type": "SystemAssigned"}, "identity.type"),
    (SET, f"{NETWORK}.healthProbe", {"id": f"{bodies.BALANCER}/probes/health"}, SAME),
    (SET, f"{NETWORK}.networkApiVersion", ..., SAME),
    (SET, "zones", ["4"], SAME),
    (SET, "location", "ukwest", "zones"),
    (SET, "sku.capacity", 1001, SAME),
    (SET, EXTENSIONS, [], SAME),
    (SET, f"{EXTENSIONS}.0.type", "CustomScript", EXTENSIONS),
    (SET, f"{ROLLING}.maxBatchInstancePercent", 4, SAME),
    (SET, f"{ROLLING}.maxUnhealthyInstancePercent", 101, SAME),
    (SET, f"{ROLLING}.maxUnhealthyUpgradedInstancePercent", 101, SAME),
    (SET, f"{ROLLING}.pauseTimeBetweenBatches", "2 minutes", SAME),
    (SET, f"{ROLLING}.maxSurge", True, SAME),
    (SET, f"{ROLLING}.rollbackFailedInstancesOnPolicyBreach", True, SAME),
    (SET, f"{IMAGE}.version", "24.04.202611010", SAME),
    (SET, IMAGE, {"id": f"{GALLERY}/versions/1.0.0"}, f"{IMAGE}.id"),
    (SET, IMAGE, {"id": GALLERY.replace("/galleries/g", "")}, f"{IMAGE}.id"),
    (SET, f"{LINUX}.patchSettings.patchMode", "AutomaticByPlatform", SAME),
    (SET, "automaticRepairsPolicy.gracePeriod", "PT5M", SAME),
    (SET, "automaticRepairsPolicy.gracePeriod", "PT91M", SAME),
    (SET, f"{EVENTS}.terminateNotificationProfile.notBeforeTimeout", "PT16M", SAME),
    (SET, f"{EVENTS}.osImageNotificationProfile.notBeforeTimeout", "PT10M", SAME),
    (SET, f"{P}.priority", "Spot", f"{EVENTS}.terminateNotificationProfile.enable"),
    (SET, f"{EXTENSIONS}.1.name", "health", SAME),
    (SET, f"{EXTENSIONS}.1.publisher", ..., SAME),
    (SET, f"{EXTENSIONS}.1.provisionAfterExtensions", ["docker"], SAME),
    (SET, f"{EXTENSIONS}.0.settings.requestPath", ..., SAME),
    (SET, f"{EXTENSIONS}.0.settings.protocol", "tcp", f"{EXTENSIONS}.0.settings.requestPath"),
    (SET, f"{EXTENSIONS}.0.settings", {"protocol": "tcp"}, f"{EXTENSIONS}.0.settings.port"),
    (SET, f"{EXTENSIONS}.0.settings.intervalInSeconds", 4, SAME),
    (SET, f"{EXTENSIONS}.0.settings.gracePeriod", 14401, SAME),
    (SET, f"{P}.osProfile.allowExtensionOperations", False, SAME),
    (SET, f"{P}.osProfile.adminUsername", "root", SAME),
    (SET, f"{P}.osProfile.adminUsername", "u" * 65, SAME),
    (SET, f"{P}.osProfile.computerNamePrefix", "sixteen-letters-", SAME),
    (SET, f"{P}.osProfile.customData", "#cloud-config", SAME),
    (SET, f"{P}.osProfile.customData", base64.b64encode(b"#" * 65536).decode(), SAME),
    (SET, f"{P}.userData", "#cloud-config", SAME),
    (SET, f"{LINUX}.disablePasswordAuthentication", False, f"{P}.osProfile.adminPassword"),
    (SET, f"{LINUX}.ssh", ..., f"{LINUX}.ssh.publicKeys"),
    (SET, f"{LINUX}.ssh.publicKeys.0.keyData", "ecdsa-sha2-nistp256 AAAA", SAME),
    (SET, f"{LINUX}.ssh.publicKeys.0.path", "/root/.ssh/authorized_keys", SAME),
    (SET, "sku.name", "Standard_D4_v5", f"{DISK}.managedDisk.storageAccountType"),
    (SET, "sku.name", "Standard_D4pds_v5", SAME),
    (SET, f"{IMAGE}.sku", "server-arm64", "sku.name"),
    (SET, IMAGE, JAMMY, f"{IMAGE}.sku"),
    (SET, f"{IMAGE}.sku", "server-gen1", SAME),
    (SET, "sku.name", "Standard_D4_v3", SAME),
    (SET, "sku.name", "Standard_A4_v2", SAME),
    (SET, f"{P}.securityProfile.securityType", ..., SAME),
    (SET, f"{P}.storageProfile.dataDisks.1.lun", 0, SAME),
    (VM, "hardwareProfile.vmSize", "Large", SAME),
    (VM, "osProfile.adminUsername", "admin", SAME),
    (VM, "vmName", "vm.", SAME),
    (LB, "sku", ..., "sku.name"),
    (LB, "sku.name", "Basic", SAME),
    (LB, f"{FRONT}.subnet", ..., SAME),
    (LB, f"{FRONT}.publicIPAddress", {"id": "/subscriptions/x"}, f"{FRONT}.subnet"),
    (LB, f"{FRONT}.privateIPAddress", ..., SAME),
    (LB, "probes.1.name", "health", SAME),
    (LB, f"{RULE}.frontendPort", 65535, SAME),
    (LB, f"{RULE}.backendPort", 65536, SAME),
    (LB, f"{RULE}.frontendPort", 0, f"{RULE}.protocol"),
    (LB, f"{RULE}.protocol", "All", SAME),
    (LB, f"{RULE}.idleTimeoutInMinutes", 101, SAME),
    (LB, f"{RULE}.frontendIPConfiguration.id", f"{OTHER_BALANCER}/frontendIPConfigurations/front", SAME),
    (LB, f"{RULE}.probe.id", f"{bodies.BALANCER}/probes/none", SAME),
    (LB, f"{RULE}.backendAddressPools.0.id", f"{bodies.BALANCER}/backendAddressPools/none", SAME),
    (LB, "loadBalancingRules.1.frontendPort", 443, SAME),
    (LB, "probes.0.requestPath", ..., SAME),
    (LB, "probes.1.requestPath", "/health", SAME),
    (LB, "probes.0.port", 0, SAME),
    (LB, "probes.0.intervalInSeconds", 4, SAME),
    (AUTOSCALE, "targetResourceUri", ..., SAME),
    (AUTOSCALE, "autoscaleSettingName", "a/b", SAME),
    (AUTOSCALE, "profiles", [], SAME),
    (AUTOSCALE, "profiles", [ALWAYS] + bodies.AUTOSCALE["profiles"][1:2] * 20, SAME),
    (AUTOSCALE, "profiles.2.recurrence", ..., "profiles.2"),
    (AUTOSCALE, "profiles", bodies.AUTOSCALE["profiles"][1:2], SAME),
    (AUTOSCALE, "profiles.0.capacity.minimum", "5", SAME),
    (AUTOSCALE, "profiles.0.capacity.default", "5", SAME),
    (AUTOSCALE, "profiles.0.capacity.maximum", "many", SAME),
    (AUTOSCALE, "profiles.0.rules", [bodies.SCALE_RULE] * 11, SAME),
    (AUTOSCALE, "profiles.1.recurrence", bodies.AUTOSCALE["profiles"][2]["recurrence"], "profiles.1.fixedDate"),
    (AUTOSCALE, "profiles.1.fixedDate.end", "2026-12-27T00:00:00Z", SAME),
    (AUTOSCALE, "profiles.2.recurrence.frequency", "Month", SAME),
    (AUTOSCALE, f"{SCHEDULE}.days", ["Mon"], SAME),
    (AUTOSCALE, f"{SCHEDULE}.hours", [24], SAME),
    (AUTOSCALE, f"{SCHEDULE}.minutes", [60], SAME),
    (AUTOSCALE, f"{TRIGGER}.timeGrain", "PT30S", SAME),
    (AUTOSCALE, f"{TRIGGER}.timeWindow", "PT4M", SAME),
    (AUTOSCALE, f"{TRIGGER}.timeWindow", "PT12H1M", SAME),
    (AUTOSCALE, f"{ACTION}.cooldown", "P8D", SAME),
    (AUTOSCALE, f"{ACTION}.cooldown", "soon", SAME),
    (AUTOSCALE, f"{ACTION}.value", "0", SAME),
    (WINDOW, "duration", "04:59", SAME),
    (WINDOW, "duration", "24:00", SAME),
    (WINDOW, "duration", "5h", SAME),
    (WINDOW, "maintenanceScope", "InGuestPatch", "duration"),
    (WINDOW, "maintenanceScope", "InGuestPatch", "extensionProperties.InGuestPatchMode"),
    (WINDOW, "startDateTime", "2026-12-06T02:00:00Z", SAME),
    (WINDOW, "expirationDateTime", "2026-12-06 02:00", SAME),
    (WINDOW, "recurEvery", "Month Third Sunday", SAME),
    (WINDOW, "recurEvery", "2Weeks", SAME),
    (WINDOW, "recurEvery", "8Days", SAME),
    (WINDOW, "recurEvery", "Sundays", SAME),
]  # fmt: skip


def found(azure: Azure, kind: str, inputs: Object) -> set[str]:
    return {failure.path for failure in azure.check(kind, inputs)}


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_body_passes(azure: Azure, kind: str) -> None:
    assert azure.check(kind, GOOD[kind]) == []


@pytest.mark.parametrize(("kind", "path", "value", "finding"), CASES)
def test_a_bad_value_is_refused_at_its_path(azure: Azure, kind: str, path: str, value: object, finding: str) -> None:
    where = re.sub(r"\.(\d+)", r"[\1]", finding or path)
    assert where in found(azure, kind, changed(GOOD[kind], path, value))


def _unknown_at_each(value: Any) -> list[Any]:
    """The same structure, each time with one part that a preview does not know."""
    if isinstance(value, dict):
        return [{**value, key: other} for key, item in value.items() for other in (UNKNOWN, *_unknown_at_each(item))]
    if isinstance(value, list):
        return [
            [*value[:index], other, *value[index + 1 :]]
            for index, item in enumerate(value)
            for other in (UNKNOWN, *_unknown_at_each(item))
        ]
    return []


@pytest.mark.parametrize("kind", GOOD)
def test_nothing_is_said_about_values_that_a_preview_does_not_know(azure: Azure, kind: str) -> None:
    for inputs in _unknown_at_each(GOOD[kind]):
        assert azure.check(kind, inputs) == [], inputs


def test_a_balance_of_zones_needs_two(azure: Azure) -> None:
    assert found(azure, SET, changed(bodies.SCALE_SET, "zones", ["2"]) | {"zoneBalance": True}) == {"zoneBalance"}
    assert found(azure, SET, bodies.SCALE_SET | {"zoneBalance": True}) == set()


def test_without_zones_machines_spread_over_one_to_three_fault_domains(azure: Azure) -> None:
    regional = changed(bodies.SCALE_SET, "zones", ...)
    assert found(azure, SET, regional | {"platformFaultDomainCount": 3}) == set()
    assert found(azure, SET, regional | {"platformFaultDomainCount": 5}) == {"platformFaultDomainCount"}


def test_what_only_flexible_orchestration_refuses_uniform_takes(azure: Azure) -> None:
    uniform: Object = bodies.SCALE_SET | {
        "orchestrationMode": "Uniform",
        "overprovision": True,
        "singlePlacementGroup": True,
        "identity": {"type": "SystemAssigned"},
    }
    assert found(azure, SET, uniform) == set()
    assert found(azure, SET, changed(uniform, "sku.capacity", 101)) == {"sku.capacity"}
    probed = changed(uniform, f"{NETWORK}.healthProbe", {"id": f"{bodies.BALANCER}/probes/health"})
    assert found(azure, SET, probed) == {f"{NETWORK}.healthProbe"}
    assert found(azure, SET, changed(probed, EXTENSIONS, [])) == set()


@pytest.mark.parametrize(
    ("size", "changes", "finding"),
    [
        ("Standard_D4ads_v5", {}, ""),
        ("Standard_D2ads_v5", {"diskSizeGB": 75}, f"{DISK}.diskSizeGB"),
        ("Standard_D4s_v5", {}, f"{DISK}.diffDiskSettings.option"),
        ("Standard_D4s_v3", {}, ""),
        ("Standard_D4ads_v5", {"caching": "ReadWrite"}, f"{DISK}.caching"),
    ],
)
def test_an_ephemeral_disk_fits_the_local_disk(azure: Azure, size: str, changes: Object, finding: str) -> None:
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {"diffDiskSettings": {"option": "Local"}} | changes
    inputs = changed(changed(bodies.SCALE_SET, "sku.name", size), DISK, disk)
    assert found(azure, SET, inputs) == ({finding} if finding else set())


def test_an_ephemeral_disk_with_a_key_of_ours_needs_encryption_at_host(azure: Azure) -> None:
    managed = {"storageAccountType": "Premium_LRS", "diskEncryptionSet": {"id": "/subscriptions/x"}}
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {
        "diffDiskSettings": {"option": "Local"},
        "managedDisk": managed,
    }
    inputs = changed(bodies.SCALE_SET, DISK, disk)
    assert found(azure, SET, inputs) == set()
    open_host = changed(inputs, f"{P}.securityProfile.encryptionAtHost", ...)
    assert found(azure, SET, open_host) == {f"{P}.securityProfile.encryptionAtHost"}


def test_without_trusted_launch_the_guest_state_takes_no_room(azure: Azure) -> None:
    disk = bodies.PROFILE["storageProfile"]["osDisk"] | {"diffDiskSettings": {"option": "Local"}, "diskSizeGB": 75}
    inputs = changed(changed(bodies.SCALE_SET, "sku.name", "Standard_D2ads_v5"), DISK, disk)
    assert found(azure, SET, changed(inputs, f"{P}.securityProfile", {"encryptionAtHost": True})) == set()


def test_new_sizes_need_an_image_of_the_second_generation(azure: Azure) -> None:
    plain = changed(changed(bodies.SCALE_SET, f"{P}.securityProfile", {}), IMAGE, JAMMY)
    assert found(azure, SET, changed(plain, "sku.name", "Standard_D4ads_v6")) == {"sku.name"}
    assert found(azure, SET, plain) == set()


def test_platform_patches_need_the_agent(azure: Azure) -> None:
    linux = {"patchSettings": {"patchMode": "AutomaticByPlatform"}, "provisionVMAgent": False}
    machine = changed(bodies.MACHINE, "osProfile.linuxConfiguration", bodies.LINUX | linux)
    assert found(azure, VM, machine) == {"osProfile.linuxConfiguration.patchSettings.patchMode"}


def test_a_disk_that_is_set_up_already_needs_no_login(azure: Azure) -> None:
    assert found(azure, VM, changed(bodies.MACHINE, "osProfile", ...)) == set()


def test_a_scale_set_without_a_profile_takes_machines_later(azure: Azure) -> None:
    empty = {key: bodies.SCALE_SET[key] for key in ("vmScaleSetName", "orchestrationMode", "platformFaultDomainCount")}
    assert found(azure, SET, empty) == set()


def test_a_scale_set_may_mix_sizes(azure: Azure) -> None:
    assert found(azure, SET, changed(bodies.SCALE_SET, "sku.name", "Mix")) == set()


@pytest.mark.parametrize(
    ("sku", "offer", "expected"),
    [
        ("server", "ubuntu-24_04-lts", None),
        ("22_04-lts-gen2", "0001-com-ubuntu-server-jammy", 2),
        ("22_04-lts", "0001-com-ubuntu-server-jammy", 1),
        ("2019-datacenter-gensecond", "WindowsServer", 2),
    ],
)
def test_names_tell_the_generation_of_an_image(sku: str, offer: str, expected: int | None) -> None:
    assert generation({"sku": sku, "offer": offer}) == expected


def test_an_image_of_a_gallery_has_no_generation_in_its_name() -> None:
    assert generation({"id": GALLERY}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT30M", 30),
        ("PT1H30M", 90),
        ("P7D", 10080),
        ("PT30S", 0.5),
        ("P", None),
        ("PT", None),
        ("30", None),
        (5, None),
    ],
)
def test_lengths_of_time_are_read(text: object, expected: float | None) -> None:
    assert minutes_of(text) == expected


def test_a_port_of_another_protocol_is_free(azure: Azure) -> None:
    same_port = changed(bodies.LOAD_BALANCER, "loadBalancingRules.1.frontendPort", 443)
    assert found(azure, LB, changed(same_port, "loadBalancingRules.1.protocol", "Udp")) == set()


def test_a_high_availability_port_is_a_rule_for_all(azure: Azure) -> None:
    ports = {"frontendPort": 0, "backendPort": 0, "protocol": "All"}
    rule = bodies.LOAD_BALANCER["loadBalancingRules"][0] | ports
    assert found(azure, LB, bodies.LOAD_BALANCER | {"loadBalancingRules": [rule]}) == set()


@pytest.mark.parametrize("text", ["Day", "3Days", "7 Days", "Week", "Week Saturday,Sunday", "1Week Monday"])
def test_images_of_systems_come_within_a_week(azure: Azure, text: str) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"recurEvery": text}) == set()


@pytest.mark.parametrize("text", ["Month", "2Months", "Month day23,day24", "Month Last Sunday Offset-3", "3Weeks"])
def test_other_maintenance_may_come_less_often(azure: Azure, text: str) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"recurEvery": text, "maintenanceScope": "Host"}) == set()


def test_patches_in_the_machine_come_in_short_windows(azure: Azure) -> None:
    patches = bodies.WINDOW | {"maintenanceScope": "InGuestPatch", "extensionProperties": {"InGuestPatchMode": "User"}}
    assert found(azure, WINDOW, patches | {"duration": "03:55"}) == set()
    assert found(azure, WINDOW, patches | {"duration": "03:56"}) == {"duration"}


def test_other_scopes_have_no_shortest_window(azure: Azure) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"maintenanceScope": "SQLDB", "duration": "01:00"}) == set()


def test_a_date_that_is_none_is_not_compared(azure: Azure) -> None:
    odd = changed(bodies.AUTOSCALE, "profiles.1.fixedDate.end", "next year")
    assert found(azure, AUTOSCALE, odd) == set()
