"""`python -m benchmarks.tenants`: what a tenant costs, in its platform's stack and in one of its own.

All on a stand-in that answers at once. What a tenant costs is what is beyond the platform without any; it is compared
with the same resources in a flat program of the SDK's classes, and as bare `CustomResource`s. A platform is built for
200 tenants. A thousand are five platforms: all files are read and planned, and some tenants' stacks are deployed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.flat import bare_program, typed_program
from benchmarks.fleet import MOST_TENANTS, PLATFORM, SHAPES, grown, write_fleet, write_tenant_stack
from benchmarks.measure import Case
from benchmarks.recording import Recorded, answers, resources_of
from benchmarks.stand_in import CHECKOUT, measured, stand_in
from sandbox.runner import Run
from stacks.settings import PlatformSettings, load_settings_of
from stacks.tenancy import read_tenancy
from stacks.tenant_scalars import TenantPlacement

PROGRAM = Path(__file__).with_name("fleet_program.py")
LIBRARY, FLAT, BARE = "library", "flat, SDK classes", "flat, bare resources"
SHARDED_TENANTS = 1000
STRIDE = 67
"""Between the numbers of sampled tenants: it has no factor in common with the numbers there are, so all shapes come."""
MOST_GROWTH = 1.1
"""For each doubling of the tenants, beyond the factor of 2."""
LEAST_JUDGED = 10
"""With fewer tenants, what they cost is lost in what the platform does."""
WIDTH = 120
FIGURES = {
    "preview_seconds": "preview s",
    "up_seconds": "up s",
    "cpu_seconds": "processor s",
    "program_mib": "program MiB",
    "engine_mib": "engine MiB",
}

Figures = Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is to be measured.

    Args:
        sizes: tenants that the library's program has inline.
        floors: tenants that the flat programs have.
        sharded: tenants in stacks of their own.
    """

    sizes: tuple[int, ...]
    floors: tuple[int, ...]
    sharded: int


def main() -> None:
    """Measures, prints, and exits with 1 where the cost of tenants grows faster than their number."""
    options, console = _options(), Console(width=WIDTH)
    with tempfile.TemporaryDirectory(prefix="odoo-azure-tenants-") as folder:
        recorded = _recorded(Path(folder), console)
        inline = _inline(Path(folder), recorded, options, console)
        if options.sharded:
            _print_sharded(_sharded(Path(folder), recorded, options.sharded, console), console)
    if options.sizes:
        _print_inline(inline, console)
    if _growth(inline, console) > MOST_GROWTH:
        sys.exit(1)


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tenants", description=__doc__)
    parser.add_argument("--sizes", default="1,10,25", help="inline tenants of the library's program (default 1,10,25)")
    parser.add_argument("--floors", default="10", help="tenants of the flat programs (default 10)")
    parser.add_argument("--sharded", type=int, default=3, help="tenants in stacks of their own (default 3)")
    given = parser.parse_args()
    return Options(sizes=_numbers(given.sizes), floors=_numbers(given.floors), sharded=given.sharded)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(number) for number in text.split(",") if number}))


def _recorded(work: Path, console: Console) -> list[Recorded]:
    """Resources of a platform with a tenant of each shape, as the sandbox made them."""
    console.print("recording a platform in the sandbox", highlight=False)
    project = work / "recorded"
    write_fleet(project, CHECKOUT, len(SHAPES), TenantPlacement.INLINE)
    run = Run(
        stack=PLATFORM,
        project=project,
        home=work / "sandbox",
        policy_packs=(),
        latency=0,
        cluster=False,
        checkpoints=False,
    )
    result = run.up(skip_preview=True)
    if not result.ok:
        sys.exit(f"{PLATFORM} did not deploy: {result.message}")
    run.export(work / "state.json")
    return resources_of(json.loads((work / "state.json").read_text(encoding="utf-8"))["deployment"])


def _answers(work: Path, recorded: list[Recorded], tenants: Iterable[int]) -> Path:
    file = work / "answers.json"
    file.write_text(json.dumps(answers(grown(recorded, tenants))), encoding="utf-8")
    return file


def _inline(
    work: Path, recorded: list[Recorded], options: Options, console: Console
) -> Mapping[str, Mapping[int, Figures]]:
    """Figures by program and by the tenants it has; without any, too."""
    found: dict[str, dict[int, Figures]] = {LIBRARY: {}, FLAT: {}, BARE: {}}
    most = max((0, *options.sizes, *options.floors))
    with stand_in(_answers(work, recorded, range(1, most + 1))):
        for size in (0, *options.sizes) if options.sizes else ():
            project = work / f"inline-{size}"
            write_fleet(project, CHECKOUT, size, TenantPlacement.INLINE)
            found[LIBRARY][size] = _told(f"{LIBRARY}, {size} tenants", _library(project, PLATFORM), console)
        for size in (0, *options.floors) if options.floors else ():
            resources = grown(recorded, range(1, size + 1))
            for name, source in ((FLAT, typed_program(resources)), (BARE, bare_program(resources))):
                found[name][size] = _told(f"{name}, {size} tenants", _flat(work, source), console)
    return found


