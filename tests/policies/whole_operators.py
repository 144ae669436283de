"""What can be done to a property to make it worse, by what stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.policies.whole_schema import Input

SCOPE = Path(__file__).with_name("mutation_scope.yaml")
GONE: Any = object()
"""Stands for a property that is not there any more."""
_OPPOSITES = ("on off", "true false", "yes no", "enabled disabled", "allow deny")
_WEAKEST_NUMBER, _FAR = 1, 1000
_LONG = "P10Y"
_EVERYWHERE = "0.0.0.0/0"
_ADDRESSES = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?")
_TAG = re.compile(r"\S+ tags\.\S+")
_REFERENCE = re.compile(r"/subscriptions/|https://")
_DURATION = re.compile(r"P\d+[DWMY]")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def worsened(place: str, value: Any, schema: Input) -> Iterator[tuple[str, Any]]:
    """What a value is changed to, each with its name; `GONE` where the SDK can do without it.

    Args:
        place: `<kind> <path>`.
        value: what stands there.
        schema: what may stand there.
    """
    if not schema.required and (_is_block(value) or _TAG.fullmatch(place)):
        yield "gone", GONE
    if isinstance(value, bool):
        yield str(not value).lower(), not value
    elif isinstance(value, int | float):
        yield from _numbers(place, value)
    elif isinstance(value, str):
        yield from _texts(place, value, schema)
    elif isinstance(value, Sequence) and value and schema.required:
        yield "empty", []


def _is_block(value: Any) -> bool:
    """Whether taking it away is a change of its own. A flag that is gone is as it was, or as it is when flipped."""
    return isinstance(value, Mapping | list) or (isinstance(value, str) and _REFERENCE.match(value) is not None)


def _numbers(place: str, value: float) -> Iterator[tuple[str, Any]]:
    if any(pattern.fullmatch(place) for pattern in _patterns("larger_is_weaker")):
        yield "raised", int(value + 1) * _FAR
    elif value != 0:
        yield "lowered", _WEAKEST_NUMBER if value > _WEAKEST_NUMBER else 0


def _texts(place: str, value: str, schema: Input) -> Iterator[tuple[str, Any]]:
    changed = dict.fromkeys([*_opposite(value), *_by_form(value), *_weaker(place)])
    changed |= dict.fromkeys(schema.allowed)
    for text in changed:
        if text.casefold() != value.casefold():
            yield text if _DIGEST.search(value) is None else "by tag", text


def _opposite(value: str) -> Iterator[str]:
    for pair in _OPPOSITES:
        words = pair.split()
        if value.casefold() in words:
            other = words[1 - words.index(value.casefold())]
            yield other.capitalize() if value[0].isupper() else other


def _by_form(value: str) -> Iterator[str]:
    if _ADDRESSES.fullmatch(value):
        yield _EVERYWHERE
    if _DURATION.fullmatch(value):
        yield _LONG
    if _DIGEST.search(value):
        yield _DIGEST.sub(":latest", value)


def _weaker(place: str) -> Iterator[str]:
    for group in _scope("weaker"):
        if any(pattern.fullmatch(place) for pattern in group["patterns"]):
            yield from group["values"]


def _patterns(section: str) -> Iterator[re.Pattern[str]]:
    for group in _scope(section):
        yield from group["patterns"]


@cache
def _scope(section: str) -> tuple[Mapping[str, Any], ...]:
    groups = yaml.safe_load(SCOPE.read_text(encoding="utf-8"))[section]
    return tuple(group | {"patterns": [re.compile(pattern) for pattern in group["match"]]} for group in groups)
