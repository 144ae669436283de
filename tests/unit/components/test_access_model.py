"""AccessModel: who holds what, what an activation takes, who hears of it, and who takes all of it."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.access_model.alerts import WATCHED_OPERATIONS
from components.access_model.args import Activation
from components.access_model.duties import DUTIES, Hold
from components.access_model.page import PAGE, page
from components.access_model.roles import CLUSTER_ADMINISTRATOR, OWNER, PLATFORM_OPERATOR
from sandbox.azure import tenant
from sandbox.azure.rules.pim import RULES, policy_guid
from tests.policies.harness import judge
from tests.unit.components.access_example import (
    ACCOUNT,
    ARGS,
    ASSIGNMENT,
    CUSTOM,
    GROUPS,
    POLICIES,
    PREFIX,
    SUBSCRIPTION,
    declare_with,
    declared_model,
)
from tests.unit.components.harness import Declared, arm_findings, of_type, one
from tests.unit.components.mocked_azure import RESOURCE_GROUP
from tests.unit.sandbox.harness import Azure

IN_THE_SANDBOX = f"/subscriptions/{tenant.SUBSCRIPTION_ID}"
IDENTITY = "managedidentity:UserAssignedIdentity"
ELIGIBILITY = "authorization:PimRoleEligibilitySchedule"
POLICY = "authorization:RoleManagementPolicy"


def role_of(inputs: Any) -> str:
    return str(inputs["roleDefinitionId"]).rpartition("/")[2]


def held(declared: list[Declared], type_: str, group: str) -> set[str]:
    """GUIDs of the roles of a group."""
    return {role_of(each.inputs) for each in of_type(declared, type_) if each.inputs["principalId"] == group}


def rules_of(declared: list[Declared], role: str) -> dict[str, Any]:
    """The rules of a role's policy, by id."""
    guid = POLICIES[role]
    policy = next(each for each in of_type(declared, POLICY) if each.inputs["roleManagementPolicyName"] == guid)
    return {rule["id"]: rule for rule in policy.inputs["rules"]}


class TestPeople:
    def test_in_production_no_group_holds_a_role_that_writes(self) -> None:
        standing = [duty for duty in DUTIES if duty.production is Hold.STANDING]
        assert standing
        assert not [duty for duty in standing if duty.role.writes]

    @pytest.mark.parametrize("production", [True, False])
    def test_each_group_holds_and_may_activate_what_its_duties_say(self, production: bool) -> None:
        declared = declared_model(production=production)
        for group in {duty.group for duty in DUTIES}:
            duties = [duty for duty in DUTIES if duty.group is group]
            for type_, how in ((ASSIGNMENT, Hold.STANDING), (ELIGIBILITY, Hold.ELIGIBLE)):
                wanted = {duty.role.guid(PREFIX) for duty in duties if duty.held(production=production) is how}
                assert held(declared, type_, getattr(GROUPS, group)) == wanted

    def test_outside_of_production_nothing_is_activated_and_developers_may_restart(self) -> None:
        declared = declared_model(production=False)
        assert not of_type(declared, ELIGIBILITY)
        assert not of_type(declared, POLICY)
        assert PLATFORM_OPERATOR.guid(PREFIX) in held(declared, ASSIGNMENT, GROUPS.developers)

    def test_everything_is_at_the_subscription(self) -> None:
        declared = [*of_type(declared_model(), ASSIGNMENT), *of_type(declared_model(), ELIGIBILITY)]
        assert {each.inputs["scope"] for each in declared} == {SUBSCRIPTION}

    def test_eligibility_ends_after_a_year_and_says_when_the_group_was_reviewed(self) -> None:
        for each in of_type(declared_model(), ELIGIBILITY):
            assert each.inputs["scheduleInfo"] == {"expiration": {"type": "AfterDuration", "duration": "P365D"}}
            assert each.inputs["justification"].endswith("Members reviewed on 2026-11-02.")
            assert each.delete_before_replace

    def test_who_approves_may_not_ask(self) -> None:
        for group in ("platform_administrators", "break_glass"):
            groups = replace(GROUPS, approvers=getattr(GROUPS, group))
            with pytest.raises(ValueError, match="nobody approves for himself"):
                declare_with(groups=groups)


