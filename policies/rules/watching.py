"""Whether it is written down: logs that are really sent, audited, and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, all_of, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, at_least, matches, one_of
from policies.rules.catalog import LEARN, OBSERVABILITY

_PARAMETERS = "dbforpostgresql:Configuration"
_DESTINATIONS = ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
_PARTS = (
    "network:LoadBalancer",
    "network:NetworkSecurityGroup",
    "network:PublicIPAddress",
    "network:VirtualNetwork",
    "operationalinsights:Workspace",
)
# What a PostgreSQL server writes down: parameter, and what its value must match (learn.microsoft.com azure/postgresql/
# flexible-server/concepts-audit; CIS PostgreSQL asks for the same).
_WRITTEN_DOWN: Mapping[str, str] = {
    "shared_preload_libraries": r"\bpgaudit\b",
    "pgaudit.log": r"(?i)\b(all|ddl|role|write)\b",
    "log_connections": r"(?i)^(on|true|1|all)$",
    "log_disconnections": r"(?i)^(on|true|1)$",
    "log_checkpoints": r"(?i)^(on|true|1)$",
}


def _sends_what_it_names(resource: Resource) -> Iterator[Finding]:
    logs, metrics = list(resource.at("logs").elements()), list(resource.at("metrics").elements())
    for each in (*logs, *metrics):
        yield from each.at("enabled").must(IS_TRUE)
    if not any(resource.at(name).is_set() for name in _DESTINATIONS):
        yield Finding(message="a diagnostic setting must have a workspaceId, or another destination")
    if not logs and not metrics and resource.at("logs").known() and resource.at("metrics").known():
        yield Finding(message="logs or metrics must name what is sent")


def _flows_are_logged(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    logs = list(graph.of("network:FlowLog"))
    for network in graph.of("network:VirtualNetwork"):
        if not any(log.refers_to(network, log.at("targetResourceId")) for log in logs):
            yield network.finding("the stack must have a flow log of this network")


def _parts_are_logged(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    settings = list(graph.of("monitor:DiagnosticSetting"))
    for part in graph.of(*_PARTS):
        if not any(setting.refers_to(part, setting.at("resourceUri")) for setting in settings):
            yield part.finding("the stack must have a diagnostic setting of this resource")


def _servers_write_down(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for server in graph.of("dbforpostgresql:Server"):
        # A replica has its primary's parameters. Azure tells it by its role.
        is_primary = server.at("replicationRole").meets(one_of("Primary"))
        if server.at("sourceServerResourceId").is_set() and not is_primary:
            continue
        parameters = list(graph.children(server, "serverName", _PARAMETERS))
        for name, pattern in _WRITTEN_DOWN.items():
            if not any(_is(parameter, name, pattern) for parameter in parameters):
                yield server.finding(f"the stack must set the server's parameter {name} so that it writes an audit")


def _is(parameter: Node, name: str, pattern: str) -> bool:
    named = parameter.named("configurationName")
    return named.may_meet(one_of(name)) and parameter.at("value").may_meet(matches(pattern, "match"))


RULES = (
    ResourceRule(
        id="diagnostics-sent",
        title="Diagnostic settings send what they name",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("monitor:DiagnosticSetting"),
        why="A setting that is there and sends nothing looks like evidence, and is none.",
        remedy="Set enabled of each of logs and metrics to true, and leave out what is not wanted.",
        url=f"{LEARN}/azure-monitor/platform/diagnostic-settings",
        references=("MCSB LT-3", "ISO 27001 8.15"),
        check=_sends_what_it_names,
    ),
    StackRule(
        id="network-flows-logged",
        title="Every virtual network has a flow log",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("network:FlowLog", "network:VirtualNetwork"),
        why="Who talked to whom cannot be found out afterwards if nobody wrote it down.",
        remedy="Add a FlowLog with the network as its targetResourceId.",
        url=f"{LEARN}/network-watcher/vnet-flow-logs-overview",
        references=("MCSB LT-4", "ISO 27001 8.15", "ISO 27001 8.20"),
        check=_flows_are_logged,
    ),
    StackRule(
        id="network-parts-logged",
        title="Networks, their security groups and addresses, and the workspace itself, have a diagnostic setting",
        family=OBSERVABILITY,
        severity=Severity.LOW,
        types=types("monitor:DiagnosticSetting", *_PARTS),
        why="Who was refused, attacked an address or searched the logs is written down nowhere else.",
        remedy="Add a DiagnosticSetting with a workspaceId.",
        url=f"{LEARN}/azure-monitor/platform/diagnostic-settings",
        references=("MCSB LT-3", "MCSB LT-4", "ISO 27001 8.15"),
        check=_parts_are_logged,
    ),
    ResourceRule(
        id="flow-log-analysed",
        title="Flow logs are sent to a workspace, where somebody can ask them",
        family=OBSERVABILITY,
        severity=Severity.LOW,
        types=types("network:FlowLog"),
        why="Files of millions of lines in a storage account are not looked at.",
        remedy="Enable flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration with a workspace.",
        url=f"{LEARN}/network-watcher/traffic-analytics",
        references=("MCSB LT-4", "MCSB LT-5"),
        check=all_of(
            must("flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.enabled", IS_TRUE),
            must("flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.workspaceResourceId", IS_SET),
        ),
    ),
    StackRule(
        id="pg-audited",
        title="PostgreSQL servers write down who connected and what was changed",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("dbforpostgresql:Server", _PARAMETERS),
        why="Who changed the books past the application cannot be found out afterwards if nobody wrote it down.",
        remedy="Load pgaudit, and set pgaudit.log, log_checkpoints, log_connections and log_disconnections.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-audit",
        references=("MCSB LT-3", "PCI DSS 10.2.1", "ISO 27001 8.15"),
        check=_servers_write_down,
    ),
    ResourceRule(
        id="workspace-kept",
        title="Log Analytics keeps logs for 90 days",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("operationalinsights:Workspace"),
        why="An intrusion is found after months; what was done must still be there.",
        remedy="Set retentionInDays to 90 or more.",
        url=f"{LEARN}/azure-monitor/logs/data-retention-configure",
        references=("MCSB LT-6", "ISO 27001 8.15"),
        config_schema={"days": {"type": "integer", "minimum": 30, "default": 90}},
        check=lambda resource: resource.at("retentionInDays").must(at_least(resource.config["days"], " days")),
    ),
    ResourceRule(
        id="workspace-local-auth-off",
        title="Log Analytics takes logs from identities, and shows each to those who may see its resource",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("operationalinsights:Workspace"),
        why="With the workspace's key anybody can write logs that never happened.",
        remedy="Set features.disableLocalAuth and enableLogAccessUsingOnlyResourcePermissions to true.",
        url=f"{LEARN}/azure-monitor/logs/manage-access",
        references=("MCSB IM-1", "MCSB LT-5"),
        check=all_of(
            must("features.disableLocalAuth", IS_TRUE),
            must("features.enableLogAccessUsingOnlyResourcePermissions", IS_TRUE),
        ),
    ),
)
