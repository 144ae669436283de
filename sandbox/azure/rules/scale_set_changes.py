"""Scale sets among what else exists: their network, their keys, and what of them stays as it was made.

learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-networking,
azure/virtual-machines/disk-encryption, azure/azure-resource-manager/troubleshooting/common-deployment-errors
"""

from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.azure.rulebook import Change, stateful
from sandbox.azure.rules.network import networks, prefixes
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import Object, dig, known_items, strings

PROFILE: Final = "virtualMachineProfile"
# The SDK on the image's publisher and offer and on a machine's user; a set's priority is of its machines.
FIXED: Final = (
    "osProfile.adminUsername",
    "storageProfile.imageReference.publisher",
    "storageProfile.imageReference.offer",
    "priority",
)
RESERVED_ADDRESSES: Final = 5  # azure/virtual-network/virtual-networks-faq


@stateful("compute:VirtualMachineScaleSet")
def same_region(change: Change) -> None:
    """Network, load balancer and disk encryption set are where the machines are."""
    place = normal(change.new.get("location"))
    needed = {subnet.partition("/subnets/")[0] for subnet in _subnets(change.new)}
    needed |= {pool.partition("/backendAddressPools/")[0] for pool in _pools(change.new)}
    needed |= {text for path, text in strings(change.new.get(PROFILE)) if path.endswith("diskEncryptionSet.id")}
    for identifier in sorted(needed):
        there = (change.world.body(identifier) or {}).get("location", place)
        if normal(there) != place:
            message = f"'{change.id}' is in {place} and refers to '{identifier}' in {there}: not allowed"
            raise ProviderError("InvalidResourceReference", message)


@stateful("compute:VirtualMachineScaleSet")
def balancer_in_the_same_network(change: Change) -> None:
    """An internal load balancer serves the network of its own front end."""
    own = {_network(subnet) for subnet in _subnets(change.new)}
    for pool in _pools(change.new):
        balancer = change.world.body(pool.partition("/backendAddressPools/")[0]) or {}
        for front_end in known_items(balancer.get("frontendIPConfigurations")):
            subnet = dig(front_end, "subnet", "id")
            if subnet and own and _network(subnet) not in own:
                raise ProviderError(
                    "NetworkInterfaceAndInternalLoadBalancerMustUseSameVnet",
                    f"the machines of '{change.id}' are not in the network of subnet '{subnet}', the load balancer's",
                )


@stateful("compute:VirtualMachineScaleSet")
def room_in_the_subnet(change: Change) -> None:
    """A subnet has an address for each machine."""
    count = dig(change.new, "sku", "capacity") or 0
    for subnet in _subnets(change.new):
        ranges = networks(prefixes(change.world.body(subnet) or {}))
        room = sum(network.num_addresses - RESERVED_ADDRESSES for network in ranges)
        if ranges and count > room:
            message = f"subnet '{subnet}' does not have enough capacity for {count} IP addresses: it has {room}"
            raise ProviderError("SubnetIsFull", message)


@stateful("compute:VirtualMachineScaleSet")
def stays_as_made(change: Change) -> None:
    """Zones are only added; a set that left its placement group does not come back; the rest of `FIXED` stays."""
    if change.old is None:
        return
    for path in FIXED:
        before, now = (dig(inputs, PROFILE, *path.split(".")) for inputs in (change.old, change.new))
        if before is not None and before != now:
            raise _changed(f"{PROFILE}.{path}")
    if dig(change.old, "singlePlacementGroup") is False and dig(change.new, "singlePlacementGroup"):
        raise _changed("singlePlacementGroup")
    if not set(known_items(change.old.get("zones"))) <= set(known_items(change.new.get("zones"))):
        raise _changed("zones")


def _changed(path: str) -> ProviderError:
    return ProviderError("PropertyChangeNotAllowed", f"changing property '{path}' is not allowed")


def _configurations(inputs: Object) -> Iterator[Any]:
    for interface in known_items(dig(inputs, PROFILE, "networkProfile", "networkInterfaceConfigurations")):
        yield from known_items(dig(interface, "ipConfigurations"))


def _subnets(inputs: Object) -> list[str]:
    return [str(subnet) for item in _configurations(inputs) if (subnet := dig(item, "subnet", "id"))]


def _pools(inputs: Object) -> list[str]:
    return [str(dig(pool, "id")) for item in _configurations(inputs)
            for pool in known_items(dig(item, "loadBalancerBackendAddressPools"))]  # fmt: skip


def _network(subnet: Any) -> str:
    return (paths.parent_of(str(subnet)) or "").lower()
