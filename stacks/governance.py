"""Topology `governance`: what guards a subscription, whoever deploys into it.

A bill of materials: which components, wired how. Names come from the plan.
"""

from __future__ import annotations

from dataclasses import replace

import pulumi
from pulumi_azure_native import authorization

from components.access_model.access_model import AccessModel
from components.access_model.args import AccessModelArgs, Activation, PeopleGroups, Pipeline
from components.access_model.duties import eligible_roles
from components.audit_trail import AuditTrail, AuditTrailArgs
from components.base import Placement
from components.cost_budget import CostBudget, CostBudgetArgs
from components.guardrails.args import AzureGuardrailsArgs
from components.guardrails.guardrails import AzureGuardrails
from components.monitoring import AlertReceivers
from components.resource_groups import ResourceGroupPlace, ResourceGroups, ResourceGroupsArgs
from stacks.errors import Problem, SettingsError
from stacks.exports import GovernanceExports, exported_plan
from stacks.guardrails import guards
from stacks.planning.governance import GovernancePlan
from stacks.scalars import DataProtection
from stacks.settings import GovernanceSettings
from stacks.stack_config import Secrets

GOVERNANCE = "governance"


def governance(name: str, settings: GovernanceSettings, plan: GovernancePlan, secrets: Secrets) -> GovernanceExports:
    """Builds the topology.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: what follows from them.
        secrets: what is secret in them.
    """
    ground = _placement(name, settings, plan)
    trail = _audit_trail(name, settings, plan, secrets, ground)
    placement = replace(ground, log_workspace_id=trail.log_workspace_id)
    guardrails = _guardrails(name, settings, plan, placement)
    access = _access_model(name, settings, plan, placement, trail)
    CostBudget(
        f"{name}-budget",
        CostBudgetArgs(
            placement=placement,
            budget_name=plan.names.budget,
            amount=settings.cost.monthly_budget,
            start=settings.cost.budget_start,
            resource_group_names=[placement.resource_group_name],
            emails=tuple(settings.alerts.email),
            action_group_id=trail.action_group_id,
        ),
    )
    return GovernanceExports(
        log_workspace_id=trail.log_workspace_id,
        assignment_ids=guardrails.assignment_ids,
        role_ids=access.role_ids,
        pipeline_client_ids=access.pipeline_client_ids,
        plan=exported_plan(plan),
        reasons={reason.subject: f"{reason.value}: {reason.because}" for reason in plan.reasons},
        warnings=plan.warnings,
    )


def _placement(name: str, settings: GovernanceSettings, plan: GovernancePlan) -> Placement:
    client = authorization.get_client_config_output()
    return ResourceGroups(
        f"{name}-groups",
        ResourceGroupsArgs(
            subscription_id=client.subscription_id,
            groups={
                GOVERNANCE: ResourceGroupPlace(group_name=plan.names.resource_group, location=plan.location),
            },
            tags=plan.tags,
            data_protected=settings.environment.data_protection is DataProtection.PROTECTED,
        ),
    ).placements[GOVERNANCE]


def _audit_trail(
    name: str, settings: GovernanceSettings, plan: GovernancePlan, secrets: Secrets, placement: Placement
) -> AuditTrail:
    return AuditTrail(
        f"{name}-audit",
        AuditTrailArgs(
            placement=placement,
            workspace_name=plan.names.log_workspace,
            retention_days=settings.audit_trail.retention_days,
            action_group_name=plan.names.action_group,
            receivers=AlertReceivers(
                short_name=settings.environment.application,
                emails=tuple(settings.alerts.email),
                webhook_uri=secrets.on_call_webhook_url,
            ),
            directory_logs=settings.audit_trail.directory_logs,
        ),
    )


def _guardrails(name: str, settings: GovernanceSettings, plan: GovernancePlan, placement: Placement) -> AzureGuardrails:
    found = guards(settings, plan)
    return AzureGuardrails(
        f"{name}-guardrails",
        AzureGuardrailsArgs(
            placement=placement,
            name=plan.names.initiative,
            members=found.members,
            cluster_members=found.cluster_members,
            exemptions=found.exemptions,
            defender_plans={each.value: None for each in settings.guardrails.defender_plans},
            security_contact=settings.guardrails.security_contact or settings.alerts.email[0],
            undeletable_types=plan.undeletable_types,
        ),
    )


def _access_model(
    name: str, settings: GovernanceSettings, plan: GovernancePlan, placement: Placement, trail: AuditTrail
) -> AccessModel:
    _require_activation_policies(settings, plan)
    activation, pipelines = settings.activation, settings.pipelines
    named = {"preview": pipelines.preview, "deploy": pipelines.deploy}
    return AccessModel(
        f"{name}-access",
        AccessModelArgs(
            placement=placement,
            prefix=plan.names.roles,
            groups=PeopleGroups(
                **settings.access.model_dump(exclude={"break_glass_accounts"}),
                break_glass_accounts=tuple(settings.access.break_glass_accounts),
            ),
            production=plan.production,
            activation=Activation(
                hours=activation.hours,
                approval=activation.approval,
                notified=tuple(activation.notified or settings.alerts.email),
                reviewed=activation.reviewed.isoformat() if activation.reviewed else "",
            ),
            activation_policies=activation.policies,
            pipelines={
                each: Pipeline(issuer=found.issuer, subjects=found.subjects, deploys=each == "deploy")
                for each, found in named.items()
                if found
            },
            log_workspace_id=trail.log_workspace_id,
            action_group_id=trail.action_group_id,
        ),
    )


def _require_activation_policies(settings: GovernanceSettings, plan: GovernancePlan) -> None:
    """None are named before the first deployment; afterwards, all are."""
    named = settings.activation.policies
    eligible = eligible_roles(plan.names.roles, production=plan.production)
    missing = [f"{guid} ({title})" for guid, title in eligible.items() if guid not in named]
    if named and missing:
        problem = Problem(
            path="odoo-azure:activation.policies",
            found=f"no policy of {', '.join(missing)}",
            allowed="the role management policy of each role that people may activate",
            remedy="List the subscription's, as docs/guides/governance.md says, and name it.",
        )
        raise SettingsError([problem], f"Pulumi.{pulumi.get_stack()}.yaml")
