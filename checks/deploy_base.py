"""Deploys a stack without policies: `python -m checks.deploy_base STACK PROJECT HOME [--cluster]`.

A process of its own for each: the program's modules are imported from its project, and Python imports a name once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox.failures import SandboxError
from sandbox.progress import error_console, observer_for
from sandbox.runner import Run


def main(arguments: list[str] | None = None) -> int:
    """Deploys; 0 when that succeeds."""
    parser = argparse.ArgumentParser(prog="python -m checks.deploy_base")
    parser.add_argument("stack")
    parser.add_argument("project", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--cluster", action="store_true")
    options = parser.parse_args(arguments)
    console = error_console()
    run = Run(
        stack=options.stack,
        project=options.project,
        home=options.home,
        policy_packs=[],
        cluster=options.cluster,
        checkpoints=False,
        observer=observer_for(console, quiet_terminal=True),
    )
    try:
        result = run.up(skip_preview=True)
    except SandboxError as error:
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return error.exit_code
    if not result.ok:
        console.print(result.message, markup=False, highlight=False, soft_wrap=True)
    return result.exit_code


if __name__ == "__main__":
    sys.exit(main())
