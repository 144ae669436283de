"""`python -m benchmarks`: prod by the library, and by flat programs of the SDK's classes and of bare resources."""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.flat import bare_program, typed_program
from benchmarks.measure import Case
from benchmarks.recording import answers, recorded
from benchmarks.stand_in import CHECKOUT, measured, stand_in

HERE = Path(__file__).resolve().parent
STACK = "prod"
STACK_FILE = CHECKOUT / f"Pulumi.{STACK}.yaml"
FIGURES = ("preview_seconds", "up_seconds", "program_mib", "engine_mib", "resources")
SCALES = (1, 2, 4)

Measured = dict[str, list[float]]


def main() -> None:
    """Records prod in the sandbox once, then measures the programs in turn and prints medians and ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="rounds; each runs every program once (default 3)")
    runs = parser.parse_args().runs
    console = Console()
    with tempfile.TemporaryDirectory(prefix="odoo-azure-bench-") as folder:
        work = Path(folder)
        programs = {
            "library": (HERE / "library_program.py", 1),
            **_flat_programs(work, console),
            **{f"library x{scale}": (HERE / "library_program.py", scale) for scale in SCALES if scale > 1},
        }
        with stand_in(work / "answers.json"):
            found: dict[str, Measured] = {name: {figure: [] for figure in FIGURES} for name in programs}
            for turn in range(1, runs + 1):
                for name, (program, copies) in programs.items():
                    console.print(f"round {turn} of {runs}: {name}", highlight=False)
                    case = Case(program=str(program), stack_file=str(STACK_FILE), given={"COPIES": copies})
                    figures = measured(case)
                    for figure in FIGURES:
                        found[name][figure].append(figures[figure])
    _print(console, found)


def _flat_programs(work: Path, console: Console) -> dict[str, tuple[Path, int]]:
    console.print(f"recording {STACK} in the sandbox", highlight=False)
    resources = recorded(STACK, work)
    (work / "answers.json").write_text(json.dumps(answers(resources)), encoding="utf-8")
    (work / "flat.py").write_text(typed_program(resources), encoding="utf-8")
    (work / "bare.py").write_text(bare_program(resources), encoding="utf-8")
    return {"flat, SDK classes": (work / "flat.py", 1), "flat, bare resources": (work / "bare.py", 1)}


def _print(console: Console, found: dict[str, Measured]) -> None:
    flat = "flat, SDK classes"
    table = Table(title=f"{STACK}: medians; in brackets, of the flat program's")
    table.add_column("program")
    for heading in ("resources", "preview s", "up s", "program MiB", "engine MiB"):
        table.add_column(heading, justify="right")
    for name, figures in found.items():
        table.add_row(name, f"{_median(figures['resources']):.0f}", *_cells(figures, found[flat]))
    console.print(table)
    for scale in SCALES:
        figures = found["library" if scale == 1 else f"library x{scale}"]
        each = _median(figures["preview_seconds"]) / _median(figures["resources"])
        console.print(f"x{scale}: preview {each * 1000:.1f} ms a resource", highlight=False)


def _cells(figures: Measured, flat: Measured) -> Iterator[str]:
    for figure in FIGURES[:4]:
        value = _median(figures[figure])
        yield f"{value:.2f} ({value / _median(flat[figure]):.2f})"


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
