"""The stack that guards a subscription, as shipped."""

from __future__ import annotations

from functools import cache

import pytest

from components.access_model.duties import custom_roles
from policies.controls.catalog import POLICIES
from stacks.deploy import deploy
from stacks.errors import SettingsError
from stacks.planning.governance import DATA_TYPES, GovernancePlan, make_governance_plan
from stacks.settings import GovernanceSettings, load_settings_of
from stacks.stack_config import Secrets
from tests.stacks.test_access import duties_at_subscription, held_at_subscription
from tests.stacks.topologies import ROOT
from tests.unit.components.harness import DeclaredStack, arm_findings, declare_stack, of_type, one


@cache
def _settings() -> GovernanceSettings:
    return load_settings_of(GovernanceSettings, ROOT / "Pulumi.governance.yaml")


@cache
def _plan() -> GovernancePlan:
    return make_governance_plan(_settings())


@pytest.fixture(scope="module")
def stack() -> DeclaredStack:
    return declare_stack(lambda: deploy(_settings(), Secrets(on_call_webhook_url=None), ROOT), stack="governance")


def test_azure_s_types_accept_it(stack: DeclaredStack) -> None:
    assert arm_findings(stack.resources) == []


def test_every_policy_that_can_be_is_assigned_and_refuses_where_it_can(stack: DeclaredStack) -> None:
    sets = of_type(stack.resources, "authorization:PolicySetDefinition")
    policies = [policy for found in sets for policy in found.inputs["policyDefinitions"]]
    members = {policy["policyDefinitionReferenceId"]: policy for policy in policies}
    refusing = {policy.reference for policy in POLICIES if "Deny" in policy.effects}
    assert set(members) - {"undeletable-types"} == {policy.reference for policy in POLICIES}
    effects = {name: each.get("parameters", {}).get("effect", {}).get("value") for name, each in members.items()}
    assert {name for name in refusing if effects[name] not in ("Deny", "deny", None)} == set()


def test_nobody_deletes_what_holds_data(stack: DeclaredStack) -> None:
    sets = of_type(stack.resources, "authorization:PolicySetDefinition")
    (member,) = [
        each
        for found in sets
        for each in found.inputs["policyDefinitions"]
        if each["policyDefinitionReferenceId"] == "undeletable-types"
    ]
    assert member["parameters"]["listOfResourceTypesDisallowedForDeletion"]["value"] == list(DATA_TYPES)


def test_who_holds_and_who_may_activate_what_is_what_the_tables_say(stack: DeclaredStack) -> None:
    groups = {group: name for name, group in _settings().access.model_dump(exclude={"break_glass_accounts"}).items()}
    prefix = _plan().names.roles
    assert held_at_subscription(stack.resources, groups, prefix) == duties_at_subscription(prefix, production=True)


def test_its_outputs_name_the_roles_and_the_pipelines_identities(stack: DeclaredStack) -> None:
    assert set(stack.exports["role_ids"]) == {role.key for role in custom_roles(production=True)}
    assert set(stack.exports["pipeline_client_ids"]) == {"preview", "deploy"}
    assert set(stack.exports["assignment_ids"]) == {"resources", "clusters"}


def test_its_own_cost_is_counted(stack: DeclaredStack) -> None:
    group = one(stack.resources, "resources:ResourceGroup").inputs["resourceGroupName"]
    assert group in str(one(stack.resources, "consumption:Budget").inputs["filter"])


def test_a_role_without_its_policy_is_named_with_the_place_in_the_file() -> None:
    settings = _settings()
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    policies = {role: policy for role, policy in settings.activation.policies.items() if role != owner}
    partly = settings.model_copy(update={"activation": settings.activation.model_copy(update={"policies": policies})})
    with pytest.raises(SettingsError) as caught:
        declare_stack(lambda: deploy(partly, Secrets(on_call_webhook_url=None), ROOT), stack="governance")
    (problem,) = caught.value.problems
    assert (problem.path, problem.found) == ("odoo-azure:activation.policies", f"no policy of {owner} (Owner)")
