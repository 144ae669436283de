"""AuditTrail: everything that is done in the subscription is kept, and out of the reach of who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.audit_trail import AuditTrail, AuditTrailArgs
from components.monitoring import AlertReceivers
from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one, placement

ARGS = AuditTrailArgs(
    placement=replace(placement(), log_workspace_id=None),
    workspace_name="log-odoo-guard-weu",
    retention_days=730,
    action_group_name="ag-odoo-guard-weu",
    receivers=AlertReceivers(short_name="odoo", emails=("security@example.com",)),
    directory_logs=True,
)


@pytest.fixture(scope="module")
def trail() -> list[Declared]:
    return declare(lambda: AuditTrail("audit", ARGS))


def test_arm_accepts_it(trail: list[Declared]) -> None:
    assert arm_findings(trail) == []


def test_the_workspace_is_protected_and_locked_and_answers_no_public_network(trail: list[Declared]) -> None:
    workspace = one(trail, "operationalinsights:Workspace")
    assert workspace.protect
    assert workspace.inputs["publicNetworkAccessForQuery"] == "Disabled"
    assert workspace.inputs["features"]["disableLocalAuth"] is True
    assert one(trail, "authorization:ManagementLockByScope").inputs["level"] == "CanNotDelete"


def test_every_category_of_the_activity_log_is_recorded(trail: list[Declared]) -> None:
    setting = one(trail, "monitor:SubscriptionDiagnosticSetting")
    assert len(setting.inputs["logs"]) == 8
    assert all(log["enabled"] for log in setting.inputs["logs"])


def test_the_directory_is_recorded_only_where_it_is_asked_for(trail: list[Declared]) -> None:
    logs = one(trail, "aadiam:DiagnosticSetting").inputs["logs"]
    assert {log["category"] for log in logs} == {"AuditLogs", "SignInLogs"}
    without = declare(lambda: AuditTrail("audit", replace(ARGS, directory_logs=False)))
    assert of_type(without, "aadiam:DiagnosticSetting") == []
