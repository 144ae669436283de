"""What a new tenant's file must say: asked one by one, each answer checked as the file will be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stacks.errors import Problem
from stacks.settings import PlatformSettings
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_file import check_subsidiary
from stacks.tenant_scalars import Tier


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something that only the user can know.

    Args:
        key: key of the file.
        option: option of the command line that answers it.
        paths: paths whose problems are the answer's.
        given: what is taken for granted while it is checked.
        choices: all answers that there are; none where there are too many.
        arises_with: answers before it without which it is not asked.
    """

    key: str
    option: str
    paths: Sequence[str]
    given: Mapping[str, Any] = field(default_factory=dict)
    choices: Sequence[str] = ()
    arises_with: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The question: the key, what it is, and what it may be if that is a choice."""
        meaning = " ".join(str(Subsidiary.model_fields[self.key].description).split())
        return f"{self.key}: {meaning}" + (f" ({', '.join(self.choices)})" if self.choices else "")

    def answered(self, answer: str) -> object:
        """What the file will say for an answer."""
        return _number(answer) if self.key == "concurrent_users" else answer

    def arises(self, values: Mapping[str, Any]) -> bool:
        """Whether it is to be asked, given the answers before it."""
        return self.arises_with.items() <= values.items()


@dataclass(frozen=True, kw_only=True)
class BudgetQuestion(Question):
    """What a tenant may cost: of its section only the amount is asked.

    Args:
        start: first of the month that the budget starts in.
    """

    start: date

    def answered(self, answer: str) -> object:
        """The section of the file."""
        return {"monthly_budget": _number(answer), "budget_start": self.start.isoformat()}


def _number(answer: str) -> object:
    return int(answer) if answer.isascii() and answer.isdigit() else answer


def questions(today: date) -> tuple[Question, ...]:
    """In the order in which they are asked.

    Args:
        today: the day that a budget's first month is taken from: Azure takes no earlier one
            (learn.microsoft.com rest/api/consumption/budgets).
    """
    return (
        Question(key="legal_name", option="--legal-name", paths=("legal_name",)),
        Question(key="country", option="--country", paths=("country",)),
        # Which tier is large enough is asked next: here only a number that none is large enough for is wrong.
        Question(
            key="concurrent_users", option="--users", paths=("concurrent_users",), given={"tier": Tier.ISOLATED.value}
        ),
        Question(key="tier", option="--tier", paths=("tier", "concurrent_users"), choices=tuple(Tier)),
        BudgetQuestion(
            key="cost",
            option="--monthly-budget",
            paths=("cost", "cost.monthly_budget"),
            arises_with={"tier": Tier.ISOLATED.value},
            start=today.replace(day=1),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A tenant whose file is being made.

    Args:
        name: the tenant's name.
        platform: settings of its platform.
        today: the day that retentions are counted to.
    """

    name: str
    platform: PlatformSettings
    today: date

    def proposed(self, question: Question, values: Mapping[str, Any]) -> str | None:
        """The smallest tier that is large enough; nothing else can be proposed."""
        return smallest_tier(self.platform, values["concurrent_users"]) if question.key == "tier" else None

    def problems(self, question: Question, values: Mapping[str, Any]) -> list[Problem]:
        """What is wrong with an answer, in the words of the file's errors."""
        _, problems = check_subsidiary(self.name, {**values, **question.given}, self.platform, self.today)
        return [problem for problem in problems if problem.path in question.paths]


def smallest_tier(platform: PlatformSettings, users: int) -> str:
    """The smallest tier that is large enough for so many users; the largest, where none is.

    Args:
        platform: settings of the platform.
        users: users at the same moment.
    """
    tiers = platform.platform.tiers
    return next((tier.value for tier in Tier if getattr(tiers, tier).max_users >= users), Tier.ISOLATED.value)
