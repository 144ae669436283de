"""The project's own `__main__.py`, as the Automation API wants it: a function."""

from __future__ import annotations

import asyncio
import contextlib
import os
import runpy
import sys
from pathlib import Path

from pulumi import RunError
from pulumi.runtime.settings import SETTINGS

# By this variable a program that deploys from pipelines alone is told why this run may (docs/guides/promotion.md).
ALLOW_LOCAL = "ODOO_AZURE_ALLOW_LOCAL"
SANDBOX = "the sandbox: nothing of it is in Azure"


class Program:
    """Runs the project's program in this process; remembers the error that was meant for its user, if there was one."""

    def __init__(self, project: Path) -> None:
        self._main = project / "__main__.py"
        self.user_error = ""

    async def __call__(self) -> None:
        """Runs it once, as `python __main__.py` in the project's folder would, and waits for what it declares."""
        try:
            self._run()
        finally:
            await _settled()

    def _run(self) -> None:
        self.user_error = ""
        folder = str(self._main.parent)
        os.environ.setdefault(ALLOW_LOCAL, SANDBOX)
        # What the program prints must not get between this process's own output (a JSON document, a live display).
        with contextlib.redirect_stdout(sys.stderr):
            sys.path.insert(0, folder)
            try:
                runpy.run_path(str(self._main), run_name="__main__")
            except RunError as error:  # what a program raises to be shown by its text, without a traceback
                self.user_error = str(error)
                raise
            finally:
                sys.path.remove(folder)


async def _settled() -> None:
    """Waits until every output has its value, or is known to get none.

    The SDK would wait for the first of them, and again for the first of those that are left: of 2,000 resources a fifth
    of the time (pulumi/runtime/stack.py, `wait_for_rpcs`). It finds none left.
    """
    while waited_for := [output for output in SETTINGS.outputs if not output.done()]:
        await asyncio.wait(waited_for)
