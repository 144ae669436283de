"""Which logs are sent, and how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from pulumi_azure_native import managedidentity

from components import diagnostics
from components.diagnostics import diagnosable, log_to
from tests.unit.components.harness import arm_findings, declare, one
from tests.unit.components.sdk import sdk_class

BY_GROUP, BY_CATEGORY = diagnostics._CATEGORY_GROUPS, diagnostics._CATEGORIES
CLUSTER = "azure-native:containerservice:ManagedCluster"


def setting_of(token: str) -> Mapping[str, Any]:
    def make() -> None:
        resource = managedidentity.UserAssignedIdentity("thing", resource_group_name="rg")
        log_to("/the/workspace", "thing", token, resource, pulumi.ResourceOptions(parent=resource))

    declared = declare(make)
    assert arm_findings(declared) == []
    setting = one(declared, "monitor:DiagnosticSetting", "thing-logs")
    assert setting.inputs["resourceUri"].endswith("/thing")
    assert setting.inputs["workspaceId"] == "/the/workspace"
    return setting.inputs


@pytest.mark.parametrize("token", [*BY_GROUP, *BY_CATEGORY])
def test_types_are_the_sdks(token: str) -> None:
    assert diagnosable(token)
    assert issubclass(sdk_class(token), pulumi.CustomResource)


def test_each_type_is_listed_once_and_the_exceptions_are_of_listed_types() -> None:
    assert not set(BY_GROUP) & set(BY_CATEGORY)
    assert {*diagnostics._METRICS, *diagnostics._LEGACY_TABLE} <= {*BY_GROUP, *BY_CATEGORY}
    assert not diagnosable("azure-native:managedidentity:UserAssignedIdentity")


@pytest.mark.parametrize("token", BY_GROUP)
def test_all_logs_are_sent_where_there_is_a_group_of_them(token: str) -> None:
    assert setting_of(token)["logs"] == [{"categoryGroup": "allLogs", "enabled": True}]


def test_the_clusters_audit_leaves_out_only_reads_and_repeats_nothing() -> None:
    logs = setting_of(CLUSTER)["logs"]
    categories = [log["category"] for log in logs]
    assert all(log["enabled"] for log in logs)
    assert len(set(categories)) == len(categories)
    assert {"kube-audit-admin", "guard", "kube-apiserver"} <= set(categories)
    assert "kube-audit" not in categories


@pytest.mark.parametrize(
    ("token", "destination"),
    [
        ("azure-native:keyvault:Vault", "Dedicated"),
        (CLUSTER, "Dedicated"),
        ("azure-native:network:NetworkSecurityGroup", None),
        ("azure-native:network:PublicIPAddress", None),
        ("azure-native:network:VirtualNetwork", None),
    ],
)
def test_logs_go_to_tables_of_their_own_where_the_type_has_them(token: str, destination: str | None) -> None:
    assert setting_of(token).get("logAnalyticsDestinationType") == destination


@pytest.mark.parametrize(
    ("token", "metrics"),
    [
        ("azure-native:storage:BlobServiceProperties", [{"category": "Transaction", "enabled": True}]),
        ("azure-native:storage:FileServiceProperties", [{"category": "Transaction", "enabled": True}]),
        ("azure-native:keyvault:Vault", None),
    ],
)
def test_metrics_are_sent_of_storage_only(token: str, metrics: list[dict[str, Any]] | None) -> None:
    assert setting_of(token).get("metrics") == metrics
