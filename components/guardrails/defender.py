"""Microsoft Defender for Cloud: its plans, and whom it writes to."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import security

from components.base import Component

SUB_PLANS: Mapping[str, str] = {
    "Arm": "PerSubscription",
    "KeyVaults": "PerKeyVault",
    "StorageAccounts": "DefenderForStorageV2",
    "VirtualMachines": "P2",
}
"""Sub-plan where none is asked for, of the plans that have several: the one with everything in it (learn.microsoft.com
rest/api/defenderforcloud-composite/pricings), or that is still sold (github.com/Azure/azure-policy pull request 1483,
github.com/Azure/HubAndSpokeResearchEnclave issue 182: PerTransaction is not)."""


def make_plans(
    component: Component, name: str, subscription: pulumi.Input[str], plans: Mapping[str, str | None]
) -> list[security.Pricing]:
    """Turns plans on.

    A plan that is not asked for any more stays on, because Azure has no request that deletes one.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        subscription: ARM id of the subscription.
        plans: the plans by name, each with its sub-plan, or None for the usual one.
    """
    made: list[security.Pricing] = []
    for plan, sub_plan in sorted(plans.items()):
        made.append(
            security.Pricing(
                f"{name}-{plan}",
                pricing_name=plan,
                scope_id=subscription,
                pricing_tier=security.PricingTier.STANDARD,
                sub_plan=sub_plan or SUB_PLANS.get(plan),
                # One after another: a second change of a subscription's plans meanwhile is refused with 409
                # (github.com/hashicorp/terraform-provider-azurerm pull request 32444).
                opts=component.child(depends_on=made[-1:]),
            )
        )
    return made


def make_contact(component: Component, name: str, email: pulumi.Input[str]) -> security.SecurityContact:
    """Says whom Defender writes to: alerts from medium severity on, and ways of attack from high risk on.

    The owners of the subscription are told too: learn.microsoft.com azure/defender-for-cloud/
    configure-email-notifications.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        email: the address.
    """
    return security.SecurityContact(
        name,
        security_contact_name="default",
        emails=email,
        is_enabled=True,
        notifications_by_role=security.SecurityContactPropertiesNotificationsByRoleArgs(
            state=security.State.ON, roles=[security.SecurityContactRole.OWNER]
        ),
        notifications_sources=[
            security.NotificationsSourceAlertArgs(
                source_type="Alert", minimal_severity=security.MinimalSeverity.MEDIUM
            ),
            security.NotificationsSourceAttackPathArgs(
                source_type="AttackPath", minimal_risk_level=security.MinimalRiskLevel.HIGH
            ),
        ],
        opts=component.child(),
    )
