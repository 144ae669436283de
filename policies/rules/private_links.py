"""Private endpoints over the stack, and the private reach of what monitors it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import ResourceRule, StackRule, all_of, must, types
from policies.kit.values import IS_SET, Finding, one_of
from policies.rules.catalog import LEARN, PRIVATE_NETWORK

# Sub-resource and private DNS zone of each service (learn.microsoft.com azure/private-link/private-endpoint-dns).
# Several groups: any one of them will do.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "appconfiguration:ConfigurationStore": ("configurationStores",),
    "containerregistry:Registry": ("registry",),
    "cosmosdb:DatabaseAccount": ("Sql", "MongoDB", "Cassandra", "Gremlin", "Table"),
    "dbformysql:Server": ("mysqlServer",),
    "dbforpostgresql:Server": ("postgresqlServer",),
    "eventhub:Namespace": ("namespace",),
    "keyvault:Vault": ("vault",),
    "recoveryservices:Vault": ("AzureBackup",),
    "redisenterprise:RedisEnterprise": ("redisEnterprise",),
    "servicebus:Namespace": ("namespace",),
    "sql:Server": ("sqlServer",),
}
_ZONES: Mapping[str, tuple[str, ...]] = {
    "blob": ("privatelink.blob.core.windows.net",),
    "configurationStores": ("privatelink.azconfig.io",),
    "dfs": ("privatelink.dfs.core.windows.net",),
    "file": ("privatelink.file.core.windows.net",),
    "mysqlServer": ("privatelink.mysql.database.azure.com",),
    "namespace": ("privatelink.servicebus.windows.net",),
    "postgresqlServer": ("privatelink.postgres.database.azure.com",),
    "queue": ("privatelink.queue.core.windows.net",),
    "redisEnterprise": ("privatelink.redis.azure.net", "privatelink.redisenterprise.cache.azure.net"),
    "registry": ("privatelink.azurecr.io",),
    "sqlServer": ("privatelink.database.windows.net",),
    "table": ("privatelink.table.core.windows.net",),
    "vault": ("privatelink.vaultcore.azure.net",),
}
_STORAGE_CHILDREN = {"blob": "storage:BlobContainer", "file": "storage:FileShare", "queue": "storage:Queue"}
_LOOKED_AT = types(
    "network:FlowLog",
    "network:PrivateDnsZoneGroup",
    "network:PrivateEndpoint",
    "storage:StorageAccount",
    *_GROUPS,
    *_STORAGE_CHILDREN.values(),
)


def _every_data_service_is_private(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for service in graph.of("storage:StorageAccount", *_GROUPS):
        # Network Watcher writes flow logs as a trusted service, past the network; no client of the network reads them.
        if any(log.refers_to(service, log.at("storageId")) for log in graph.of("network:FlowLog")):
            continue
        for alternatives in _needed_groups(graph, service):
            yield from _reachable_by(graph, service, alternatives)


def _needed_groups(graph: Graph, service: Node) -> list[tuple[str, ...]]:
    if service.at("network.delegatedSubnetResourceId").is_set():
        return []
    if service.type != "azure-native:storage:StorageAccount":
        return [_GROUPS[service.type.removeprefix("azure-native:")]]
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
    right = {zone for group in groups for zone in _ZONES.get(group, ())}
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
        types=_LOOKED_AT,
        why="With public access off a service without an endpoint cannot be reached, and soon has public access on.",
        remedy="Add a PrivateEndpoint for the named group and a PrivateDnsZoneGroup with the service's zone.",
        url=f"{LEARN}/private-link/private-endpoint-dns",
        references=("MCSB NS-2", "MCSB NS-10", "PCI DSS 1.3.1", "CIS Azure 6.0 8.3.8", "CIS Azure 6.0 9.3.2.1"),
        check=_every_data_service_is_private,
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
