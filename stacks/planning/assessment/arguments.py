"""What speaks for and against each topology, in words."""

from __future__ import annotations

from stacks.planning.assessment.case import Case
from stacks.planning.assessment.criteria import AKS, CRITERIA, PLATFORM, VM, Criterion
from stacks.planning.assessment.model import Argument
from stacks.scalars import Topology

ALWAYS: tuple[Argument, ...] = tuple(
    Argument(
        topology=topology.value,
        speaks_for=speaks_for,
        binding=False,
        subject=subject,
        found=found,
        threshold="",
        because=because,
        source=source,
    )
    for topology, speaks_for, subject, found, because, source in (
        (
            VM,
            True,
            "what must be kept current",
            "an operating system and Docker",
            "A new image a month is all that there is to do; whoever knows Linux can look after it.",
            "",
        ),
        (
            VM,
            False,
            "what grows at the close",
            "whole machines",
            "All pools grow together, and for as long as a machine takes to start.",
            "learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-autoscale-overview",
        ),
        (
            AKS,
            True,
            "what grows at the close",
            "pods of the pool that needs them",
            "Each pool has a scale, a memory limit and nodes of its own.",
            "keda.sh docs/2.17/concepts/scaling-deployments",
        ),
        (
            AKS,
            False,
            "what must be kept current",
            "Kubernetes, its add-ons and nodes",
            "A version of Kubernetes is supported for about a year: somebody must know it, and upgrade it.",
            "learn.microsoft.com azure/aks/supported-kubernetes-versions",
        ),
        (
            PLATFORM,
            False,
            "what is paid for",
            "servers and caches for all slots",
            "Capacity is there before the subsidiaries that use it.",
            "docs/decisions/0018-nothing-shared-knows-a-tenant.md",
        ),
    )
)
"""What no setting changes."""


def arguments_of(case: Case) -> tuple[Argument, ...]:
    """Every argument, the binding ones first; of each subject the strongest alone.

    Args:
        case: what the business needs.
    """
    strongest: dict[str, Criterion] = {}
    for criterion in CRITERIA:
        known = strongest.get(criterion.subject)
        if known is None or (criterion.holds(case) and not known.holds(case)):
            strongest[criterion.subject] = criterion
    found = (argument for criterion in strongest.values() for argument in _arguments(criterion, case))
    return tuple(sorted((*found, *ALWAYS), key=lambda argument: not argument.binding))


def _arguments(criterion: Criterion, case: Case) -> list[Argument]:
    holds = criterion.holds(case)
    return [
        Argument(
            topology=topology.value,
            speaks_for=speaks_for,
            binding=criterion.binding and holds,
            subject=criterion.subject,
            found=criterion.found(case),
            threshold=criterion.turns_at,
            because=criterion.because if holds else criterion.otherwise,
            source=criterion.source,
        )
        for topology, speaks_for in _sides(criterion, holds=holds)
    ]


def _sides(criterion: Criterion, *, holds: bool) -> tuple[tuple[Topology, bool], ...]:
    """Topologies that it speaks of, and whether for them: what decides alone also rules the others out."""
    if not holds:
        return ((PLATFORM, False),) if criterion.beyond is PLATFORM else ((VM, True),)
    if not criterion.binding:
        return ((criterion.beyond, True),)
    others = (VM, AKS) if criterion.beyond is PLATFORM else (VM,)
    return ((criterion.beyond, True), *((other, False) for other in others))
