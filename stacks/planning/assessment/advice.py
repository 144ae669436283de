"""What the assessment has to say about the settings of an environment of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.errors import Problem
from stacks.planning.assessment.arguments import arguments_of
from stacks.planning.assessment.case import Case, case_of
from stacks.planning.assessment.model import Argument
from stacks.planning.assessment.topology import recommended
from stacks.planning.assessment.unmet import unmet_of
from stacks.profile import profile_of
from stacks.scalars import Topology

if TYPE_CHECKING:
    from stacks.settings import Settings

QUOTED = 2
"""Arguments that a warning quotes."""
_LOCATION = "location"


def contradictions(settings: Settings) -> tuple[str, ...]:
    """Warnings of a topology that is not the recommended one, with the strongest arguments.

    What is not production is made as production is, whatever its size, so nothing is said of it.

    Args:
        settings: the settings.
    """
    case, given = case_of(profile_of(settings)), settings.environment.topology
    better = recommended(case)
    chosen = Topology.DEDICATED_AKS if given is Topology.AUTO and better is Topology.MULTI_TENANT_AKS else given
    if not case.profile.production or chosen in (better, Topology.AUTO):
        return ()
    quoted = " ".join(f"{each.subject}: {each.found} ({each.because})" for each in _strongest(case, chosen, better))
    return (f"environment.topology is {chosen.value}, but {better.value} is recommended. {quoted}",)


def refusals(settings: Settings) -> tuple[Problem, ...]:
    """What the settings ask for and no topology gives, beyond what planning itself refuses.

    Args:
        settings: the settings.
    """
    return tuple(
        Problem(
            path=("azure-native:" if unmet.path == _LOCATION else "odoo-azure:") + unmet.path,
            found=unmet.found,
            allowed=unmet.allowed,
            remedy=unmet.remedy,
        )
        for unmet in unmet_of(case_of(profile_of(settings)))
    )


def _strongest(case: Case, chosen: Topology, better: Topology) -> list[Argument]:
    """Arguments for the better one, or against the chosen one, of what this business is; the binding ones first."""
    speaking = [
        argument
        for argument in arguments_of(case)
        if argument.threshold and (argument.topology, argument.speaks_for) in {(better, True), (chosen, False)}
    ]
    subjects = {argument.subject: argument for argument in reversed(speaking)}
    return list(reversed(subjects.values()))[:QUOTED]
