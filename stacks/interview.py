"""Asks for what only the user can know, one thing after the other, until every answer is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from rich.console import Console

from stacks.errors import Problem, shown


class Askable(Protocol):
    """Something that is asked."""

    @property
    def key(self) -> str:
        """Key of the answer."""
        ...

    @property
    def text(self) -> str:
        """The question."""
        ...

    def answered(self, answer: str) -> object:
        """What an answer stands for."""
        ...


Q = TypeVar("Q", bound=Askable)


@dataclass(frozen=True, kw_only=True)
class Interview(Generic[Q]):
    """Questions, and what is known about their answers.

    Args:
        questions: in the order in which they are asked.
        arises: whether a question arises, given all answers before it.
        proposed: the answer that is proposed, given all before it; None for none.
        problems: what is wrong with the answer of a question, given all up to it.
        ask: asks a question, with the answer that is proposed or None, and returns what was answered.
        tell: shows what is wrong with an answer.
    """

    questions: Sequence[Q]
    proposed: Callable[[Q, Mapping[str, Any]], str | None]
    problems: Callable[[Q, Mapping[str, Any]], Sequence[Problem]]
    ask: Callable[[Q, str | None], str]
    tell: Callable[[Sequence[Problem]], None]
    arises: Callable[[Q, Mapping[str, Any]], bool] = lambda *_: True

    def answers(self, given: Mapping[str, str]) -> dict[str, Any]:
        """What the answers stand for, by key.

        Args:
            given: answers of the command line by key; one that is wrong is asked for again.
        """
        values: dict[str, Any] = {}
        for question in self.questions:
            if not self.arises(question, values):
                continue
            answer = given.get(question.key)
            while True:
                if answer is None:
                    answer = self.ask(question, self.proposed(question, values))
                values[question.key] = question.answered(answer)
                problems = self.problems(question, values)
                if not problems:
                    break
                self.tell(problems)
                answer = None
        return values


@dataclass(frozen=True)
class Dialogue:
    """The user, at a terminal.

    Args:
        console: where everything is shown.
    """

    console: Console

    def say(self, text: str) -> None:
        """Shows a text as it is."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def ask(self, text: str) -> str:
        """Asks.

        Raises:
            EOFError: nobody is there to answer.
        """
        self.console.print(text, end="", markup=False, highlight=False, soft_wrap=True)
        return input().strip()

    def question(self, question: Askable, proposed: str | None) -> str:
        """Asks a question; no answer is the one that is proposed."""
        answer = self.ask(f"{question.text} " + (f"[{proposed}] " if proposed else ""))
        return answer or proposed or ""

    def complain(self, problems: Sequence[Problem]) -> None:
        """Shows what is wrong with an answer."""
        for number, problem in enumerate(problems, start=1):
            self.say(shown(problem, number))
