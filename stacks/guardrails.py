"""The pack's controls as guardrails of Azure: which policies are assigned, and who is exempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.guardrails.args import BuiltInMember, CustomMember, Exemption, Member
from policies.controls.exemptions import exemptions
from policies.controls.model import FromSettings
from policies.controls.select import Assigned, AssignedBuiltIn, AssignedCustom, AssignedPolicy, assigned
from policies.kit.exceptions import ExceptionsError, load_own
from policies.pack import RULES
from stacks.planning.governance import GovernancePlan
from stacks.settings import GovernanceSettings

# learn.microsoft.com azure/governance/policy/concepts/initiative-definition-structure: groups of one policy.
_MOST_GROUPS = 16


@dataclass(frozen=True, kw_only=True)
class Guards:
    """What Azure is to hold.

    Args:
        members: policies over resources.
        cluster_members: policies over objects in clusters.
        exemptions: who may break which.
    """

    members: tuple[Member, ...]
    cluster_members: tuple[Member, ...]
    exemptions: tuple[Exemption, ...]


def guards(settings: GovernanceSettings, plan: GovernancePlan) -> Guards:
    """The guardrails of the subscription that the provider is configured for.

    Args:
        settings: the settings.
        plan: what follows from them.

    Raises:
        pulumi.RunError: the file of exceptions is wrong.
    """
    chosen = assigned(
        plan.enforced,
        {
            FromSettings.ALLOWED_REGIONS: settings.governance.allowed_regions,
            FromSettings.IMAGE_PATTERN: plan.image_pattern,
        },
    )
    return Guards(
        members=_members(chosen.members),
        cluster_members=_members(chosen.cluster_members),
        exemptions=_exemptions(chosen),
    )


def _members(policies: Sequence[AssignedPolicy]) -> tuple[Member, ...]:
    return tuple(_member(policy) for policy in policies)


def _member(policy: AssignedPolicy) -> Member:
    if isinstance(policy, AssignedCustom):
        return CustomMember(
            reference=policy.reference,
            parameters=policy.parameters,
            groups=policy.rules[:_MOST_GROUPS],
            title=policy.title,
            description=policy.description,
            mode=policy.mode,
            rule=policy.rule,
            definitions=policy.definitions,
        )
    if not isinstance(policy, AssignedBuiltIn):
        raise TypeError(f"{policy.reference} is neither built in nor custom")
    return BuiltInMember(
        reference=policy.reference,
        parameters=policy.parameters,
        groups=policy.rules[:_MOST_GROUPS],
        guid=policy.guid,
        version=policy.version,
        preview=policy.preview,
    )


def _exemptions(chosen: Assigned) -> tuple[Exemption, ...]:
    try:
        exceptions = load_own(RULES)
    except ExceptionsError as error:
        raise pulumi.RunError(str(error)) from None
    subscription = pulumi.Config("azure-native").get("subscriptionId")
    found = exemptions(exceptions.entries, exceptions.today, chosen.references, subscription)
    return tuple(Exemption(**vars(each)) for each in found)
