"""Role assignments."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pulumi_azure_native import authorization

from components.access import Role, grant
from components.base import Component
from tests.unit.components.harness import arm_findings, declare, one, placement
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID, arm_id

ROOT = Path(__file__).parents[3]
BUILT_IN: dict[str, str] = json.loads((ROOT / "sandbox/azure/roles.json").read_text(encoding="utf-8"))
PRINCIPAL_ID = "33333333-3333-4333-8333-333333333333"
SCOPE = arm_id("Microsoft.KeyVault/vaults", "kv-erp-test-weu")


class Granting(Component):
    """Grants one role."""

    def __init__(self, principal_type: authorization.PrincipalType | None) -> None:
        super().__init__("granting", placement(), None)
        given = {} if principal_type is None else {"principal_type": principal_type}
        grant(
            self,
            "granting-use",
            Role.KEY_VAULT_SECRETS_USER,
            scope=SCOPE,
            principal_id=PRINCIPAL_ID,
            purpose="Reads secrets.",
            **given,
        )
        self.finish({})


def test_a_grant_is_whole_and_names_the_role_in_the_form_that_arm_returns() -> None:
    declared = declare(lambda: Granting(None))
    assignment = one(declared, "authorization:RoleAssignment", "granting-use")
    assert assignment.inputs == {
        "scope": SCOPE,
        "principalId": PRINCIPAL_ID,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"/subscriptions/{SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/"
        "4633458b-17de-408a-b874-0445c86b69e6",
        "description": "Reads secrets.",
    }
    assert assignment.parent == "granting"
    assert assignment.delete_before_replace
    assert arm_findings(declared) == []


def test_a_grant_to_people_says_so() -> None:
    declared = declare(lambda: Granting(authorization.PrincipalType.GROUP))
    assert one(declared, "authorization:RoleAssignment").inputs["principalType"] == "Group"


@pytest.mark.parametrize("role", Role)
def test_a_role_is_the_built_in_one_of_its_name(role: Role) -> None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", BUILT_IN[role.value]).removesuffix(" Role")
    assert words.replace("Azure Kubernetes Service", "AKS").upper().replace(" ", "_") == role.name


@pytest.mark.parametrize("role", Role)
def test_a_role_is_there_because_something_grants_it(role: Role) -> None:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "components").rglob("*.py"))
    assert any(re.search(rf"\bRole\.{role.name}\b", source) for source in sources)


def test_no_role_may_hand_out_roles_or_change_everything() -> None:
    assert not {BUILT_IN[role.value] for role in Role} & {
        "Contributor",
        "Owner",
        "Role Based Access Control Administrator",
        "User Access Administrator",
    }
