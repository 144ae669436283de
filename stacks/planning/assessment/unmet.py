"""Requirements that cannot be met, beyond those that planning itself refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stacks.errors import Problem
from stacks.planning.assessment.case import Case
from stacks.planning.assessment.model import Unmet
from stacks.planning.regions import REGIONS, Region
from stacks.profile import in_a_profile
from stacks.scalars import Criticality, DataClassification


def unmet_of(case: Case) -> tuple[Unmet, ...]:
    """What production cannot have where it is to be; nothing below production, which can be made again."""
    if not case.profile.production:
        return ()
    return (*_without_zones(case), *_without_pair(case), *_pair_not_allowed(case), *_leaves_its_country(case))


def unmet_by(problems: Iterable[Problem], at: str = "") -> tuple[Unmet, ...]:
    """What planning refuses, as a profile names it.

    Args:
        problems: of the planner.
        at: setting of the profile that leads to all of them; each one's own, unless given.
    """
    return tuple(
        Unmet(
            path=at or in_a_profile(problem.path),
            found=in_a_profile(problem.found),
            allowed=in_a_profile(problem.allowed),
            remedy=in_a_profile(problem.remedy),
        )
        for problem in problems
    )


def _mission_critical(case: Case) -> bool:
    return case.profile.governance.criticality is Criticality.MISSION_CRITICAL


def _without_zones(case: Case) -> Iterator[Unmet]:
    if _mission_critical(case) and not case.location.has_zones:
        yield Unmet(
            path="location",
            found=f'"{case.location.name}", which has no availability zones, while governance.criticality is '
            "mission-critical",
            allowed=_listed(region for region in _candidates(case) if region.has_zones),
            remedy="Take a region with zones, or lower the criticality: the loss of one data centre is an outage.",
        )


def _without_pair(case: Case) -> Iterator[Unmet]:
    if _mission_critical(case) and case.location.pair is None:
        yield Unmet(
            path="location",
            found=f'"{case.location.name}", which has no paired region, while governance.criticality is '
            "mission-critical",
            allowed=_listed(region for region in _candidates(case) if _can_recover(case, region)),
            remedy="Take a region with a pair, or lower the criticality: after the loss of the region only the last "
            "exported backup would be left.",
        )


def _pair_not_allowed(case: Case) -> Iterator[Unmet]:
    pair, allowed = case.location.pair, case.profile.governance.allowed_regions
    if pair and allowed is not None and pair not in allowed:
        yield Unmet(
            path="governance.allowed_regions",
            found=f'{", ".join(sorted(allowed))}, without "{pair}", the pair of {case.location.name}',
            allowed=f"{pair} too, or a location whose pair is allowed: "
            + _listed(region for region in _candidates(case) if _can_recover(case, region)),
            remedy="Allow the pair, or take another region: geo-redundant backups and their key go nowhere else.",
        )


def _leaves_its_country(case: Case) -> Iterator[Unmet]:
    here, pair = case.location, REGIONS.get(case.location.pair or "")
    restricted = case.profile.governance.data_classification is DataClassification.RESTRICTED
    if restricted and pair and pair.residency != here.residency:
        yield Unmet(
            path="governance.data_classification",
            found=f'"restricted", while backups of {here.name} ({here.residency}) go to its pair {pair.name} '
            f"({pair.residency})",
            allowed="confidential, or a location whose pair is under the same law",
            remedy="Take another region, or have governance allow that backups leave.",
        )


def _can_recover(case: Case, region: Region) -> bool:
    allowed = case.profile.governance.allowed_regions
    return region.pair is not None and (allowed is None or region.pair in allowed)


def _candidates(case: Case) -> Iterator[Region]:
    """Regions that data may be in; under the same law as now, where governance names none."""
    allowed = case.profile.governance.allowed_regions
    for region in REGIONS.values():
        if region.name in allowed if allowed is not None else region.residency == case.location.residency:
            yield region


def _listed(regions: Iterator[Region]) -> str:
    return ", ".join(region.name for region in regions) or "none of those that data may be in"
