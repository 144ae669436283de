"""An access model of a subscription of production, with every group, both pipelines and every policy."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from components.access_model.access_model import AccessModel
from components.access_model.args import AccessModelArgs, Activation, PeopleGroups, Pipeline
from components.access_model.deployer import DEPLOYER
from components.access_model.duties import DUTIES
from components.access_model.roles import AUDITOR, DEVELOPER, FUNCTIONAL_OPERATOR, PLATFORM_OPERATOR
from tests.unit.components.harness import Declared, declare, placement
from tests.unit.components.mocked_azure import SUBSCRIPTION_ID, arm_id

PREFIX = "erp-guard-x1y2z3"
GITHUB = "https://token.actions.githubusercontent.com"
ACCOUNT = "99999999-0000-4000-8000-000000000001"
GROUPS = PeopleGroups(
    platform_administrators="aaaaaaaa-0000-4000-8000-000000000001",
    erp_functional="aaaaaaaa-0000-4000-8000-000000000002",
    developers="aaaaaaaa-0000-4000-8000-000000000003",
    auditors="aaaaaaaa-0000-4000-8000-000000000004",
    break_glass="aaaaaaaa-0000-4000-8000-000000000005",
    approvers="aaaaaaaa-0000-4000-8000-000000000006",
    break_glass_accounts=(ACCOUNT,),
)
POLICIES = {
    duty.role.guid(PREFIX): f"bbbbbbbb-0000-4000-8000-00000000000{number}" for number, duty in enumerate(DUTIES)
}
ARGS = AccessModelArgs(
    placement=placement(),
    prefix=PREFIX,
    groups=GROUPS,
    production=True,
    activation=Activation(notified=("security@acme.example",), reviewed="2026-11-02"),
    activation_policies=POLICIES,
    pipelines={
        "preview": Pipeline(issuer=GITHUB, subjects={"pull": "repo:acme/erp:environment:preview"}, deploys=False),
        "deploy": Pipeline(
            issuer=GITHUB,
            subjects={
                "production": "repo:acme/erp:environment:production",
                "tenants": "repo:acme/erp:environment:tenants",
            },
            deploys=True,
        ),
    },
    log_workspace_id=arm_id("Microsoft.OperationalInsights/workspaces", "log-guard"),
    action_group_id=arm_id("Microsoft.Insights/actionGroups", "ag-guard"),
)
SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
ASSIGNMENT = "authorization:RoleAssignment"
PEOPLES = (PLATFORM_OPERATOR, FUNCTIONAL_OPERATOR, DEVELOPER, AUDITOR)
CUSTOM = (*PEOPLES, DEPLOYER)


def declare_with(**changes: Any) -> list[Declared]:
    """What the model declares with other arguments."""
    return declare(lambda: AccessModel("access", replace(ARGS, **changes)))


@cache
def declared_model(*, production: bool = True) -> list[Declared]:
    """What the model declares."""
    return declare_with(production=production)
