"""Peering with a hub network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component

_ID_PARTS = 9
"""`/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/virtualNetworks/<name>`, split at slashes."""


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The hub network that the spoke is peered with.

    Args:
        network_id: ARM id of the hub's virtual network.
        manage_peering: also make the hub's side of the peering. False where the hub's owners do that: the spoke's
            side then waits, in the state Initiated, and the egress by the hub is not up before they have.
        use_gateway: reach the company's networks by the hub's VPN or ExpressRoute gateway. Azure accepts it only
            once the hub's side allows gateway transit, which a managed peering does.
        dns_servers: addresses of the hub's DNS resolver; empty for Azure's own DNS.
        provider: provider of the hub's subscription, where that is another one than the spoke's.
    """

    network_id: str
    manage_peering: bool = False
    use_gateway: bool = False
    dns_servers: Sequence[str] = ()
    provider: pulumi.ProviderResource | None = None

    def __post_init__(self) -> None:
        if len(self.network_id.split("/")) != _ID_PARTS:
            raise ValueError(f"{self.network_id!r} is no ARM id of a virtual network")

    @property
    def network_name(self) -> str:
        """Name of the hub's virtual network."""
        return self.network_id.split("/")[8]

    @property
    def resource_group_name(self) -> str:
        """Its resource group."""
        return self.network_id.split("/")[4]


def peer(
    component: Component, name: str, hub: Hub, spoke: network.VirtualNetwork, spoke_name: str
) -> list[network.VirtualNetworkPeering]:
    """Peers a spoke with its hub.

    Forwarded traffic is allowed both ways: what the hub's firewall or gateway passes on has addresses of neither side.

    Args:
        component: owner of the peerings.
        name: prefix of their Pulumi names.
        hub: the hub.
        spoke: the spoke's virtual network.
        spoke_name: its Azure name.
    """
    hub_side = (
        [
            network.VirtualNetworkPeering(
                f"{name}-peering-from-hub",
                virtual_network_peering_name=f"peer-{spoke_name}",
                resource_group_name=hub.resource_group_name,
                virtual_network_name=hub.network_name,
                remote_virtual_network=network.SubResourceArgs(id=spoke.id),
                allow_virtual_network_access=True,
                allow_forwarded_traffic=True,
                allow_gateway_transit=hub.use_gateway,
                use_remote_gateways=False,
                opts=component.child(provider=hub.provider),
            )
        ]
        if hub.manage_peering
        else []
    )
    spoke_side = network.VirtualNetworkPeering(
        f"{name}-peering-to-hub",
        virtual_network_peering_name=f"peer-{hub.network_name}",
        resource_group_name=component.placement.resource_group_name,
        virtual_network_name=spoke.name,
        remote_virtual_network=network.SubResourceArgs(id=hub.network_id),
        allow_virtual_network_access=True,
        allow_forwarded_traffic=True,
        allow_gateway_transit=False,
        use_remote_gateways=hub.use_gateway,
        # ARM takes use_remote_gateways only once the other side offers its gateway.
        opts=component.child(depends_on=hub_side),
    )
    return [*hub_side, spoke_side]
