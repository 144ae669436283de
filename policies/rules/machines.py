"""Virtual machines, alone or in scale sets: what they start from, what protects them, what watches them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Test, Value, matches, one_of
from policies.rules.catalog import LEARN, MACHINES, PRIVATE_NETWORK, VIRTUAL_MACHINES, machine_profile

_VM = f"{LEARN}/virtual-machines"
_EXTENSIONS = ("compute:VirtualMachineExtension", "compute:VirtualMachineScaleSetExtension")
_PUBLISHERS = ["Canonical", "Debian", "MicrosoftCblMariner", "MicrosoftWindowsServer", "RedHat", "SUSE"]
# The agents of monitoring, health, attestation, login and configuration.
_EXTENSION_PUBLISHERS = [
    "Microsoft.Azure.ActiveDirectory",
    "Microsoft.Azure.KeyVault",
    "Microsoft.Azure.Monitor",
    "Microsoft.Azure.Security.LinuxAttestation",
    "Microsoft.Azure.Security.WindowsAttestation",
    "Microsoft.GuestConfiguration",
    "Microsoft.ManagedServices",
]
_MONITOR = one_of("Microsoft.Azure.Monitor")
_IN_A_GALLERY = matches(r"(?i)/galleries/[^/]+/images/", "be an image of a gallery")
_PLATFORM = one_of("AutomaticByPlatform")
_ATTACHED = one_of("Attach")
_ONE = Test("be 1", lambda value: value == 1)


def _is_set(resource: Resource) -> bool:
    return resource.type.endswith("ScaleSet")


def _starts_trusted(resource: Resource) -> Iterator[Finding]:
    security = machine_profile(resource).at("securityProfile")
    yield from security.at("securityType").must(one_of("TrustedLaunch", "ConfidentialVM"))
    yield from security.at("uefiSettings.secureBootEnabled").must(IS_TRUE)
    yield from security.at("uefiSettings.vTpmEnabled").must(IS_TRUE)


def _disks_have_our_key(resource: Resource) -> Iterator[Finding]:
    storage = machine_profile(resource).at("storageProfile")
    for disk in (storage.at("osDisk"), *storage.at("dataDisks").elements()):
        # A disk that exists already has a rule of its own.
        if not disk.at("createOption").may_meet(_ATTACHED):
            yield from disk.at("managedDisk.diskEncryptionSet.id").must(IS_SET)


def _is_patched(resource: Resource) -> Iterator[Finding]:
    if _is_set(resource) and _is_renewed(resource):
        return
    profile = machine_profile(resource).at("osProfile")
    if not profile.at("windowsConfiguration.patchSettings.patchMode").may_meet(_PLATFORM):
        yield from profile.at("linuxConfiguration.patchSettings.patchMode").must(_PLATFORM)


def _is_renewed(scale_set: Resource) -> bool:
    """Whether its machines get new images: from the platform, or with each new model, from which new ones are made."""
    policy = scale_set.at("upgradePolicy")
    if policy.at("automaticOSUpgradePolicy.enableAutomaticOSUpgrade").may_meet(IS_TRUE):
        return True
    version = scale_set.at("virtualMachineProfile.storageProfile.imageReference.version")
    return policy.at("rollingUpgradePolicy.maxSurge").may_meet(IS_TRUE) and version.may_meet(one_of("latest"))


def _is_in_zones(resource: Resource) -> Iterator[Finding]:
    zones = resource.at("zones")
    if not _is_set(resource) and resource.at("virtualMachineScaleSet.id").may_meet(IS_SET):
        return
    # A set of one machine makes it anew wherever there is room.
    if _is_set(resource) and resource.at("sku.capacity").may_meet(_ONE):
        return
    yield from zones.must(IS_SET)
    if _is_set(resource) and zones.known() and len(list(zones.elements())) == 1:
        yield Finding(message="zones must be two or more")


def _boot_is_logged(resource: Resource) -> Iterator[Finding]:
    diagnostics = machine_profile(resource).at("diagnosticsProfile.bootDiagnostics")
    yield from diagnostics.at("enabled").must(IS_TRUE)
    yield from diagnostics.at("storageUri").must_not(IS_SET, "an account of one's own is reached with its key")


def _identity_is_assigned(resource: Resource) -> Iterator[Finding]:
    kind = resource.at("identity.type")
    yield from kind.must(one_of("UserAssigned"))


def _image_is_known(resource: Resource) -> Iterator[Finding]:
    storage = machine_profile(resource).at("storageProfile")
    if storage.at("osDisk.createOption").may_meet(_ATTACHED):
        return
    image = storage.at("imageReference")
    yield from image.at("communityGalleryImageId").must_not(IS_SET, "anybody may publish there")
    if image.at("id").may_meet(IS_SET):
        yield from image.at("id").must(_IN_A_GALLERY)
    else:
        yield from image.at("publisher").must(one_of(*resource.config["publishers"]))


def _extensions_are_known(resource: Resource) -> Iterator[Finding]:
    known = one_of(*resource.config["publishers"])
    if resource.type in MACHINES:
        for extension in machine_profile(resource).at("extensionProfile.extensions").elements():
            yield from extension.at("publisher").must(known)
    else:
        yield from resource.at("publisher").must(known)


def _forwards_nothing(resource: Resource) -> Iterator[Finding]:
    interfaces = [resource.inputs]
    if _is_set(resource):
        interfaces = list(machine_profile(resource).at("networkProfile.networkInterfaceConfigurations").elements())
    for interface in interfaces:
        yield from interface.at("enableIPForwarding").must_if_set(IS_FALSE)


def _are_monitored(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for machine in graph.of("compute:VirtualMachine", "compute:VirtualMachineScaleSet"):
        if not _has_agent(graph, machine):
            yield machine.finding("the machine must have the extension of Azure Monitor's agent")
        if not any(
            _collects(association, machine) for association in graph.of("monitor:DataCollectionRuleAssociation")
        ):
            yield machine.finding("the stack must associate the machine with a data collection rule")


def _has_agent(graph: Graph, machine: Node) -> bool:
    inside = machine.at("virtualMachineProfile.extensionProfile.extensions")
    if not inside.known() or any(_is_agent(extension) for extension in inside.elements()):
        return True
    return any(
        _is_agent(extension.outputs)
        and any(extension.refers_to(machine, extension.at(key)) for key in ("vmName", "vmScaleSetName"))
        for extension in graph.of(*_EXTENSIONS)
    )


def _is_agent(extension: Value) -> bool:
    return extension.at("publisher").may_meet(_MONITOR)


def _collects(association: Node, machine: Node) -> bool:
    return association.refers_to(machine, association.at("resourceUri")) and association.has("dataCollectionRuleId")


RULES = (
    ResourceRule(
        id="vm-trusted-launch",
        title="Machines start by Trusted Launch, with secure boot and a virtual TPM",
        family=VIRTUAL_MACHINES,
        severity=Severity.HIGH,
        types=MACHINES,
        why="What is changed below the operating system is seen by nothing that runs in it.",
        remedy="Set securityProfile.securityType to TrustedLaunch, and both uefiSettings to true.",
        url=f"{_VM}/trusted-launch",
        references=("CIS Azure 3.0 8.11", "MCSB PV-3"),
        check=_starts_trusted,
    ),
    ResourceRule(
        id="vm-disks-cmk",
        title="Disks of machines are encrypted through a disk encryption set",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="Without a set the key belongs to the platform.",
        remedy="Set managedDisk.diskEncryptionSet.id of the system disk and of each data disk.",
        url=f"{_VM}/disk-encryption",
        references=("MCSB DP-5", "CIS Azure 3.0 8.3"),
        check=_disks_have_our_key,
    ),
    ResourceRule(
        id="vm-patch-mode",
        title="The platform keeps the operating system current, or machines are replaced by ones of the latest image",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="What is patched by hand is patched late.",
        remedy="Turn on automatic OS upgrades of the scale set, or set patchMode to AutomaticByPlatform.",
        url=f"{_VM}/automatic-vm-guest-patching",
        references=("MCSB PV-6", "PCI DSS 6.3.3"),
        check=_is_patched,
    ),
    ResourceRule(
        id="vm-zones",
        title="Machines are in availability zones, several of a scale set in two or more",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="A zone that fails takes all machines that are not told to be elsewhere.",
        remedy="Set zones.",
        url=f"{LEARN}/reliability/availability-zones-overview",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_is_in_zones,
    ),
    ResourceRule(
        id="vm-boot-diagnostics-managed",
        title="Boot diagnostics are on, in managed storage",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="A machine that does not start says why nowhere else; in an account of one's own its log needs a key.",
        remedy="Set bootDiagnostics.enabled, and leave storageUri out.",
        url=f"{_VM}/boot-diagnostics",
        references=("MCSB LT-3",),
        check=_boot_is_logged,
    ),
    ResourceRule(
        id="vm-identity-user-assigned",
        title="Machines have user-assigned identities only",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="An identity of the machine's own is new with each machine, and so are its rights.",
        remedy="Set identity.type to UserAssigned, with identities that may do no more than is needed.",
        url="https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview",
        references=("MCSB IM-3",),
        check=_identity_is_assigned,
    ),
    ResourceRule(
        id="vm-image-approved",
        title="Machines start from images of a known publisher or of a gallery",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES,
        why="Whoever makes the image owns the machine.",
        remedy="Use an image of an approved publisher, or one of your own gallery.",
        url=f"{_VM}/shared-image-galleries",
        references=("MCSB AM-2", "ISO 27001 8.19"),
        config_schema={"publishers": {"type": "array", "items": {"type": "string"}, "default": _PUBLISHERS}},
        check=_image_is_known,
    ),
    ResourceRule(
        id="vm-extension-allowed",
        title="Extensions are of approved publishers",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES | types(*_EXTENSIONS),
        why="An extension runs as root, and one that takes scripts runs whatever it is given.",
        remedy="Put what a machine needs into its image or start-up data; or add the publisher to the rule's settings.",
        url=f"{_VM}/extensions/overview",
        references=("MCSB AM-5", "CIS Azure 3.0 8.7"),
        config_schema={"publishers": {"type": "array", "items": {"type": "string"}, "default": _EXTENSION_PUBLISHERS}},
        check=_extensions_are_known,
    ),
    ResourceRule(
        id="vm-no-ip-forwarding",
        title="Machines forward no traffic",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("network:NetworkInterface", "compute:VirtualMachineScaleSet"),
        why="A machine that routes carries traffic around the firewall.",
        remedy="Leave enableIPForwarding out.",
        url=f"{LEARN}/virtual-network/virtual-network-network-interface",
        references=("MCSB NS-1", "PCI DSS 1.4.2"),
        check=_forwards_nothing,
    ),
    StackRule(
        id="machines-are-monitored",
        title="Each machine has Azure Monitor's agent and a data collection rule",
        family=VIRTUAL_MACHINES,
        severity=Severity.MEDIUM,
        types=MACHINES | types(*_EXTENSIONS, "monitor:DataCollectionRuleAssociation", "monitor:DataCollectionRule"),
        why="An agent without a rule sends nothing, and a rule without an agent collects nothing.",
        remedy="Add the extension AzureMonitorLinuxAgent and a DataCollectionRuleAssociation with the machine.",
        url=f"{LEARN}/azure-monitor/agents/azure-monitor-agent-overview",
        references=("MCSB LT-3", "ISO 27001 8.15"),
        check=_are_monitored,
    ),
)
