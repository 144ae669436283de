"""Plans of Defender for Cloud, and whom it writes to."""

from typing import Any

import pytest

from sandbox.azure import rulebook
from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox.harness import GROUP, SUBSCRIPTION, Azure, Object, refused

PLAN, CONTACT = "security:Pricing", "security:SecurityContact"
SERVERS: Object = {
    "pricingName": "VirtualMachines",
    "scopeId": SUBSCRIPTION,
    "pricingTier": "Standard",
    "subPlan": "P2",
}
PEOPLE: Object = {
    "securityContactName": "default",
    "emails": "soc@acme.example;cert@acme.example",
    "isEnabled": True,
    "notificationsByRole": {"state": "On", "roles": ["Owner"]},
    "notificationsSources": [{"sourceType": "Alert", "minimalSeverity": "Medium"}],
}


def _without_sub_plan(name: str) -> Object:
    return {"pricingName": name, "scopeId": SUBSCRIPTION, "pricingTier": "Standard"}


@pytest.mark.parametrize(
    ("kind", "good", "path", "value"),
    [
        (PLAN, SERVERS, "pricingName", "Servers"),
        (PLAN, SERVERS, "subPlan", "P3"),
        (PLAN, _without_sub_plan("Containers"), "subPlan", "P1"),
        (PLAN, _without_sub_plan("FoundationalCspm"), "pricingTier", "Free"),
        (CONTACT, PEOPLE, "securityContactName", "security"),
        (CONTACT, PEOPLE, "emails", "soc@acme.example;cert"),
    ],
)
def test_a_plan_or_contact_that_azure_does_not_have_is_refused(
    azure: Azure, kind: str, good: Object, path: str, value: Any
) -> None:
    assert azure.check(kind, good) == []
    assert [failure.path for failure in azure.check(kind, good | {path: value})] == [path]


def test_nothing_is_said_about_a_plan_that_a_preview_does_not_know(azure: Azure) -> None:
    for name in SERVERS:
        assert azure.check(PLAN, SERVERS | {name: UNKNOWN}) == [], name


def test_a_subscriptions_plan_is_set_again_and_never_deleted(azure: Azure) -> None:
    made = azure.make(PLAN, SERVERS)
    assert made == f"{SUBSCRIPTION}/providers/Microsoft.Security/pricings/VirtualMachines"
    assert azure.make(PLAN, SERVERS | {"subPlan": "P1"}) == made
    assert azure.outputs(made)["subPlan"] == "P1"
    refused("InvalidUrlConfiguration", lambda: azure.delete(PLAN, made))


def test_a_resources_plan_is_deleted_as_any_other(azure: Azure) -> None:
    made = azure.make(PLAN, SERVERS | {"scopeId": GROUP, "subPlan": "P1"})
    azure.delete(PLAN, made)
    assert not azure.store.exists(made)


def test_plans_change_one_after_another(azure: Azure) -> None:
    identifier = azure.make(PLAN, SERVERS)
    with rulebook.busy(f"azure-native:{PLAN}", SERVERS, identifier):
        refused("Conflict", lambda: azure.make(PLAN, SERVERS | {"pricingName": "KeyVaults", "subPlan": "PerKeyVault"}))
    assert azure.store.exists(azure.make(CONTACT, PEOPLE))
