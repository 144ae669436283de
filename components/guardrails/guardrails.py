"""AzureGuardrails: what Azure itself refuses or reports, whoever asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components.base import Component
from components.cluster_guards import MANAGED_NAMESPACES
from components.guardrails.args import AzureGuardrailsArgs, BuiltInMember, Member
from components.guardrails.defender import make_contact, make_plans
from components.guardrails.exemptions import CLUSTERS_SUFFIX, make_exemptions
from components.guardrails.initiative import Initiative, assign_initiative
from components.guardrails.limits import check_limits

UNDELETABLE = "undeletable-types"
"""Reference of the policy that refuses deletions; exemptions use it."""
# github.com/Azure/azure-policy built-in-policies/policyDefinitions/General/ResourceType_denyActionDelete.json
_NO_DELETION = BuiltInMember(reference=UNDELETABLE, guid="78460a36-508a-49a4-b2b2-2f5ec564f4bb", version=1)
_MESSAGE = (
    "A control of this subscription refuses or reports this. Change what you asked for, or ask the platform's owners"
    " for an exception: it has a reason, an approver, a ticket and an end."
)


class AzureGuardrails(Component):
    """The guardrails of a subscription.

    Makes custom policy definitions, an initiative of all policies over resources and one of those in clusters, their
    assignments, the exemptions from them, the plans of Defender for Cloud and whom it writes to.

    A subscription has the plans and the contact from its first day. Where the provider refuses to create what exists,
    take them over first, with `pulumi import`.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        assignment_ids: ARM ids of the assignments: `resources`, and `clusters` where there are policies for them.

    Raises:
        ValueError: the arguments hold what Azure does not take; all of it is named.
    """

    assignment_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AzureGuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        members = (*args.members, *_deletion(args.undeletable_types))
        in_clusters = tuple(_outside_the_system(each) for each in args.cluster_members)
        check_limits(args, members, in_clusters)
        super().__init__(name, args.placement, opts)
        subscription = pulumi.Output.concat("/subscriptions/", args.placement.subscription_id)
        resources = assign_initiative(
            self,
            name,
            subscription,
            Initiative(
                name=args.name,
                title=f"{args.name}: guardrails of resources",
                purpose="What the deployment pipeline checks, held by Azure whoever asks it.",
                members=members,
                message=_MESSAGE,
            ),
        )
        make_exemptions(self, name, resources, {each.reference for each in members}, args.exemptions)
        self.assignment_ids = {"resources": resources.id}
        if in_clusters:
            self.assignment_ids |= {"clusters": self.__guard_clusters(name, args, subscription, in_clusters)}
        make_plans(self, f"{name}-defender", subscription, args.defender_plans)
        make_contact(self, f"{name}-contact", args.security_contact)
        self.finish({"assignment_ids": dict(self.assignment_ids)})

    def __guard_clusters(
        self, name: str, args: AzureGuardrailsArgs, subscription: pulumi.Output[str], members: tuple[Member, ...]
    ) -> pulumi.Output[str]:
        assignment = assign_initiative(
            self,
            f"{name}{CLUSTERS_SUFFIX}",
            subscription,
            Initiative(
                name=f"{args.name}{CLUSTERS_SUFFIX}",
                title=f"{args.name}: guardrails of objects in clusters",
                purpose="What the deployment pipeline checks in Kubernetes objects, held by AKS's policy add-on.",
                members=members,
                # Policies of mode Microsoft.Kubernetes.Data take none (learn.microsoft.com azure/governance/policy/
                # concepts/assignment-structure#non-compliance-messages); Gatekeeper writes its own.
                message=None,
            ),
        )
        references = {each.reference for each in members}
        make_exemptions(self, name, assignment, references, args.exemptions, CLUSTERS_SUFFIX)
        return assignment.id


def _deletion(types: tuple[str, ...]) -> tuple[Member, ...]:
    if not types:
        return ()
    parameters = {"listOfResourceTypesDisallowedForDeletion": list(types), "effect": "DenyAction"}
    return (replace(_NO_DELETION, parameters=parameters),)


def _outside_the_system(member: Member) -> Member:
    """The policy, without the namespaces of the cluster itself, unless it says which it leaves out."""
    return replace(member, parameters={"excludedNamespaces": list(MANAGED_NAMESPACES), **member.parameters})
