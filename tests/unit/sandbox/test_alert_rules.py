"""Alerts on the activity log."""

from __future__ import annotations

import pytest

from sandbox.azure.rules import alerts
from tests.unit.sandbox.harness import GROUP, SUBSCRIPTION, Azure, Object, changed, refused

KIND = "monitor:ActivityLogAlert"
ALERT: Object = {
    "activityLogAlertName": "health",
    "location": "Global",
    "scopes": [GROUP],
    "condition": {
        "allOf": [
            {"field": "category", "equals": "ResourceHealth"},
            {"anyOf": [{"field": "properties.currentHealthStatus", "equals": "Unavailable"}]},
        ]
    },
    "actions": {"actionGroups": []},
}
ELSEWHERE = "/subscriptions/00000000-0000-4000-8000-000000000009"


@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("condition.allOf.0.field", "level", "condition.allOf"),
        ("condition.allOf.0.equals", "Health", "condition.allOf[0].equals"),
        ("condition.allOf.1.anyOf.0.equals", "Down", "condition.allOf[1].equals"),
        ("location", "eastus", "location"),
        ("scopes", [GROUP, ELSEWHERE], "scopes"),
    ],
)
def test_an_alert_that_azure_would_not_take_is_refused(azure: Azure, path: str, value: object, finding: str) -> None:
    assert azure.check(KIND, ALERT) == []
    assert [failure.path for failure in azure.check(KIND, changed(ALERT, path, value))] == [finding]


def test_a_subscription_has_room_for_so_many(azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "MOST_ALERTS", 1)
    first = azure.make(KIND, ALERT)
    another = ALERT | {"activityLogAlertName": "another", "scopes": [SUBSCRIPTION]}
    refused("AlertRuleLimitExceeded", lambda: azure.make(KIND, another))
    azure.delete(KIND, first)
    assert azure.store.exists(azure.make(KIND, another))
