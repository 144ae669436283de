"""The rules of a role management policy: what Privileged Identity Management asks before a role is active.

A policy has seventeen rules, each under a fixed id (learn.microsoft.com graph/identity-governance-pim-rules-overview);
those that are not named here stay as Azure made them.
"""

from __future__ import annotations

from pulumi_azure_native import authorization

from components.access_model.args import Activation

ELIGIBLE_FOR = "P365D"
"""The longest that Azure lets anybody be eligible by default; then the group is reviewed, and made eligible again."""
_ASSIGNED_BY_HAND_FOR = "P1D"
_APPROVAL_DAYS = 1
"""Azure's own: a request that nobody answers is over after a day."""

_Enabled = authorization.EnablementRules
PolicyRule = (
    authorization.RoleManagementPolicyApprovalRuleArgs
    | authorization.RoleManagementPolicyEnablementRuleArgs
    | authorization.RoleManagementPolicyExpirationRuleArgs
    | authorization.RoleManagementPolicyNotificationRuleArgs
)


def activation_rules(activation: Activation, approvers: str) -> list[PolicyRule]:
    """The rules of a role's policy.

    Args:
        activation: what an activation needs.
        approvers: object id of the group of approvers.
    """
    return [
        _expiration("EndUser_Assignment", f"PT{activation.hours}H"),
        _enablement("EndUser_Assignment", ticket=activation.approval),
        _approval(activation, approvers),
        _expiration("Admin_Eligibility", ELIGIBLE_FOR),
        # Who is given a role by hand, past this program, has it for a day.
        _expiration("Admin_Assignment", _ASSIGNED_BY_HAND_FOR),
        _enablement("Admin_Assignment", ticket=False),
        *(
            _notification(event, activation.notified)
            for event in ("EndUser_Assignment", "Admin_Eligibility", "Admin_Assignment")
        ),
    ]


def _target(event: str) -> authorization.RoleManagementPolicyRuleTargetArgs:
    caller, _, level = event.partition("_")
    return authorization.RoleManagementPolicyRuleTargetArgs(caller=caller, level=level, operations=["All"])


def _expiration(event: str, longest: str) -> PolicyRule:
    return authorization.RoleManagementPolicyExpirationRuleArgs(
        rule_type="RoleManagementPolicyExpirationRule",
        id=f"Expiration_{event}",
        is_expiration_required=True,
        maximum_duration=longest,
        target=_target(event),
    )


def _enablement(event: str, *, ticket: bool) -> PolicyRule:
    asked = [_Enabled.MULTI_FACTOR_AUTHENTICATION, _Enabled.JUSTIFICATION]
    return authorization.RoleManagementPolicyEnablementRuleArgs(
        rule_type="RoleManagementPolicyEnablementRule",
        id=f"Enablement_{event}",
        enabled_rules=[*asked, _Enabled.TICKETING] if ticket else asked,
        target=_target(event),
    )


def _approval(activation: Activation, approvers: str) -> PolicyRule:
    event = "EndUser_Assignment"
    who = authorization.UserSetArgs(
        id=approvers, user_type=authorization.UserType.GROUP, is_backup=False, description="Approvers"
    )
    stage = authorization.ApprovalStageArgs(
        approval_stage_time_out_in_days=_APPROVAL_DAYS,
        is_approver_justification_required=True,
        is_escalation_enabled=False,
        escalation_time_in_minutes=0,
        primary_approvers=[who] if activation.approval else [],
    )
    return authorization.RoleManagementPolicyApprovalRuleArgs(
        rule_type="RoleManagementPolicyApprovalRule",
        id=f"Approval_{event}",
        setting=authorization.ApprovalSettingsArgs(
            approval_mode=authorization.ApprovalMode.SINGLE_STAGE,
            approval_stages=[stage],
            is_approval_required=activation.approval,
            is_approval_required_for_extension=False,
            is_requestor_justification_required=True,
        ),
        target=_target(event),
    )


def _notification(event: str, notified: tuple[str, ...]) -> PolicyRule:
    return authorization.RoleManagementPolicyNotificationRuleArgs(
        rule_type="RoleManagementPolicyNotificationRule",
        id=f"Notification_Admin_{event}",
        notification_type=authorization.NotificationDeliveryMechanism.EMAIL,
        notification_level=authorization.NotificationLevel.ALL,
        recipient_type=authorization.RecipientType.ADMIN,
        notification_recipients=list(notified),
        is_default_recipients_enabled=True,
        target=_target(event),
    )
