"""What planning writes down while it decides: reasons, warnings, and what it cannot do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from stacks.errors import Problem, SettingsError
from stacks.planning.plan import Reason

T = TypeVar("T")


class Ledger:
    """Reasons, warnings and problems of one plan, in the order they were met.

    Args:
        places: where a part of the plan is that is not where an environment of its own has it, such as `database` at
            `servers.database`; by the first word of a subject.
        path: path in the file of a setting that is named as in an environment of its own, such as `network.hub`.
    """

    def __init__(
        self,
        places: Mapping[str, str] = MappingProxyType({}),
        path: Callable[[str], str] = "odoo-azure:{}".format,
    ) -> None:
        self._places = places
        self._path = path
        self._reasons: dict[str, Reason] = {}
        self._warnings: list[str] = []
        self._problems: list[Problem] = []

    def decide(self, subject: str, value: T, because: str, source: str = "") -> T:
        """Notes why the plan's field `subject` is `value`, and hands the value back."""
        self.note(subject, str(value), because, source)
        return value

    def note(self, subject: str, value: str, because: str, source: str = "") -> None:
        """Notes why a part of the plan, `subject`, is what `value` says for people."""
        part, dot, rest = subject.partition(".")
        subject = self._places.get(part, part) + dot + rest
        self._reasons[subject] = Reason(subject=subject, value=value, because=because, source=source)

    def warn(self, text: str) -> None:
        """Notes what the user should know but need not change now."""
        self._warnings.append(text)

    def refuse(self, path: str, found: object, allowed: str, remedy: str) -> None:
        """Notes that the setting `path` asks for what cannot be planned; `checked` raises for all of them together."""
        self._problems.append(Problem(path=self._path(path), found=str(found), allowed=allowed, remedy=remedy))

    def include(self, problems: Iterable[Problem]) -> None:
        """Notes problems found elsewhere, but for those of settings that were refused here."""
        refused = {problem.path for problem in self._problems}
        self._problems.extend(problem for problem in problems if problem.path not in refused)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Reasons so far."""
        return tuple(self._reasons.values())

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings so far."""
        return tuple(self._warnings)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What cannot be planned, so far."""
        return tuple(self._problems)

    def checked(self, file: str) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
        """Reasons and warnings.

        Args:
            file: file of the settings, for errors.

        Raises:
            SettingsError: with every problem, when there is one.
        """
        if self._problems:
            raise SettingsError(self._problems, file)
        return self.reasons, self.warnings
