"""Private endpoints: how every platform service is reached, and the only way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component


@dataclass(frozen=True, kw_only=True)
class PrivateLink:
    """Where private endpoints go.

    Args:
        subnet_id: subnet of the endpoints.
        location: region of that subnet (an endpoint lives with its network, not with its service).
        zone_ids: ids of the private DNS zones by zone name, e.g. `privatelink.vaultcore.azure.net`.
    """

    subnet_id: pulumi.Input[str]
    location: str
    zone_ids: Mapping[str, pulumi.Input[str]]


def private_endpoint(
    component: Component,
    name: str,
    link: PrivateLink,
    *,
    service_id: pulumi.Input[str],
    service_name: str,
    group_id: str,
    zone_names: tuple[str, ...],
) -> network.PrivateDnsZoneGroup:
    """Gives a service an address in the network, and its public name that address inside it.

    Args:
        component: the component that owns the service.
        name: Pulumi name of the endpoint; its zone group is `<name>-dns`.
        link: the subnet and zones.
        service_id: ARM id of the service.
        service_name: its Azure name; the endpoint is `pep-<service_name>-<group_id>`.
        group_id: sub-resource of the service (learn.microsoft.com azure/private-link/private-endpoint-dns).
        zone_names: zones that must hold its records.

    Returns:
        The zone group: whoever must reach the service by name depends on it.
    """
    endpoint_name = f"pep-{service_name}-{group_id}"
    endpoint = network.PrivateEndpoint(
        name,
        private_endpoint_name=endpoint_name,
        resource_group_name=component.placement.resource_group_name,
        location=link.location,
        tags=component.placement.tags,
        subnet=network.SubnetArgs(id=link.subnet_id),
        custom_network_interface_name=f"nic-{endpoint_name}",
        private_link_service_connections=[
            network.PrivateLinkServiceConnectionArgs(
                name=endpoint_name, private_link_service_id=service_id, group_ids=[group_id]
            )
        ],
        opts=component.child(),
    )
    return network.PrivateDnsZoneGroup(
        f"{name}-dns",
        private_dns_zone_group_name="default",
        private_endpoint_name=endpoint.name,
        resource_group_name=component.placement.resource_group_name,
        private_dns_zone_configs=[
            network.PrivateDnsZoneConfigArgs(name=zone.replace(".", "-"), private_dns_zone_id=link.zone_ids[zone])
            for zone in zone_names
        ],
        opts=component.child(),
    )
