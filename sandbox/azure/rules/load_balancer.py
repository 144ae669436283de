"""Load balancers.

The SDK's descriptions of the arguments, and learn.microsoft.com azure/load-balancer: skus, components,
load-balancer-tcp-idle-timeout, load-balancer-ha-ports-overview, load-balancer-troubleshoot-backend-traffic
"""

import ipaddress
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure.rulebook import Change, deletion, stateful, static
from sandbox.azure.rules.network import network_of, prefixes
from sandbox.azure.rules.scope import refuse
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

SCALE_SET: Final = "azure-native:compute:VirtualMachineScaleSet"
FRONT_ENDS: Final = "frontendIPConfigurations"
POOLS: Final = "backendAddressPools"
COLLECTIONS: Final = (FRONT_ENDS, POOLS, "probes", "loadBalancingRules", "outboundRules", "inboundNatRules")
PARTS: Final = {"frontendIPConfiguration": FRONT_ENDS, "backendAddressPool": POOLS, "probe": "probes"}
IDLE_MINUTES: Final = range(4, 101)
FRONT_END_PORTS: Final = range(65535)
BACK_END_PORTS: Final = range(65536)
PROBE_PORTS: Final = range(1, 65536)
LEAST_INTERVAL_SECONDS: Final = 5
FIRST_ADDRESSES: Final = 4  # azure/virtual-network/virtual-networks-faq: the first four and the last are Azure's own
IN_USE: Final = "LoadBalancerInUseByVirtualMachineScaleSet"


@static("network:LoadBalancer")
def front_ends(inputs: Object) -> Iterator[Failure]:
    """A tier that still exists; each front end in a subnet or with a public address; names once."""
    sku = dig(inputs, "sku", "name")
    if sku == "Basic" or "sku" not in inputs:
        yield refuse("sku.name", sku or "Basic", "Standard (Basic was retired on 2025-09-30)")
    for collection in COLLECTIONS:
        names = [str(dig(item, "name")) for item in known_items(inputs.get(collection))]
        for index, name in enumerate(names):
            if name in names[:index]:
                yield Failure(f"{collection}[{index}].name", f"a second one named {name!r}")
    for index, front_end in enumerate(known_items(inputs.get(FRONT_ENDS))):
        where = f"{FRONT_ENDS}[{index}]"
        public = any(key in front_end for key in ("publicIPAddress", "publicIPPrefix", "gatewayLoadBalancer"))
        if ("subnet" in front_end) == public:
            yield Failure(f"{where}.subnet", "give either subnet or publicIPAddress")
        if dig(front_end, "privateIPAllocationMethod") == "Static" and "privateIPAddress" not in front_end:
            yield Failure(f"{where}.privateIPAddress", "required with privateIPAllocationMethod Static")


@static("network:LoadBalancer")
def rules(inputs: Object) -> Iterator[Failure]:
    """Rules join parts of the same balancer; a port of a front end is used once."""
    taken: dict[tuple[str, ...], str] = {}
    for index, rule in enumerate(known_items(inputs.get("loadBalancingRules"))):
        where, name = f"loadBalancingRules[{index}]", str(dig(rule, "name"))
        yield from _ports(rule, where)
        for key, collection in PARTS.items():
            yield from _inside(inputs, dig(rule, key, "id"), collection, f"{where}.{key}.id")
        for number, pool in enumerate(known_items(rule.get(POOLS))):
            yield from _inside(inputs, dig(pool, "id"), POOLS, f"{where}.{POOLS}[{number}].id")
        port = tuple(str(value).lower() for value in (dig(rule, "frontendIPConfiguration", "id"), dig(rule, "protocol"),
                                                      dig(rule, "frontendPort")))  # fmt: skip
        if "none" not in port and port in taken:
            yield Failure(f"{where}.frontendPort", f"already used by rule {taken[port]!r}")
        taken[port] = name


