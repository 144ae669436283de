"""Virtual machine scale sets: orchestration, zones, upgrades, repairs.

learn.microsoft.com azure/virtual-machine-scale-sets: virtual-machine-scale-sets-orchestration-modes,
-automatic-upgrade, -configure-rolling-upgrades, -maxsurge, -automatic-instance-repairs, -terminate-notification;
the SDK's descriptions of the arguments; percentages as the API's own description bounds them
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure.regions import normal, regions
from sandbox.azure.rulebook import static
from sandbox.azure.rules.machine_extensions import EXTENSIONS, reports_health
from sandbox.azure.rules.machine_profile import PLATFORM
from sandbox.azure.rules.scope import refuse
from sandbox.azure.rules.time_spans import minutes_of
from sandbox.provider.errors import Failure
from sandbox.provider.values import UNKNOWN, Object, dig, has_unknown, known_items

SCALE_SET: Final = "azure-native:compute:VirtualMachineScaleSet"
ZONES: Final = ("1", "2", "3")
MOST_MACHINES: Final = 1000
MOST_IN_A_PLACEMENT_GROUP: Final = 100
REGIONAL_FAULT_DOMAINS: Final = range(1, 4)
PERCENTAGES: Final = {
    "maxBatchInstancePercent": (5, 100),
    "maxUnhealthyInstancePercent": (5, 100),
    "maxUnhealthyUpgradedInstancePercent": (0, 100),
}
GRACE_MINUTES: Final = (10, 90)
NOTICE_MINUTES: Final = (5, 15)
IMAGE_NOTICE_MINUTES: Final = 15
GALLERY: Final = "/microsoft.compute/galleries/"
PROBE: Final = "virtualMachineProfile.networkProfile.healthProbe"


def is_flexible(inputs: Object) -> bool:
    return bool(dig(inputs, "orchestrationMode") == "Flexible")


@static("compute:VirtualMachineScaleSet")
def orchestration(inputs: Object) -> Iterator[Failure]:
    """What scale sets with flexible orchestration lack, and what they need."""
    if not is_flexible(inputs):
        return
    if "platformFaultDomainCount" not in inputs:
        yield Failure("platformFaultDomainCount", "required with orchestrationMode Flexible")
    if dig(inputs, "overprovision"):
        yield refuse("overprovision", True, "false with orchestrationMode Flexible")
    kind = dig(inputs, "identity", "type")
    if isinstance(kind, str) and "SystemAssigned" in kind:
        yield refuse("identity.type", kind, "UserAssigned with orchestrationMode Flexible")
    network = dig(inputs, "virtualMachineProfile", "networkProfile") or {}
    if dig(network, "healthProbe"):
        yield Failure(PROBE, "not with orchestrationMode Flexible: use the application health extension")
    if dig(network, "networkInterfaceConfigurations") and "networkApiVersion" not in network:
        path = "virtualMachineProfile.networkProfile.networkApiVersion"
        yield Failure(path, "required for networkInterfaceConfigurations with orchestrationMode Flexible")


@static("compute:VirtualMachineScaleSet")
def zones(inputs: Object) -> Iterator[Failure]:
    """Zones that the region has; machines spread over them as far as possible."""
    given, place = known_items(inputs.get("zones")), normal(inputs.get("location"))
    for zone in given:
        if zone not in ZONES:
            yield refuse("zones", zone, ", ".join(ZONES))
    if given and place in regions() and not regions()[place]["zones"]:
        yield refuse("zones", given, f"none: {place} has no zones")
    domains = inputs.get("platformFaultDomainCount")
    if isinstance(domains, int) and is_flexible(inputs):
        if given and domains != 1:
            yield refuse("platformFaultDomainCount", domains, "1 with zones")
        elif domains not in REGIONAL_FAULT_DOMAINS:
            yield refuse("platformFaultDomainCount", domains, "1 to 3")
    if given and is_flexible(inputs) and dig(inputs, "singlePlacementGroup"):
        yield refuse("singlePlacementGroup", True, "false with zones")
    if dig(inputs, "zoneBalance") and len(given) < 2 and inputs.get("zones") is not UNKNOWN:  # noqa: PLR2004 - a balance
        yield refuse("zoneBalance", True, "false without a second zone")


@static("compute:VirtualMachineScaleSet")
def capacity(inputs: Object) -> Iterator[Failure]:
    most = MOST_IN_A_PLACEMENT_GROUP if dig(inputs, "singlePlacementGroup") else MOST_MACHINES
    count = dig(inputs, "sku", "capacity")
    if isinstance(count, int) and not 0 <= count <= most:
        yield refuse("sku.capacity", count, f"0 to {most}")


@static("compute:VirtualMachineScaleSet")
def health(inputs: Object) -> Iterator[Failure]:
    """What acts on the health of machines needs one source that reports it."""
    probe = dig(inputs, *PROBE.split("."))
    if probe and reports_health(inputs):
        yield Failure(PROBE, "give either a probe or the application health extension")
    if probe or reports_health(inputs) or has_unknown(dig(inputs, "virtualMachineProfile", "networkProfile")):
        return
    users = {
        "upgradePolicy.mode Rolling": dig(inputs, "upgradePolicy", "mode") == "Rolling",
        "automatic OS upgrades": upgrades_automatically(inputs),
        "automaticRepairsPolicy": dig(inputs, "automaticRepairsPolicy", "enabled") is True,
    }
    for user in (name for name, uses in users.items() if uses):
        yield Failure(EXTENSIONS, f"{user} needs the application health extension")


def upgrades_automatically(inputs: Object) -> bool:
    """Whether the platform replaces the system disks with each new image."""
    return dig(inputs, "upgradePolicy", "automaticOSUpgradePolicy", "enableAutomaticOSUpgrade") is True


@static("compute:VirtualMachineScaleSet")
def rolling_upgrades(inputs: Object) -> Iterator[Failure]:
    where, policy = "upgradePolicy.rollingUpgradePolicy", dig(inputs, "upgradePolicy", "rollingUpgradePolicy")
    for key, (least, most) in PERCENTAGES.items():
        value = dig(policy, key)
        if isinstance(value, int) and not least <= value <= most:
            yield refuse(f"{where}.{key}", value, f"{least} to {most}")
    pause = dig(policy, "pauseTimeBetweenBatches")
    if pause is not None and minutes_of(pause) is None:
        yield refuse(f"{where}.pauseTimeBetweenBatches", pause, "a length of time such as PT5M")
    if dig(policy, "maxSurge") and upgrades_automatically(inputs) and is_flexible(inputs):
        yield refuse(f"{where}.maxSurge", True, "false with automatic OS upgrades and orchestrationMode Flexible")
    if dig(policy, "rollbackFailedInstancesOnPolicyBreach") and is_flexible(inputs):
        yield refuse(f"{where}.rollbackFailedInstancesOnPolicyBreach", True, "false with orchestrationMode Flexible")


@static("compute:VirtualMachineScaleSet")
def automatic_upgrades(inputs: Object) -> Iterator[Failure]:
    """They follow the latest version of an image, and are the only thing that patches."""
    if not upgrades_automatically(inputs):
        return
    storage = dig(inputs, "virtualMachineProfile", "storageProfile", "imageReference") or {}
    version, image = dig(storage, "version"), dig(storage, "id")
    where = "virtualMachineProfile.storageProfile.imageReference"
    if isinstance(version, str) and version.lower() != "latest":
        yield refuse(f"{where}.version", version, "'latest' with automatic OS upgrades")
    if isinstance(image, str) and (GALLERY not in image.lower() or "/versions/" in image.lower()):
        yield refuse(f"{where}.id", image, "an image of a gallery, without version, with automatic OS upgrades")
    os_profile = dig(inputs, "virtualMachineProfile", "osProfile")
    for system in ("linuxConfiguration", "windowsConfiguration"):
        if dig(os_profile, system, "patchSettings", "patchMode") == PLATFORM:
            path = f"virtualMachineProfile.osProfile.{system}.patchSettings.patchMode"
            yield refuse(path, PLATFORM, "another mode with automatic OS upgrades")


@static("compute:VirtualMachineScaleSet")
def notices(inputs: Object) -> Iterator[Failure]:
    """How long a repair waits for a machine, and a machine is told before it goes."""
    grace = dig(inputs, "automaticRepairsPolicy", "gracePeriod")
    yield from _minutes(grace, "automaticRepairsPolicy.gracePeriod", *GRACE_MINUTES)
    where = "virtualMachineProfile.scheduledEventsProfile"
    events = dig(inputs, *where.split(".")) or {}
    notice = dig(events, "terminateNotificationProfile", "notBeforeTimeout")
    yield from _minutes(notice, f"{where}.terminateNotificationProfile.notBeforeTimeout", *NOTICE_MINUTES)
    image = dig(events, "osImageNotificationProfile", "notBeforeTimeout")
    path = f"{where}.osImageNotificationProfile.notBeforeTimeout"
    yield from _minutes(image, path, IMAGE_NOTICE_MINUTES, IMAGE_NOTICE_MINUTES)
    spot = dig(inputs, "virtualMachineProfile", "priority") == "Spot"
    if spot and dig(events, "terminateNotificationProfile", "enable"):
        yield refuse(f"{where}.terminateNotificationProfile.enable", True, "false for Spot machines")


def _minutes(value: Any, path: str, least: int, most: int) -> Iterator[Failure]:
    found = minutes_of(value)
    if value is not None and (found is None or not least <= found <= most):
        yield refuse(path, value, f"PT{least}M to PT{most}M" if least != most else f"PT{least}M")
