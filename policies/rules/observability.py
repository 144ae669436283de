"""Logs: whatever holds data sends its logs to a place where they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import StackRule, types
from policies.kit.values import IS_FALSE, Finding
from policies.rules.catalog import LEARN, OBSERVABILITY

# Managed Redis has logs at its database, storage at its services (learn.microsoft.com azure/azure-monitor/reference/
# supported-logs).
_LOGGED = (
    "containerregistry:Registry",
    "containerservice:ManagedCluster",
    "cosmosdb:DatabaseAccount",
    "dbforpostgresql:Server",
    "keyvault:Vault",
    "recoveryservices:Vault",
    "redisenterprise:Database",
    "sql:Server",
    "storage:StorageAccount",
)
_STORAGE_SERVICES = (
    "storage:BlobServiceProperties",
    "storage:FileServiceProperties",
    "storage:QueueServiceProperties",
    "storage:TableServiceProperties",
)
DESTINATIONS = {
    "workspaceId": "operationalinsights:Workspace",
    "storageAccountId": "storage:StorageAccount",
    "eventHubAuthorizationRuleId": "eventhub:NamespaceAuthorizationRule",
}


def _data_is_logged(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    settings = list(graph.of("monitor:DiagnosticSetting"))
    for service in graph.of(*_LOGGED):
        sources = [service, *graph.children(service, "accountName", *_STORAGE_SERVICES)]
        if not any(sends_logs(setting, source) for setting in settings for source in sources):
            yield service.finding("the stack must have a diagnostic setting that sends this resource's logs somewhere")


def sends_logs(setting: Node, source: Node) -> bool:
    """Whether a diagnostic setting sends logs of a resource somewhere."""
    if not setting.refers_to(source, setting.at("resourceUri")):
        return False
    logs = setting.at("logs")
    collects = not logs.known() or any(not log.at("enabled").meets(IS_FALSE) for log in logs.elements())
    return collects and any(setting.has(destination) for destination in DESTINATIONS)


RULES = (
    StackRule(
        id="data-services-are-logged",
        title="Every resource that holds data has a diagnostic setting with logs",
        family=OBSERVABILITY,
        severity=Severity.HIGH,
        types=types("monitor:DiagnosticSetting", *_LOGGED, *_STORAGE_SERVICES, *DESTINATIONS.values()),
        why="Who read or changed what cannot be found out afterwards if nobody wrote it down.",
        remedy="Add a DiagnosticSetting with category group allLogs or audit and a workspaceId.",
        url=f"{LEARN}/azure-monitor/platform/diagnostic-settings",
        references=("MCSB LT-3", "CIS Azure 6.0 6.1.4", "ISO 27001 8.15", "PCI DSS 10.2.1"),
        check=_data_is_logged,
    ),
)
