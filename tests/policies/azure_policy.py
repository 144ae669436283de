"""Judges a resource by the condition of an Azure Policy: the part of the language that this project uses.

learn.microsoft.com azure/governance/policy/concepts/definition-structure-policy-rule, and /definition-structure-alias.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

_MISSING: Any = object()
_MEMBERS = "[*]"


@dataclass(frozen=True, kw_only=True)
class ArmResource:
    """A resource, its properties under the names that aliases have."""

    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def applies(condition: Mapping[str, Any], resource: ArmResource) -> bool:
    """Whether a policy's `if` holds for a resource."""
    return _holds(condition, resource, {})


def _holds(condition: Mapping[str, Any], resource: ArmResource, current: Mapping[str, Any]) -> bool:
    if "allOf" in condition:
        return all(_holds(each, resource, current) for each in condition["allOf"])
    if "anyOf" in condition:
        return any(_holds(each, resource, current) for each in condition["anyOf"])
    if "not" in condition:
        return not _holds(condition["not"], resource, current)
    if "count" in condition:
        counted = condition["count"]
        members = _values(counted["field"], resource, current)
        where = counted["where"]
        number = sum(_holds(where, resource, {**current, counted["field"]: member}) for member in members)
        return bool(number > condition["greater"])
    ((operator, wanted),) = ((name, value) for name, value in condition.items() if name != "field")
    values = _values(condition["field"], resource, current)
    # A condition on the members of an array holds when it holds for each of them: for none, too.
    return all(_OPERATORS[operator](value, wanted) for value in values)


def _values(name: str, resource: ArmResource, current: Mapping[str, Any]) -> Sequence[Any]:
    if name == "type":
        return [resource.type]
    if name.startswith("tags["):
        return [resource.tags.get(name[5:-1], _MISSING)]
    for array, member in sorted(current.items(), key=lambda item: -len(item[0])):
        if name == array:
            return [member]
        if name.startswith(f"{array}."):
            return _walk(member, name[len(array) + 1 :])
    prefix = f"{resource.type}/".casefold()
    if not name.casefold().startswith(prefix) or "/" in name[len(prefix) :]:
        return [] if name.endswith(_MEMBERS) else [_MISSING]
    return _walk(resource.properties, name[len(prefix) :])


def _walk(value: Any, path: str) -> Sequence[Any]:
    name, _, rest = path.partition(".")
    listed = name.endswith(_MEMBERS)
    found = value.get(name.removesuffix(_MEMBERS), _MISSING) if isinstance(value, Mapping) else _MISSING
    if listed:
        members = found if isinstance(found, list) else []
        return [each for member in members for each in (_walk(member, rest) if rest else [member])]
    return _walk(found, rest) if rest else [found]


def _folded(value: Any) -> str | None:
    return None if value is _MISSING or value is None else str(value).casefold()


def _among(value: Any, wanted: Sequence[Any]) -> bool:
    return value is not _MISSING and _folded(value) in {_folded(each) for each in wanted}


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "equals": lambda value, wanted: value is not _MISSING and _folded(value) == _folded(wanted),
    "notEquals": lambda value, wanted: value is _MISSING or _folded(value) != _folded(wanted),
    "in": _among,
    "notIn": lambda value, wanted: not _among(value, wanted),
    "contains": lambda value, wanted: str(_folded(wanted)) in (_folded(value) or ""),
    "like": lambda value, wanted: fnmatchcase(_folded(value) or "", str(_folded(wanted))),
    "less": lambda value, wanted: isinstance(value, int) and value < wanted,
    "exists": lambda value, wanted: (value is not _MISSING and value is not None) is wanted,
}
OPERATORS = frozenset(_OPERATORS)
