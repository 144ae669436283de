"""Leave to break policies, until a day."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pulumi_azure_native import authorization

from components.base import Component
from components.guardrails.args import Exemption

CLUSTERS_SUFFIX = "-clusters"


def make_exemptions(
    component: Component,
    name: str,
    assignment: authorization.PolicyAssignment,
    references: Collection[str],
    exemptions: Sequence[Exemption],
    suffix: str = "",
) -> None:
    """Exempts from the policies of one assignment; an exemption that names none of them makes nothing.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        assignment: the assignment.
        references: its policies.
        exemptions: who may break which.
        suffix: what keeps their names apart from those of another assignment.
    """
    for each in exemptions:
        concerned = [reference for reference in each.references if reference in references]
        if concerned:
            authorization.PolicyExemption(
                f"{name}-exemption-{each.name}{suffix}",
                policy_exemption_name=f"{each.name}{suffix}",
                scope=each.scope,
                policy_assignment_id=assignment.id,
                policy_definition_reference_ids=concerned,
                # The risk is accepted; "Mitigated" would say that something else holds the control.
                exemption_category=authorization.ExemptionCategory.WAIVER,
                expires_on=f"{each.until.isoformat()}T23:59:59Z",
                display_name=each.name,
                description=each.reason,
                metadata={"approver": each.approver, "ticket": each.ticket},
                opts=component.child(),
            )
