"""What to look at, beyond what planning itself warns of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stacks.planning.assessment.case import Case
from stacks.planning.assessment.criteria import SUBSIDIARIES_FOR_A_PLATFORM
from stacks.planning.regions import REGIONS
from stacks.scalars import DataClassification
from stacks.sections import Framework

# Handelsgesetzbuch 257 and Abgabenordnung 147 (books and statements); Sarbanes-Oxley, section 802, as in 17 CFR
# 210.2-06 (what audits rest on). Neither is legal advice.
ARCHIVE_YEARS: Mapping[Framework, int] = {"gobd": 10, "sox": 7}
"""Years that books are kept under a framework."""


def warnings_of(case: Case) -> tuple[str, ...]:
    """Warnings of a profile."""
    return (*_archive(case), *_subsidiaries(case), *_class(case), *_residency(case))


def _archive(case: Case) -> Iterator[str]:
    years = case.profile.recovery.archive_years
    for framework in sorted(set(case.profile.workload.compliance)):
        asked = ARCHIVE_YEARS.get(framework, 0)
        if years < asked:
            yield f"recovery.archive_years is {years}; {framework} asks for {asked}: have counsel confirm which holds."


def _subsidiaries(case: Case) -> Iterator[str]:
    count = case.profile.workload.isolated_subsidiaries
    if 0 < count < SUBSIDIARIES_FOR_A_PLATFORM:
        yield f"workload.isolated_subsidiaries is {count}: sizes are of one environment; each of these needs its own."


def _class(case: Case) -> Iterator[str]:
    if not case.profile.production:
        yield (
            f"class is {case.profile.environment_class.value}: what is tested before production should be made as "
            "production is; give it production's topology, whatever its own size recommends."
        )


def _residency(case: Case) -> Iterator[str]:
    here, pair = case.location, REGIONS.get(case.location.pair or "")
    restricted = case.profile.governance.data_classification is DataClassification.RESTRICTED
    if case.profile.production and not restricted and pair and pair.residency != here.residency:
        yield (
            f"Geo-redundant backups of {here.display_name} ({here.residency}) go to {pair.display_name} "
            f"({pair.residency}): check that the books may."
        )
