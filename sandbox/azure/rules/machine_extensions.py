"""Extensions in the profile of a scale set, and the health that one of them reports.

learn.microsoft.com azure/virtual-machine-scale-sets: virtual-machine-scale-sets-health-extension,
virtual-machine-scale-sets-extension-sequencing
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure.rulebook import static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure
from sandbox.provider.values import UNKNOWN, Object, dig, known_items

HEALTH_PUBLISHER: Final = "Microsoft.ManagedServices"
HEALTH_TYPES: Final = ("ApplicationHealthLinux", "ApplicationHealthWindows")
EXTENSIONS: Final = "virtualMachineProfile.extensionProfile.extensions"
# Of the health extension: lowest and highest value of each setting.
HEALTH_RANGES: Final = {"intervalInSeconds": (5, 60), "numberOfProbes": (1, 24), "gracePeriod": (0, 14400)}


def extensions_of(inputs: Object) -> list[Object]:
    """The known extensions of a scale set's profile."""
    return known_items(dig(inputs, *EXTENSIONS.split(".")))


def is_health(extension: Object) -> bool:
    return extension.get("publisher") == HEALTH_PUBLISHER and extension.get("type") in HEALTH_TYPES


def reports_health(inputs: Object) -> bool:
    """Whether an extension tells the scale set how its machines are, or may turn out to."""
    given = dig(inputs, *EXTENSIONS.split(".")) or []
    return any(is_health(item) or UNKNOWN in (item, item.get("publisher"), item.get("type")) for item in given)


@static("compute:VirtualMachineScaleSet")
def extensions(inputs: Object) -> Iterator[Failure]:
    """Each has a name of its own, and comes after ones that exist."""
    given = extensions_of(inputs)
    names = [dig(extension, "name") for extension in given]
    all_known = None not in names and UNKNOWN not in (dig(inputs, *EXTENSIONS.split(".")) or [])
    if given and dig(inputs, "virtualMachineProfile", "osProfile", "allowExtensionOperations") is False:
        path = "virtualMachineProfile.osProfile.allowExtensionOperations"
        yield refuse(path, False, "true with extensions")
    for index, extension in enumerate(given):
        where = f"{EXTENSIONS}[{index}]"
        if names[index] is not None and names[index] in names[:index]:
            yield Failure(f"{where}.name", f"a second extension named {names[index]!r}")
        for key in ("publisher", "type", "typeHandlerVersion"):
            if key not in extension:
                yield Failure(f"{where}.{key}", "required property is missing")
        for before in known_items(extension.get("provisionAfterExtensions")):
            if all_known and before not in names:
                yield refuse(f"{where}.provisionAfterExtensions", before, "the name of another extension")
        if is_health(extension):
            yield from _health(extension.get("settings", {}), f"{where}.settings")


def _health(settings: Any, where: str) -> Iterator[Failure]:
    protocol, path = dig(settings, "protocol"), dig(settings, "requestPath")
    if protocol in ("http", "https") and not settings.get("requestPath"):
        yield Failure(f"{where}.requestPath", f"required with protocol {protocol!r}")
    if protocol == "tcp" and path:
        yield refuse(f"{where}.requestPath", path, "none with protocol 'tcp'")
    if protocol == "tcp" and "port" not in settings:
        yield Failure(f"{where}.port", "required with protocol 'tcp'")
    for key, (least, most) in HEALTH_RANGES.items():
        value = dig(settings, key)
        if isinstance(value, int) and not least <= value <= most:
            yield refuse(f"{where}.{key}", value, f"{least} to {most}")
