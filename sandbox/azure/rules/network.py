"""Virtual networks, subnets, rules, peerings, gateways."""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

VIRTUAL_NETWORK: Final = "azure-native:network:VirtualNetwork"
SUBNET: Final = "azure-native:network:Subnet"
PEERING: Final = "azure-native:network:VirtualNetworkPeering"
POSTGRESQL_DELEGATION: Final = "Microsoft.DBforPostgreSQL/flexibleServers"
AKS_DELEGATION: Final = "Microsoft.ContainerService/managedClusters"
# Longest prefix by name or delegation: learn.microsoft.com azure/bastion/configuration-settings,
# azure/firewall/firewall-faq, azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings,
# azure/postgresql/network/concepts-networking-private, azure/aks/api-server-vnet-integration
LONGEST_PREFIX: Final = {
    "AzureBastionSubnet": 26,
    "AzureFirewallSubnet": 26,
    "AzureFirewallManagementSubnet": 26,
    "GatewaySubnet": 27,
    POSTGRESQL_DELEGATION: 28,
    AKS_DELEGATION: 28,
}
SMALLEST_SUBNET: Final = 29
NO_NSG: Final = ("AzureFirewallSubnet", "AzureFirewallManagementSubnet")
LARGEST_PORT: Final = 65535
PRIORITIES: Final = range(100, 4097)
NSG_RULE_LIMIT: Final = 1000
IDLE_TIMEOUT_MINUTES: Final = range(4, 121)


def network_of(text: Any) -> Network | None:
    """An address range; None if it is not one, or has host bits set."""
    try:
        return ipaddress.ip_network(str(text))
    except ValueError:
        return None


def prefixes(subnet: Object) -> list[str]:
    """The address prefixes of a subnet, whichever way they are given."""
    single = dig(subnet, "addressPrefix")
    return ([single] if single else []) + known_items(subnet.get("addressPrefixes"))


