"""An engine that refused a delete and does nothing more is ended; any other is left alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from pulumi.automation import EngineEvent

from sandbox import standstill
from sandbox.engine import Engine
from sandbox.standstill import ended_at_refusals
from sandbox.tally import REFUSED_DELETE, Tally
from tests.unit.test_progress import ACCOUNT, PREFIX, diagnostic, event

BOOKS = f"{PREFIX}{ACCOUNT}::books"
DEADLINE_SECONDS = 10


class Interrupts:
    """Stands in for the engine: counts."""

    def __init__(self) -> None:
        self.count = 0

    def interrupt(self) -> None:
        self.count += 1


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Interrupts:
    """One that is looked at often."""
    monkeypatch.setattr(standstill, "BETWEEN_INTERRUPTS_SECONDS", 0.01)
    return Interrupts()


@pytest.fixture
def tally() -> Tally:
    """A preview that has begun to delete."""
    tally = Tally()
    tally.add(event("resourcePreEvent", "delete", ACCOUNT, "books"))
    return tally


def refusal(**more: Any) -> EngineEvent:
    return diagnostic("error", f'<{{%reset%}}>Preview failed: resource "books" {REFUSED_DELETE}. To', **more)


def watched(engine: Interrupts, tally: Tally, seconds: float, quiet: float = 0.05) -> int:
    """The interrupts in so many seconds, or until there are two."""
    with ended_at_refusals(cast(Engine, engine), tally, quiet):
        for _ in _until(seconds):
            if engine.count >= 2:
                break
    return engine.count


def _until(seconds: float) -> Iterator[None]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.01)


def test_an_engine_that_stands_still_after_a_refusal_is_interrupted_twice(engine: Interrupts, tally: Tally) -> None:
    tally.add(refusal(urn=BOOKS))
    assert watched(engine, tally, DEADLINE_SECONDS) >= 2
    assert (tally.refused, set(tally.failed), tally.running) == ({BOOKS}, {BOOKS}, {})
    after = engine.count
    time.sleep(0.1)
    assert engine.count == after, "it is over"


def test_an_engine_that_refused_nothing_may_take_its_time(engine: Interrupts, tally: Tally) -> None:
    tally.add(diagnostic("error", "Preview failed: SkuNotAvailable", urn=BOOKS))
    tally.running.clear()
    assert watched(engine, tally, 0.3) == 0


def test_nobody_interrupts_an_operation_that_is_under_way(engine: Interrupts, tally: Tally) -> None:
    tally.add(event("resourcePreEvent", "delete", ACCOUNT, "slow"))
    tally.add(refusal(urn=BOOKS))
    assert watched(engine, tally, 0.3) == 0
    tally.add(event("resOutputsEvent", "delete", ACCOUNT, "slow"))
    assert watched(engine, tally, DEADLINE_SECONDS) >= 2


def test_an_engine_that_still_says_something_is_left_alone(engine: Interrupts, tally: Tally) -> None:
    tally.add(refusal(urn=BOOKS))
    assert watched(engine, tally, 0.3, quiet=60) == 0
