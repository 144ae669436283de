"""What an assessment asks, where there is no profile yet: the few things that decide, each with what is usual."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic.fields import FieldInfo

from stacks.assessing_files import nested
from stacks.errors import Problem
from stacks.planning.regions import REGIONS
from stacks.profile import Profile
from stacks.validation import validated


@dataclass(frozen=True, kw_only=True)
class Question:
    """A key of the profile that only the user can know.

    Args:
        key: path of the key, such as `workload.concurrent_users`.
        usual: the answer that is proposed; none where there is nothing usual.
    """

    key: str
    usual: str | None = None

    @property
    def field(self) -> FieldInfo:
        """The key in the model."""
        *sections, name = self.key.split(".")
        model: Any = Profile
        for section in sections:
            model = model.model_fields[section].annotation
        found: FieldInfo = model.model_fields[name]
        return found

    @property
    def text(self) -> str:
        """The question: the key, and what it is."""
        return f"{self.key}: {' '.join(str(self.field.description).split())}"

    def answered(self, answer: str) -> object:
        """What the file will say for an answer."""
        if self.field.annotation in (int, float) and re.fullmatch(r"\d+", answer, re.ASCII):
            return int(answer)
        if self.field.annotation is float and re.fullmatch(r"\d+\.\d+", answer, re.ASCII):
            return float(answer)
        return answer


QUESTIONS = (
    Question(key="name"),
    Question(key="location", usual="westeurope"),
    Question(key="workload.concurrent_users"),
    Question(key="workload.peak_factor", usual="1.5"),
    Question(key="workload.invoices_per_month"),
    Question(key="workload.legal_entities", usual="1"),
    Question(key="workload.isolated_subsidiaries", usual="0"),
    Question(key="workload.integrations", usual="0"),
    Question(key="workload.database_gib", usual="20"),
    Question(key="workload.releases_per_month", usual="1"),
    Question(key="recovery.rpo_minutes", usual="60"),
    Question(key="recovery.rto_minutes", usual="480"),
    Question(key="recovery.region"),
    Question(key="calendar.timezone", usual="Europe/Amsterdam"),
    Question(key="calendar.fiscal_year_end_month", usual="12"),
)
"""In the order in which they are asked."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A profile that is being made.

    Args:
        today: the day that its calendar is planned from.
    """

    today: date

    def proposed(self, question: Question, values: Mapping[str, Any]) -> str | None:
        """What is usual; for the recovery region, the pair of where the environment is."""
        if question.key == "recovery.region":
            return REGIONS[values["location"]].pair
        return question.usual

    def problems(self, question: Question, values: Mapping[str, Any]) -> Sequence[Problem]:
        """What is wrong with an answer, in the words of the file's errors."""
        _, problems = validated(Profile, nested(self.completed(values)))
        return [problem for problem in problems if problem.path == question.key]

    def completed(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answers, and what is not asked."""
        return {**values, "calendar.plan_from": self.today.isoformat()}
