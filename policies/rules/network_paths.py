"""What network security groups and firewalls let through, rule by rule."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Value, one_of
from policies.rules.catalog import LEARN, PRIVATE_NETWORK

_GROUP = types("network:NetworkSecurityGroup")
_POLICY = types("network:FirewallPolicy")
_COLLECTIONS = types("network:FirewallPolicyRuleCollectionGroup")
_ANY = one_of("*", "0.0.0.0/0", "::/0")
_OUTSIDE = one_of("*", "0.0.0.0/0", "::/0", "Internet")
# Bastion's and gateways' own subnets are reached from the Internet at this port, and at no other
# (learn.microsoft.com azure/bastion/bastion-nsg).
_TLS_PORT = one_of("443")


def _either(rule: Value, name: str) -> Iterator[Value]:
    """What stands in the singular and in the plural of a rule's property."""
    plural = f"{name}es" if name.endswith("x") else f"{name}s"
    yield rule.at(name)
    yield from rule.at(plural).elements()


def _has(rule: Value, name: str, test: object) -> bool:
    return any(each.meets(test) for each in _either(rule, name))  # type: ignore[arg-type]


def _denies_the_rest(resource: Resource) -> Iterator[Finding]:
    rules = list(resource.at("securityRules").elements())
    for direction in ("Inbound", "Outbound"):
        if resource.at("securityRules").known() and not any(_denies_all(rule, direction) for rule in rules):
            yield Finding(message=f"securityRules must have one that denies everything else, {direction}")


def _denies_all(rule: Value, direction: str) -> bool:
    wanted = {"access": "Deny", "direction": direction, "protocol": "*", "destinationPortRange": "*"}
    ends = ("sourceAddressPrefix", "destinationAddressPrefix")
    return all(rule.at(name).may_meet(one_of(value)) for name, value in wanted.items()) and all(
        rule.at(end).may_meet(_ANY) for end in ends
    )


