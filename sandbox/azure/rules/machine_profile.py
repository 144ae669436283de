"""Virtual machines, alone or in a scale set: login, start-up data, image, size, disks, security.

The SDK's descriptions of the arguments, and learn.microsoft.com azure/virtual-machines: linux/mac-create-ssh-keys,
custom-data, ephemeral-os-disks, trusted-launch, generation-2, disk-encryption
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.azure.rulebook import static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.rules.vm_sizes import Size, size_of
from sandbox.provider.errors import Failure
from sandbox.provider.values import UNKNOWN, Object, dig, known_items

RESERVED_NAMES: Final = frozenset(
    {
        "administrator", "admin", "user", "user1", "test", "user2", "test1", "user3", "admin1", "1", "123", "a", "adm",
        "actuser", "admin2", "aspnet", "backup", "console", "david", "guest", "john", "owner", "root", "server", "sql",
        "support", "support_388945a0", "sys", "test2", "test3", "user4", "user5",
    }
)  # fmt: skip
NAME_CHARACTERS: Final = range(1, 65)
PREFIX_CHARACTERS: Final = range(1, 16)
PUBLIC_KEY: Final = re.compile(r"ssh-(rsa|ed25519) [A-Za-z0-9+/]+=*( .*)?\s*")
CUSTOM_DATA_BYTES: Final = 65535
PLATFORM: Final = "AutomaticByPlatform"
MIXED_SIZES: Final = "Mix"
# What its names say of an image of the first generation: Canonical's older offers name the second one only.
FIRST_GENERATION: Final = re.compile(r"gen1$")
ONCE_FIRST_GENERATION: Final = "0001-com-ubuntu-server-"
SECOND_GENERATION: Final = re.compile(r"gen2|gensecond|arm64")
GUEST_STATE_GIB: Final = 1


@dataclass(frozen=True)
class Machine:
    """What a machine is made of: its profile, at `where` in the inputs, and its size as it is given at `size_path`."""

    profile: Object
    where: str
    size_name: Any
    size_path: str

    @property
    def size(self) -> Size | None:
        return size_of(self.size_name) if isinstance(self.size_name, str) else None

    def get(self, *path: str | int) -> Any:
        """A known value below the profile, or None."""
        return dig(self.profile, *path)


@static("compute:VirtualMachine")
def machine_alone(inputs: Object) -> Iterator[Failure]:
    size = dig(inputs, "hardwareProfile", "vmSize")
    yield from machine_findings(Machine(inputs, "", size, "hardwareProfile.vmSize"))


@static("compute:VirtualMachineScaleSet")
def machine_of_a_set(inputs: Object) -> Iterator[Failure]:
    profile = inputs.get("virtualMachineProfile")
    if isinstance(profile, Mapping):
        size = dig(inputs, "sku", "name")
        yield from machine_findings(Machine(dict(profile), "virtualMachineProfile.", size, "sku.name"))


def machine_findings(machine: Machine) -> Iterator[Failure]:
    """What is wrong with a machine's profile."""
    for check in CHECKS:
        yield from check(machine)


def _login(machine: Machine) -> Iterator[Failure]:
    """Somebody can log in: with a key of a kind that Azure takes, or a password."""
    profile, where = machine.get("osProfile"), f"{machine.where}osProfile"
    if not isinstance(profile, Mapping):
        return  # a disk that is already set up
    name = dig(profile, "adminUsername")
    if isinstance(name, str) and (name.lower() in RESERVED_NAMES or len(name) not in NAME_CHARACTERS):
        yield refuse(f"{where}.adminUsername", name, "1 to 64 characters, and no name that Azure keeps back")
    linux: Any = profile.get("linuxConfiguration", {})
    disabled = linux.get("disablePasswordAuthentication")
    keys = f"{where}.linuxConfiguration.ssh.publicKeys"
    if disabled is True and not dig(linux, "ssh", "publicKeys"):
        yield Failure(keys, "required with disablePasswordAuthentication: nobody could log in")
    if disabled is not True and disabled is not UNKNOWN and "adminPassword" not in profile:
        yield Failure(f"{where}.adminPassword", "required unless linuxConfiguration.disablePasswordAuthentication")
    for index, key in enumerate(known_items(dig(linux, "ssh", "publicKeys"))):
        yield from _key(key, f"{keys}[{index}]", name)


def _key(key: Object, where: str, user: Any) -> Iterator[Failure]:
    data, path = key.get("keyData"), key.get("path")
    if isinstance(data, str) and not PUBLIC_KEY.fullmatch(data):
        yield Failure(f"{where}.keyData", "allowed: a public key in the form 'ssh-rsa ...' or 'ssh-ed25519 ...'")
    if isinstance(path, str) and isinstance(user, str) and path != f"/home/{user}/.ssh/authorized_keys":
        yield refuse(f"{where}.path", path, f"/home/{user}/.ssh/authorized_keys")


def _start_up_data(machine: Machine) -> Iterator[Failure]:
    """Data for the first start are base64, and not too many."""
    given = {"osProfile.customData": machine.get("osProfile", "customData"), "userData": machine.get("userData")}
    for path, text in given.items():
        size = _decoded_bytes(text) if isinstance(text, str) else 0
        if size is None:
            yield Failure(f"{machine.where}{path}", "allowed: a text in base64")
        elif size > CUSTOM_DATA_BYTES and path.endswith("customData"):
            yield Failure(f"{machine.where}{path}", f"found {size} bytes, allowed: at most {CUSTOM_DATA_BYTES} decoded")
    prefix = machine.get("osProfile", "computerNamePrefix")
    if isinstance(prefix, str) and len(prefix) not in PREFIX_CHARACTERS:
        yield refuse(f"{machine.where}osProfile.computerNamePrefix", prefix, "1 to 15 characters")


