"""The environment's own Azure Firewall."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import network

from components.base import Component
from components.network.egress import ZONES, FirewallEgress, FirewallTier

_RULES_PRIORITY = 200
_THREAT_INTELLIGENCE = network.AzureFirewallThreatIntelMode.DENY


def public_addresses(component: Component, name: str, egress: FirewallEgress) -> list[network.PublicIPAddress]:
    """The firewall's public addresses, each over all zones."""
    return [
        network.PublicIPAddress(
            f"{name}-firewall-address-{number}",
            public_ip_address_name=f"pip-{egress.firewall_name}-{number}",
            resource_group_name=component.placement.resource_group_name,
            location=component.placement.location,
            tags=component.placement.tags,
            sku=network.PublicIPAddressSkuArgs(name=network.PublicIPAddressSkuName.STANDARD),
            public_ip_allocation_method=network.IPAllocationMethod.STATIC,
            public_ip_address_version=network.IPVersion.I_PV4,
            zones=list(ZONES),
            opts=component.child(),
        )
        for number in range(1, egress.address_count + 1)
    ]


def firewall_policy(
    component: Component,
    name: str,
    egress: FirewallEgress,
    *,
    rules: Sequence[network.FirewallPolicyFilterRuleCollectionArgs],
    dns_servers: Sequence[str],
) -> tuple[network.FirewallPolicy, network.FirewallPolicyRuleCollectionGroup]:
    """The policy and its rules: what no rule allows is denied.

    Args:
        component: owner.
        name: prefix of Pulumi names.
        egress: the firewall's arguments.
        rules: rule collections.
        dns_servers: servers that the DNS proxy asks; empty for Azure's own.
    """
    policy = network.FirewallPolicy(
        f"{name}-firewall-policy",
        firewall_policy_name=f"afwp-{egress.firewall_name}",
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        sku=network.FirewallPolicySkuArgs(tier=egress.tier.value),
        threat_intel_mode=_THREAT_INTELLIGENCE,
        intrusion_detection=(
            network.FirewallPolicyIntrusionDetectionArgs(mode=network.FirewallPolicyIntrusionDetectionStateType.DENY)
            if egress.tier is FirewallTier.PREMIUM
            else None
        ),
        # Rules on names other than HTTP's work by the proxy only (learn.microsoft.com azure/firewall/dns-details).
        dns_settings=network.DnsSettingsArgs(enable_proxy=True, servers=list(dns_servers)),
        opts=component.child(),
    )
    group = network.FirewallPolicyRuleCollectionGroup(
        f"{name}-firewall-rules",
        rule_collection_group_name="egress",
        firewall_policy_name=policy.name,
        resource_group_name=component.placement.resource_group_name,
        priority=_RULES_PRIORITY,
        rule_collections=list(rules),
        opts=component.child(),
    )
    return policy, group


def firewall(
    component: Component,
    name: str,
    egress: FirewallEgress,
    *,
    policy_id: pulumi.Input[str],
    subnet_id: pulumi.Input[str],
    addresses: Sequence[network.PublicIPAddress],
    depends_on: Sequence[pulumi.Resource],
) -> network.AzureFirewall:
    """The firewall itself, over all zones.

    Args:
        component: owner.
        name: prefix of Pulumi names.
        egress: its arguments.
        policy_id: ARM id of the policy.
        subnet_id: ARM id of the AzureFirewallSubnet.
        addresses: public addresses.
        depends_on: the policy's rules (a change of them while the firewall is made is refused), and the network's
            peerings.
    """
    return network.AzureFirewall(
        f"{name}-firewall",
        azure_firewall_name=egress.firewall_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        sku=network.AzureFirewallSkuArgs(name=network.AzureFirewallSkuName.AZF_W_V_NET, tier=egress.tier.value),
        zones=list(ZONES),
        firewall_policy=network.SubResourceArgs(id=policy_id),
        ip_configurations=[
            network.AzureFirewallIPConfigurationArgs(
                name=f"address-{number}",
                # The subnet belongs to the first one only.
                subnet=network.SubResourceArgs(id=subnet_id) if number == 1 else None,
                public_ip_address=network.SubResourceArgs(id=address.id),
            )
            for number, address in enumerate(addresses, start=1)
        ],
        opts=component.child(depends_on=depends_on),
    )


def checked_id(firewall: network.AzureFirewall, expected_address: str) -> pulumi.Output[str]:
    """The firewall's id, once it is sure that it took the address that routes and DNS settings lead to.

    Raises:
        RuntimeError: in the output, if it took another.
    """

    def address(configurations: Sequence[network.outputs.AzureFirewallIPConfigurationResponse] | None) -> str | None:
        return next((each.private_ip_address for each in configurations or () if each.private_ip_address), None)

    def check(firewall_id: str, taken: str | None) -> str:
        if taken not in (expected_address, None):
            raise RuntimeError(f"{firewall_id} is at {taken}, but the network's routes lead to {expected_address}")
        return firewall_id

    # Output.all would take the class from the configurations and leave dicts, so the address comes out of them first.
    taken = firewall.ip_configurations.apply(address)
    return pulumi.Output.all(id=firewall.id, taken=taken).apply(lambda values: check(values["id"], values["taken"]))
