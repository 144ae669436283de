"""The bastion and the flow logs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.network.bastion import AdministrationBastion, AdministrationBastionArgs
from components.network.flow_logs import NetworkFlowLogs, NetworkFlowLogsArgs
from tests.unit.components.harness import arm_findings, declare, names, one, placement
from tests.unit.components.mocked_azure import arm_id

NETWORK_ID = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu")
FLOW_LOGS = NetworkFlowLogsArgs(
    placement=placement(),
    network_id=NETWORK_ID,
    network_name="vnet-erp-test-weu",
    storage_account_id=arm_id("Microsoft.Storage/storageAccounts", "stflowtest"),
    writer_id=arm_id("Microsoft.ManagedIdentity/userAssignedIdentities", "id-stflowtest-writer"),
    retention_days=90,
    workspace_customer_id="44444444-4444-4444-8444-444444444444",
)


def bastion() -> AdministrationBastion:
    return AdministrationBastion(
        "administration",
        AdministrationBastionArgs(
            placement=placement(),
            bastion_name="bas-erp-test-weu",
            subnet_id=f"{NETWORK_ID}/subnets/AzureBastionSubnet",
        ),
    )


def test_bastion_tunnels_and_does_nothing_else() -> None:
    declared = declare(bastion)
    assert names(declared) == {
        ("network:BastionHost", "administration-bastion"),
        ("monitor:DiagnosticSetting", "administration-bastion-logs"),
        ("network:PublicIPAddress", "administration-address"),
        ("monitor:DiagnosticSetting", "administration-address-logs"),
    }
    host = one(declared, "network:BastionHost").inputs
    assert host["sku"] == {"name": "Standard"}
    assert host["enableTunneling"] is True
    assert host["disableCopyPaste"] is True
    assert not any(host[key] for key in ("enableFileCopy", "enableShareableLink", "enableIpConnect"))
    assert host["zones"] == ["1", "2", "3"]
    assert one(declared, "network:PublicIPAddress").inputs["zones"] == ["1", "2", "3"]
    assert arm_findings(declared) == []


def test_flow_log_is_of_the_network_kept_and_analysed() -> None:
    declared = declare(lambda: NetworkFlowLogs("flows", FLOW_LOGS))
    log = one(declared, "network:FlowLog").inputs
    assert log["resourceGroupName"] == "NetworkWatcherRG"
    assert log["networkWatcherName"] == "NetworkWatcher_westeurope"
    assert log["targetResourceId"] == NETWORK_ID
    assert log["enabled"] is True
    assert log["storageId"] == FLOW_LOGS.storage_account_id
    assert log["identity"] == {"type": "UserAssigned", "userAssignedIdentities": [FLOW_LOGS.writer_id]}
    assert log["retentionPolicy"] == {"enabled": True, "days": 90}
    analytics = log["flowAnalyticsConfiguration"]["networkWatcherFlowAnalyticsConfiguration"]
    assert analytics["enabled"] is True
    assert analytics["workspaceResourceId"] == FLOW_LOGS.placement.log_workspace_id
    assert analytics["workspaceRegion"] == "westeurope"
    assert arm_findings(declared) == []


def test_flow_log_can_belong_to_a_watcher_of_another_name() -> None:
    args = replace(FLOW_LOGS, watcher_name="nw-platform-weu")
    assert one(declare(lambda: NetworkFlowLogs("flows", args)), "network:FlowLog").inputs["networkWatcherName"] == (
        "nw-platform-weu"
    )


def test_flow_log_without_a_workspace_is_refused() -> None:
    args = replace(FLOW_LOGS, placement=replace(FLOW_LOGS.placement, log_workspace_id=None))
    with pytest.raises(ValueError, match="log_workspace_id"):
        declare(lambda: NetworkFlowLogs("flows", args))
