"""Rules over the inputs of machines and what serves them: the good body passes, one change does not."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox import machine_bodies as bodies
from tests.unit.sandbox.harness import Azure, Object, changed
from tests.unit.sandbox.machine_findings import (
    AUTOSCALE,
    DISK,
    EVENTS,
    EXTENSIONS,
    GALLERY,
    IMAGE,
    JAMMY,
    LB,
    LINUX,
    NETWORK,
    SET,
    VM,
    WINDOW,
    P,
    found,
)

GOOD: dict[str, Object] = {
    SET: bodies.SCALE_SET,
    VM: bodies.MACHINE,
    LB: bodies.LOAD_BALANCER,
    AUTOSCALE: bodies.AUTOSCALE,
    WINDOW: bodies.WINDOW,
}
SAME = ""  # the finding is at the changed path
ROLLING, FRONT, RULE = "upgradePolicy.rollingUpgradePolicy", "frontendIPConfigurations.0", "loadBalancingRules.0"
TRIGGER, ACTION = "profiles.0.rules.0.metricTrigger", "profiles.0.rules.0.scaleAction"
SCHEDULE = "profiles.2.recurrence.schedule"
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
