"""From a profile to its assessment."""

from __future__ import annotations

from stacks.planning.assessment.arguments import arguments_of
from stacks.planning.assessment.case import Case, case_of
from stacks.planning.assessment.model import Assessment, Unmet
from stacks.planning.assessment.platform_sizing import size_platform
from stacks.planning.assessment.seasons import year_of
from stacks.planning.assessment.sized import Sized
from stacks.planning.assessment.sizing import size_environment
from stacks.planning.assessment.topology import recommended
from stacks.planning.assessment.turns import turns_of
from stacks.planning.assessment.unmet import unmet_by, unmet_of
from stacks.planning.assessment.warnings import warnings_of
from stacks.planning.freezes import plan_freezes
from stacks.planning.ledger import Ledger
from stacks.planning.maintenance import plan_maintenance
from stacks.planning.recovery import plan_protection
from stacks.profile import Profile
from stacks.scalars import Topology


def assess(profile: Profile) -> Assessment:
    """What a business needs: a pure function of its profile.

    Args:
        profile: the profile.
    """
    case = case_of(profile)
    topology = recommended(case)
    sized = _sized(case, topology)
    unmet = (*unmet_of(case), *_anywhere(case), *sized.unmet)
    return Assessment(
        topology=topology.value,
        arguments=arguments_of(case),
        turns=turns_of(profile),
        seasons=sized.seasons,
        year=year_of(case, sized.standing, sized.surviving),
        sizes=sized.reasons,
        unmet=tuple(dict.fromkeys(unmet)),
        warnings=tuple(dict.fromkeys((*sized.warnings, *warnings_of(case)))),
    )


def _sized(case: Case, topology: Topology) -> Sized:
    if topology is Topology.MULTI_TENANT_AKS:
        return size_platform(case)
    return size_environment(case, topology)


def _anywhere(case: Case) -> tuple[Unmet, ...]:
    """What is asked for and no topology can keep."""
    profile, ledger = case.profile, Ledger(path=str)
    plan_protection(profile.recovery, case.location, case.load.peak_users, ledger, production=profile.production)
    plan_maintenance(profile.calendar, ledger, production=profile.production)
    plan_freezes(profile.calendar, ledger)
    return unmet_by(ledger.problems)
