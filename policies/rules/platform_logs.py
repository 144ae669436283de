"""Logs of platform services and of the network: written, and kept long enough to look back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, must, types
from policies.kit.values import IS_TRUE, Finding, at_least, one_of
from policies.rules.catalog import LEARN, OBSERVABILITY
from policies.rules.observability import DESTINATIONS, sends_logs

_SERVICES = (
    "apimanagement:ApiManagementService",
    "appconfiguration:ConfigurationStore",
    "automation:AutomationAccount",
    "batch:BatchAccount",
    "cognitiveservices:Account",
    "databricks:Workspace",
    "datafactory:Factory",
    "dbformysql:Server",
    "eventgrid:Domain",
    "eventgrid:Topic",
    "eventhub:Namespace",
    "iothub:IotHubResource",
    "keyvault:ManagedHsm",
    "logic:Workflow",
    "machinelearningservices:Workspace",
    "network:ApplicationGateway",
    "network:AzureFirewall",
    "network:BastionHost",
    "network:VirtualNetworkGateway",
    "search:Service",
    "servicebus:Namespace",
    "signalrservice:SignalR",
    "sql:ManagedInstance",
    "synapse:Workspace",
    "web:WebApp",
    "webpubsub:WebPubSub",
)
_AUDITS = ("sql:ExtendedServerBlobAuditingPolicy", "sql:ServerBlobAuditingPolicy")
_DAYS = 90  # CIS Azure 3.0 5.1.6, 6.0 7.8


def _services_are_logged(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    settings = list(graph.of("monitor:DiagnosticSetting"))
    for service in graph.of(*_SERVICES):
        if not any(sends_logs(setting, service) for setting in settings):
            yield service.finding("the stack must have a diagnostic setting that sends this resource's logs somewhere")


def _servers_are_audited(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for server in graph.of("sql:Server"):
        audits = list(graph.children(server, "serverName", *_AUDITS))
        if not any(audit.at("state").may_meet(one_of("Enabled")) for audit in audits):
            yield server.finding("the stack must have an auditing policy of this server with state Enabled")
        yield from (finding for audit in audits for finding in _is_kept(audit))


def _is_kept(audit: Node) -> Iterator[Finding]:
    # 0 keeps for ever.
    days = audit.at("retentionDays")
    if days.number() != 0:
        for finding in days.must_if_set(at_least(_DAYS, " days, or 0")):
            yield audit.finding(finding.message)


def _flows_are_kept(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("enabled").must(IS_TRUE)
    yield from resource.at("retentionPolicy.enabled").must(IS_TRUE)
    yield from resource.at("retentionPolicy.days").must(at_least(resource.config["days"], " days"))


RULES = (
    StackRule(
        id="platform-services-are-logged",
        title="Gateways, firewalls and platform services have a diagnostic setting with logs",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("monitor:DiagnosticSetting", *_SERVICES, *DESTINATIONS.values()),
        why="Who called, changed or got in cannot be found out afterwards if nobody wrote it down.",
        remedy="Add a DiagnosticSetting with category group allLogs or audit and a workspaceId.",
        url=f"{LEARN}/azure-monitor/platform/diagnostic-settings",
        references=("MCSB LT-3", "CIS Azure 6.0 6.1.4", "ISO 27001 8.15", "PCI DSS 10.2.1"),
        check=_services_are_logged,
    ),
    StackRule(
        id="sql-audited",
        title="SQL servers write an audit that is kept for 90 days",
        family=OBSERVABILITY,
        severity=Severity.HIGH,
        types=types("sql:Server", *_AUDITS),
        why="Who read or changed the books cannot be found out afterwards if nobody wrote it down.",
        remedy="Add a ServerBlobAuditingPolicy with state Enabled, and retentionDays of 0 or of 90 and more.",
        url=f"{LEARN}/azure-sql/database/auditing-overview",
        references=("MCSB LT-3", "CIS Azure 3.0 5.1.1", "CIS Azure 3.0 5.1.6", "PCI DSS 10.2.1"),
        check=_servers_are_audited,
    ),
    ResourceRule(
        id="sql-threats-watched",
        title="SQL servers stay watched for attacks",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("sql:ServerSecurityAlertPolicy"),
        why="Somebody who injects SQL or guesses passwords goes unnoticed.",
        remedy="Set state to Enabled.",
        url=f"{LEARN}/azure-sql/database/azure-defender-for-sql",
        references=("MCSB LT-1",),
        check=must("state", one_of("Enabled")),
    ),
    ResourceRule(
        id="flow-log-kept",
        title="Flow logs are on and kept for 90 days",
        family=OBSERVABILITY,
        severity=Severity.MEDIUM,
        types=types("network:FlowLog"),
        why="An intrusion is found after months; who talked to whom must still be there.",
        remedy="Set enabled, and retentionPolicy with 90 days or more.",
        url=f"{LEARN}/network-watcher/vnet-flow-logs-overview",
        references=("MCSB LT-4", "MCSB LT-6", "CIS Azure 6.0 7.8"),
        config_schema={"days": {"type": "integer", "minimum": 1, "default": _DAYS}},
        check=_flows_are_kept,
    ),
)
