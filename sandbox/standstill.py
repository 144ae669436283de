"""Ends an engine that would not end by itself, at protected resources that it was to delete.

Of every resource whose delete it refused, pulumi 3.259 works out all that this depends on, along every path there is:
`markAsDependency` in pkg/resource/graph/dependency_graph.go walks on from what it marked before. Most dependencies are
in the state twice, once by property, so the time doubles with every link of a chain: for an environment, for ever. The
first interrupt does not reach that walk; at the second the engine closes its state and exits. Nothing is under way
then: it walks between two sets of deletes, when the first is done.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.engine import Engine
from sandbox.tally import Tally

QUIET_SECONDS = 5.0
BETWEEN_INTERRUPTS_SECONDS = 1.0  # the engine keeps one signal at a time (backend/cancellation_scope.go)


@contextmanager
def ended_at_refusals(engine: Engine, tally: Tally, quiet: float = QUIET_SECONDS) -> Iterator[None]:
    """While the block runs, interrupts an engine that refused a delete and has said nothing for `quiet` seconds since.

    An engine that has an operation under way, or that comes to its end by itself, is left alone.
    """
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(engine, tally, quiet, over), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(engine: Engine, tally: Tally, quiet: float, over: threading.Event) -> None:
    while not over.wait(BETWEEN_INTERRUPTS_SECONDS):
        if tally.stands_still(quiet):
            engine.interrupt()
