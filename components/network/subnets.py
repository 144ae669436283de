"""The kinds of subnet a spoke can have, and what Azure asks of each."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_network

import pulumi
from pulumi_azure_native import network


class SubnetKind(StrEnum):
    """What a subnet is for; all but two are called `snet-<kind>` in Azure."""

    SYSTEM = "system"
    """AKS system nodes."""
    WEB = "web"
    """AKS nodes of the web pools and of the ingress; or the machines that answer users."""
    JOBS = "jobs"
    """AKS nodes of cron, queue and reporting; or the machine that looks after the database."""
    API_SERVER = "api-server"
    """The cluster's API server (VNet integration)."""
    INGRESS = "ingress"
    """Front ends of internal load balancers."""
    DATABASE = "database"
    """PostgreSQL flexible servers."""
    PRIVATE_ENDPOINTS = "private-endpoints"
    """Private endpoints of the platform services."""
    RUNNER = "runner"
    """The runner that deploys from inside; nothing reaches it but the bastion."""
    BASTION = "bastion"
    """Azure Bastion."""
    FIREWALL = "firewall"
    """The environment's own Azure Firewall."""


NODES = (SubnetKind.SYSTEM, SubnetKind.WEB, SubnetKind.JOBS)
"""Subnets of cluster nodes, or of what takes their place."""
MACHINES = (*NODES, SubnetKind.RUNNER)
"""Subnets whose machines leave the network by the way out of the args. Delegated subnets have the service's own
(learn.microsoft.com azure/virtual-network/ip-services/default-outbound-access); the others start no connection."""

# learn.microsoft.com azure/bastion/configuration-settings#subnet and azure/firewall/firewall-faq: fixed names.
_FIXED_NAMES = {SubnetKind.BASTION: "AzureBastionSubnet", SubnetKind.FIREWALL: "AzureFirewallSubnet"}
_DELEGATIONS = {
    SubnetKind.API_SERVER: "Microsoft.ContainerService/managedClusters",
    SubnetKind.DATABASE: "Microsoft.DBforPostgreSQL/flexibleServers",
}
# learn.microsoft.com azure/postgresql/network/concepts-networking-private: WAL goes to storage by the shortest way.
_SERVICE_ENDPOINTS = {SubnetKind.DATABASE: "Microsoft.Storage"}
# Azure keeps a subnet's network address and the next three (learn.microsoft.com azure/virtual-network/
# virtual-networks-faq), and a firewall takes the lowest address left.
_FIRST_FREE_ADDRESS = 4


def subnet_name(kind: SubnetKind) -> str:
    """Azure name of a subnet."""
    return _FIXED_NAMES.get(kind, f"snet-{kind}")


def first_free_address(address_range: str) -> str:
    """The lowest address that Azure gives out in a subnet."""
    return str(ip_network(address_range)[_FIRST_FREE_ADDRESS])


def subnet_args(
    kind: SubnetKind,
    address_range: str,
    *,
    security_group_id: pulumi.Input[str] | None,
    route_table_id: pulumi.Input[str] | None,
    nat_gateway_id: pulumi.Input[str] | None,
) -> network.SubnetArgs:
    """A subnet, as it is declared inside its virtual network (one ARM call, so no two subnets race)."""
    delegation = _DELEGATIONS.get(kind)
    endpoint = _SERVICE_ENDPOINTS.get(kind)
    return network.SubnetArgs(
        name=subnet_name(kind),
        address_prefix=address_range,
        default_outbound_access=False,
        network_security_group=network.NetworkSecurityGroupArgs(id=security_group_id) if security_group_id else None,
        route_table=network.RouteTableArgs(id=route_table_id) if route_table_id else None,
        nat_gateway=network.SubResourceArgs(id=nat_gateway_id) if nat_gateway_id else None,
        delegations=[network.DelegationArgs(name=kind.value, service_name=delegation)] if delegation else None,
        service_endpoints=[network.ServiceEndpointPropertiesFormatArgs(service=endpoint)] if endpoint else None,
        # Off by default, and then neither security group nor route table applies to the endpoints
        # (learn.microsoft.com azure/private-link/disable-private-endpoint-network-policy).
        private_endpoint_network_policies=(
            None if delegation or kind in _FIXED_NAMES else network.VirtualNetworkPrivateEndpointNetworkPolicies.ENABLED
        ),
        # Azure refuses a private link service in a subnet with them; nothing else has an address there
        # (learn.microsoft.com azure/private-link/disable-private-link-service-network-policy).
        private_link_service_network_policies=(
            network.VirtualNetworkPrivateLinkServiceNetworkPolicies.DISABLED if kind is SubnetKind.INGRESS else None
        ),
    )