def _library(project: Path, stack: str, backend: str = "") -> Case:
    return Case(
        program=str(PROGRAM),
        stack_file=str(project / f"Pulumi.{stack}.yaml"),
        given={"PROJECT": str(project)},
        backend=backend,
    )


def _flat(work: Path, source: str) -> Case:
    program = work / "flat.py"
    program.write_text(source, encoding="utf-8")
    return Case(program=str(program), stack_file=str(work / "recorded" / f"Pulumi.{PLATFORM}.yaml"))


def _told(what: str, case: Case, console: Console) -> Figures:
    figures = measured(case)
    console.print(f"{what}: {figures}", highlight=False)
    return figures


def _sharded(work: Path, recorded: list[Recorded], count: int, console: Console) -> Mapping[str, Figures]:
    """Figures of tenants' own stacks, each against the same platform; and of its, which has none of them."""
    platforms = [work / f"platform-{number}" for number in range(SHARDED_TENANTS // MOST_TENANTS)]
    for project in platforms:
        write_fleet(project, CHECKOUT, MOST_TENANTS, TenantPlacement.SHARDED)
    seconds = [_planning_seconds(project) for project in platforms]
    each = sum(seconds) / SHARDED_TENANTS * 1000
    console.print(
        f"{SHARDED_TENANTS} files read and planned in {sum(seconds):.1f} s, {each:.1f} ms each", highlight=False
    )
    numbers = [index * STRIDE % MOST_TENANTS + 1 for index in range(count)]
    backend = str(work / "backend")
    with stand_in(_answers(work, recorded, numbers)):
        platform = _told("the platform", _library(platforms[0], PLATFORM, backend), console)
        stacks = {number: write_tenant_stack(platforms[0], number) for number in numbers}
        return {
            PLATFORM: platform,
            **{stack: _told(stack, _library(platforms[0], stack, backend), console) for stack in stacks.values()},
        }


def _planning_seconds(project: Path) -> float:
    file = f"Pulumi.{PLATFORM}.yaml"
    start = time.perf_counter()
    tenancy = read_tenancy(load_settings_of(PlatformSettings, project / file), project, file)
    seconds = time.perf_counter() - start
    if len(tenancy.plans) != MOST_TENANTS:
        sys.exit(f"only {len(tenancy.plans)} of {MOST_TENANTS} tenants can be planned")
    return seconds


def _print_inline(inline: Mapping[str, Mapping[int, Figures]], console: Console) -> None:
    table = Table(title="tenants in the platform's stack; in brackets, for each tenant beyond the platform alone")
    for heading in ("program", "tenants", "resources", *FIGURES.values()):
        table.add_column(heading, justify="left" if heading == "program" else "right")
    for name, sizes in inline.items():
        for size, figures in sizes.items():
            cells = (_cell(figures[key], _own(sizes, size, key), size) for key in FIGURES)
            table.add_row(name, str(size), f"{figures['resources']:.0f}", *cells)
    console.print(table)


def _cell(value: float, own: float, tenants: int) -> str:
    return f"{value:.1f} ({own / tenants:.2f})" if tenants else f"{value:.1f}"


def _own(sizes: Mapping[int, Figures], size: int, key: str) -> float:
    """What the tenants cost: all that is beyond the platform without any."""
    return sizes[size][key] - sizes[0][key]


def _growth(inline: Mapping[str, Mapping[int, Figures]], console: Console) -> float:
    """Prints how the library's cost grows from size to size, and gives the worst of its times."""
    sizes, worst = inline[LIBRARY], 0.0
    for fewer, more in pairwise(size for size in sizes if size >= LEAST_JUDGED):
        doublings = math.log2(more / fewer)
        growth = {key: (_own(sizes, more, key) / _own(sizes, fewer, key)) ** (1 / doublings) / 2 for key in FIGURES}
        shown = ", ".join(f"{FIGURES[key]} {value:.2f}" for key, value in growth.items())
        console.print(f"{fewer} to {more} tenants: for each doubling 2 times {shown}", highlight=False)
        worst = max(worst, growth["preview_seconds"], growth["up_seconds"])
    return worst


def _print_sharded(sharded: Mapping[str, Figures], console: Console) -> None:
    table = Table(title=f"tenants in stacks of their own, of {MOST_TENANTS} on their platform")
    for heading in ("stack", "resources", *FIGURES.values()):
        table.add_column(heading, justify="left" if heading == "stack" else "right")
    for stack, figures in sharded.items():
        table.add_row(stack, f"{figures['resources']:.0f}", *(f"{figures[key]:.1f}" for key in FIGURES))
    console.print(table)


if __name__ == "__main__":
    main()
