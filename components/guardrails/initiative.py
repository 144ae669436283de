"""An initiative: the policies it is made of, those of our own, and its assignment to the subscription."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import authorization

from components.access import grant
from components.base import Component
from components.guardrails.args import BuiltInMember, CustomMember, Member

CATEGORY = "Odoo on Azure"
"""What the portal lists our definitions under."""


@dataclass(frozen=True, kw_only=True)
class Initiative:
    """Policies that are assigned together.

    Args:
        name: name of the initiative and of its assignment in Azure, up to 64 characters.
        title: display name, up to 128 characters.
        purpose: what it is for, up to 512 characters.
        members: its policies.
        message: what somebody reads whose request was refused; None where policies cannot carry one.
    """

    name: str
    title: str
    purpose: str
    members: tuple[Member, ...]
    message: str | None


def assign_initiative(
    component: Component, name: str, scope: pulumi.Input[str], initiative: Initiative
) -> authorization.PolicyAssignment:
    """Makes an initiative, with the policies of our own in it, and assigns it.

    Args:
        component: the component that owns it.
        name: prefix of the Pulumi names.
        scope: ARM id of what it is assigned to.
        initiative: what it is.
    """
    members = initiative.members
    custom = {each.reference: _define(component, name, each) for each in members if isinstance(each, CustomMember)}
    made = authorization.PolicySetDefinition(
        f"{name}-initiative",
        policy_set_definition_name=initiative.name,
        display_name=initiative.title,
        description=initiative.purpose,
        policy_type=authorization.PolicyType.CUSTOM,
        metadata={"category": CATEGORY},
        policy_definition_groups=[
            authorization.PolicyDefinitionGroupArgs(name=group)
            for group in sorted({group for each in members for group in each.groups})
        ]
        or None,
        policy_definitions=[_refer(each, custom) for each in members],
        opts=component.child(),
    )
    roles = sorted({role for each in members for role in each.roles}, key=lambda role: role.name)
    assignment = authorization.PolicyAssignment(
        f"{name}-assignment",
        policy_assignment_name=initiative.name,
        scope=scope,
        display_name=initiative.title,
        description=initiative.purpose,
        policy_definition_id=made.id,
        enforcement_mode=authorization.EnforcementMode.DEFAULT,
        non_compliance_messages=_messages(initiative),
        # Who changes nothing needs no identity; an identity has to live somewhere.
        identity=(
            authorization.IdentityArgs(type=authorization.ResourceIdentityType.SYSTEM_ASSIGNED) if roles else None
        ),
        location=component.placement.location if roles else None,
        opts=component.child(),
    )
    for role in roles:
        grant(
            component,
            f"{name}-{role.name.lower().replace('_', '-')}",
            role,
            scope=scope,
            principal_id=assignment.identity.apply(lambda identity: identity.principal_id if identity else ""),
            purpose=f"Puts right what breaks {initiative.name}",
        )
    return assignment


def _define(component: Component, name: str, member: CustomMember) -> authorization.PolicyDefinition:
    return authorization.PolicyDefinition(
        f"{name}-{member.reference}",
        policy_definition_name=member.reference,
        display_name=member.title,
        description=member.description,
        mode=member.mode,
        policy_type=authorization.PolicyType.CUSTOM,
        metadata={"category": CATEGORY},
        parameters={each: _parameter(definition) for each, definition in member.definitions.items()},
        policy_rule=dict(member.rule),
        opts=component.child(),
    )


def _parameter(definition: Mapping[str, Any]) -> authorization.ParameterDefinitionsValueArgs:
    metadata = definition.get("metadata")
    return authorization.ParameterDefinitionsValueArgs(
        type=definition["type"],
        allowed_values=definition.get("allowedValues"),
        default_value=definition.get("defaultValue"),
        metadata=(
            authorization.ParameterDefinitionsValueMetadataArgs(
                display_name=metadata.get("displayName"), description=metadata.get("description")
            )
            if metadata
            else None
        ),
    )


def _refer(
    member: Member, custom: Mapping[str, authorization.PolicyDefinition]
) -> authorization.PolicyDefinitionReferenceArgs:
    built_in = member if isinstance(member, BuiltInMember) else None
    return authorization.PolicyDefinitionReferenceArgs(
        policy_definition_id=(
            f"/providers/Microsoft.Authorization/policyDefinitions/{built_in.guid}"
            if built_in
            else custom[member.reference].id
        ),
        definition_version=_version(built_in) if built_in else None,
        policy_definition_reference_id=member.reference,
        group_names=list(member.groups) or None,
        parameters={
            each: authorization.ParameterValuesValueArgs(value=value) for each, value in member.parameters.items()
        },
    )


def _version(member: BuiltInMember) -> str:
    """The newest of a major version: another may take other parameters (learn.microsoft.com azure/governance/policy/
    concepts/assignment-structure#policy-definition-id-and-version-preview)."""
    return f"{member.version}.*.*" + ("-preview" if member.preview else "")


def _messages(initiative: Initiative) -> Sequence[authorization.NonComplianceMessageArgs] | None:
    if initiative.message is None:
        return None
    ours = [each for each in initiative.members if isinstance(each, CustomMember)]
    return [
        authorization.NonComplianceMessageArgs(message=initiative.message),
        *(
            authorization.NonComplianceMessageArgs(
                message=f"{each.title}. {each.description}", policy_definition_reference_id=each.reference
            )
            for each in ours
        ),
    ]
