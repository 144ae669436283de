"""Runs one program once, in a process of its own, and prints its times and memory as JSON."""

from __future__ import annotations

import json
import resource
import runpy
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from pulumi import automation

BYTES_PER_MIB = 1024 * 1024
SAMPLE_SECONDS = 0.1
PACK_HOST = "sandbox.policy_host"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One program, as a command line carries it.

    Args:
        program: the file to run.
        stack_file: `Pulumi.<stack>.yaml` with its settings.
        given: global variables that the program finds.
        backend: folder of the engine's state; one of its own, empty, unless given.
        policy_pack: folder of a policy pack that the preview is checked with; none unless given.
        policy_config: its configuration file.
        deploys: whether the program is deployed after its preview.
    """

    program: str
    stack_file: str
    given: Mapping[str, Any] = field(default_factory=dict)
    backend: str = ""
    policy_pack: str = ""
    policy_config: str = ""
    deploys: bool = True


def measure(case: Case) -> dict[str, float]:
    """Previews a program whose stack is empty, and deploys it.

    Args:
        case: the program.

    Returns:
        Seconds of the preview and the up, and those that processors were busy for both; peak memory of the program and
        of the engine in MiB; processor seconds of the policy pack; resources.
    """
    with tempfile.TemporaryDirectory() as home:
        stack = _stack(case, Path(home))
        before = _processor_seconds()
        with _peaks() as peaks:
            began = time.perf_counter()
            planned = stack.preview(**_policies(case))
            preview = time.perf_counter() - began
            up = _seconds(stack.up) if case.deploys else 0.0
        busy = _processor_seconds() - before
        resources = _resources(stack) if case.deploys else sum(planned.change_summary.values())
    return {
        "preview_seconds": preview,
        "up_seconds": up,
        "cpu_seconds": busy,
        "pack_seconds": peaks["pack"],
        "program_mib": peaks["program"],
        "engine_mib": peaks["engine"],
        "resources": resources,
    }


def _stack(case: Case, home: Path) -> automation.Stack:
    file = Path(case.stack_file)
    (home / "Pulumi.yaml").write_text("name: odoo-azure\nruntime: python\n", encoding="utf-8")
    (home / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    backend = Path(case.backend or home / "state")
    backend.mkdir(exist_ok=True)
    return automation.create_or_select_stack(
        stack_name=file.name.split(".")[1],
        project_name="odoo-azure",
        program=lambda: _run(case),
        opts=automation.LocalWorkspaceOptions(
            work_dir=str(home),
            env_vars={
                "PULUMI_BACKEND_URL": f"file://{backend}",
                "PULUMI_CONFIG_PASSPHRASE": "benchmark",
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                # A file backend writes the whole state at every step: the square of the resources, whatever the
                # program. Backends that take changes do not; so that the program shows, it is written once.
                "PULUMI_EXPERIMENTAL": "true",
                "PULUMI_SKIP_CHECKPOINTS": "true",
            },
        ),
    )


def _resources(stack: automation.Stack) -> int:
    return len(stack.export_stack().deployment["resources"])  # type: ignore[index]


def _policies(case: Case) -> dict[str, Any]:
    if not case.policy_pack:
        return {}
    return {"policy_packs": [case.policy_pack], "policy_pack_configs": [case.policy_config]}


def _run(case: Case) -> None:
    runpy.run_path(case.program, init_globals=dict(case.given), run_name="__main__")


@contextmanager
def _peaks() -> Iterator[dict[str, float]]:
    """Peak memory in MiB of this process, and of those below it together; seconds of a pack. From samples."""
    peaks = {"program": 0.0, "engine": 0.0, "pack": 0.0}
    stop = threading.Event()

    def sample() -> None:
        this = psutil.Process()
        while not stop.wait(SAMPLE_SECONDS):
            below = 0
            for child in this.children(recursive=True):
                with suppress(psutil.Error):
                    below += child.memory_info().rss
                    if PACK_HOST in child.cmdline():
                        peaks["pack"] = max(peaks["pack"], sum(child.cpu_times()[:2]))
            peaks["program"] = max(peaks["program"], this.memory_info().rss / BYTES_PER_MIB)
            peaks["engine"] = max(peaks["engine"], below / BYTES_PER_MIB)

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield peaks
    finally:
        stop.set()
        sampler.join()


def _processor_seconds() -> float:
    """Of this process, and of the engines it has run."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _seconds(operation: Any) -> float:
    start = time.perf_counter()
    operation()
    return time.perf_counter() - start


if __name__ == "__main__":
    print(json.dumps(measure(Case(**json.loads(sys.argv[1])))))
