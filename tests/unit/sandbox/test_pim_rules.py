"""Custom roles and Privileged Identity Management: what Azure refuses, and what it takes."""

from __future__ import annotations

import pytest

from sandbox.azure.rules import authorization
from sandbox.azure.rules.pim import policy_guid
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import SUBSCRIPTION, Azure, Object, changed, refused

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
GROUP_OF_PEOPLE = "33333333-3333-4333-8333-333333333333"
ROLE_GUID = "44444444-4444-4444-8444-444444444444"
ROLE: Object = {
    "scope": SUBSCRIPTION,
    "roleDefinitionId": ROLE_GUID,
    "roleName": "Operator",
    "roleType": "CustomRole",
    "assignableScopes": [SUBSCRIPTION],
    "permissions": [{"actions": ["*/read", "Microsoft.Compute/virtualMachineScaleSets/restart/action"]}],
}
KIND_OF_ROLE = "authorization:RoleDefinition"
KIND_OF_POLICY = "authorization:RoleManagementPolicy"
KIND_OF_ELIGIBILITY = "authorization:PimRoleEligibilitySchedule"


def rule(name: str, **values: object) -> Object:
    prefix, _, event = name.partition("_")
    *_, caller, level = event.split("_")
    target = {"caller": caller, "level": level, "operations": ["All"]}
    return {"id": name, "ruleType": f"RoleManagementPolicy{prefix}Rule", "target": target, **values}


APPROVAL = rule(
    "Approval_EndUser_Assignment",
    setting={
        "isApprovalRequired": True,
        "approvalMode": "SingleStage",
        "approvalStages": [{"primaryApprovers": [{"userType": "Group", "id": GROUP_OF_PEOPLE}]}],
    },
)
POLICY: Object = {
    "scope": SUBSCRIPTION,
    "roleManagementPolicyName": policy_guid(SUBSCRIPTION, OWNER),
    "rules": [
        rule("Expiration_EndUser_Assignment", isExpirationRequired=True, maximumDuration="PT24H"),
        rule("Enablement_EndUser_Assignment", enabledRules=["MultiFactorAuthentication", "Justification"]),
        APPROVAL,
        rule(
            "Notification_Approver_EndUser_Assignment",
            notificationType="Email",
            notificationLevel="All",
            recipientType="Approver",
            isDefaultRecipientsEnabled=True,
            notificationRecipients=[],
        ),
    ],
}


def eligible(role: str = OWNER, **expiration: str) -> Object:
    return {
        "scope": SUBSCRIPTION,
        "principalId": GROUP_OF_PEOPLE,
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "scheduleInfo": {"expiration": expiration or {"type": "AfterDuration", "duration": "P365D"}},
    }


def permanent(policy: str) -> Object:
    """A policy whose role anybody may be eligible for without an end."""
    lasting = rule("Expiration_Admin_Eligibility", isExpirationRequired=False, maximumDuration="P365D")
    return {"scope": SUBSCRIPTION, "roleManagementPolicyName": policy, "rules": [lasting]}


