"""Scale sets as a whole: their health, how they change, how they grow; and the load balancers before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Test, Value, one_of
from policies.rules.catalog import LEARN, PRIVATE_NETWORK, SCALE_SET, VIRTUAL_MACHINES

_SETS = f"{LEARN}/virtual-machine-scale-sets/virtual-machine-scale-sets"
_HEALTH = one_of("ApplicationHealthLinux", "ApplicationHealthWindows")
_AUTOSCALE = types("monitor:AutoscaleSetting")
_BALANCER = types("network:LoadBalancer")


def _health_is_watched(resource: Resource) -> Iterator[Finding]:
    profile = resource.at("virtualMachineProfile")
    extensions = profile.at("extensionProfile.extensions")
    if profile.at("networkProfile.healthProbe.id").may_meet(IS_SET) or not extensions.known():
        return
    if not any(extension.at("type").may_meet(_HEALTH) for extension in extensions.elements()):
        yield Finding(message=f"{extensions.path} must have the application health extension")


def _rolls(resource: Resource) -> Iterator[Finding]:
    most = resource.config["percent"]
    # The only machine of its set is replaced as a whole.
    if resource.at("sku.capacity").may_meet(_up_to(1)):
        return
    yield from resource.at("upgradePolicy.mode").must(one_of("Rolling"))
    batch = resource.at("upgradePolicy.rollingUpgradePolicy.maxBatchInstancePercent")
    yield from batch.must_if_set(_up_to(most))


def _up_to(most: float) -> Test:
    return Test(f"be at most {most:g}", lambda value: (number := _number(value)) is not None and number <= most)


def _from(least: float) -> Test:
    return Test(f"be at least {least:g}", lambda value: (number := _number(value)) is not None and number >= least)


def _number(value: object) -> float | None:
    """Autoscale writes its numbers as texts."""
    if isinstance(value, str) and value.isdigit():
        return float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_bounded(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("enabled").must(IS_TRUE)
    for profile in resource.at("profiles").elements():
        yield from profile.at("capacity.minimum").must(_from(resource.config["least"]))
        yield from profile.at("capacity.maximum").must(_up_to(resource.config["most"]))
        rules = list(profile.at("rules").elements())
        # What holds for some dates ends with them: in a close nothing may be taken away.
        if profile.at("fixedDate").may_meet(IS_SET):
            continue
        if _moves(rules, "Increase") and not _moves(rules, "Decrease"):
            yield Finding(message=f"{profile.path}.rules must have one that takes machines away again")


def _moves(rules: list[Value], direction: str) -> bool:
    return any(rule.at("scaleAction.direction").may_meet(one_of(direction)) for rule in rules)


def _scales(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    settings = list(graph.of("monitor:AutoscaleSetting"))
    for machines in graph.of("compute:VirtualMachineScaleSet"):
        several = machines.at("sku.capacity").meets(_from(2))
        if several and not any(_is_of(setting, machines) for setting in settings):
            yield machines.finding("the stack must have an autoscale setting for the scale set")


def _is_of(setting: Node, machines: Node) -> bool:
    return any(
        setting.refers_to(machines, setting.at(key)) for key in ("targetResourceUri", "properties.targetResourceUri")
    )


def _has_window(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    assignments = list(graph.of("maintenance:ConfigurationAssignment"))
    for machines in graph.of("compute:VirtualMachineScaleSet"):
        automatic = machines.at("upgradePolicy.automaticOSUpgradePolicy.enableAutomaticOSUpgrade").meets(IS_TRUE)
        if automatic and not any(each.uses(machines) for each in assignments):
            yield machines.finding("the stack must assign a maintenance configuration to the scale set")


def _is_inside(resource: Resource) -> Iterator[Finding]:
    for front_end in resource.at("frontendIPConfigurations").elements():
        for key in ("publicIPAddress", "publicIPPrefix"):
            yield from front_end.at(key).must_not(IS_SET, "users come from the corporate network")
        if not front_end.at("gatewayLoadBalancer").may_meet(IS_SET):
            yield from front_end.at("subnet").must(IS_SET)


RULES = (
    ResourceRule(
        id="vmss-health-watched",
        title="Scale sets know whether the application on their machines is well",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=SCALE_SET,
        why="Without it an upgrade goes on while the machines it has changed answer nothing.",
        remedy="Add the application health extension, with the path that the load balancer asks too.",
        url=f"{_SETS}-health-extension",
        references=("ISO 27001 8.14",),
        check=_health_is_watched,
    ),
    ResourceRule(
        id="vmss-repairs",
        title="Scale sets replace machines that are not well",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=SCALE_SET,
        why="A machine that answers nothing stays in the set until somebody looks.",
        remedy="Set automaticRepairsPolicy.enabled, with a gracePeriod longer than a start takes.",
        url=f"{_SETS}-automatic-instance-repairs",
        references=("ISO 27001 8.14",),
        check=must("automaticRepairsPolicy.enabled", IS_TRUE),
    ),
    ResourceRule(
        id="vmss-rolls",
        title="A new model comes to machines in batches",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=SCALE_SET,
        why="By hand some machines stay behind, and all at once nobody can work.",
        remedy="Set upgradePolicy.mode to Rolling and maxBatchInstancePercent to half of them or less.",
        url=f"{_SETS}-configure-rolling-upgrades",
        references=("ISO 27001 8.32",),
        config_schema={"percent": {"type": "integer", "minimum": 5, "maximum": 100, "default": 50}},
        check=_rolls,
    ),
    ResourceRule(
        id="vmss-notice-before-delete",
        title="Machines are told before they are deleted",
        family=VIRTUAL_MACHINES,
        severity=Severity.LOW,
        types=SCALE_SET,
        why="A machine that is taken away in the middle of a batch leaves it half done.",
        remedy="Turn on scheduledEventsProfile.terminateNotificationProfile, and stop gracefully when it speaks.",
        url=f"{_SETS}-terminate-notification",
        references=("ISO 27001 8.14",),
        check=must("virtualMachineProfile.scheduledEventsProfile.terminateNotificationProfile.enable", IS_TRUE),
    ),
    ResourceRule(
        id="autoscale-bounds",
        title="Autoscale is on, keeps two machines, has an upper end, and goes both ways",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=_AUTOSCALE,
        why="One machine is no redundancy; without an end a fault costs whatever the quota allows.",
        remedy="Set enabled, capacity.minimum and maximum of each profile, and rules for both directions.",
        url=f"{LEARN}/azure-monitor/autoscale/autoscale-best-practices",
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        config_schema={
            "least": {"type": "integer", "minimum": 0, "default": 2},
            "most": {"type": "integer", "minimum": 1, "default": 20},
        },
        check=_is_bounded,
    ),
    StackRule(
        id="vmss-scales",
        title="A scale set of several machines has an autoscale setting",
        family=VIRTUAL_MACHINES,
        severity=Severity.LOW,
        types=SCALE_SET | _AUTOSCALE,
        why="The close of a month needs more machines than the day before it.",
        remedy="Add an AutoscaleSetting with profiles for the calendar.",
        url=f"{LEARN}/azure-monitor/autoscale/autoscale-multiprofile",
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        check=_scales,
    ),
    StackRule(
        id="vmss-upgrade-window",
        title="Automatic OS upgrades have a maintenance window",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=SCALE_SET | types("maintenance:ConfigurationAssignment"),
        why="Otherwise machines are replaced whenever the publisher has a new image, in working hours too.",
        remedy="Assign a MaintenanceConfiguration of scope OSImage to the scale set.",
        url=f"{LEARN}/virtual-machines/maintenance-configurations",
        references=("ISO 27001 8.32",),
        check=_has_window,
    ),
    ResourceRule(
        id="lb-internal-only",
        title="Load balancers have front ends in subnets only",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_BALANCER,
        why="A public front end lets the Internet past every gateway that filters.",
        remedy="Give the front end a subnet and no public address.",
        url=f"{LEARN}/load-balancer/components",
        references=("MCSB NS-2", "PCI DSS 1.4.4"),
        check=_is_inside,
    ),
    ResourceRule(
        id="lb-standard-sku",
        title="Load balancers are of tier Standard",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_BALANCER,
        why="Basic ones are retired, have no zones, and are open unless a security group closes them.",
        remedy="Set sku.name to Standard.",
        url=f"{LEARN}/load-balancer/skus",
        references=("MCSB NS-1", "ISO 27001 8.14"),
        check=must("sku.name", one_of("Standard", "Gateway")),
    ),
)
