"""The network of an environment, wired: spoke, names, administrative path, private access to monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.base import Placement
from components.monitoring import MonitoringBase, MonitoringPrivateLink, MonitoringPrivateLinkArgs
from components.network.bastion import AdministrationBastion, AdministrationBastionArgs
from components.network.egress import Egress, FirewallEgress, HubEgress, NatEgress
from components.network.flows import ODOO_SUBNETS, Destination, Runtime
from components.network.hub import Hub
from components.network.machine_flows import MACHINE_DESTINATIONS
from components.network.private_dns import PrivateDnsZones, PrivateDnsZonesArgs, cluster_zone, zone_names
from components.network.spoke import SpokeNetwork, SpokeNetworkArgs
from components.network.subnets import SubnetKind
from components.private_link import PrivateLink
from stacks import scalars, sections
from stacks.planning.plan import FoundationPlan
from stacks.sections import Network

_NEEDED: Mapping[Runtime, tuple[Destination, ...]] = {Runtime.CLUSTER: (), Runtime.MACHINES: MACHINE_DESTINATIONS}
"""Places on the Internet that a runtime needs, beside those of the settings; of a cluster's Azure has a tag."""


@dataclass(frozen=True, kw_only=True)
class PrivateNetwork:
    """The network, and how private services are put into it."""

    spoke: SpokeNetwork
    zones: PrivateDnsZones
    link: PrivateLink


def private_network(
    name: str,
    settings: Network,
    plan: FoundationPlan,
    placement: Placement,
    monitoring: MonitoringBase,
    *,
    domains: tuple[str, ...] = (),
    runtime: Runtime = Runtime.CLUSTER,
) -> PrivateNetwork:
    """Makes the network that everything else stands in.

    Args:
        name: prefix of the Pulumi names.
        settings: the network's section of the settings.
        plan: the plan.
        placement: of the network.
        monitoring: what is reached privately from it.
        domains: further private DNS zones, of names of the environment's own.
        runtime: what Odoo runs on.
    """
    spoke = SpokeNetwork(
        f"{name}-network",
        SpokeNetworkArgs(
            placement=placement,
            network_name=plan.names.virtual_network,
            address_space=plan.network.address_space,
            subnets={SubnetKind(kind): cidr for kind, cidr in plan.network.subnets.items()},
            client_address_ranges=settings.client_ranges,
            pod_address_range=plan.network.pod_range if runtime is Runtime.CLUSTER else None,
            egress=_egress(settings, plan),
            destinations=[*map(_destination, settings.destinations), *_NEEDED[runtime]],
            hub=_hub(settings),
            runtime=runtime,
        ),
    )
    needed = (*zone_names(plan.location, plan.names.database_zone), *domains)
    if runtime is Runtime.CLUSTER:
        needed = (*needed, cluster_zone(plan.location))
    zones = PrivateDnsZones(
        f"{name}-dns",
        PrivateDnsZonesArgs(
            placement=placement,
            network_id=spoke.network_id,
            network_name=plan.names.virtual_network,
            zone_names=needed,
            existing_zone_ids=_hub_zones(settings, needed, own=(plan.names.database_zone, *domains)),
        ),
    )
    link = PrivateLink(
        subnet_id=spoke.subnet_ids[SubnetKind.PRIVATE_ENDPOINTS], location=plan.location, zone_ids=zones.zone_ids
    )
    if SubnetKind.BASTION in spoke.subnet_ids:
        AdministrationBastion(
            f"{name}-bastion",
            AdministrationBastionArgs(
                placement=placement,
                bastion_name=plan.names.bastion,
                subnet_id=spoke.subnet_ids[SubnetKind.BASTION],
            ),
        )
    _private_monitoring(name, plan, placement, monitoring, link)
    return PrivateNetwork(spoke=spoke, zones=zones, link=link)


def _private_monitoring(
    name: str, plan: FoundationPlan, placement: Placement, monitoring: MonitoringBase, link: PrivateLink
) -> None:
    MonitoringPrivateLink(
        f"{name}-monitoring-link",
        MonitoringPrivateLinkArgs(
            placement=placement,
            scope_name=plan.names.private_link_scope,
            private_link=link,
            log_workspace_id=monitoring.log_workspace_id,
            endpoint_id=monitoring.endpoint_id,
            metrics_workspace_id=monitoring.metrics_workspace_id,
            metrics_workspace_name=plan.names.monitor_workspace,
        ),
    )


def _egress(settings: Network, plan: FoundationPlan) -> Egress:
    if settings.egress is scalars.Egress.NAT:
        return NatEgress(gateway_name=plan.names.nat_gateway)
    if settings.hub and settings.hub.firewall_private_ip:
        return HubEgress(firewall_private_address=settings.hub.firewall_private_ip)
    return FirewallEgress(firewall_name=plan.names.firewall)


def _hub(settings: Network) -> Hub | None:
    if settings.hub is None:
        return None
    return Hub(
        network_id=settings.hub.network_id,
        manage_peering=settings.hub.manage_peering,
        use_gateway=settings.hub.use_gateway,
        dns_servers=settings.hub.dns_servers,
    )


def _destination(wanted: sections.Destination) -> Destination:
    sources = (SubnetKind.RUNNER,) if wanted.source is scalars.DestinationSource.RUNNER else ODOO_SUBNETS
    return Destination(fqdn=wanted.fqdn, port=wanted.port, purpose=wanted.purpose, sources=sources)


def _hub_zones(settings: Network, needed: tuple[str, ...], own: tuple[str, ...]) -> dict[str, str]:
    """Zones that the hub keeps; those of the database and of its domains are the environment's own."""
    group_id = settings.hub.private_dns_resource_group_id if settings.hub else None
    if group_id is None:
        return {}
    zones = f"{group_id}/providers/Microsoft.Network/privateDnsZones"
    return {zone: f"{zones}/{zone}" for zone in needed if zone not in own}
