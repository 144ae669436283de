"""Errors in the settings, as a person should read them: all at once, each with its place and its cure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with the settings.

    Args:
        path: where, as `odoo-azure:network.hub.address_space[0]`.
        found: what stands there; never a secret's value.
        allowed: what may stand there.
        remedy: what to do.
        line: line of the file, from 1; None where it is not known.
    """

    path: str
    found: str
    allowed: str
    remedy: str
    line: int | None = None


class SettingsError(Exception):
    """The settings cannot be used.

    Args:
        problems: everything that is wrong, one at least.
        file: the file to edit, such as `Pulumi.prod.yaml`.
    """

    def __init__(self, problems: Sequence[Problem], file: str) -> None:
        super().__init__(problems, file)
        self.problems = tuple(problems)
        self.file = file

    def __str__(self) -> str:
        width = len(str(len(self.problems)))
        entries = (shown(problem, number, width) for number, problem in enumerate(self.problems, start=1))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        return "\n".join((f"{self.file} cannot be used:", *entries, f"{count} in {self.file}: edit it and run again."))


class SeveralFilesError(SettingsError):
    """Several files cannot be used.

    Args:
        errors: one for each file, one at least.
    """

    def __init__(self, errors: Sequence[SettingsError]) -> None:
        super().__init__(
            [problem for error in errors for problem in error.problems], ", ".join(error.file for error in errors)
        )
        self.errors = tuple(errors)

    def __str__(self) -> str:
        total = f"{len(self.problems)} problems in {len(self.errors)} files."
        return "\n\n".join((*map(str, self.errors), *([total] if len(self.errors) > 1 else [])))


def shown(problem: Problem, number: int, width: int = 1) -> str:
    """A problem as a person should read it.

    Args:
        problem: the problem.
        number: its place in a list, from 1.
        width: digits of the list's last number.
    """
    place = problem.path if problem.line is None else f"{problem.path} (line {problem.line})"
    indent = " " * (width + 3)
    return "\n".join(
        (
            f" {number:>{width}}. {place}",
            f"{indent}found    {problem.found}",
            f"{indent}allowed  {problem.allowed}",
            f"{indent}to do    {problem.remedy}",
        )
    )


class BrokenSettingError(Exception):
    """A rule asked for a setting that is itself wrong: there is nothing to compare yet."""
