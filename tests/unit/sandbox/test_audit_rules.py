"""Diagnostic settings of a subscription and of the directory."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.harness import GROUP, SUBSCRIPTION, Azure, Object, changed

SETTINGS: dict[str, Object] = {
    "monitor:SubscriptionDiagnosticSetting": {
        "name": "audit-trail",
        "workspaceId": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-erp",
        "logs": [{"category": "Administrative", "enabled": True}],
    },
    "aadiam:DiagnosticSetting": {
        "name": "audit-trail",
        "workspaceId": f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-erp",
        "logs": [{"category": "SignInLogs", "enabled": True}],
    },
}


@pytest.mark.parametrize("kind", SETTINGS)
@pytest.mark.parametrize(
    ("path", "value", "finding"),
    [
        ("workspaceId", ..., "workspaceId"),
        ("logs", [], "logs"),
        ("logs.0.category", "AuditEvent", "logs[0].category"),
    ],
)
def test_a_setting_without_a_known_log_or_a_place_for_it_is_refused(
    azure: Azure, kind: str, path: str, value: object, finding: str
) -> None:
    assert azure.check(kind, SETTINGS[kind]) == []
    assert [failure.path for failure in azure.check(kind, changed(SETTINGS[kind], path, value))] == [finding]


def test_they_belong_to_the_subscription_and_to_the_directory(azure: Azure) -> None:
    azure.make("operationalinsights:Workspace", {"workspaceName": "log-erp"})
    assert [azure.make(kind, setting) for kind, setting in SETTINGS.items()] == [
        f"{SUBSCRIPTION}/providers/Microsoft.Insights/diagnosticSettings/audit-trail",
        "/providers/microsoft.aadiam/diagnosticSettings/audit-trail",
    ]


@pytest.mark.parametrize(("operator", "problems"), [("GreaterThan", []), ("Above", ["criteria.allOf[0].operator"])])
def test_an_alert_over_logs_compares_by_the_words_of_its_own_api(
    azure: Azure, operator: str, problems: list[str]
) -> None:
    rule: Object = {
        "ruleName": "break-glass",
        "scopes": [f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-erp"],
        "criteria": {
            "allOf": [{"query": "SigninLogs", "operator": operator, "threshold": 0, "timeAggregation": "Count"}]
        },
    }
    assert [failure.path for failure in azure.check("monitor:ScheduledQueryRule", rule)] == problems
