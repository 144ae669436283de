"""What a new tenant's file must say: asked one by one, each answer checked as the file will be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    """

    key: str
    option: str
    paths: Sequence[str]
    given: Mapping[str, Any] = field(default_factory=dict)
    choices: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The question: the key, what it is, and what it may be if that is a choice."""
        meaning = " ".join(str(Subsidiary.model_fields[self.key].description).split())
        return f"{self.key}: {meaning}" + (f" ({', '.join(self.choices)})" if self.choices else "")

    def answered(self, answer: str) -> object:
        """What the file will say for an answer."""
        return int(answer) if self.key == "concurrent_users" and answer.isascii() and answer.isdigit() else answer


QUESTIONS = (
    Question(key="legal_name", option="--legal-name", paths=("legal_name",)),
    Question(key="country", option="--country", paths=("country",)),
    # Which tier is large enough is asked next: here only a number that none is large enough for is wrong.
    Question(
        key="concurrent_users", option="--users", paths=("concurrent_users",), given={"tier": Tier.ISOLATED.value}
    ),
    Question(key="tier", option="--tier", paths=("tier", "concurrent_users"), choices=tuple(Tier)),
)
"""In the order in which they are asked."""


@dataclass(frozen=True, kw_only=True)
class Interview:
    """Asks until every answer is right.

    Args:
        name: the tenant's name.
        platform: settings of its platform.
        today: the day that retentions are counted to.
        ask: asks a question, with the answer that is proposed or None, and returns what was answered.
        tell: shows what is wrong with an answer.
    """

    name: str
    platform: PlatformSettings
    today: date
    ask: Callable[[Question, str | None], str]
    tell: Callable[[Sequence[Problem]], None]

    def answers(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What the file will say.

        Args:
            given: answers of the command line by key; one that is wrong is asked for again.
        """
        values: dict[str, Any] = {}
        for question in QUESTIONS:
            answer = given.get(question.key)
            while True:
                if answer is None:
                    answer = self.ask(question, self._proposed(question, values))
                values[question.key] = question.answered(answer)
                problems = self._problems(question, values)
                if not problems:
                    break
                self.tell(problems)
                answer = None
        return values

    def _proposed(self, question: Question, values: Mapping[str, Any]) -> str | None:
        return smallest_tier(self.platform, values["concurrent_users"]) if question.key == "tier" else None

    def _problems(self, question: Question, values: Mapping[str, Any]) -> list[Problem]:
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