def overlap(one: Network, other: Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def networks(texts: Iterable[Any]) -> list[Network]:
    """The address ranges among some texts."""
    return [network for network in map(network_of, texts) if network is not None]


def is_inside(inner: Network, outer: Network) -> bool:
    return inner.version == outer.version and inner.subnet_of(outer)  # type: ignore[arg-type]


@static("network:VirtualNetwork")
def virtual_network(inputs: Object) -> Iterator[Failure]:
    """Ranges are ranges; subnets lie inside, apart from each other, and are large enough for what they hold."""
    space = []
    for index, text in enumerate(known_items(dig(inputs, "addressSpace", "addressPrefixes"))):
        network = network_of(text)
        if network is None:
            yield refuse(f"addressSpace.addressPrefixes[{index}]", text, "an address range without host bits")
        else:
            space.append(network)
    names: set[str] = set()
    taken: list[tuple[str, Network]] = []
    for index, subnet in enumerate(known_items(inputs.get("subnets"))):
        where, name = f"subnets[{index}]", str(subnet.get("name"))
        if name.lower() in names:
            yield Failure(f"{where}.name", f"a second subnet named {name!r}")
        names.add(name.lower())
        yield from _subnet(subnet, name, where)
        for mine in networks(prefixes(subnet)):
            if space and not any(is_inside(mine, outer) for outer in space):
                yield Failure(f"{where}.addressPrefix", f"{mine} is not inside the virtual network's address space")
            for other_name, other in taken:
                if overlap(mine, other):
                    yield Failure(f"{where}.addressPrefix", f"{mine} overlaps {other} of subnet {other_name!r}")
            taken.append((name, mine))


@static("network:Subnet")
def subnet_alone(inputs: Object) -> Iterator[Failure]:
    yield from _subnet(inputs, str(inputs.get("subnetName")), "")


def _subnet(subnet: Object, name: str, where: str) -> Iterator[Failure]:
    dot = f"{where}." if where else ""
    delegations = [str(dig(item, "serviceName")) for item in known_items(subnet.get("delegations"))]
    if len(delegations) > 1:
        yield Failure(f"{dot}delegations", "a subnet can be delegated to one service only")
    longest = min(LONGEST_PREFIX.get(key, SMALLEST_SUBNET) for key in [name, *delegations])
    for text in prefixes(subnet):
        network = network_of(text)
        if network is None:
            yield refuse(f"{dot}addressPrefix", text, "an address range without host bits")
        elif network.version == 4 and network.prefixlen > longest:  # noqa: PLR2004 - IPv4
            use = name if name in LONGEST_PREFIX else delegations[0] if delegations else "a subnet"
            yield refuse(f"{dot}addressPrefix", text, f"/{longest} or larger for {use}")
    if name in NO_NSG and subnet.get("networkSecurityGroup"):
        yield Failure(f"{dot}networkSecurityGroup", f"{name} takes no network security group")


@static("network:NetworkSecurityGroup")
def security_group(inputs: Object) -> Iterator[Failure]:
    """Names and priorities of rules are unique, a rule has one form of each side."""
    rules = known_items(inputs.get("securityRules"))
    if len(rules) > NSG_RULE_LIMIT:
        yield refuse("securityRules", len(rules), f"at most {NSG_RULE_LIMIT} rules")
    seen: dict[tuple[str, str], str] = {}
    for index, rule in enumerate(rules):
        where = f"securityRules[{index}]"
        yield from _security_rule(rule, where)
        direction = str(rule.get("direction"))
        for kind in ("name", "priority"):
            value = rule.get(kind)
            key = (kind if kind == "name" else direction, str(value).lower())
            if value is not None and key in seen:
                yield Failure(f"{where}.{kind}", f"{value!r} is already used by rule {seen[key]!r}")
            seen[key] = str(rule.get("name"))


@static("network:SecurityRule")
def security_rule(inputs: Object) -> Iterator[Failure]:
    yield from _security_rule(inputs, "")


def _security_rule(rule: Object, where: str) -> Iterator[Failure]:
    dot = f"{where}." if where else ""
    priority = rule.get("priority")
    if isinstance(priority, int) and priority not in PRIORITIES:
        yield refuse(f"{dot}priority", priority, f"{PRIORITIES.start} to {PRIORITIES.stop - 1}")
    for side in ("source", "destination"):
        addresses = [f"{side}AddressPrefix", f"{side}AddressPrefixes", f"{side}ApplicationSecurityGroups"]
        if not any(rule.get(key) for key in addresses):
            yield Failure(f"{dot}{addresses[0]}", f"a rule needs a {side}: one of {', '.join(addresses)}")
        if rule.get(addresses[0]) and rule.get(addresses[1]):
            yield Failure(f"{dot}{addresses[0]}", f"give either {addresses[0]} or {addresses[1]}")
        ports = [f"{side}PortRange", f"{side}PortRanges"]
        if not any(rule.get(key) for key in ports):
            yield Failure(f"{dot}{ports[0]}", f"a rule needs {' or '.join(ports)}")
        for text in [dig(rule, ports[0]), *known_items(rule.get(ports[1]))]:
            if isinstance(text, str) and not _is_port_range(text):
                yield refuse(f"{dot}{ports[0]}", text, "*, a port, or a range such as 1024-2048")


def _is_port_range(text: str) -> bool:
    low, _, high = text.partition("-")
    ends = [low, high or low]
    return text == "*" or (all(map(str.isdigit, ends)) and int(ends[0]) <= int(ends[1]) <= LARGEST_PORT)


@static("network:RouteTable")
def route_table(inputs: Object) -> Iterator[Failure]:
    """A route to an appliance names the appliance."""
    for index, route in enumerate(known_items(inputs.get("routes"))):
        if route.get("nextHopType") == "VirtualAppliance" and "nextHopIpAddress" not in route:
            yield Failure(f"routes[{index}].nextHopIpAddress", "required when nextHopType is VirtualAppliance")


@static("network:PublicIPAddress")
def public_address(inputs: Object) -> Iterator[Failure]:
    """Standard addresses are static; Basic ones cannot be made any more (retired 2025-09-30)."""
    sku = dig(inputs, "sku", "name")
    if sku == "Basic" or "sku" not in inputs:
        yield refuse("sku.name", sku or "Basic", "Standard (Basic was retired on 2025-09-30)")
    elif inputs.get("publicIPAllocationMethod", "Dynamic") == "Dynamic":
        yield refuse("publicIPAllocationMethod", "Dynamic", "Static for a Standard address")


@static("network:NatGateway")
def nat_gateway(inputs: Object) -> Iterator[Failure]:
    """learn.microsoft.com azure/nat-gateway/nat-gateway-resource"""
    timeout = inputs.get("idleTimeoutInMinutes")
    if isinstance(timeout, int) and timeout not in IDLE_TIMEOUT_MINUTES:
        yield refuse("idleTimeoutInMinutes", timeout, "4 to 120")
    if len(known_items(inputs.get("zones"))) > 1 and dig(inputs, "sku", "name") == "Standard":
        yield refuse("zones", inputs["zones"], "one zone for the Standard SKU")


@stateful("network:Subnet")
def subnet_fits(change: Change) -> None:
    """A subnet of its own lies in its network and apart from the others."""
    network_id = paths.parent_of(change.id) or ""
    network = change.world.body(network_id) or {}
    space = known_items(dig(network, "addressSpace", "addressPrefixes"))
    others = [
        entry.inputs
        for entry in change.world.store.of_type(SUBNET)
        if entry.id.lower() != change.id.lower() and (paths.parent_of(entry.id) or "").lower() == network_id.lower()
    ]
    own_name = paths.name_of(change.id).lower()
    others += [item for item in known_items(network.get("subnets")) if str(item.get("name")).lower() != own_name]
    taken = networks(text for other in others for text in prefixes(other))
    for mine in networks(prefixes(change.new)):
        if not any(is_inside(mine, outer) for outer in networks(space)):
            raise ProviderError("NetcfgInvalidSubnet", f"{mine} is not inside the address space of '{network_id}'")
        for theirs in taken:
            if overlap(mine, theirs):
                raise ProviderError("NetcfgSubnetRangesOverlap", f"{mine} overlaps {theirs} in '{network_id}'")


@stateful("network:VirtualNetwork")
def subnets_in_use_stay(change: Change) -> None:
    """A subnet that something uses can neither go nor move; default outbound access is fixed at its creation."""
    if change.old is None:
        return
    new = {str(item.get("name")).lower(): item for item in known_items(change.new.get("subnets"))}
    for old in known_items(change.old.get("subnets")):
        name = str(old.get("name"))
        now = new.get(name.lower())
        access = (old.get("defaultOutboundAccess"), (now or {}).get("defaultOutboundAccess"))
        if now is not None and access[0] != access[1]:
            message = f"defaultOutboundAccess of subnet {name!r} is fixed at its creation"
            raise ProviderError("SubnetPropertyCannotBeChanged", message)
        if now is None or prefixes(now) != prefixes(old):
            users = change.world.referring_to(f"{change.id}/subnets/{name}")
            if users:
                raise ProviderError("InUseSubnetCannotBeDeleted", f"subnet {name!r} is in use by '{users[0].id}'")


@stateful("network:VirtualNetworkPeering")
def peered_apart(change: Change) -> None:
    """Peered networks have no addresses in common, neither with each other nor with other peers."""
    own = paths.parent_of(change.id) or ""
    remote = str(dig(change.new, "remoteVirtualNetwork", "id"))
    peers = [
        str(dig(entry.inputs, "remoteVirtualNetwork", "id"))
        for entry in change.world.store.of_type(PEERING)
        if (paths.parent_of(entry.id) or "").lower() == own.lower() and entry.id.lower() != change.id.lower()
    ]
    for other in [own, *peers]:
        if other.lower() != remote.lower():
            _refuse_overlap(change.world, remote, other)


def _refuse_overlap(world: World, one: str, other: str) -> None:
    for mine in _space(world, one):
        for theirs in _space(world, other):
            if overlap(mine, theirs):
                raise ProviderError(
                    "VnetAddressSpacesOverlap",
                    f"cannot peer: {mine} of '{paths.name_of(one)}' overlaps {theirs} of '{paths.name_of(other)}'",
                )


def _space(world: World, identifier: str) -> list[Network]:
    body = world.body(identifier) or {}
    return networks(known_items(dig(body, "addressSpace", "addressPrefixes")))


@stateful("network:AzureFirewall", "network:BastionHost")
def fixed_subnet_names(change: Change) -> None:
    """The services that live in subnets of fixed names."""
    allowed = "AzureFirewallSubnet" if change.token.endswith("AzureFirewall") else "AzureBastionSubnet"
    for configuration in known_items(change.new.get("ipConfigurations")):
        subnet = dig(configuration, "subnet", "id")
        if isinstance(subnet, str) and paths.name_of(subnet).lower() != allowed.lower():
            raise ProviderError("SubnetNameIsInvalid", f"found subnet {paths.name_of(subnet)!r}, allowed: {allowed!r}")


@stateful("network:NatGateway")
def nat_addresses(change: Change) -> None:
    """A Standard gateway takes Standard addresses of its own zone or of none."""
    for item in known_items(change.new.get("publicIpAddresses")):
        address = change.world.body(str(item.get("id"))) or {}
        zones, own = known_items(address.get("zones")), known_items(change.new.get("zones"))
        if own and len(zones) == 1 and zones != own:
            raise ProviderError("ZonesMismatch", f"the gateway is in zone {own}, its address '{item['id']}' in {zones}")
        if dig(address, "sku", "name") not in (None, dig(change.new, "sku", "name")):
            raise ProviderError("SkuMismatch", f"gateway and address '{item['id']}' must be of the same SKU")


@stateful("privatedns:VirtualNetworkLink")
def linked_once(change: Change) -> None:
    """One zone of a name for a network, and only one link from it."""
    zone, network = paths.parent_of(change.id) or "", str(dig(change.new, "virtualNetwork", "id")).lower()
    for link in change.world.store.of_type(change.token):
        same_network = str(dig(link.inputs, "virtualNetwork", "id")).lower() == network
        other_zone = paths.parent_of(link.id) or ""
        if link.id.lower() != change.id.lower() and same_network and paths.name_of(other_zone) == paths.name_of(zone):
            message = f"a zone {paths.name_of(zone)!r} is already linked to '{network}' ('{link.id}')"
            raise ProviderError("BadRequest", message)
