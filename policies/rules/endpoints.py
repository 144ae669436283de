"""Private endpoints lead somewhere and are found, and Bastion carries no files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding
from policies.rules.catalog import LEARN, PRIVATE_NETWORK


def _leads_somewhere(resource: Resource) -> Iterator[Finding]:
    connections = [resource.at("privateLinkServiceConnections"), resource.at("manualPrivateLinkServiceConnections")]
    if not any(each.is_set() for each in connections):
        yield Finding(message="privateLinkServiceConnections must be set")
    for connection in (each for both in connections for each in both.elements()):
        yield from connection.at("privateLinkServiceId").must(IS_SET)


def _names_zones(resource: Resource) -> Iterator[Finding]:
    zones = resource.at("privateDnsZoneConfigs")
    yield from zones.must(IS_SET)
    for zone in zones.elements():
        yield from zone.at("privateDnsZoneId").must(IS_SET)


def _endpoints_are_found(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for endpoint in graph.of("network:PrivateEndpoint"):
        if not any(graph.children(endpoint, "privateEndpointName", "network:PrivateDnsZoneGroup")):
            yield endpoint.finding("the stack must have a DNS zone group of this endpoint")


RULES = (
    ResourceRule(
        id="pe-leads-somewhere",
        title="Private endpoints name the service they lead to",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:PrivateEndpoint"),
        why="Clients that are to use it find no way, and soon the public one is opened.",
        remedy="Set privateLinkServiceConnections with a privateLinkServiceId each.",
        url=f"{LEARN}/private-link/private-endpoint-overview",
        references=("MCSB NS-2",),
        check=_leads_somewhere,
    ),
    ResourceRule(
        id="pe-zones-named",
        title="DNS zone groups name their zones",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:PrivateDnsZoneGroup"),
        why="The service's name leads past the endpoint, to its public address.",
        remedy="Set privateDnsZoneConfigs with a privateDnsZoneId each.",
        url=f"{LEARN}/private-link/private-endpoint-dns-integration",
        references=("MCSB NS-10",),
        check=_names_zones,
    ),
    StackRule(
        id="pe-found",
        title="Every private endpoint has a DNS zone group",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:PrivateEndpoint", "network:PrivateDnsZoneGroup"),
        why="The service's name leads past the endpoint, to its public address.",
        remedy="Add a PrivateDnsZoneGroup to the endpoint.",
        url=f"{LEARN}/private-link/private-endpoint-dns-integration",
        references=("MCSB NS-10",),
        check=_endpoints_are_found,
    ),
    ResourceRule(
        id="bastion-carries-nothing",
        title="Nothing is copied through Bastion",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:BastionHost"),
        why="What can be copied can be taken along, past every log.",
        remedy="Set disableCopyPaste to true and enableFileCopy to false.",
        url=f"{LEARN}/bastion/configuration-settings",
        references=("MCSB DP-2", "ISO 27001 8.12"),
        check=all_of(must("disableCopyPaste", IS_TRUE), must_if_set("enableFileCopy", IS_FALSE)),
    ),
)
