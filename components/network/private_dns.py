"""Private DNS zones: the names by which the network knows the platform services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import privatedns

from components import backup_store, file_store, image_registry, key_vault, session_cache
from components.base import Component, Placement
from components.monitoring.private_link import SCOPE_ZONES, metrics_zone

_GLOBAL = "global"
"""Private DNS zones have no region."""
RECORD_TTL_SECONDS = 300
"""How long a client may go on using the former address of a tenant that has moved."""


def cluster_zone(location: str) -> str:
    """Zone of a private cluster's API server; AKS takes this name of the caller's own zones
    (learn.microsoft.com azure/aks/private-clusters#configure-a-private-dns-zone)."""
    return f"privatelink.{location}.azmk8s.io"


def zone_names(location: str, database_zone: str) -> tuple[str, ...]:
    """The zones that every environment needs, each once; a cluster needs its own beside them.

    Args:
        location: region of the Azure Monitor workspace.
        database_zone: zone of the PostgreSQL servers in the delegated subnet: ends in `.postgres.database.azure.com`
            and is not a server's own name (learn.microsoft.com azure/postgresql/network/concepts-networking-private).
    """
    zones = (
        key_vault.PRIVATE_ZONE,
        image_registry.PRIVATE_ZONE,
        backup_store.PRIVATE_ZONE,
        file_store.PRIVATE_ZONE,
        session_cache.PRIVATE_ZONE,
        *SCOPE_ZONES,
        metrics_zone(location),
        database_zone,
    )
    return tuple(dict.fromkeys(zones))


@dataclass(frozen=True, kw_only=True)
class PrivateDnsZonesArgs:
    """Arguments of `PrivateDnsZones`.

    Args:
        placement: where the zones go.
        network_id: ARM id of the virtual network that resolves them.
        network_name: its Azure name; the links are called `link-<network_name>`.
        zone_names: zones that are needed, as `zone_names()` lists them.
        existing_zone_ids: ARM ids, by name, of zones that the hub keeps. They are used as they are: linking them to
            whatever resolves them is the hub's business. The others are made here.
    """

    placement: Placement
    network_id: pulumi.Input[str]
    network_name: str
    zone_names: Sequence[str]
    existing_zone_ids: Mapping[str, str] = field(default_factory=dict)


class PrivateDnsZones(Component):
    """Private DNS zones, linked to the network without registration of its machines.

    Attributes:
        zone_ids: ARM id of each zone by name. An own zone's id is known once its link is there, so that a service that
            takes it can be resolved as soon as it is made.

    Raises:
        ValueError: an existing zone that is not needed: its name is misspelt or of another region.
    """

    zone_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: PrivateDnsZonesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        if unknown := sorted(set(args.existing_zone_ids) - set(args.zone_names)):
            raise ValueError(f"existing zones that nothing here needs: {', '.join(unknown)}")
        self.zone_ids = {
            zone: (
                pulumi.Output.from_input(args.existing_zone_ids[zone])
                if zone in args.existing_zone_ids
                else self._linked_zone(name, zone, args)
            )
            for zone in args.zone_names
        }
        self.finish({"zoneIds": self.zone_ids})

    def _linked_zone(self, name: str, zone_name: str, args: PrivateDnsZonesArgs) -> pulumi.Output[str]:
        zone = privatedns.PrivateZone(
            f"{name}-{zone_name}",
            private_zone_name=zone_name,
            resource_group_name=args.placement.resource_group_name,
            location=_GLOBAL,
            tags=args.placement.tags,
            opts=self.child(),
        )
        link = privatedns.VirtualNetworkLink(
            f"{name}-{zone_name}-link",
            virtual_network_link_name=f"link-{args.network_name}",
            private_zone_name=zone.name,
            resource_group_name=args.placement.resource_group_name,
            location=_GLOBAL,
            tags=args.placement.tags,
            virtual_network=privatedns.SubResourceArgs(id=args.network_id),
            registration_enabled=False,
            opts=self.child(),
        )
        return pulumi.Output.all(zone.id, link.id).apply(lambda ids: ids[0])


def host_record(
    component: Component,
    name: str,
    *,
    zone_name: str,
    resource_group_name: pulumi.Input[str],
    hostname: str,
    address: str,
) -> privatedns.PrivateRecordSet | None:
    """Gives a host name of a private zone its address; None where the name is of another zone, which others keep.

    Args:
        component: the component that owns the record.
        name: its Pulumi name.
        zone_name: the zone.
        resource_group_name: the zone's resource group.
        hostname: the host name.
        address: its IPv4 address.
    """
    record_name = hostname.removesuffix(f".{zone_name}")
    if record_name == hostname:
        return None
    return privatedns.PrivateRecordSet(
        name,
        relative_record_set_name=record_name,
        record_type="A",
        private_zone_name=zone_name,
        resource_group_name=resource_group_name,
        ttl=RECORD_TTL_SECONDS,
        a_records=[privatedns.ARecordArgs(ipv4_address=address)],
        opts=component.child(),
    )