class TestActivation:
    @pytest.mark.parametrize("role", [PLATFORM_OPERATOR, CLUSTER_ADMINISTRATOR])
    def test_takes_two_people_a_second_factor_a_reason_and_a_ticket(self, role: Any) -> None:
        rules = rules_of(declared_model(), role.guid(PREFIX))
        enabled = set(rules["Enablement_EndUser_Assignment"]["enabledRules"])
        assert enabled == {"MultiFactorAuthentication", "Justification", "Ticketing"}
        approval = rules["Approval_EndUser_Assignment"]["setting"]
        assert approval["isApprovalRequired"] is True
        approvers = approval["approvalStages"][0]["primaryApprovers"]
        assert [(each["userType"], each["id"]) for each in approvers] == [("Group", GROUPS.approvers)]
        assert rules["Expiration_EndUser_Assignment"]["maximumDuration"] == "PT4H"

    def test_of_break_glass_waits_for_nobody_and_lasts_an_hour_whatever_is_asked_for(self) -> None:
        declared = declare_with(activation=Activation(hours=12, approval=True))
        rules = rules_of(declared, OWNER.guid(PREFIX))
        assert rules["Approval_EndUser_Assignment"]["setting"]["isApprovalRequired"] is False
        assert rules["Expiration_EndUser_Assignment"]["maximumDuration"] == "PT1H"
        assert "MultiFactorAuthentication" in rules["Enablement_EndUser_Assignment"]["enabledRules"]
        others = rules_of(declared, PLATFORM_OPERATOR.guid(PREFIX))
        assert others["Expiration_EndUser_Assignment"]["maximumDuration"] == "PT12H"

    def test_without_approval_still_takes_a_second_factor_and_a_reason(self) -> None:
        rules = rules_of(declare_with(activation=Activation(approval=False)), PLATFORM_OPERATOR.guid(PREFIX))
        enabled = set(rules["Enablement_EndUser_Assignment"]["enabledRules"])
        assert enabled == {"MultiFactorAuthentication", "Justification"}
        assert rules["Approval_EndUser_Assignment"]["setting"]["approvalStages"][0]["primaryApprovers"] == []

    def test_is_told_to_those_named(self) -> None:
        for role in (OWNER, PLATFORM_OPERATOR):
            rules = rules_of(declared_model(), role.guid(PREFIX))
            told = [rule for name, rule in rules.items() if name.startswith("Notification_")]
            assert len(told) == 3
            assert {tuple(rule["notificationRecipients"]) for rule in told} == {("security@acme.example",)}

    def test_its_rules_are_some_of_azures_seventeen(self) -> None:
        assert len(RULES) == 17
        for policy in of_type(declared_model(), POLICY):
            assert {rule["id"]: rule["ruleType"] for rule in policy.inputs["rules"]}.items() <= RULES.items()

    def test_is_ruled_before_anybody_may_activate(self) -> None:
        for each in of_type(declared_model(), ELIGIBILITY):
            assert f"{each.name}-activation" in each.depends_on

    def test_of_a_role_without_a_policy_is_refused_in_words_that_say_which(self) -> None:
        without = {guid: name for guid, name in POLICIES.items() if guid != OWNER.guid(PREFIX)}
        with pytest.raises(ValueError, match=rf"{OWNER.guid(PREFIX)} \(Owner\).*az rest"):
            declare_with(activation_policies=without)

    def test_comes_after_the_roles_a_first_deployment_makes_them_and_lets_nobody_activate_any(self) -> None:
        declared = declare_with(activation_policies={})
        assert len(of_type(declared, "authorization:RoleDefinition")) == len(CUSTOM)
        assert not of_type(declared, ELIGIBILITY)
        assert not of_type(declared, POLICY)


