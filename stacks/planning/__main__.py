"""`python -m stacks.planning <stack> [--json]`: prints the plan of a stack with its reasons."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from stacks.planning.render import as_json, show
from stacks.settings import load_settings_file

PROJECT_DIRECTORY = Path(__file__).resolve().parents[2]
EXIT_SETTINGS_WRONG = 2


def main(arguments: Sequence[str] | None = None, directory: Path = PROJECT_DIRECTORY) -> int:
    """Prints the plan of a stack.

    Args:
        arguments: of the command line; None for the process's own.
        directory: where the `Pulumi.<stack>.yaml` files are.

    Returns:
        0, or 2 where the settings cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="python -m stacks.planning", description="The plan of a stack, with its reasons."
    )
    parser.add_argument("stack", help="its name: prod for Pulumi.prod.yaml")
    parser.add_argument("--json", action="store_true", help="print the plan as JSON")
    options = parser.parse_args(arguments)
    path = directory / f"Pulumi.{options.stack}.yaml"
    try:
        plan = make_plan(load_settings_file(path), file=path.name)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EXIT_SETTINGS_WRONG
    if options.json:
        print(as_json(plan))
    else:
        show(plan, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
