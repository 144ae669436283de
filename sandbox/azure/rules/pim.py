"""Privileged Identity Management: who may activate a role, and what that takes.

learn.microsoft.com rest/api/authorization/privileged-role-policy-rest-sample, privileged-role-eligibility-rest-sample;
graph/identity-governance-pim-rules-overview; entra/id-governance/privileged-identity-management/
pim-resource-roles-configure-role-settings.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.authorization import IDENTITY, ROLE_DEFINITION, condition_findings, role_must_exist, roles
from sandbox.azure.rules.scope import refuse
from sandbox.azure.rules.time_spans import minutes_of
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

ELIGIBILITY: Final = "azure-native:authorization:PimRoleEligibilitySchedule"
LONGEST_ACTIVATION_MINUTES: Final = 24 * 60
LONGEST_ELIGIBILITY: Final = "P365D"
"""What Azure's own policies allow, until one is changed."""
_OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_EVENTS: Final = ("EndUser_Assignment", "Admin_Assignment", "Admin_Eligibility")
_RECIPIENTS: Final = ("Admin", "Requestor", "Approver")
# The seventeen rules, and what type each is of.
RULES: Final = {
    **{f"Expiration_{event}": "RoleManagementPolicyExpirationRule" for event in _EVENTS},
    **{f"Enablement_{event}": "RoleManagementPolicyEnablementRule" for event in _EVENTS},
    "Approval_EndUser_Assignment": "RoleManagementPolicyApprovalRule",
    "AuthenticationContext_EndUser_Assignment": "RoleManagementPolicyAuthenticationContextRule",
    **{
        f"Notification_{recipient}_{event}": "RoleManagementPolicyNotificationRule"
        for recipient in _RECIPIENTS
        for event in _EVENTS
    },
}


