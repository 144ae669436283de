"""The internal load balancer in front of machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import network

from components.base import Component
from components.machines.args import LoadBalancing
from components.machines.model import HEALTH_PORT

PORTS = {"https": 443, "http": 80}
"""What is answered; port 80 redirects."""
HEALTH_PATH = "/health"
_FRONT_END = "ingress"
_POOL = "machines"
_PROBE = "health"
_PROBE_SECONDS = 5
_PROBES = 2
_IDLE_MINUTES = 30
"""A long report is silent for minutes; then both ends are told, so that none waits for ever (learn.microsoft.com
azure/load-balancer/load-balancer-tcp-reset)."""


@dataclass(frozen=True, kw_only=True)
class FrontEnd:
    """What stands in front of machines.

    Args:
        load_balancer_id: ARM id.
        backend_pool_id: pool that machines join.
        address: private address at which they answer.
    """

    load_balancer_id: pulumi.Output[str]
    backend_pool_id: pulumi.Output[str]
    address: pulumi.Output[str]


def load_balancer(component: Component, name: str, args: LoadBalancing) -> FrontEnd:
    """Makes the load balancer.

    Packets reach a machine at its own address, with the client's as their source: floating IP is off
    (learn.microsoft.com azure/load-balancer/load-balancer-floating-ip). So it is the machines' security group that lets
    clients in.

    Args:
        component: owner.
        name: prefix of Pulumi names.
        args: its name and place.
    """
    placement = component.placement
    balancer = network.LoadBalancer(
        f"{name}-balancer",
        load_balancer_name=args.load_balancer_name,
        resource_group_name=placement.resource_group_name,
        location=placement.location,
        tags=placement.tags,
        sku=network.LoadBalancerSkuArgs(
            name=network.LoadBalancerSkuName.STANDARD, tier=network.LoadBalancerSkuTier.REGIONAL
        ),
        frontend_ip_configurations=[
            network.FrontendIPConfigurationArgs(
                name=_FRONT_END,
                # Azure chooses it once and keeps it: a fixed one might still be that of a cluster's ingress which this
                # one takes the place of.
                private_ip_allocation_method=network.IPAllocationMethod.DYNAMIC,
                private_ip_address_version=network.IPVersion.I_PV4,
                subnet=network.SubnetArgs(id=args.subnet_id),
                zones=list(args.zones) or None,
            )
        ],
        backend_address_pools=[network.BackendAddressPoolArgs(name=_POOL)],
        probes=[
            network.ProbeArgs(
                name=_PROBE,
                protocol=network.ProbeProtocol.HTTP,
                port=HEALTH_PORT,
                request_path=HEALTH_PATH,
                interval_in_seconds=_PROBE_SECONDS,
                probe_threshold=_PROBES,
            )
        ],
        load_balancing_rules=_rules(component, args.load_balancer_name),
        opts=component.child(),
    )
    return FrontEnd(
        load_balancer_id=balancer.id,
        backend_pool_id=pulumi.Output.concat(balancer.id, "/backendAddressPools/", _POOL),
        address=balancer.frontend_ip_configurations.apply(_address),
    )


def _rules(component: Component, balancer_name: str) -> list[network.LoadBalancingRuleArgs]:
    balancer_id = pulumi.Output.concat(
        "/subscriptions/",
        component.placement.subscription_id,
        "/resourceGroups/",
        component.placement.resource_group_name,
        f"/providers/Microsoft.Network/loadBalancers/{balancer_name}",
    )

    def part(kind: str, part_name: str) -> network.SubResourceArgs:
        return network.SubResourceArgs(id=pulumi.Output.concat(balancer_id, f"/{kind}/{part_name}"))

    return [
        network.LoadBalancingRuleArgs(
            name=rule_name,
            protocol=network.TransportProtocol.TCP,
            frontend_port=port,
            backend_port=port,
            frontend_ip_configuration=part("frontendIPConfigurations", _FRONT_END),
            backend_address_pool=part("backendAddressPools", _POOL),
            probe=part("probes", _PROBE),
            enable_floating_ip=False,
            enable_tcp_reset=True,
            idle_timeout_in_minutes=_IDLE_MINUTES,
            load_distribution=network.LoadDistribution.DEFAULT,
            disable_outbound_snat=True,
        )
        for rule_name, port in PORTS.items()
    ]


def _address(configurations: Sequence[network.outputs.FrontendIPConfigurationResponse] | None) -> str:
    return next((each.private_ip_address for each in configurations or () if each.private_ip_address), "")