class TestRoleDefinitions:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("assignableScopes", ...),
            ("assignableScopes", []),
            ("assignableScopes", ["/"]),
            ("assignableScopes", [f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/x"]),
            ("roleName", ...),
            ("roleName", "x" * 513),
            ("description", "x" * 2049),
            ("roleDefinitionId", "operator"),
            ("permissions", [{}]),
            ("permissions.0.actions.0", "read everything"),
            ("permissions.0.actions.0", "Microsoft.Compute"),
        ],
    )
    def test_say_what_where_and_under_which_name(self, azure: Azure, path: str, value: object) -> None:
        assert azure.check(KIND_OF_ROLE, changed(ROLE, path, value))

    @pytest.mark.parametrize(
        "action", ["*", "*/read", "Microsoft.CostManagement/*/query/*", "microsoft.web/sites/Read"]
    )
    def test_take_wildcards_where_azure_does(self, azure: Azure, action: str) -> None:
        assert azure.check(KIND_OF_ROLE, changed(ROLE, "permissions.0.actions.0", action)) == []

    def test_have_a_name_of_their_own_and_are_not_built_in(self, azure: Azure) -> None:
        azure.make(KIND_OF_ROLE, ROLE)
        other = ROLE | {"roleDefinitionId": ROLE_GUID.replace("4", "5"), "roleName": "OPERATOR"}
        refused("RoleDefinitionWithSameNameExists", lambda: azure.make(KIND_OF_ROLE, other))
        refused("RoleDefinitionWithSameNameExists", lambda: azure.make(KIND_OF_ROLE, other | {"roleName": "Reader"}))
        owner = ROLE | {"roleDefinitionId": OWNER, "roleName": "Another"}
        refused("InvalidRoleDefinitionId", lambda: azure.make(KIND_OF_ROLE, owner))
        assert azure.store.exists(azure.make(KIND_OF_ROLE, other | {"roleName": "Another"}))

    def test_have_room_in_the_tenant(self, azure: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(authorization, "MOST_CUSTOM_ROLES", 1)
        azure.make(KIND_OF_ROLE, ROLE)
        other = ROLE | {"roleDefinitionId": ROLE_GUID.replace("4", "5"), "roleName": "Another"}
        refused("RoleDefinitionLimitExceeded", lambda: azure.make(KIND_OF_ROLE, other))

    def test_go_once_nobody_holds_them_or_may(self, azure: Azure) -> None:
        role = azure.make(KIND_OF_ROLE, ROLE)
        people = bodies.role_assignment(GROUP_OF_PEOPLE, ROLE_GUID, SUBSCRIPTION) | {"principalType": "Group"}
        held = azure.make("authorization:RoleAssignment", people)
        refused("RoleDefinitionHasAssignments", lambda: azure.delete(KIND_OF_ROLE, role))
        azure.delete("authorization:RoleAssignment", held)
        may = azure.make(KIND_OF_ELIGIBILITY, eligible(ROLE_GUID))
        refused("RoleDefinitionHasAssignments", lambda: azure.delete(KIND_OF_ROLE, role))
        azure.delete(KIND_OF_ELIGIBILITY, may)
        azure.delete(KIND_OF_ROLE, role)
        assert not azure.store.exists(role)


class TestPolicies:
    @pytest.mark.parametrize(
        ("path", "value", "said"),
        [
            ("rules.0.id", "Expiration_Everybody", "rules[0].id"),
            ("rules.0.ruleType", "RoleManagementPolicyEnablementRule", "rules[0].ruleType"),
            ("rules.0.target.caller", "Admin", "rules[0].target.caller"),
            ("rules.0.target.level", "Eligibility", "rules[0].target.level"),
            ("rules.0.maximumDuration", "PT25H", "rules[0].maximumDuration"),
            ("rules.0.maximumDuration", "4 hours", "rules[0].maximumDuration"),
            ("rules.2.setting.approvalStages", [], "rules[2].setting.approvalStages"),
            ("rules.3.notificationRecipients", ["a@acme.example"], "rules[3].notificationRecipients"),
        ],
    )
    def test_have_rules_that_azure_knows(self, azure: Azure, path: str, value: object, said: str) -> None:
        assert [finding.path for finding in azure.check(KIND_OF_POLICY, changed(POLICY, path, value))] == [said]

    def test_that_fit_are_taken(self, azure: Azure) -> None:
        assert azure.check(KIND_OF_POLICY, POLICY) == []
        relaxed = changed(POLICY, "rules.2.setting", {"isApprovalRequired": False, "approvalStages": []})
        assert azure.check(KIND_OF_POLICY, relaxed) == []

    def test_are_azures_own_and_of_a_custom_role_once_it_is_there(self, azure: Azure) -> None:
        assert azure.store.exists(azure.make(KIND_OF_POLICY, POLICY))
        own = POLICY | {"roleManagementPolicyName": policy_guid(SUBSCRIPTION, ROLE_GUID)}
        refused("ResourceNotFound", lambda: azure.make(KIND_OF_POLICY, own))
        azure.make(KIND_OF_ROLE, ROLE)
        assert azure.store.exists(azure.make(KIND_OF_POLICY, own))

    def test_are_as_azure_made_them_when_they_are_deleted(self, azure: Azure) -> None:
        policy = azure.make(KIND_OF_POLICY, permanent(policy_guid(SUBSCRIPTION, OWNER)))
        azure.delete(KIND_OF_POLICY, policy)
        for_ever = eligible(type="NoExpiration")
        refused("RoleAssignmentRequestPolicyValidationFailed", lambda: azure.make(KIND_OF_ELIGIBILITY, for_ever))


class TestEligibility:
    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("principalId", "the administrators"),
            ("scheduleInfo.expiration", {"type": "AfterDuration"}),
            ("scheduleInfo.expiration", {"type": "AfterDateTime"}),
        ],
    )
    def test_says_whose_and_until_when(self, azure: Azure, path: str, value: object) -> None:
        assert azure.check(KIND_OF_ELIGIBILITY, changed(eligible(), path, value))
        assert azure.check(KIND_OF_ELIGIBILITY, eligible()) == []

    @pytest.mark.parametrize("kind", [KIND_OF_ELIGIBILITY, "authorization:RoleAssignment"])
    def test_a_condition_has_its_version_and_closes_its_brackets(self, azure: Azure, kind: str) -> None:
        given = (
            eligible() if kind == KIND_OF_ELIGIBILITY else bodies.role_assignment(GROUP_OF_PEOPLE, OWNER, SUBSCRIPTION)
        )
        good = given | {"condition": "(!(ActionMatches{'a/b'}))", "conditionVersion": "2.0"}
        assert azure.check(kind, good) == []
        assert [finding.path for finding in azure.check(kind, good | {"conditionVersion": "1.0"})] == [
            "conditionVersion"
        ]
        assert [finding.path for finding in azure.check(kind, good | {"condition": "(!(A{'a'})"})] == ["condition"]

    def test_is_for_a_role_that_there_is(self, azure: Azure) -> None:
        refused("RoleDefinitionDoesNotExist", lambda: azure.make(KIND_OF_ELIGIBILITY, eligible(ROLE_GUID)))
        azure.make(KIND_OF_ROLE, ROLE)
        assert azure.store.exists(azure.make(KIND_OF_ELIGIBILITY, eligible(ROLE_GUID)))

    def test_is_there_once_for_a_role_a_principal_and_a_scope(self, azure: Azure) -> None:
        azure.make(KIND_OF_ELIGIBILITY, eligible())
        refused("RoleAssignmentExists", lambda: azure.make(KIND_OF_ELIGIBILITY, eligible()))
        other = eligible() | {"principalId": GROUP_OF_PEOPLE.replace("3", "6")}
        assert azure.store.exists(azure.make(KIND_OF_ELIGIBILITY, other))

    def test_is_for_people(self, azure: Azure) -> None:
        identity = azure.make("managedidentity:UserAssignedIdentity", {"resourceName": "id-people"})
        principal = azure.outputs(identity)["principalId"]
        refused(
            "only users and groups", lambda: azure.make(KIND_OF_ELIGIBILITY, eligible() | {"principalId": principal})
        )

    @pytest.mark.parametrize(
        "expiration", [{"type": "NoExpiration"}, {"type": "AfterDuration", "duration": "P366D"}, {"type": ""}]
    )
    def test_lasts_no_longer_than_the_roles_policy_lets_it(self, azure: Azure, expiration: dict[str, str]) -> None:
        wanted = eligible() | {"scheduleInfo": {"expiration": expiration} if expiration["type"] else {}}
        refused("RoleAssignmentRequestPolicyValidationFailed", lambda: azure.make(KIND_OF_ELIGIBILITY, wanted))
        azure.make(KIND_OF_POLICY, permanent(policy_guid(SUBSCRIPTION, OWNER)))
        assert azure.store.exists(azure.make(KIND_OF_ELIGIBILITY, wanted))

    def test_may_end_on_a_day(self, azure: Azure) -> None:
        until = eligible(type="AfterDateTime", endDateTime="2027-06-30T00:00:00Z")
        assert azure.store.exists(azure.make(KIND_OF_ELIGIBILITY, until))

    def test_is_made_anew_when_it_changes(self, azure: Azure) -> None:
        verdict = azure.diff(KIND_OF_ELIGIBILITY, eligible(), eligible() | {"justification": "Reviewed."})
        assert verdict.replaces == frozenset({"justification"})
