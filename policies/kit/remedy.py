"""Fixes: what a rule may change in a resource by itself, where an environment's level for it is `remediate`.

A fix works on the properties as the engine sends them. What it does not name stays as it is; what is secret, or not yet
known, is never touched.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pulumi_policy.proxy as sdk
from pulumi_policy.deserialize import SPECIAL_SIG_KEY

from policies.kit.rule import Change, Fix, Resource
from policies.kit.values import IS_TRUE, one_of


def raised(path: str, value: str, *also: str) -> Fix:
    """A fix that gives a text another value, unless it has that one, or another that is right too, or is unknown."""

    def fix(resource: Resource) -> Iterator[Change]:
        given = resource.at(path)
        if given.known() and not given.meets(one_of(value, *also)):
            yield Change(tuple(path.split(".")), value)

    return fix


def switched_on(path: str) -> Fix:
    """A fix that makes a switch true, unless it is or is unknown."""

    def fix(resource: Resource) -> Iterator[Change]:
        if resource.at(path).known() and not resource.at(path).meets(IS_TRUE):
            yield Change(tuple(path.split(".")), True)

    return fix


def both(*fixes: Fix) -> Fix:
    """The changes of several fixes."""
    return lambda resource: (change for fix in fixes for change in fix(resource))


def applied(properties: Mapping[str, Any], changes: Iterable[Change]) -> tuple[dict[str, Any], list[Change]]:
    """A copy of the properties with the changes, and those of them that could be made.

    Args:
        properties: as in the engine's message; secrets and assets are mappings with a signature.
        changes: what is to be changed.
    """
    changed = copy.deepcopy(dict(properties))
    return changed, [change for change in changes if _apply(changed, change)]


def _apply(properties: dict[str, Any], change: Change) -> bool:
    *way, last = change.path
    if not _may_be_changed(properties, change.path):
        return False
    place = properties
    for name in way:
        if place.get(name) is None:
            place[name] = {}
        place = place[name]
    place[last] = change.value
    return True


def _may_be_changed(properties: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Whether everything on the way is a plain mapping or absent, and at its end neither a secret nor unknown."""
    *way, last = path
    place: Any = properties
    for name in way:
        place = place.get(name)
        if place is None:
            return True
        if not isinstance(place, Mapping) or SPECIAL_SIG_KEY in place:
            return False
    return _is_plain(place.get(last))


def _is_plain(value: Any) -> bool:
    return not isinstance(value, Mapping) and not sdk._is_unknown(value)
