"""`python -m stacks.assessing [--profile NAME | --stack NAME]`: which topology and which sizes a business needs.

Without either it asks what it has to know, writes the profile, and assesses that.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from stacks.assessing_files import PROFILES, PROJECT_DIRECTORY, profile_file, profile_text
from stacks.assessing_questions import QUESTIONS, Draft
from stacks.assessing_render import as_json, show
from stacks.errors import SettingsError
from stacks.interview import Dialogue, Interview
from stacks.onboarding_files import write_new
from stacks.planning.assessment.advice import contradictions
from stacks.planning.assessment.assess import assess
from stacks.planning.assessment.model import Assessment
from stacks.profile import Profile, load_profile, profile_of
from stacks.settings import Settings, load_settings_of

EXIT_REFUSED, EXIT_UNMET = 2, 3


def main(arguments: Sequence[str] | None = None, directory: Path = PROJECT_DIRECTORY) -> int:
    """Prints an assessment.

    Args:
        arguments: of the command line; None for the process's own.
        directory: the project's folder.

    Returns:
        0; 2 where the profile cannot be used; 3 where it asks for something that cannot be had.
    """
    options = _parser().parse_args(arguments)
    try:
        name, assessment = _assessed(options, directory)
    except SettingsError as error:
        return _refused(str(error))
    except FileExistsError as error:
        return _refused(f"{error.filename2} is there already: it is kept, and nothing was written.")
    except EOFError:
        return _refused(f"Nobody is there to answer: name a profile, such as {PROFILES}/midmarket.yaml, or a stack.")
    if options.json:
        print(as_json(assessment, name))
    else:
        show(assessment, name, Console())
    return EXIT_UNMET if assessment.unmet else 0


def _assessed(options: argparse.Namespace, directory: Path) -> tuple[str, Assessment]:
    """What is assessed, by its name, and what comes of it."""
    if options.stack:
        settings = load_settings_of(Settings, directory / f"Pulumi.{options.stack}.yaml")
        assessment = assess(profile_of(settings))
        return options.stack, replace(assessment, warnings=(*assessment.warnings, *contradictions(settings)))
    profile = load_profile(profile_file(options.profile, directory)) if options.profile else _asked(directory)
    return profile.name, assess(profile)


def _asked(directory: Path) -> Profile:
    """A profile from the user's answers, and its new file.

    Raises:
        EOFError: nobody is there to answer.
        FileExistsError: there is a file of that name.
        SettingsError: the answers contradict one another.
    """
    # Standard output is the assessment's, which may be JSON for a program.
    dialogue = Dialogue(Console(stderr=True))
    draft = Draft(today=_today())
    answers = Interview(
        questions=QUESTIONS,
        proposed=draft.proposed,
        problems=draft.problems,
        ask=dialogue.question,
        tell=dialogue.complain,
    ).answers({})
    file = f"{_file_name(answers['name'])}.yaml"
    text = profile_text(draft.completed(answers))
    profile = _checked(text, file)
    write_new(directory / PROFILES / file, text)
    dialogue.say(f"Wrote {PROFILES}/{file}.")
    return profile


def _checked(text: str, file: str) -> Profile:
    """The profile of a text, before there is a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        path.write_text(text, encoding="utf-8")
        return load_profile(path)


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "profile"


def _today() -> date:
    return datetime.now(UTC).date()


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return EXIT_REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m stacks.assessing", description="Which topology and which sizes a business needs."
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--profile", help=f"a profile's file, or its name in {PROFILES}/; without it, questions")
    which.add_argument("--stack", help="an environment of its own: prod for Pulumi.prod.yaml")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
