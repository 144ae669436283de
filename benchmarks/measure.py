"""Runs one program once, in a process of its own, and prints its times and memory as JSON."""

from __future__ import annotations

import json
import resource
import runpy
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pulumi import automation

KIB_PER_MIB = 1024


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
                },
            ),
        )
        preview = _seconds(stack.preview)
        up = _seconds(stack.up)
        resources = len(json.loads(json.dumps(stack.export_stack().deployment))["resources"])
    return {
        "preview_seconds": preview,
        "up_seconds": up,
        "program_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB,
        "engine_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIB_PER_MIB,
        "resources": resources,
    }


def _run(program: Path, copies: int) -> None:
    runpy.run_path(str(program), init_globals={"COPIES": copies}, run_name="__main__")


def _seconds(operation: Any) -> float:
    start = time.perf_counter()
    operation()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
