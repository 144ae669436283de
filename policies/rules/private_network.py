"""The network itself: subnets, security groups, ways out."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, Finding, Value, one_of
from policies.rules.catalog import LEARN, PRIVATE_NETWORK

_SUBNETS = types("network:VirtualNetwork", "network:Subnet")
_SECURITY_RULES = types("network:NetworkSecurityGroup", "network:SecurityRule")
# Subnets of platform services; these refuse a network security group (learn.microsoft.com azure/virtual-network/
# virtual-network-for-azure-services). AzureBastionSubnet takes one.
_NO_NSG = frozenset({"AzureFirewallSubnet", "AzureFirewallManagementSubnet", "GatewaySubnet", "RouteServerSubnet"})
_OWN_EGRESS = _NO_NSG | {"AzureBastionSubnet"}
_ANYWHERE = frozenset({"*", "any", "internet", "0.0.0.0/0", "::/0", "0.0.0.0"})  # noqa: S104 prefixes, nothing is bound
# SSH, RDP, WinRM, PostgreSQL, PgBouncer, Redis, Managed Redis, Odoo and its websocket port
_ADMIN_PORTS = (22, 3389, 5985, 5986, 5432, 6432, 6379, 6380, 10000, 8069, 8072)
_LAST_PORT = 65535


def _subnets(resource: Resource) -> Iterator[tuple[str | None, Value]]:
    if resource.type.endswith(":Subnet"):
        name = resource.at("subnetName")
        named = [(name if name.is_set() else resource.at("name"), resource.inputs)]
    else:
        named = [(subnet.at("name"), subnet) for subnet in resource.at("subnets").elements()]
    for name, subnet in named:
        if name.known():
            yield name.text(), subnet


def _has_security_group(resource: Resource) -> Iterator[Finding]:
    for name, subnet in _subnets(resource):
        if name not in _NO_NSG:
            yield from subnet.at("networkSecurityGroup").must(IS_SET)


def _has_private_outbound(resource: Resource) -> Iterator[Finding]:
    for name, subnet in _subnets(resource):
        if name not in _OWN_EGRESS:
            yield from subnet.at("defaultOutboundAccess").must(IS_FALSE)


def _endpoints_obey_policies(resource: Resource) -> Iterator[Finding]:
    obeys = one_of("Enabled", "NetworkSecurityGroupEnabled")
    for name, subnet in _subnets(resource):
        if name not in _OWN_EGRESS and not subnet.at("delegations").is_set():
            yield from subnet.at("privateEndpointNetworkPolicies").must(obeys)


def _security_rules(resource: Resource) -> Iterator[Value]:
    if resource.type.endswith(":SecurityRule"):
        yield resource.inputs
    else:
        yield from resource.at("securityRules").elements()


def _texts(rule: Value, name: str, plural: str) -> Iterator[str]:
    """One property and its plural: ARM takes either."""
    for value in (rule.at(name), *rule.at(plural).elements()):
        text = value.text()
        if text:
            yield text.strip().casefold()


def _from_anywhere(rule: Value, side: str) -> bool:
    prefixes = _texts(rule, f"{side}AddressPrefix", f"{side}AddressPrefixes")
    return any(prefix in _ANYWHERE for prefix in prefixes)


def _port_ranges(rule: Value) -> Iterator[tuple[int, int]]:
    for text in _texts(rule, "destinationPortRange", "destinationPortRanges"):
        for part in text.split(","):
            first, _, last = part.strip().partition("-")
            if first == "*":
                yield 0, _LAST_PORT
            elif first.isdigit():
                yield int(first), int(last or first)


def _no_admin_ports(resource: Resource) -> Iterator[Finding]:
    for rule in _security_rules(resource):
        inbound = rule.at("direction").meets(one_of("Inbound")) and rule.at("access").meets(one_of("Allow"))
        if not inbound or not _from_anywhere(rule, "source"):
            continue
        open_ports = [port for port in _ADMIN_PORTS if any(a <= port <= b for a, b in _port_ranges(rule))]
        if open_ports:
            where = rule.path or "the rule"
            yield Finding(message=f"{where} must not open {', '.join(map(str, open_ports))} to the Internet")


def _no_any_to_any(resource: Resource) -> Iterator[Finding]:
    for rule in _security_rules(resource):
        everything = (
            rule.at("access").meets(one_of("Allow"))
            and _from_anywhere(rule, "source")
            and _from_anywhere(rule, "destination")
            and (0, _LAST_PORT) in _port_ranges(rule)
        )
        if everything:
            yield Finding(message=f"{rule.path or 'the rule'} must name a source, a destination or ports")


def _is_described(resource: Resource) -> Iterator[Finding]:
    for rule in _security_rules(resource):
        yield from rule.at("description").must(IS_SET)


def _no_route_to_internet(resource: Resource) -> Iterator[Finding]:
    routes = resource.at("routes").elements() if resource.type.endswith("Table") else iter((resource.inputs,))
    for route in routes:
        default = route.at("addressPrefix").meets(one_of("0.0.0.0/0", "::/0"))
        if default and route.at("nextHopType").meets(one_of("Internet")):
            yield Finding(message=f"{route.path or 'the route'} must not send all traffic straight to the Internet")


RULES = (
    ResourceRule(
        id="subnet-has-nsg",
        title="Every subnet has a network security group",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_SUBNETS,
        why="Without one, every subnet of the network reaches every other.",
        remedy="Set networkSecurityGroup on the subnet.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "CIS Azure 6.0 7.11"),
        check=_has_security_group,
    ),
    ResourceRule(
        id="subnet-private-outbound",
        title="No subnet reaches the Internet by default",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_SUBNETS,
        why="Default outbound access leaves through an address of the platform that changes and that nobody logs.",
        remedy="Set defaultOutboundAccess to false, and give the subnet a NAT gateway or a route to a firewall.",
        url=f"{LEARN}/virtual-network/ip-services/default-outbound-access",
        references=("MCSB NS-3", "PCI DSS 1.3.2"),
        check=_has_private_outbound,
    ),
    ResourceRule(
        id="subnet-pe-policies-on",
        title="Private endpoints obey the security group of their subnet",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_SUBNETS,
        why="By default the group's rules and routes are ignored for private endpoints.",
        remedy="Set privateEndpointNetworkPolicies to Enabled.",
        url=f"{LEARN}/private-link/disable-private-endpoint-network-policy",
        references=("MCSB NS-1",),
        check=_endpoints_obey_policies,
    ),
    ResourceRule(
        id="nsg-no-admin-from-internet",
        title="No administrative or database port is open to the Internet",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=_SECURITY_RULES,
        why="These ports are scanned within minutes.",
        remedy="Name the source subnets; administer through Bastion.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "CIS Azure 6.0 7.1", "CIS Azure 6.0 7.2", "PCI DSS 1.4.2"),
        check=_no_admin_ports,
    ),
    ResourceRule(
        id="nsg-no-any-any",
        title="No security rule allows everything",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_SECURITY_RULES,
        why="A rule from anywhere to anywhere on any port undoes all the others.",
        remedy="Name source, destination and ports.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "CIS Azure 6.0 7.3", "CIS Azure 6.0 7.4", "PCI DSS 1.2.5"),
        check=_no_any_to_any,
    ),
    ResourceRule(
        id="nsg-rules-described",
        title="Every security rule says what it is for",
        family=PRIVATE_NETWORK,
        severity=Severity.LOW,
        types=_SECURITY_RULES,
        why="A rule without a reason is never removed.",
        remedy="Set description.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-7", "PCI DSS 1.2.7"),
        check=_is_described,
    ),
    ResourceRule(
        id="route-no-bypass",
        title="No route sends all traffic past the firewall",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("network:RouteTable", "network:Route"),
        why="A default route to the Internet is a way out that nothing filters.",
        remedy="Route to the firewall's private address, or use a NAT gateway without a route.",
        url=f"{LEARN}/virtual-network/virtual-networks-udr-overview",
        references=("MCSB NS-3", "PCI DSS 1.3.2"),
        check=_no_route_to_internet,
    ),
    ResourceRule(
        id="disk-network-closed",
        title="Disks and snapshots cannot be downloaded from the Internet",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("compute:Disk", "compute:Snapshot"),
        why="By default anybody with a link exports the disk.",
        remedy="Set publicNetworkAccess to Disabled and networkAccessPolicy to DenyAll or AllowPrivate.",
        url=f"{LEARN}/virtual-machines/disks-restrict-import-export-overview",
        references=("MCSB NS-2", "CIS Azure 3.0 8.5", "MCSB DP-2"),
        check=all_of(
            must("publicNetworkAccess", one_of("Disabled")),
            must("networkAccessPolicy", one_of("DenyAll", "AllowPrivate")),
        ),
    ),
    ResourceRule(
        id="bastion-hardened",
        title="Bastion gives out no links and opens no other networks",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:BastionHost"),
        why="A shared link works without an account in Entra; connecting by address leaves the network.",
        remedy="Leave enableShareableLink and enableIpConnect off.",
        url=f"{LEARN}/bastion/configuration-settings",
        references=("MCSB PA-6", "CIS Azure 6.0 8.4.1"),
        check=all_of(
            must_if_set("enableShareableLink", IS_FALSE),
            must_if_set("enableIpConnect", IS_FALSE),
        ),
    ),
)
