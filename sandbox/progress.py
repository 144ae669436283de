"""Shows a run while it happens: live on a terminal, one line a notable step elsewhere, or nothing at all."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from sandbox.tally import Tally, Violation, short_type
from sandbox.toolchain import Cli

LINES_EVERY_SECONDS = 10.0
LIVE_FRAMES_PER_SECOND = 6
SHOWN_RUNNING = 8
FILE_CHARACTERS = 200
VERBS = {
    "preview": "Previewing",
    "up": "Deploying",
    "refresh": "Refreshing",
    "drift": "Comparing",
    "destroy": "Deleting",
}
PLANNING = frozenset({"preview", "drift"})
DONE_WORDS = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "import": "imported",
    "same": "unchanged",
}
PLANNED_WORDS = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "import": "to import",
    "same": "unchanged",
}


class Observer(Protocol):
    """Who is told what happens during a run."""

    def say(self, line: str) -> None:
        """Something worth one line."""

    def start(self, stack: str, cli: Cli, packs: list[str]) -> None:
        """A run begins, with this CLI and these policy packs."""

    def watch(self, operation: str, tally: Tally) -> AbstractContextManager[None]:
        """Shows one operation of the engine while the block runs."""


class Silent:
    """Tells nobody; what tests and other programs use."""

    def say(self, line: str) -> None:
        pass

    def start(self, stack: str, cli: Cli, packs: list[str]) -> None:
        pass

    @contextmanager
    def watch(self, operation: str, tally: Tally) -> Iterator[None]:
        yield


class Lines:
    """Plain lines on standard error, for logs and for CI: the notable steps, and a count every ten seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def start(self, stack: str, cli: Cli, packs: list[str]) -> None:
        self.say(opening(stack, cli, packs))

    @contextmanager
    def watch(self, operation: str, tally: Tally) -> Iterator[None]:
        began = time.monotonic()
        over = threading.Event()
        self.say(f"{VERBS[operation]} ...")
        reporter = threading.Thread(target=self._report, args=(operation, tally, began, over), daemon=True)
        reporter.start()
        try:
            yield
        finally:
            over.set()
            reporter.join()
            for violation in mandatory(tally):
                self.say(violation_line(violation))
            self.say(f"  {counts_line(operation, tally)}, {time.monotonic() - began:.1f} s")

    def _report(self, operation: str, tally: Tally, began: float, over: threading.Event) -> None:
        while not over.wait(LINES_EVERY_SECONDS):
            slowest = slowest_running(tally)[:1]
            waiting = f"; waiting for {slowest[0][0]}" if slowest else ""
            self.say(f"  {counts_line(operation, tally)}, {time.monotonic() - began:.0f} s{waiting}")


class Terminal(Lines):
    """A display that redraws itself: counts, what is running for how long, violations as they come."""

    @contextmanager
    def watch(self, operation: str, tally: Tally) -> Iterator[None]:
        began = time.monotonic()

        def frame() -> RenderableType:
            return _frame(operation, tally, time.monotonic() - began)

        with Live(
            get_renderable=frame, console=self._console, refresh_per_second=LIVE_FRAMES_PER_SECOND, transient=True
        ):
            yield
        self._console.print(_headline(operation, tally, time.monotonic() - began))


def observer_for(console: Console, *, quiet_terminal: bool) -> Observer:
    """A live display on a terminal, plain lines where there is none (or in CI, or when told to keep quiet)."""
    return Lines(console) if quiet_terminal or not console.is_terminal else Terminal(console)


def error_console() -> Console:
    """Progress goes to standard error: standard output is for what a command yields."""
    return Console(file=sys.stderr, emoji=False)


def output_console() -> Console:
    """Standard output; where it is no terminal, lines are left as long as they are."""
    console = Console(emoji=False)
    return console if console.is_terminal else Console(width=FILE_CHARACTERS, emoji=False)


def opening(stack: str, cli: Cli, packs: list[str]) -> str:
    """What a run begins with: the stack, the engine, the packs."""
    checked = f", checked by {' and '.join(packs)}" if packs else ""
    return f"Stack {stack} in the sandbox: pulumi {cli.version} ({cli.path}){checked}"


def counts_line(operation: str, tally: Tally) -> str:
    """12 created, 3 unchanged, 2 running, 1 failed."""
    parts = [changes_line(operation, tally.counts())]
    parts += [f"{len(tally.running)} running"] if tally.running else []
    parts += [f"{len(tally.failed)} failed"] if tally.failed else []
    return ", ".join(part for part in parts if part) or "nothing yet"


def changes_line(operation: str, counts: Counter[str]) -> str:
    """12 created, 3 unchanged; for what only looks ahead: 12 to create, 3 unchanged."""
    words = PLANNED_WORDS if operation in PLANNING else DONE_WORDS
    named = [f"{counts[op]} {word}" for op, word in words.items() if counts[op]]
    return ", ".join(named + [f"{number} {op}" for op, number in sorted(counts.items()) if op not in words])


def slowest_running(tally: Tally) -> list[tuple[str, float]]:
    """The operations under way, the longest first: a label, and since when in seconds."""
    now = time.monotonic()
    with tally.lock:
        running = sorted(tally.running.values(), key=lambda pair: pair[1])
    return [(f"{short_type(step.type)} {step.name}", now - since) for step, since in running]


def mandatory(tally: Tally) -> list[Violation]:
    """The violations that stop a run, each once; the report at the end lists the others too."""
    with tally.lock:
        return [found for found in dict.fromkeys(tally.violations) if found.level == "mandatory"]


def violation_line(violation: Violation) -> str:
    """One line of a policy's finding."""
    first = violation.message.splitlines()[0] if violation.message else ""
    return f"  {violation.level} {violation.policy}: {violation.name or 'the stack'}: {first}"


def _frame(operation: str, tally: Tally, seconds: float) -> RenderableType:
    lines = [_headline(operation, tally, seconds)]
    running = slowest_running(tally)
    lines += [Text(f"    {label}  {since:.0f} s", style="dim") for label, since in running[:SHOWN_RUNNING]]
    if len(running) > SHOWN_RUNNING:
        lines.append(Text(f"    and {len(running) - SHOWN_RUNNING} more", style="dim"))
    return Group(*lines, *(Text(violation_line(found), style="red") for found in mandatory(tally)))


def _headline(operation: str, tally: Tally, seconds: float) -> Text:
    return Text.assemble(
        (f"{VERBS[operation]:<11}", "bold"), f" {counts_line(operation, tally)}  ", (f"{seconds:.1f} s", "dim")
    )
