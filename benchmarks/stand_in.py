"""Runs one benchmark's programs in turn, each in a process of its own, against a stand-in that answers at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Case
from sandbox.toolchain import find_cli

CHECKOUT = Path(__file__).resolve().parent.parent


@contextmanager
def stand_in(recording: Path) -> Iterator[None]:
    """Starts the stand-in, and has the engines that this process starts find it and the CLI.

    Args:
        recording: what it answers from.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.replay", str(recording)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        if server.stdout is None or server.stdin is None:
            raise RuntimeError("the stand-in has no pipes")
        os.environ["PULUMI_DEBUG_PROVIDERS"] = server.stdout.readline().strip()
        os.environ["PATH"] = f"{find_cli(print).path.parent}{os.pathsep}{os.environ['PATH']}"
        try:
            yield
        finally:
            server.stdin.close()


def measured(case: Case) -> dict[str, float]:
    """Figures of a program, as `benchmarks.measure` prints them; ends this process if it fails.

    Args:
        case: the program.
    """
    command = [sys.executable, "-m", "benchmarks.measure", json.dumps(asdict(case))]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{Path(case.program).name} failed:\n{done.stdout}\n{done.stderr}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures
