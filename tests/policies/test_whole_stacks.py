"""Whole stacks, made worse one property at a time: the pack sees it, or it is listed and argued why it need not."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.policies.whole_mutants import mutants
from tests.policies.whole_stacks import STACKS, judged

pytestmark = pytest.mark.stacks

SURVIVORS = Path(__file__).with_name("survivors.yaml")
WANTED_RATE = 0.95
MOST_GROUPS = 40


@cache
def _run(stack: str) -> tuple[Counter[str], Counter[str]]:
    """How many mutants of each name there are, and how many of them no rule speaks of."""
    whole = judged(stack)
    tried: Counter[str] = Counter()
    survived: Counter[str] = Counter()
    for mutant in mutants(whole):
        tried[mutant.name] += 1
        survived[mutant.name] += whole.catcher(mutant.urn, mutant.changed) is None
    return tried, +survived


def _argued() -> list[str]:
    groups = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8"))
    assert len(groups) < MOST_GROUPS
    assert all(len(group["why"]) > MOST_GROUPS for group in groups)
    return [name for group in groups for name in group["mutants"]]


@pytest.mark.parametrize("stack", STACKS)
def test_the_pack_sees_what_makes_a_stack_worse(stack: str) -> None:
    tried, survived = _run(stack)
    assert tried.total() > 1000
    assert 1 - survived.total() / tried.total() >= WANTED_RATE


def test_every_survivor_is_argued_and_nothing_else_is() -> None:
    survived = {name for stack in STACKS for name in _run(stack)[1]}
    argued = _argued()
    assert len(argued) == len(set(argued))
    assert survived - set(argued) == set()
    assert set(argued) - survived == set()
