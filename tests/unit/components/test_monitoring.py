"""MonitoringBase and MonitoringPrivateLink: nothing open to the public, nothing lost, everybody told."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from components.monitoring import (
    AlertReceivers,
    MonitoringBase,
    MonitoringBaseArgs,
    MonitoringNames,
    MonitoringPrivateLink,
    MonitoringPrivateLinkArgs,
)
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    declare,
    names,
    of_type,
    one,
    placement,
    private_link,
    resolve,
)
from tests.unit.components.mocked_azure import arm_id

WORKSPACE_ID = arm_id("Microsoft.operationalinsights/Workspace", "log-erp-test-weu")
METRICS_ID = arm_id("Microsoft.monitor/AzureMonitorWorkspace", "amw-erp-test-weu")
ENDPOINT_ID = arm_id("Microsoft.monitor/DataCollectionEndpoint", "dce-erp-test-weu")
WEBHOOK = "https://duty.example/hook?secret=abc"

BASE = MonitoringBaseArgs(
    placement=replace(placement(), log_workspace_id=None),
    names=MonitoringNames(
        log_workspace="log-erp-test-weu",
        metrics_workspace="amw-erp-test-weu",
        endpoint="dce-erp-test-weu",
        action_group="ag-erp-test",
    ),
    retention_days=365,
    receivers=AlertReceivers(
        short_name="erp-test", emails=("duty@example.com", "erp@example.com"), webhook_uri=WEBHOOK
    ),
)
METRICS_ZONE = "privatelink.westeurope.prometheus.monitor.azure.com"
SCOPE_ZONES = {
    "privatelink.monitor.azure.com",
    "privatelink.oms.opinsights.azure.com",
    "privatelink.ods.opinsights.azure.com",
    "privatelink.agentsvc.azure-automation.net",
    "privatelink.blob.core.windows.net",
}
LINK = MonitoringPrivateLinkArgs(
    placement=placement(),
    scope_name="ampls-erp-test-weu",
    private_link=private_link(METRICS_ZONE, *SCOPE_ZONES),
    log_workspace_id=WORKSPACE_ID,
    endpoint_id=ENDPOINT_ID,
    metrics_workspace_id=METRICS_ID,
    metrics_workspace_name="amw-erp-test-weu",
)


@pytest.fixture(scope="module")
def base() -> list[Declared]:
    return declare(lambda: MonitoringBase("monitoring", BASE))


@pytest.fixture(scope="module")
def link() -> list[Declared]:
    return declare(lambda: MonitoringPrivateLink("monitoring-link", LINK))


def _base_with(**changes: Any) -> list[Declared]:
    return declare(lambda: MonitoringBase("monitoring", replace(BASE, **changes)))


def test_base_declares_exactly_these(base: list[Declared]) -> None:
    assert names(base) == {
        ("operationalinsights:Workspace", "monitoring-logs"),
        ("monitor:DiagnosticSetting", "monitoring-logs-logs"),
        ("authorization:ManagementLockByScope", "monitoring-logs-lock"),
        ("monitor:AzureMonitorWorkspace", "monitoring-metrics"),
        ("authorization:ManagementLockByScope", "monitoring-metrics-lock"),
        ("monitor:DataCollectionEndpoint", "monitoring-endpoint"),
        ("monitor:DataCollectionRule", "monitoring-metrics-rule"),
        ("monitor:DataCollectionRule", "monitoring-logs-rule"),
        ("monitor:ActionGroup", "monitoring-people"),
    }


def test_azure_resource_manager_takes_both(base: list[Declared], link: list[Declared]) -> None:
    assert arm_findings(base) == []
    assert arm_findings(link) == []
    capped = _base_with(daily_cap_gib=12.5, receivers=replace(BASE.receivers, webhook_uri=None))
    assert arm_findings(capped) == []


def test_nothing_answers_from_public_networks(base: list[Declared]) -> None:
    logs = one(base, "operationalinsights:Workspace").inputs
    assert logs["publicNetworkAccessForIngestion"] == "Disabled"
    assert logs["publicNetworkAccessForQuery"] == "Disabled"
    assert one(base, "monitor:AzureMonitorWorkspace").inputs["publicNetworkAccess"] == "Disabled"
    assert one(base, "monitor:DataCollectionEndpoint").inputs["networkAcls"] == {"publicNetworkAccess": "Disabled"}


def test_the_audit_trail_is_kept(base: list[Declared]) -> None:
    logs = one(base, "operationalinsights:Workspace")
    assert logs.inputs["retentionInDays"] == 365
    assert logs.inputs["features"]["disableLocalAuth"] is True
    assert "workspaceCapping" not in logs.inputs
    assert logs.protect
    assert one(base, "monitor:AzureMonitorWorkspace").protect
    locked = {each.inputs["scope"] for each in of_type(base, "authorization:ManagementLockByScope")}
    assert locked == {WORKSPACE_ID, METRICS_ID}


def test_it_can_be_dismantled_on_purpose() -> None:
    declared = _base_with(placement=placement(data_protected=False))
    assert of_type(declared, "authorization:ManagementLockByScope") == []
    assert not any(each.protect for each in declared)


def test_a_cap_is_passed_on() -> None:
    declared = _base_with(daily_cap_gib=12.5)
    assert one(declared, "operationalinsights:Workspace").inputs["workspaceCapping"] == {"dailyQuotaGb": 12.5}


def test_the_workspace_audits_itself(base: list[Declared]) -> None:
    setting = one(base, "monitor:DiagnosticSetting").inputs
    assert (setting["resourceUri"], setting["workspaceId"]) == (WORKSPACE_ID, WORKSPACE_ID)


def test_metrics_go_to_the_metrics_workspace(base: list[Declared]) -> None:
    rule = one(base, "monitor:DataCollectionRule", "monitoring-metrics-rule").inputs
    [source] = rule["dataSources"]["prometheusForwarder"]
    [destination] = rule["destinations"]["monitoringAccounts"]
    assert source["streams"] == ["Microsoft-PrometheusMetrics"]
    assert destination["accountResourceId"] == METRICS_ID
    assert rule["dataFlows"] == [{"streams": source["streams"], "destinations": [destination["name"]]}]
    assert (rule["dataCollectionEndpointId"], rule["kind"]) == (ENDPOINT_ID, "Linux")


def test_prometheus_servers_write_to_the_endpoint_by_the_rule_of_metrics() -> None:
    url = resolve(lambda: {"url": MonitoringBase("monitoring", BASE).metrics_write_url})["url"]
    host, _, path = url.removeprefix("https://").partition("/")
    assert host == "dce-erp-test-weu.metrics.ingest.monitor.azure.com"
    assert re.fullmatch(
        r"dataCollectionRules/dcr-[0-9a-f]{32}/streams/Microsoft-PrometheusMetrics/api/v1/write\?api-version=2023-04-24",
        path,
    )


def test_container_logs_go_to_the_log_workspace_once(base: list[Declared]) -> None:
    rule = one(base, "monitor:DataCollectionRule", "monitoring-logs-rule").inputs
    [source] = rule["dataSources"]["extensions"]
    [destination] = rule["destinations"]["logAnalytics"]
    assert source["extensionName"] == "ContainerInsights"
    assert source["extensionSettings"]["dataCollectionSettings"]["enableContainerLogV2"] is True
    assert source["streams"] == ["Microsoft-ContainerLogV2", "Microsoft-KubeEvents", "Microsoft-KubePodInventory"]
    assert destination["workspaceResourceId"] == WORKSPACE_ID
    assert rule["dataFlows"] == [{"streams": source["streams"], "destinations": [destination["name"]]}]
    assert rule["dataCollectionEndpointId"] == ENDPOINT_ID


def test_people_are_told(base: list[Declared]) -> None:
    group = one(base, "monitor:ActionGroup")
    assert group.inputs["enabled"] is True
    assert group.inputs["groupShortName"] == "erp-test"
    told = [receiver["emailAddress"] for receiver in group.inputs["emailReceivers"]]
    assert told == ["duty@example.com", "erp@example.com"]
    [webhook] = group.inputs["webhookReceivers"]
    assert (webhook["serviceUri"], webhook["useCommonAlertSchema"]) == (WEBHOOK, True)
    assert "webhookReceivers" in group.secrets


def test_no_webhook_is_needed() -> None:
    declared = _base_with(receivers=replace(BASE.receivers, webhook_uri=None))
    assert "webhookReceivers" not in one(declared, "monitor:ActionGroup").inputs


def test_link_declares_exactly_these(link: list[Declared]) -> None:
    assert names(link) == {
        ("monitor:PrivateLinkScope", "monitoring-link-scope"),
        ("monitor:PrivateLinkScopedResource", "monitoring-link-logs"),
        ("monitor:PrivateLinkScopedResource", "monitoring-link-collection"),
        ("network:PrivateEndpoint", "monitoring-link-scope-endpoint"),
        ("network:PrivateDnsZoneGroup", "monitoring-link-scope-endpoint-dns"),
        ("network:PrivateEndpoint", "monitoring-link-metrics-endpoint"),
        ("network:PrivateDnsZoneGroup", "monitoring-link-metrics-endpoint-dns"),
    }


def test_nobody_sends_data_to_other_peoples_workspaces(link: list[Declared]) -> None:
    scope = one(link, "monitor:PrivateLinkScope").inputs
    assert scope["accessModeSettings"] == {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "PrivateOnly"}
    linked = {each.inputs["linkedResourceId"] for each in of_type(link, "monitor:PrivateLinkScopedResource")}
    assert linked == {WORKSPACE_ID, ENDPOINT_ID}


def test_a_scope_takes_one_change_at_a_time(link: list[Declared]) -> None:
    collection = one(link, "monitor:PrivateLinkScopedResource", "monitoring-link-collection")
    endpoint = one(link, "network:PrivateEndpoint", "monitoring-link-scope-endpoint")
    assert "monitoring-link-logs" in collection.depends_on
    assert "monitoring-link-collection" in endpoint.depends_on


def _zones(link: list[Declared], endpoint: str) -> set[str]:
    group = one(link, "network:PrivateDnsZoneGroup", f"{endpoint}-dns").inputs
    return {config["privateDnsZoneId"].rpartition("/")[2] for config in group["privateDnsZoneConfigs"]}


def test_each_endpoint_writes_into_its_zones(link: list[Declared]) -> None:
    groups = {
        each.name: each.inputs["privateLinkServiceConnections"][0]["groupIds"]
        for each in of_type(link, "network:PrivateEndpoint")
    }
    assert groups == {
        "monitoring-link-scope-endpoint": ["azuremonitor"],
        "monitoring-link-metrics-endpoint": ["prometheusMetrics"],
    }
    assert _zones(link, "monitoring-link-scope-endpoint") == SCOPE_ZONES
    assert _zones(link, "monitoring-link-metrics-endpoint") == {METRICS_ZONE}


def test_who_may_query_the_metrics_may_not_change_or_read_anything_else() -> None:
    readers = {"scaler": "33333333-3333-4333-8333-333333333333"}
    declared = declare(lambda: MonitoringBase("monitoring", replace(BASE, metrics_readers=readers)))
    granted = one(declared, "authorization:RoleAssignment").inputs
    assert granted["scope"] == METRICS_ID
    assert granted["principalId"] == readers["scaler"]
    assert granted["roleDefinitionId"].endswith("b0d8363b-8ddd-447d-831f-62ca05bff136")
