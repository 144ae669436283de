"""HealthAlert: told of what Azure lost, in these resource groups, and not of what people did themselves."""

from __future__ import annotations

from components.monitoring.health_alert import HealthAlert, HealthAlertArgs
from tests.unit.components.harness import arm_findings, declare, names, one, placement
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID, arm_id

ACTION_GROUP_ID = arm_id("Microsoft.Insights/actionGroups", "ag-erp-test")
ARGS = HealthAlertArgs(
    placement=placement(),
    alert_name="health-erp-test",
    resource_group_names=["rg-erp-test-data", "rg-erp-test-runtime"],
    action_group_id=ACTION_GROUP_ID,
)


def test_it_watches_the_resource_groups_and_tells_the_action_group() -> None:
    declared = declare(lambda: HealthAlert("erp", ARGS))
    assert names(declared) == {("monitor:ActivityLogAlert", "erp-alert")}
    assert arm_findings(declared) == []
    alert = one(declared, "monitor:ActivityLogAlert").inputs
    assert (alert["enabled"], alert["location"]) == (True, "Global")
    assert alert["scopes"] == [
        f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{group}"
        for group in ("rg-erp-test-data", "rg-erp-test-runtime")
    ]
    assert alert["actions"] == {"actionGroups": [{"actionGroupId": ACTION_GROUP_ID}]}


def test_it_tells_of_what_is_not_well_unless_somebody_did_it() -> None:
    alert = one(declare(lambda: HealthAlert("erp", ARGS)), "monitor:ActivityLogAlert").inputs
    category, *others = alert["condition"]["allOf"]
    assert category == {"field": "category", "equals": "ResourceHealth"}
    asked = {(leaf["field"], leaf["equals"]) for part in others for leaf in part["anyOf"]}
    assert asked == {
        ("properties.currentHealthStatus", "Degraded"),
        ("properties.currentHealthStatus", "Unavailable"),
        ("properties.cause", "PlatformInitiated"),
        ("properties.cause", "Unknown"),
    }
