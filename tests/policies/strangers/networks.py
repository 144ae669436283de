"""A hub with a firewall and gateways, and a spoke, as components (azure-py-virtual-data-center)."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import network, resources

from tests.policies.strangers.shared import group

_TAGS = {"environment": "shared", "manager": "pulumi"}


class Network(pulumi.ComponentResource):
    """A network whose subnets leave by route tables of their own.

    Args:
        name: name of the component.
        inside: the group.
        prefixes: its address ranges.
    """

    def __init__(self, name: str, inside: resources.ResourceGroup, prefixes: Sequence[str]) -> None:
        super().__init__("vdc:network:Network", name, {"prefixes": list(prefixes)})
        self.name, self.group, self.options = name, inside.name, pulumi.ResourceOptions(parent=self)
        self.network = network.VirtualNetwork(
            f"{name}-vn",
            resource_group_name=self.group,
            address_space={"address_prefixes": list(prefixes)},
            tags=_TAGS,
            opts=self.options,
        )

    def subnet(self, name: str, prefix: str, own_name: str = "") -> network.Subnet:
        """A subnet with a route table; with a fixed name where Azure wants one."""
        routes = network.RouteTable(
            f"{self.name}-{name}-rt", resource_group_name=self.group, tags=_TAGS, opts=self.options
        )
        network.Route(
            f"{self.name}-{name}-r",
            resource_group_name=self.group,
            route_table_name=routes.name,
            address_prefix="0.0.0.0/0",
            next_hop_type=network.RouteNextHopType.INTERNET,
            opts=self.options,
        )
        return network.Subnet(
            f"{self.name}-{name}-sn",
            subnet_name=own_name or None,
            resource_group_name=self.group,
            virtual_network_name=self.network.name,
            address_prefix=prefix,
            route_table={"id": routes.id},
            opts=self.options,
        )

    def address(self, name: str) -> network.PublicIPAddress:
        """A public address."""
        return network.PublicIPAddress(
            f"{self.name}-{name}-pip",
            resource_group_name=self.group,
            sku={"name": network.PublicIPAddressSkuName.STANDARD},
            public_ip_allocation_method=network.IPAllocationMethod.STATIC,
            tags=_TAGS,
            opts=self.options,
        )


def data_center() -> None:
    """The hub, the spoke, and the peering between them."""
    inside = group("vdc")
    hub = Network("vdc-hub", inside, ["192.168.100.0/24", "10.100.0.0/16"])
    _firewall(hub)
    _gateway(hub)
    _bastion(hub)
    spoke = Network("vdc-spoke", inside, ["10.101.0.0/16"])
    spoke.subnet("app", "10.101.1.0/24")
    for here, there in ((hub, spoke), (spoke, hub)):
        network.VirtualNetworkPeering(
            f"{here.name}-peering",
            resource_group_name=here.group,
            virtual_network_name=here.network.name,
            remote_virtual_network={"id": there.network.id},
            allow_virtual_network_access=True,
            allow_forwarded_traffic=here is spoke,
            opts=here.options,
        )


def _firewall(hub: Network) -> None:
    subnet = hub.subnet("firewall", "192.168.100.0/26", "AzureFirewallSubnet")
    network.AzureFirewall(
        f"{hub.name}-firewall",
        resource_group_name=hub.group,
        sku={"name": network.AzureFirewallSkuName.AZF_W_V_NET, "tier": network.AzureFirewallSkuTier.STANDARD},
        ip_configurations=[
            {"name": "address", "public_ip_address": {"id": hub.address("firewall").id}, "subnet": {"id": subnet.id}}
        ],
        additional_properties={"Network.SNAT.PrivateRanges": "IANAPrivateRanges"},
        tags=_TAGS,
        opts=hub.options,
    )


def _gateway(hub: Network) -> None:
    subnet = hub.subnet("gateway", "10.100.0.0/26", "GatewaySubnet")
    network.VirtualNetworkGateway(
        f"{hub.name}-gateway",
        resource_group_name=hub.group,
        sku={
            "name": network.VirtualNetworkGatewaySkuName.VPN_GW1,
            "tier": network.VirtualNetworkGatewaySkuTier.VPN_GW1,
        },
        gateway_type=network.VirtualNetworkGatewayType.VPN,
        vpn_type=network.VpnType.ROUTE_BASED,
        enable_bgp=True,
        ip_configurations=[
            {"name": "address", "public_ip_address": {"id": hub.address("gateway").id}, "subnet": {"id": subnet.id}}
        ],
        tags=_TAGS,
        opts=hub.options,
    )


def _bastion(hub: Network) -> None:
    subnet = network.Subnet(
        f"{hub.name}-bastion-sn",
        subnet_name="AzureBastionSubnet",
        resource_group_name=hub.group,
        virtual_network_name=hub.network.name,
        address_prefix="10.100.0.64/26",
        opts=hub.options,
    )
    network.BastionHost(
        f"{hub.name}-bastion",
        resource_group_name=hub.group,
        ip_configurations=[
            {"name": "address", "public_ip_address": {"id": hub.address("bastion").id}, "subnet": {"id": subnet.id}}
        ],
        tags=_TAGS,
        opts=hub.options,
    )
