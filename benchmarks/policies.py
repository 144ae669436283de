"""`python -m benchmarks.policies`: what the policies cost a preview of about 1,000 resources.

The library's program is previewed without a pack, with one that does nothing, and with ours, in turns: what any pack
costs is the engine's, what ours costs beside that is its policies'. The pack alone is timed, too: its start, and its
answers to what the engine would ask about the resources of the recorded deployment.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from rich.console import Console
from rich.table import Table

from benchmarks.measure import Case
from benchmarks.recording import Recorded, answers, as_struct, recorded
from benchmarks.stand_in import CHECKOUT, measured, stand_in
from policies.kit.analyzer import TypedAnalyzer
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from sandbox.workspace import ANALYZER_FOLDER

STACK = "prod"
COPIES = 2
PROGRAM = Path(__file__).with_name("library_program.py")
FIGURES = {"preview_seconds": "preview s", "cpu_seconds": "processor s", "pack_seconds": "of that, the pack s"}
START = "import policies.pack as pack; from policies.kit.runner import policy; [policy(rule) for rule in pack.RULES]"
MILLISECONDS = 1000
WITHOUT, EMPTY, OURS = "without a pack", "with a pack that does nothing", "with the pack"


def main() -> None:
    """Records the stack once, then measures in turns and prints medians."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.policies", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="rounds; each previews three times (default 3)")
    runs = parser.parse_args().runs
    console = Console()
    with tempfile.TemporaryDirectory(prefix="odoo-azure-bench-") as folder:
        work = Path(folder)
        console.print(f"recording {STACK} in the sandbox", highlight=False)
        resources = recorded(STACK, work)
        (work / "answers.json").write_text(json.dumps(answers(resources)), encoding="utf-8")
        (work / "levels.json").write_text('{"all": "advisory"}', encoding="utf-8")
        cases = {
            WITHOUT: _case(),
            EMPTY: _case(CHECKOUT / "benchmarks" / "empty_pack", work / "levels.json"),
            OURS: _case(CHECKOUT / "policies", work / "levels.json"),
        }
        _show_policy_host()
        found: dict[str, list[dict[str, float]]] = {name: [] for name in cases}
        with stand_in(work / "answers.json"):
            for turn in range(1, runs + 1):
                for name, case in cases.items():
                    console.print(f"round {turn} of {runs}: {name}", highlight=False)
                    found[name].append(measured(case))
    _print(console, found)
    _print_alone(console, resources, runs)


def _case(pack: Path | None = None, levels: Path | None = None) -> Case:
    return Case(
        program=str(PROGRAM),
        stack_file=str(CHECKOUT / f"Pulumi.{STACK}.yaml"),
        given={"COPIES": COPIES},
        policy_pack=str(pack or ""),
        policy_config=str(levels or ""),
        deploys=False,
    )


def _show_policy_host() -> None:
    """Has the engines that this process starts find what runs a pack of Python."""
    os.environ["PATH"] = f"{ANALYZER_FOLDER}{os.pathsep}{os.environ['PATH']}"
    os.environ["SANDBOX_PYTHON"] = sys.executable


def _print(console: Console, found: dict[str, list[dict[str, float]]]) -> None:
    resources = found[OURS][0]["resources"]
    table = Table(title=f"preview of {resources:.0f} resources, {len(RULES)} rules: medians of {len(found[OURS])}")
    table.add_column("")
    for heading in FIGURES.values():
        table.add_column(heading, justify="right")
    medians = {name: {key: _median([each[key] for each in runs]) for key in FIGURES} for name, runs in found.items()}
    for name, figures in medians.items():
        table.add_row(name, *(f"{figures[key]:.2f}" for key in FIGURES))
    console.print(table)
    for whole in ("preview_seconds", "cpu_seconds"):
        share = (medians[OURS][whole] - medians[EMPTY][whole]) / medians[OURS][whole]
        console.print(f"the policies' share of {FIGURES[whole]}: {share:.1%}", highlight=False)


def _print_alone(console: Console, resources: Sequence[Recorded], runs: int) -> None:
    start = _median([_start_seconds() for _ in range(runs)])
    each = _median([_answer_seconds(resources) for _ in range(runs)]) / len(resources)
    console.print(
        f"the pack alone, processor time: start {start:.2f} s, {each * MILLISECONDS:.2f} ms a resource",
        highlight=False,
    )


def _start_seconds() -> float:
    """Processor time until a pack has read its rules."""
    before = os.times()
    subprocess.run([sys.executable, "-c", START], cwd=CHECKOUT, check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def _answer_seconds(resources: Sequence[Recorded]) -> float:
    """Processor time for the answers about each resource, and about the stack of them."""
    server = TypedAnalyzer(PACK, "0.0.1", [policy(rule) for rule in RULES], EnforcementLevel.ADVISORY)
    asked = [
        proto.AnalyzeRequest(type=each.type_token, properties=as_struct(each.inputs), urn=_urn(each), name=each.name)
        for each in resources
    ]
    stack = proto.AnalyzeStackRequest(
        resources=[
            proto.AnalyzerResource(
                type=each.type_token, properties=as_struct(each.outputs), urn=_urn(each), name=each.name
            )
            for each in resources
        ]
    )
    began = time.process_time()
    for request in asked:
        server.Analyze(request, None)
    server.AnalyzeStack(stack, None)
    return time.process_time() - began


def _urn(resource: Recorded) -> str:
    return f"urn:pulumi:{STACK}::odoo-azure::{resource.type_token}::{resource.name}"


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
