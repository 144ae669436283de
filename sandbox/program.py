"""The project's own `__main__.py`, as the Automation API wants it: a function."""

from __future__ import annotations

import contextlib
import runpy
import sys
from pathlib import Path

from pulumi import RunError


class Program:
    """Runs the project's program in this process; remembers the error that was meant for its user, if there was one."""

    def __init__(self, project: Path) -> None:
        self._main = project / "__main__.py"
        self.user_error = ""

    def __call__(self) -> None:
        """Runs it once, as `python __main__.py` in the project's folder would."""
        self.user_error = ""
        folder = str(self._main.parent)
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