class TestAlerts:
    def test_tell_at_once_of_break_glass_and_of_what_changes_access(self) -> None:
        rules = of_type(declared_model(), "monitor:ScheduledQueryRule")
        assert {each.name for each in rules} == {
            "access-owner-activated",
            "access-owner-granted",
            "access-break-glass-sign-in",
        }
        for each in rules:
            assert each.inputs["severity"] == 0
            assert each.inputs["evaluationFrequency"] == "PT5M"
            assert each.inputs["actions"] == {"actionGroups": [ARGS.action_group_id]}
        watched = of_type(declared_model(), "monitor:ActivityLogAlert")
        assert {each.inputs["condition"]["allOf"][1]["equals"] for each in watched} == set(WATCHED_OPERATIONS.values())
        assert {tuple(each.inputs["scopes"]) for each in watched} == {(SUBSCRIPTION,)}

    def test_watch_the_accounts_that_are_named(self) -> None:
        query = one(declared_model(), "monitor:ScheduledQueryRule", "access-break-glass-sign-in").inputs["criteria"]
        assert f'UserId in~ ("{ACCOUNT}")' in query["allOf"][0]["query"]
        none = declare_with(groups=replace(GROUPS, break_glass_accounts=()))
        assert len(of_type(none, "monitor:ScheduledQueryRule")) == 2


@pytest.mark.parametrize("production", [True, False])
def test_arm_takes_all_of_it(production: bool) -> None:
    assert arm_findings(declared_model(production=production)) == []


@pytest.mark.parametrize(
    "rule", ["rbac-no-owner-to-apps", "rbac-principal-type-set", "role-no-wildcards", "fed-credential-exact"]
)
@pytest.mark.parametrize("production", [True, False])
def test_our_own_rules_take_all_of_it(rule: str, production: bool) -> None:
    for each in declared_model(production=production):
        if each.type.startswith("azure-native:"):
            outcome = judge(rule, each.type, each.inputs)
            assert outcome.clean, f"{each.name}: {outcome.messages}"


def test_the_sandbox_takes_all_of_it(tmp_path: Path) -> None:
    azure = Azure(tmp_path)
    azure.make("resources:ResourceGroup", {"resourceGroupName": RESOURCE_GROUP})
    azure.make("operationalinsights:Workspace", {"resourceGroupName": RESOURCE_GROUP, "workspaceName": "log-guard"})
    people = {"resourceGroupName": RESOURCE_GROUP, "actionGroupName": "ag-guard", "location": "Global"}
    azure.make("monitor:ActionGroup", people | {"groupShortName": "guard", "enabled": True})
    policies = {duty.role.guid(PREFIX): policy_guid(IN_THE_SANDBOX, duty.role.guid(PREFIX)) for duty in DUTIES}
    declared = declare_with(activation_policies=policies)
    first = [one(declared, "authorization:RoleDefinition", f"access-{role.key}") for role in CUSTOM]
    first += [*of_type(declared, IDENTITY), *of_type(declared, POLICY)]
    rest = [each for each in declared if each.type.startswith("azure-native:") and each not in first]
    real = {SUBSCRIPTION: IN_THE_SANDBOX}
    for each in (*first, *rest):
        kind, inputs = each.type.removeprefix("azure-native:"), json.dumps(dict(each.inputs))
        for mocked, made in real.items():
            inputs = inputs.replace(mocked, made)
        name = {"roleAssignmentName": str(uuid.uuid4())} if kind == ASSIGNMENT else {}
        identifier = azure.make(kind, json.loads(inputs) | name)
        if kind == IDENTITY:
            real[each.outputs["principalId"]] = azure.outputs(identifier)["principalId"]
    assert azure.store.count_below(IN_THE_SANDBOX, f"azure-native:{ELIGIBILITY}") == 3


def test_the_page_is_of_these_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
