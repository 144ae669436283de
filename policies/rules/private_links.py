"""Private endpoints over the stack, and the private reach of what monitors it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import ResourceRule, StackRule, all_of, must, types
from policies.kit.values import IS_SET, Finding, one_of
from policies.rules.catalog import LEARN, MYSQL, POSTGRES, PRIVATE_NETWORK
from policies.rules.private_link_groups import DATA_SERVICES, PLATFORM_SERVICES, ZONES

_STORAGE = "storage:StorageAccount"
_STORAGE_CHILDREN = {
    "blob": "storage:BlobContainer",
    "file": "storage:FileShare",
    "queue": "storage:Queue",
    "table": "storage:Table",
}
_ENDPOINTS = ("network:PrivateDnsZoneGroup", "network:PrivateEndpoint")
# Services that may be in a subnet instead, by the property that puts them there.
_SUBNETS = {
    "network.delegatedSubnetResourceId": POSTGRES | MYSQL,
    "subnetId": types("redis:Redis"),
}


def _every_data_service_is_private(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for service in graph.of(_STORAGE, *DATA_SERVICES):
        # Network Watcher writes flow logs as a trusted service, past the network; no client of the network reads them.
        if not any(log.refers_to(service, log.at("storageId")) for log in graph.of("network:FlowLog")):
            yield from _is_private(graph, service)


def _every_platform_service_is_private(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for service in graph.of(*PLATFORM_SERVICES):
        yield from _is_private(graph, service)


def _is_private(graph: Graph, service: Node) -> Iterator[Finding]:
    if any(service.type in _SUBNETS[path] and service.at(path).is_set() for path in _SUBNETS):
        return
    for alternatives in _needed_groups(graph, service):
        yield from _reachable_by(graph, service, alternatives)


def _needed_groups(graph: Graph, service: Node) -> list[tuple[str, ...]]:
    short = service.type.removeprefix("azure-native:")
    if short != _STORAGE:
        return [{**DATA_SERVICES, **PLATFORM_SERVICES}[short]]
    used: list[tuple[str, ...]] = [
        (group,) for group, child in _STORAGE_CHILDREN.items() if any(graph.children(service, "accountName", child))
    ]
    return used or [("file",) if service.at("kind").meets(one_of("FileStorage")) else ("blob", "dfs", "file")]


def _reachable_by(graph: Graph, service: Node, alternatives: tuple[str, ...]) -> Iterator[Finding]:
    wanted = " or ".join(alternatives)
    endpoints = [node for node in graph.of("network:PrivateEndpoint") if _serves(node, service, alternatives)]
    if not endpoints:
        yield service.finding(f"the stack must have a private endpoint for this service, group {wanted}")
    for endpoint in endpoints:
        zone_groups = list(graph.children(endpoint, "privateEndpointName", "network:PrivateDnsZoneGroup"))
        if not any(group.at("privateDnsZoneConfigs").is_set() for group in zone_groups):
            yield endpoint.finding("the private endpoint must have a DNS zone group: nothing finds its address else")
        for zone_group in zone_groups:
            yield from _zones_are_right(zone_group, alternatives)


def _serves(endpoint: Node, service: Node, groups: tuple[str, ...]) -> bool:
    for name in ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections"):
        connections = endpoint.at(name)
        if connections.is_unknown():
            # Computed from the service, it serves it; from nothing, it is an output that nobody has set.
            if endpoint.refers_to(service, connections):
                return not connections.known()
            continue
        for connection in connections.elements():
            offered = connection.at("groupIds")
            fits = not offered.known() or any(group.may_meet(one_of(*groups)) for group in offered.elements())
            if fits and endpoint.refers_to(service, connection.at("privateLinkServiceId")):
                return True
    return False


def _zones_are_right(zone_group: Node, groups: tuple[str, ...]) -> Iterator[Finding]:
    right = {zone for group in groups for zone in ZONES.get(group, ())}
    zone_configs = zone_group.at("privateDnsZoneConfigs")
    if not right or not zone_configs.known():
        return
    for zone_config in zone_configs.elements():
        zone = zone_config.at("privateDnsZoneId")
        if zone.is_unknown() or (zone.text() or "").casefold().rsplit("/", 1)[-1] in right:
            return
    yield zone_group.finding(f"the DNS zone group must name {' or '.join(sorted(right))}")


RULES = (
    StackRule(
        id="data-services-have-private-endpoints",
        title="Every data service has a private endpoint with its DNS zone, or a delegated subnet",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=types("network:FlowLog", _STORAGE, *_ENDPOINTS, *DATA_SERVICES, *_STORAGE_CHILDREN.values()),
        why="With public access off a service without an endpoint cannot be reached, and soon has public access on.",
        remedy="Add a PrivateEndpoint for the named group and a PrivateDnsZoneGroup with the service's zone.",
        url=f"{LEARN}/private-link/private-endpoint-dns",
        references=("MCSB NS-2", "MCSB NS-10", "PCI DSS 1.3.1", "CIS Azure 6.0 8.3.8", "CIS Azure 6.0 9.3.2.1"),
        check=_every_data_service_is_private,
    ),
    StackRule(
        id="platform-services-have-private-endpoints",
        title="Every service that works with data has a private endpoint with its DNS zone",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types(*_ENDPOINTS, *PLATFORM_SERVICES),
        why="With public access off a service without an endpoint cannot be reached, and soon has public access on.",
        remedy="Add a PrivateEndpoint for the named group and a PrivateDnsZoneGroup with the service's zone.",
        url=f"{LEARN}/private-link/private-endpoint-dns",
        references=("MCSB NS-2", "MCSB NS-10", "PCI DSS 1.3.1"),
        check=_every_platform_service_is_private,
    ),
    ResourceRule(
        id="workspace-public-access-off",
        title="Log Analytics takes and shows logs inside the network only",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("operationalinsights:Workspace"),
        why="Logs name people, documents and addresses.",
        remedy="Set publicNetworkAccessForIngestion and ...ForQuery to Disabled and use a private link scope.",
        url=f"{LEARN}/azure-monitor/logs/private-link-security",
        references=("MCSB NS-2",),
        check=all_of(
            must("publicNetworkAccessForIngestion", one_of("Disabled", "SecuredByPerimeter")),
            must("publicNetworkAccessForQuery", one_of("Disabled", "SecuredByPerimeter")),
        ),
    ),
    ResourceRule(
        id="monitor-workspace-public-access-off",
        title="Metrics are queried inside the network only",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("monitor:AzureMonitorWorkspace", "dashboard:Grafana"),
        why="Metrics tell how the business is doing.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/azure-monitor/metrics/azure-monitor-workspace-private-endpoint",
        references=("MCSB NS-2",),
        check=lambda resource: (
            resource.at("properties.publicNetworkAccess")
            if resource.type.endswith(":Grafana")
            else resource.at("publicNetworkAccess")
        ).must(one_of("Disabled")),
    ),
    ResourceRule(
        id="monitor-link-scope-closed",
        title="The private link scope of Azure Monitor is closed",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("monitor:PrivateLinkScope"),
        why="In open mode the network still reaches every other workspace in Azure: a way out for data.",
        remedy="Set accessModeSettings.ingestionAccessMode and queryAccessMode to PrivateOnly.",
        url=f"{LEARN}/azure-monitor/logs/private-link-design",
        references=("MCSB NS-2", "MCSB DP-2"),
        check=all_of(
            must("accessModeSettings.ingestionAccessMode", one_of("PrivateOnly")),
            must("accessModeSettings.queryAccessMode", one_of("PrivateOnly")),
        ),
    ),
    ResourceRule(
        id="pe-approved-inside",
        title="Private endpoints connect to services that this side may approve",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("network:PrivateEndpoint"),
        why="A connection that somebody else has to approve usually leads to somebody else's service.",
        remedy="Use privateLinkServiceConnections instead of manualPrivateLinkServiceConnections.",
        url=f"{LEARN}/private-link/private-endpoint-overview",
        references=("MCSB NS-2", "DORA 28"),
        check=lambda resource: resource.at("manualPrivateLinkServiceConnections").must_not(
            IS_SET, "somebody outside has to approve them"
        ),
    ),
)
