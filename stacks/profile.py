"""A profile: what the business needs, before there is an environment.

Its sections are named as an environment's are, so that what is written here can be copied there.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ConfigDict, Field

from stacks.consistency import COMMON_RULES
from stacks.errors import BrokenSettingError, Problem, SettingsError
from stacks.odoo_consistency import ODOO_RULES
from stacks.scalars import (
    Attachments,
    Criticality,
    DataClassification,
    EnvironmentClass,
    OdooVersion,
    Region,
    Sessions,
)
from stacks.sections import Calendar, Recovery, Section, Workload
from stacks.stack_file import read_mapping_file
from stacks.validation import broken_rules, by_line, plain_data, validated

if TYPE_CHECKING:
    from stacks.settings import Settings


class ProfileOdoo(Section):
    """What of the application sizes follow from."""

    version: OdooVersion = OdooVersion.V18
    """Series, such as "18.0" (in quotes: YAML reads 18.0 as a number)."""
    sessions: Sessions = Sessions.SHARED_FILES
    """Where sessions are kept."""
    attachments: Attachments = Attachments.SHARED_FILES
    """Where attachments are kept."""
    queue_jobs: bool = False
    """Whether the image carries OCA queue_job: background jobs then get a pool of their own."""


class ProfileGovernance(Section):
    """Where data may be, and what an outage means."""

    allowed_regions: list[Region] | None = Field(default=None, min_length=1)
    """Regions that data may be in; any, unless given."""
    data_classification: DataClassification = DataClassification.CONFIDENTIAL
    """Most sensitive data in it."""
    criticality: Criticality = Criticality.HIGH
    """What an outage means."""


class ProfileCost(Section):
    """What is kept, and for how long."""

    log_retention_days: int = Field(default=90, ge=30, le=730)
    """Days that logs are kept."""


class Profile(BaseModel):
    """What the business needs."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str = Field(min_length=1, max_length=100)
    """What it is called, for people."""
    location: Region
    """Region that the environment would be in."""
    environment_class: EnvironmentClass = Field(default=EnvironmentClass.PRODUCTION, alias="class")
    """How much it matters: decides redundancy."""
    workload: Workload
    """What the business does with Odoo."""
    recovery: Recovery
    """How much may be lost, and how long it may take to be back."""
    calendar: Calendar
    """When the business must not be disturbed."""
    governance: ProfileGovernance = ProfileGovernance()
    """Where data may be, and what an outage means."""
    odoo: ProfileOdoo = ProfileOdoo()
    """The application."""
    cost: ProfileCost = ProfileCost()
    """What is kept."""

    @property
    def production(self) -> bool:
        """Whether it is production."""
        return self.environment_class is EnvironmentClass.PRODUCTION


def load_profile(path: Path) -> Profile:
    """A profile from its file; errors name its lines.

    Args:
        path: the file.

    Raises:
        SettingsError: with everything that is wrong, a missing file and bad YAML included.
    """
    content = read_mapping_file(path, path.name)
    document, problems = plain_data(content.config)
    profile, wrong = validated(Profile, document, without={problem.path for problem in problems})
    problems += wrong
    asked = cast("Settings", _Asked(profile))
    problems += map(_in_a_profile, broken_rules((*COMMON_RULES, *ODOO_RULES), asked))
    if problems:
        raise SettingsError(by_line(problems, content.lines), path.name)
    return profile


def profile_of(settings: Settings) -> Profile:
    """What the settings of an environment of its own say about the business.

    Args:
        settings: the settings.
    """
    odoo, governance = settings.odoo, settings.governance
    return Profile.model_validate(
        {
            "name": settings.environment.name,
            "location": settings.location,
            "class": settings.environment.environment_class,
            "workload": settings.workload,
            "recovery": settings.recovery,
            "calendar": settings.calendar,
            "governance": ProfileGovernance(
                allowed_regions=governance.allowed_regions,
                data_classification=governance.data_classification,
                criticality=governance.criticality,
            ),
            "odoo": ProfileOdoo(
                version=odoo.version,
                sessions=odoo.sessions,
                attachments=odoo.attachments,
                queue_jobs=odoo.queue_jobs,
            ),
            "cost": ProfileCost(log_retention_days=settings.cost.log_retention_days),
        }
    )


_PARTLY = {"environment", "governance", "odoo"}
"""Sections of which a profile has a part."""


class _Asked:
    """A part of a profile, as rules between settings see it: what a profile does not say, no rule can ask."""

    def __init__(self, part: object) -> None:
        self._part = part

    def __getattr__(self, name: str) -> object:
        value = self._part if name == "environment" else getattr(self._part, name, None)
        if value is None:
            raise BrokenSettingError(name)
        return _Asked(value) if name in _PARTLY else value


def _in_a_profile(problem: Problem) -> Problem:
    """A problem of settings, with the names that they have in a profile."""
    return replace(
        problem,
        path=in_a_profile(problem.path),
        found=in_a_profile(problem.found),
        allowed=in_a_profile(problem.allowed),
        remedy=in_a_profile(problem.remedy),
    )


def in_a_profile(text: str) -> str:
    """A text about settings, with the names that they have in a profile."""
    for prefix in ("odoo-azure:environment.", "odoo-azure:", "azure-native:"):
        text = text.replace(prefix, "")
    return text