def _ports(rule: Object, where: str) -> Iterator[Failure]:
    front, back, protocol = (dig(rule, key) for key in ("frontendPort", "backendPort", "protocol"))
    if isinstance(front, int) and front not in FRONT_END_PORTS:
        yield refuse(f"{where}.frontendPort", front, "0 to 65534")
    if isinstance(back, int) and back not in BACK_END_PORTS:
        yield refuse(f"{where}.backendPort", back, "0 to 65535")
    if protocol is not None and front is not None and (protocol == "All") != (front == 0):
        yield refuse(f"{where}.protocol", protocol, "All with port 0, and only then")
    idle = dig(rule, "idleTimeoutInMinutes")
    if isinstance(idle, int) and idle not in IDLE_MINUTES:
        yield refuse(f"{where}.idleTimeoutInMinutes", idle, "4 to 100")


def _inside(inputs: Object, identifier: Any, collection: str, path: str) -> Iterator[Failure]:
    """A reference to a part is one to a part of this balancer."""
    own = dig(inputs, "loadBalancerName")
    if not isinstance(identifier, str) or own is None or not isinstance(inputs.get(collection), list):
        return
    names = [dig(item, "name") for item in inputs[collection]]
    allowed = [f"/loadbalancers/{own}/{collection}/{name}".lower() for name in names]
    if None not in names and not any(identifier.lower().endswith(end) for end in allowed):
        yield refuse(path, identifier, f"one of this load balancer's {collection}: {', '.join(map(str, names))}")


@static("network:LoadBalancer")
def probes(inputs: Object) -> Iterator[Failure]:
    """A path to ask by HTTP, and none by TCP."""
    for index, probe in enumerate(known_items(inputs.get("probes"))):
        where, protocol, path = f"probes[{index}]", dig(probe, "protocol"), probe.get("requestPath")
        if protocol in ("Http", "Https") and not path:
            yield Failure(f"{where}.requestPath", f"required with protocol {protocol!r}")
        if protocol == "Tcp" and path:
            yield refuse(f"{where}.requestPath", path, "none with protocol 'Tcp'")
        port, seconds = dig(probe, "port"), dig(probe, "intervalInSeconds")
        if isinstance(port, int) and port not in PROBE_PORTS:
            yield refuse(f"{where}.port", port, "1 to 65535")
        if isinstance(seconds, int) and seconds < LEAST_INTERVAL_SECONDS:
            yield refuse(f"{where}.intervalInSeconds", seconds, "5 or more")


@stateful("network:LoadBalancer")
def address_of_the_subnet(change: Change) -> None:
    """A fixed address is in its subnet, and none of Azure's own."""
    for front_end in known_items(change.new.get(FRONT_ENDS)):
        text, subnet = dig(front_end, "privateIPAddress"), dig(front_end, "subnet", "id")
        ranges = [network_of(prefix) for prefix in prefixes(change.world.body(str(subnet)) or {})] if subnet else []
        if not text or not ranges or None in ranges:
            continue
        address = ipaddress.ip_address(text)
        own = next((network for network in ranges if network and address in network), None)
        if own is None:
            raise ProviderError("PrivateIPAddressNotInSubnet", f"{text} is not in the range of subnet '{subnet}'")
        if address in (*(own[number] for number in range(FIRST_ADDRESSES)), own[-1]):
            raise ProviderError("PrivateIPAddressInReservedRange", f"{text} of subnet '{subnet}' is Azure's own")


@stateful("network:LoadBalancer")
def parts_in_use_stay(change: Change) -> None:
    """A pool that a scale set's machines are in, or a probe that it asks, does not go."""
    for collection in (POOLS, "probes"):
        names = [{str(dig(item, "name")) for item in known_items((inputs or {}).get(collection))}
                 for inputs in (change.old, change.new)]  # fmt: skip
        for gone in sorted(names[0] - names[1]):
            _refuse_if_used(change.world, f"{change.id}/{collection}/{gone}")


@deletion("network:LoadBalancer", "network:LoadBalancerBackendAddressPool")
def balancer_in_use_stays(world: World, identifier: str) -> None:
    _refuse_if_used(world, identifier)


def _refuse_if_used(world: World, identifier: str) -> None:
    users = [entry.id for entry in world.referring_to(identifier) if entry.type == SCALE_SET]
    if users:
        message = f"cannot delete '{identifier}' since it is in use by virtual machine scale set '{users[0]}'"
        raise ProviderError(IN_USE, message)