def _callers_are_named(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("securityRules").elements():
        if not rule.at("access").meets(one_of("Allow")) or not rule.at("direction").meets(one_of("Inbound")):
            continue
        ports = [port for port in _either(rule, "destinationPortRange") if port.is_set()]
        if _has(rule, "sourceAddressPrefix", _OUTSIDE) and not all(port.may_meet(_TLS_PORT) for port in ports):
            yield Finding(message=f"{rule.path} must name who may call: it lets everybody in")


def _ways_out_are_named(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("securityRules").elements():
        if not rule.at("access").meets(one_of("Allow")) or not rule.at("direction").meets(one_of("Outbound")):
            continue
        anywhere = _has(rule, "destinationAddressPrefix", _ANY)
        outside = anywhere or _has(rule, "destinationAddressPrefix", _OUTSIDE)
        if anywhere or (outside and _has(rule, "destinationPortRange", _ANY)):
            yield Finding(message=f"{rule.path} must name where traffic goes, or its ports on the Internet")


def _firewall_flows_are_named(resource: Resource) -> Iterator[Finding]:
    for collection in resource.at("ruleCollections").elements():
        for rule in collection.at("rules").elements():
            for name in ("sourceAddresses", "destinationPorts", "destinationFqdns"):
                if any(each.meets(_ANY) for each in rule.at(name).elements()):
                    yield Finding(message=f"{rule.path}.{name} must name what it is about")
            if not rule.at("sourceAddresses").is_set() and not rule.at("sourceIpGroups").is_set():
                yield Finding(message=f"{rule.path} must have sourceAddresses or sourceIpGroups")


def _intrusions_are_denied(resource: Resource) -> Iterator[Finding]:
    if resource.at("sku.tier").meets(one_of("Premium")):
        yield from resource.at("intrusionDetection.mode").must(one_of("Deny"))


def _zone_takes_no_names(resource: Resource) -> Iterator[Finding]:
    if (resource.at("privateZoneName").text() or "").startswith("privatelink."):
        yield from resource.at("registrationEnabled").must_if_set(IS_FALSE)


RULES = (
    ResourceRule(
        id="nsg-denies-the-rest",
        title="Network security groups deny what they do not allow",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_GROUP,
        why="Azure's own last rules let everything of the network in, and everything out to the Internet.",
        remedy="Add a rule that denies everything, for each direction, with the last priority (4096).",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "PCI DSS 1.3.1", "PCI DSS 1.3.2", "ISO 27001 8.22"),
        check=_denies_the_rest,
    ),
    ResourceRule(
        id="nsg-callers-named",
        title="Nobody is let in from everywhere, except to port 443",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_GROUP,
        why="Whatever listens behind it is found within minutes.",
        remedy="Name the addresses or the service tag that may call.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "PCI DSS 1.3.1", "ISO 27001 8.20"),
        check=_callers_are_named,
    ),
    ResourceRule(
        id="nsg-ways-out-named",
        title="Nothing is let out to everywhere",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_GROUP,
        why="A way out to everywhere is a way out for data.",
        remedy="Name addresses or a service tag; with Internet, name the ports.",
        url=f"{LEARN}/virtual-network/network-security-groups-overview",
        references=("MCSB NS-1", "MCSB DP-2", "PCI DSS 1.3.2"),
        check=_ways_out_are_named,
    ),
    ResourceRule(
        id="firewall-flows-named",
        title="A firewall's rules say who talks to whom, at which port",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_COLLECTIONS,
        why="A rule for everybody, or to any port, is no rule.",
        remedy="Name sourceAddresses, destinationPorts and destinationFqdns.",
        url=f"{LEARN}/firewall/policy-rule-sets",
        references=("MCSB NS-3", "PCI DSS 1.2.5", "ISO 27001 8.20"),
        check=_firewall_flows_are_named,
    ),
    ResourceRule(
        id="firewall-intrusions-denied",
        title="Premium firewalls stop intrusions, and do not just tell",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_POLICY,
        why="An alert is read after the data is gone.",
        remedy="Set intrusionDetection.mode to Deny.",
        url=f"{LEARN}/firewall/premium-features",
        references=("MCSB NS-4", "PCI DSS 11.5.1"),
        check=_intrusions_are_denied,
    ),
    ResourceRule(
        id="firewall-resolves-names",
        title="Firewalls resolve the names that their rules allow",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_POLICY,
        why="Where client and firewall ask different resolvers, a rule by name allows another address.",
        remedy="Set dnsSettings.enableProxy to true and let the network's DNS point at the firewall.",
        url=f"{LEARN}/firewall/dns-details",
        references=("MCSB NS-10", "MCSB NS-3"),
        check=must("dnsSettings.enableProxy", IS_TRUE),
    ),
    ResourceRule(
        id="dns-private-zone-closed",
        title="Nothing registers itself in the zone of a private endpoint",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("privatedns:VirtualNetworkLink"),
        why="A machine with a vault's name would be taken for the vault.",
        remedy="Set registrationEnabled of the link to false.",
        url=f"{LEARN}/dns/private-dns-autoregistration",
        references=("MCSB NS-10",),
        check=_zone_takes_no_names,
    ),
    ResourceRule(
        id="acr-default-deny",
        title="Registries deny whoever is not named",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("containerregistry:Registry"),
        why="It is what holds when public access is turned on for a moment.",
        remedy="Set networkRuleSet.defaultAction to Deny.",
        url=f"{LEARN}/container-registry/container-registry-access-selected-networks",
        references=("MCSB NS-2",),
        check=must("networkRuleSet.defaultAction", one_of("Deny")),
    ),
    ResourceRule(
        id="network-resolver-set",
        title="Networks name their resolvers",
        family=PRIVATE_NETWORK,
        severity=Severity.LOW,
        types=types("network:VirtualNetwork"),
        why="Names asked past the firewall are neither filtered nor written down: a way out for data.",
        remedy="Set dhcpOptions.dnsServers to the firewall, or to resolvers of yours.",
        url=f"{LEARN}/firewall/dns-settings",
        references=("MCSB NS-10",),
        check=must("dhcpOptions.dnsServers", IS_SET),
    ),
)
