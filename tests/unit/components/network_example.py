"""A spoke with every kind of subnet, for the tests of the network."""

from __future__ import annotations

from collections.abc import Mapping

from components.network.egress import Egress, NatEgress
from components.network.flows import Destination, Runtime
from components.network.hub import Hub
from components.network.spoke import SpokeNetwork, SpokeNetworkArgs
from components.network.subnets import SubnetKind
from tests.unit.components.harness import placement

ADDRESS_SPACE = "10.40.0.0/20"
PODS = "192.168.0.0/16"
CLIENTS = ("10.16.0.0/14", "10.220.8.0/24")
SUBNETS: Mapping[str, str] = {
    "system": "10.40.0.0/26",
    "web": "10.40.1.0/24",
    "jobs": "10.40.2.0/25",
    "api-server": "10.40.3.0/28",
    "ingress": "10.40.3.16/28",
    "database": "10.40.3.32/28",
    "private-endpoints": "10.40.3.64/26",
    "runner": "10.40.3.128/28",
    "bastion": "10.40.4.0/26",
}
SUBNETS_WITH_FIREWALL = {**SUBNETS, "firewall": "10.40.4.64/26"}
FIREWALL_ADDRESS = "10.40.4.68"
HUB_ID = (
    "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-hub-weu"
    "/providers/Microsoft.Network/virtualNetworks/vnet-hub-weu"
)
HUB_RESOLVERS = ("10.200.0.132", "10.200.0.133")
DESTINATIONS = (
    Destination(fqdn="*.bank.example", purpose="Payments"),
    Destination(fqdn="smtp.example", purpose="Outgoing mail", port=587),
    Destination(fqdn="code.example", purpose="Source code", sources=(SubnetKind.RUNNER,)),
)
NAT = NatEgress(gateway_name="ng-erp-test-weu")


def spoke(
    *,
    egress: Egress = NAT,
    subnets: Mapping[str, str] = SUBNETS,
    hub: Hub | None = None,
    pod_address_range: str | None = PODS,
    destinations: tuple[Destination, ...] = DESTINATIONS,
    runtime: Runtime = Runtime.CLUSTER,
) -> SpokeNetwork:
    """Makes it; the arguments are those that the tests vary."""
    return SpokeNetwork(
        "spoke",
        SpokeNetworkArgs(
            placement=placement(),
            network_name="vnet-erp-test-weu",
            address_space=ADDRESS_SPACE,
            subnets=subnets,
            client_address_ranges=CLIENTS,
            pod_address_range=pod_address_range,
            destinations=destinations,
            egress=egress,
            hub=hub,
            runtime=runtime,
        ),
    )