def policy_guid(scope: str, role: str) -> str:
    """Name of the policy that Azure made for a role (GUID) at a scope: any, but always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope.strip('/').lower()}/roleManagementPolicies/{role.lower()}"))


@static("authorization:RoleManagementPolicy")
def rules_are_those_of_azure(inputs: Object) -> Iterator[Failure]:
    """A rule has an id that Azure knows, the type and the target that belong to it, and values that it takes."""
    for index, rule in enumerate(known_items(inputs.get("rules"))):
        if not isinstance(rule, Mapping):
            continue
        path, name = f"rules[{index}]", rule.get("id")
        if name not in RULES:
            yield refuse(f"{path}.id", name, ", ".join(sorted(RULES)))
            continue
        if rule.get("ruleType") != RULES[name]:
            yield refuse(f"{path}.ruleType", rule.get("ruleType"), f"'{RULES[name]}' for {name}")
        yield from _target(path, rule, str(name))
        yield from _values(path, rule, str(name))


def _target(path: str, rule: Mapping[str, Any], name: str) -> Iterator[Failure]:
    *_, caller, level = name.split("_")
    for key, value in {"caller": caller, "level": level}.items():
        if dig(rule, "target", key) != value:
            yield refuse(f"{path}.target.{key}", dig(rule, "target", key), f"'{value}' for {name}")


def _values(path: str, rule: Mapping[str, Any], name: str) -> Iterator[Failure]:
    if name.startswith("Expiration_"):
        minutes = minutes_of(rule.get("maximumDuration"))
        if minutes is None:
            yield refuse(f"{path}.maximumDuration", rule.get("maximumDuration"), "a length of time, as PT4H or P365D")
        elif name == "Expiration_EndUser_Assignment" and minutes > LONGEST_ACTIVATION_MINUTES:
            yield refuse(f"{path}.maximumDuration", rule.get("maximumDuration"), "at most PT24H for an activation")
    if name.startswith("Approval_") and dig(rule, "setting", "isApprovalRequired") is True:
        stages = [stage for stage in known_items(dig(rule, "setting", "approvalStages")) if isinstance(stage, Mapping)]
        if not any(known_items(stage.get("primaryApprovers")) for stage in stages):
            yield Failure(f"{path}.setting.approvalStages", "an approval that is required needs a primary approver")
    if name.startswith("Notification_Approver_") and rule.get("notificationRecipients"):
        yield Failure(f"{path}.notificationRecipients", "approvers are told anyway; others cannot be added")


@stateful("authorization:RoleManagementPolicy")
def policy_is_one_of_azures(change: Change) -> None:
    """Nobody makes a policy: there is one for each role, whose rules change. Deleted, it is as Azure made it."""
    scope = paths.parent_of(change.id) or ""
    custom = [paths.name_of(entry.id) for entry in change.world.store.of_type(ROLE_DEFINITION)]
    name = paths.name_of(change.id).lower()
    if name not in {policy_guid(scope, role) for role in (*roles(), *custom)}:
        listed = ", ".join(f"'{policy_guid(scope, role)}' of role {role}" for role in (*custom, _OWNER))
        raise ProviderError(
            "ResourceNotFound", f"the role management policy '{name}' was not found at '{scope}': {listed}"
        )


@static("authorization:PimRoleEligibilitySchedule")
def eligibility(inputs: Object) -> Iterator[Failure]:
    """The principal is a GUID, a condition has its version, and the end is said as its type wants it."""
    principal = inputs.get("principalId")
    if isinstance(principal, str) and not paths.GUID.match(principal):
        yield refuse("principalId", principal, "a GUID")
    yield from condition_findings(inputs)
    kind = dig(inputs, "scheduleInfo", "expiration", "type")
    needed = {"AfterDuration": "duration", "AfterDateTime": "endDateTime"}.get(str(kind))
    if needed and dig(inputs, "scheduleInfo", "expiration", needed) is None:
        yield Failure(f"scheduleInfo.expiration.{needed}", f"give it with type {kind}")


@stateful("authorization:PimRoleEligibilitySchedule")
def role_may_be_eligible(change: Change) -> None:
    """The role exists, the principal is not eligible for it there yet, and the role's policy allows so long."""
    role_must_exist(change)
    own = _key(change.new)
    for other in change.world.store.of_type(ELIGIBILITY):
        if other.id.lower() != change.id.lower() and _key(other.inputs) == own:
            message = f"'{own[1]}' is eligible for '{own[2]}' at {own[0]} already: '{other.id}'"
            raise ProviderError("RoleAssignmentExists", message)
    if change.world.store.answers(own[1], IDENTITY):
        message = f"'{own[1]}' is an identity: only users and groups can be eligible"
        raise ProviderError("", message)
    longest = _longest(change.world, *own[::2])
    wanted = _minutes(change.new)
    if longest is not None and (wanted is None or wanted > longest):
        message = 'the following policy rules failed: ["ExpirationRule"]'
        raise ProviderError("RoleAssignmentRequestPolicyValidationFailed", message)


def _key(inputs: Object) -> tuple[str, str, str]:
    scope = "/" + str(inputs.get("scope")).strip("/").lower()
    return scope, str(inputs.get("principalId")).lower(), paths.name_of(str(inputs.get("roleDefinitionId"))).lower()


def _minutes(inputs: Object) -> float | None:
    """How long the eligibility is to last; None for ever. A date is not judged: the sandbox has no clock."""
    expiration = dig(inputs, "scheduleInfo", "expiration") or {}
    if expiration.get("type") == "AfterDateTime":
        return 0
    return minutes_of(expiration.get("duration")) if expiration.get("type") == "AfterDuration" else None


def _longest(world: World, scope: str, role: str) -> float | None:
    """How long the role's policy lets anybody be eligible, in minutes; None for ever."""
    changed = world.get(f"{scope}/providers/Microsoft.Authorization/roleManagementPolicies/{policy_guid(scope, role)}")
    rules = known_items(changed.inputs.get("rules")) if changed else []
    rule: Object = next((rule for rule in rules if rule.get("id") == "Expiration_Admin_Eligibility"), {})
    if rule.get("isExpirationRequired") is False:
        return None
    return minutes_of(rule.get("maximumDuration", LONGEST_ELIGIBILITY))
