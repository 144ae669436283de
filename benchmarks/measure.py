"""Runs one program once, in a process of its own, and prints its times and memory as JSON."""

from __future__ import annotations

import json
import runpy
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from pulumi import automation

BYTES_PER_MIB = 1024 * 1024
SAMPLE_SECONDS = 0.1


def measure(program: Path, stack_file: Path, copies: int) -> dict[str, float]:
    """Previews and deploys a program on an empty state.

    Args:
        program: the file to run.
        stack_file: `Pulumi.<stack>.yaml` with its settings.
        copies: how often the program is to declare its topology; it reads it as the config `benchmarks:copies`.

    Returns:
        Seconds of the preview and the up, peak memory of the program and of the engine in MiB.
    """
    with tempfile.TemporaryDirectory() as home:
        work_dir = Path(home)
        (work_dir / "Pulumi.yaml").write_text("name: odoo-azure\nruntime: python\n", encoding="utf-8")
        (work_dir / "Pulumi.bench.yaml").write_text(stack_file.read_text(encoding="utf-8"), encoding="utf-8")
        (work_dir / "state").mkdir()
        stack = automation.create_or_select_stack(
            stack_name="bench",
            project_name="odoo-azure",
            program=lambda: _run(program, copies),
            opts=automation.LocalWorkspaceOptions(
                work_dir=home,
                env_vars={
                    "PULUMI_BACKEND_URL": f"file://{home}/state",
                    "PULUMI_CONFIG_PASSPHRASE": "benchmark",
                    "PULUMI_SKIP_UPDATE_CHECK": "true",
                    # A file backend writes the whole state at every step: the square of the resources, whatever the
                    # program. Backends that take changes do not; so that the program shows, it is written once.
                    "PULUMI_EXPERIMENTAL": "true",
                    "PULUMI_SKIP_CHECKPOINTS": "true",
                },
            ),
        )
        with _peaks() as peaks:
            preview = _seconds(stack.preview)
            up = _seconds(stack.up)
        resources = len(json.loads(json.dumps(stack.export_stack().deployment))["resources"])
    return {
        "preview_seconds": preview,
        "up_seconds": up,
        "program_mib": peaks["program"],
        "engine_mib": peaks["engine"],
        "resources": resources,
    }


def _run(program: Path, copies: int) -> None:
    runpy.run_path(str(program), init_globals={"COPIES": copies}, run_name="__main__")


@contextmanager
def _peaks() -> Iterator[dict[str, float]]:
    """Peak memory of this process, and of the processes below it together, in MiB, from samples."""
    peaks = {"program": 0.0, "engine": 0.0}
    stop = threading.Event()

    def sample() -> None:
        this = psutil.Process()
        while not stop.wait(SAMPLE_SECONDS):
            below = 0
            for child in this.children(recursive=True):
                with suppress(psutil.Error):
                    below += child.memory_info().rss
            peaks["program"] = max(peaks["program"], this.memory_info().rss / BYTES_PER_MIB)
            peaks["engine"] = max(peaks["engine"], below / BYTES_PER_MIB)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield peaks
    finally:
        stop.set()
        sampler.join()


def _seconds(operation: Any) -> float:
    start = time.perf_counter()
    operation()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
