"""Arguments of `AccessModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from components.base import Placement


@dataclass(frozen=True, kw_only=True)
class PeopleGroups:
    """Entra groups, by object id.

    Args:
        platform_administrators: who runs the platform.
        erp_functional: who configures Odoo and looks after its work.
        developers: who writes modules.
        auditors: who checks.
        break_glass: the accounts for when nothing else works.
        approvers: who lets others have a role; not among those who ask.
        break_glass_accounts: object ids of the accounts in `break_glass`: every sign-in of theirs is an alert. Queries
            over logs cannot look into a group.
    """

    platform_administrators: str
    erp_functional: str
    developers: str
    auditors: str
    break_glass: str
    approvers: str
    break_glass_accounts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Activation:
    """What an eligible role needs before it is active.

    Args:
        hours: how long it stays active, 1 to 24; break-glass has an hour, whatever is said here.
        approval: whether one of the approvers has to agree; for break-glass nobody has to.
        notified: mail addresses told of every activation.
        reviewed: day (ISO) on which the groups' members were last reviewed. Eligibility ends after a year; a new day
            makes it anew, for another one.
    """

    hours: int = 4
    approval: bool = True
    notified: tuple[str, ...] = ()
    reviewed: str = ""


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """A pipeline that deploys.

    Args:
        issuer: issuer of its tokens, e.g. `https://token.actions.githubusercontent.com`.
        subjects: exact subjects of its tokens, one for each approved environment, by a short name; at most 20, and no
            wildcards.
        deploys: True for the one that changes resources, False for the one that previews.
    """

    issuer: str
    subjects: Mapping[str, str]
    deploys: bool


@dataclass(frozen=True, kw_only=True)
class AccessModelArgs:
    """Arguments of `AccessModel`.

    Args:
        placement: where identities and alert rules go; its subscription is what the roles are about.
        prefix: beginning of the names of custom roles, unique in the tenant.
        groups: the groups.
        production: roles that write are eligible only; else platform administrators and developers hold theirs.
        activation: what an activation needs.
        activation_policies: GUID of the role management policy of each eligible role at the subscription, by GUID of
            the role. Azure makes one with each role, under a name of its own, and azure-native cannot look it up: leave
            them out of the first deployment, which makes the custom roles and lets nobody activate any, then list them:
            `az rest --method get --url "https://management.azure.com/subscriptions/<subscription>/providers/
            Microsoft.Authorization/roleManagementPolicyAssignments?api-version=2020-10-01" --query
            "value[].properties.{role: roleDefinitionId, policy: policyId}"` (learn.microsoft.com rest/api/
            authorization/privileged-role-policy-rest-sample).
        pipelines: the pipelines, by name.
        log_workspace_id: workspace with the directory's sign-ins and the activity log.
        action_group_id: who hears of break-glass use.
    """

    placement: Placement
    prefix: str
    groups: PeopleGroups
    production: bool
    activation: Activation = field(default_factory=Activation)
    activation_policies: Mapping[str, str] = field(default_factory=dict)
    pipelines: Mapping[str, Pipeline] = field(default_factory=dict)
    log_workspace_id: pulumi.Input[str]
    action_group_id: pulumi.Input[str]
