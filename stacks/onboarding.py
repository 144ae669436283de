"""`python -m stacks.onboarding NAME`: asks what a new tenant is, shows what follows, and writes its file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from stacks.errors import Problem, SettingsError
from stacks.interview import Dialogue, Interview
from stacks.onboarding_files import stack_file, tenant_file, write_new
from stacks.onboarding_questions import Candidate, Question, questions, smallest_tier
from stacks.onboarding_report import consequences
from stacks.planning.capacity import check_capacity, plan_capacity
from stacks.planning.platform import make_platform_plan
from stacks.planning.tenants import plan_tenants
from stacks.settings import PlatformSettings, load_settings_of
from stacks.subsidiaries import read_subsidiaries, shown_path, subsidiaries_folder, tenant_files
from stacks.subsidiary_file import FILE_NAME, name_problems
from stacks.tenant_scalars import TenantPlacement

PROJECT_DIRECTORY = Path(__file__).resolve().parents[1]
EXIT_DECLINED, EXIT_REFUSED = 1, 2


@dataclass(frozen=True, kw_only=True)
class _Onboarding:
    """A new tenant of a platform.

    Args:
        name: its name.
        stack: the platform's stack.
        settings: the platform's settings.
        directory: the project's folder.
        today: the day that retentions are counted to.
        dialogue: the user, to whom everything is shown.
    """

    name: str
    stack: str
    settings: PlatformSettings
    directory: Path
    today: date
    dialogue: Dialogue

    @property
    def questions(self) -> tuple[Question, ...]:
        return questions(self.today)

    @property
    def file(self) -> str:
        return shown_path(self.settings, f"{self.name}.yaml")

    def check_name(self) -> None:
        """Refuses a name before anything is asked.

        Raises:
            SettingsError: it is none, or somebody has it.
        """
        problems = name_problems(self.name)
        for path in tenant_files(subsidiaries_folder(self.directory, self.settings)):
            if path.stem.casefold() == self.name.casefold():
                problems.append(_taken(self.name, shown_path(self.settings, path.name)))
        if problems:
            raise SettingsError(problems, self.file)

    def values(self, given: Mapping[str, str], *, silent: bool) -> dict[str, Any]:
        """What its file will say.

        Args:
            given: answers of the command line by key.
            silent: ask nothing.

        Raises:
            SettingsError: the platform has no slot left.
        """
        if silent:
            values = {each.key: each.answered(given[each.key]) for each in self.questions if each.key in given}
            users = values.get("concurrent_users")
            if "tier" not in values and isinstance(users, int):
                values["tier"] = smallest_tier(self.settings, users)
        else:
            candidate = Candidate(name=self.name, platform=self.settings, today=self.today)
            values = Interview(
                questions=self.questions,
                arises=Question.arises,
                proposed=candidate.proposed,
                problems=candidate.problems,
                ask=self.dialogue.question,
                tell=self.dialogue.complain,
            ).answers(given)
        slots = read_subsidiaries(self.directory, self.settings, self.today).slots
        total = self.settings.platform.capacity.total
        free = next((slot for slot in range(1, total + 1) if slot not in slots), None)
        if free is None:
            raise SettingsError([_no_slot(total)], f"Pulumi.{self.stack}.yaml")
        return {**values, "slot": free}

    def preview(self, values: Mapping[str, Any]) -> None:
        """Shows what follows from its file.

        Raises:
            SettingsError: the file would be wrong, or the platform has no room for the tenant.
        """
        found = read_subsidiaries(self.directory, self.settings, self.today, drafts={self.name: values})
        platform = make_platform_plan(self.settings, file=f"Pulumi.{self.stack}.yaml")
        plans, unplanned = plan_tenants(found.tenants, self.settings, platform)
        unusable = [*found.problems, *unplanned]
        for error in unusable:
            if error.file == self.file:
                raise error
        if overfilled := check_capacity(platform, self.settings, plans):
            raise SettingsError(overfilled, f"Pulumi.{self.stack}.yaml")
        others = {name: plan for name, plan in plans.items() if name != self.name}
        before, after = (plan_capacity(platform, self.settings, each) for each in (others, plans))
        self.dialogue.console.print(consequences(plans[self.name], before, after))
        if unusable:
            self.dialogue.say(f"Cannot be used, and are not counted: {', '.join(error.file for error in unusable)}.")

    def write(self, values: Mapping[str, Any]) -> str:
        """Writes its files, and returns the stack that declares it."""
        folder = subsidiaries_folder(self.directory, self.settings)
        write_new(folder / f"{self.name}.yaml", tenant_file(values))
        if self.settings.platform.placement is TenantPlacement.INLINE:
            return self.stack
        own = self.directory / f"Pulumi.{self.name}.yaml"
        if not own.exists():
            write_new(own, stack_file(self.stack, self.name))
        return self.name


def _taken(name: str, path: str) -> Problem:
    return Problem(
        path=FILE_NAME,
        found=f'"{name}", as {path}',
        allowed="a name that no other tenant of the platform has, or ever had",
        remedy="Take another name, or edit that file.",
    )


def _no_slot(total: int) -> Problem:
    return Problem(
        path="odoo-azure:platform.capacity",
        found=f"{total} tenants, and a file for each of the {total} slots",
        allowed="a slot that no tenant ever had",
        remedy="Raise the capacity, or take another platform: slots are never used again.",
    )


def main(arguments: Sequence[str] | None = None, directory: Path = PROJECT_DIRECTORY) -> int:
    """Takes a tenant onto a platform.

    Args:
        arguments: of the command line; None for the process's own.
        directory: the project's folder.

    Returns:
        0 where the file is written; 1 where the user did not want it; 2 where it cannot be.
    """
    today = datetime.now(UTC).date()
    asked = questions(today)
    options = _parser(asked).parse_args(arguments)
    given = {each.key: value for each in asked if (value := getattr(options, each.key)) is not None}
    try:
        settings = load_settings_of(PlatformSettings, directory / f"Pulumi.{options.platform}.yaml")
        onboarding = _Onboarding(
            name=options.name,
            stack=options.platform,
            settings=settings,
            directory=directory,
            today=today,
            dialogue=Dialogue(Console()),
        )
        onboarding.check_name()
        values = onboarding.values(given, silent=options.yes)
        onboarding.preview(values)
        if not options.yes and onboarding.dialogue.ask(f"Write {onboarding.file}? [y/N] ").lower() not in ("y", "yes"):
            return EXIT_DECLINED
        stack = onboarding.write(values)
    except SettingsError as error:
        return _refused(str(error))
    except FileExistsError:
        return _refused(f"{onboarding.file} has come up in the meantime: it is kept, and nothing was written.")
    except EOFError:
        options_of_all = ", ".join(each.option for each in asked if not each.arises_with)
        return _refused(f"Nobody is there to answer: give {options_of_all} and --yes.")
    onboarding.dialogue.say(f"Wrote {onboarding.file}. What it will do: make preview STACK={stack}")
    return 0


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return EXIT_REFUSED


def _parser(asked: Sequence[Question]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stacks.onboarding", description="Asks what a new tenant is, and writes its file."
    )
    parser.add_argument("name", help="its name: acme-es for acme-es.yaml")
    parser.add_argument("--platform", default="subsidiaries", help="stack of its platform (default: %(default)s)")
    for question in asked:
        parser.add_argument(question.option, dest=question.key, metavar="TEXT", help=question.text)
    parser.add_argument("--yes", action="store_true", help="ask nothing: write the file if it is right")
    return parser


if __name__ == "__main__":
    sys.exit(main())
