"""Runs a Python policy pack for the engine: `python -m pulumi.policy ADDRESS .`, tied to the engine's life.

The pack's gRPC server sleeps for ever: were the engine killed, it would stay behind. So it ends when its parent does.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading
import time

PARENT_POLL_SECONDS = 1.0
# The engine appends the runtime's options (-virtualenv=../.venv), which are for its own language host.
PASSED_ON_ARGUMENTS = 3


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_SECONDS)
    os._exit(1)


def main() -> None:
    """Serves the pack named on the command line, in the current folder."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    del sys.argv[PASSED_ON_ARGUMENTS:]
    runpy.run_module("pulumi.policy", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