def _decoded_bytes(text: str) -> int | None:
    try:
        return len(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return None


def _agent(machine: Machine) -> Iterator[Failure]:
    """What the platform does inside of a machine, its agent does."""
    linux = machine.get("osProfile", "linuxConfiguration") or {}
    for key in ("patchMode", "assessmentMode"):
        if dig(linux, "provisionVMAgent") is False and dig(linux, "patchSettings", key) == PLATFORM:
            path = f"{machine.where}osProfile.linuxConfiguration.patchSettings.{key}"
            yield refuse(path, PLATFORM, "ImageDefault without provisionVMAgent")


def generation(image: Any) -> int | None:
    """The generation of an image by its names; None where they do not say."""
    sku, offer = (str(dig(image, key) or "").lower() for key in ("sku", "offer"))
    if SECOND_GENERATION.search(sku):
        return 2
    first = FIRST_GENERATION.search(sku) or (offer.startswith(ONCE_FIRST_GENERATION) and sku)
    return 1 if first else None


def _size(machine: Machine) -> Iterator[Failure]:
    """The size exists and fits the image."""
    name, size, image = machine.size_name, machine.size, machine.get("storageProfile", "imageReference")
    if size is None:
        if isinstance(name, str) and name != MIXED_SIZES:
            yield refuse(machine.size_path, name, "a size such as Standard_D4ads_v5")
        return
    if size.needs_second_generation and generation(image) == 1:
        yield refuse(machine.size_path, name, "version 5 or older with an image of generation 1")
    sku = dig(image, "sku")
    if isinstance(sku, str) and ("arm64" in sku.lower()) != size.is_arm:
        wanted = "a size with Arm64 processors" if "arm64" in sku.lower() else "a size with x64 processors"
        yield refuse(machine.size_path, name, f"{wanted} for image {sku!r}")


def _security(machine: Machine) -> Iterator[Failure]:
    """Trusted Launch needs an image of generation 2 and a size that has it; UEFI settings need Trusted Launch."""
    profile, image = machine.get("securityProfile") or {}, machine.get("storageProfile", "imageReference")
    if dig(profile, "uefiSettings") and "securityType" not in profile:
        yield Failure(f"{machine.where}securityProfile.securityType", "required with uefiSettings")
    if dig(profile, "securityType") != "TrustedLaunch":
        return
    if generation(image) == 1:
        path = f"{machine.where}storageProfile.imageReference.sku"
        yield refuse(path, dig(image, "sku"), "an image of generation 2 with TrustedLaunch")
    if machine.size and not machine.size.has_trusted_launch:
        yield refuse(machine.size_path, machine.size_name, "a size that has Trusted Launch")


def _disks(machine: Machine) -> Iterator[Failure]:
    """The size takes the disks; each data disk has a number of its own."""
    where = f"{machine.where}storageProfile"
    disks = [("osDisk", machine.get("storageProfile", "osDisk"))]
    data = known_items(machine.get("storageProfile", "dataDisks"))
    disks += [(f"dataDisks[{index}]", disk) for index, disk in enumerate(data)]
    seen: set[Any] = set()
    for path, disk in disks:
        kind = str(dig(disk, "managedDisk", "storageAccountType") or "")
        if kind.startswith("Premium") and machine.size and not machine.size.takes_premium:
            allowed = f"no Premium disk with size {machine.size_name}"
            yield refuse(f"{where}.{path}.managedDisk.storageAccountType", kind, allowed)
        lun = dig(disk, "lun")
        if lun is not None and lun in seen:
            yield Failure(f"{where}.{path}.lun", f"a second data disk with number {lun}")
        seen.add(lun)


def _ephemeral(machine: Machine) -> Iterator[Failure]:
    """A system disk on the host's own disk."""
    disk, where = machine.get("storageProfile", "osDisk"), f"{machine.where}storageProfile.osDisk"
    if dig(disk, "diffDiskSettings", "option") != "Local":
        return
    caching = disk.get("caching")
    if caching != "ReadOnly" and caching is not UNKNOWN:
        yield refuse(f"{where}.caching", caching, "ReadOnly for an ephemeral disk")
    if dig(disk, "managedDisk", "diskEncryptionSet") and not machine.get("securityProfile", "encryptionAtHost"):
        path = f"{machine.where}securityProfile.encryptionAtHost"
        yield Failure(path, "required for an ephemeral disk with a key of the customer's")
    room = machine.size.temporary_gib if machine.size else None
    if room is None:
        return
    if machine.get("securityProfile", "securityType") == "TrustedLaunch":
        room = max(0, room - GUEST_STATE_GIB)
    size = disk.get("diskSizeGB")
    if room == 0:
        allowed = f"a managed disk: {machine.size_name} has no local disk"
        yield refuse(f"{where}.diffDiskSettings.option", "Local", allowed)
    elif isinstance(size, int) and size > room:
        yield refuse(f"{where}.diskSizeGB", size, f"at most {room}, the local disk of {machine.size_name}")


CHECKS: Final[tuple[Callable[[Machine], Iterator[Failure]], ...]] = (
    _login, _start_up_data, _agent, _size, _security, _disks, _ephemeral,
)  # fmt: skip
