"""Says in the user's words what pydantic, or Pulumi's configuration, has to say about a setting."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from stacks.errors import Problem

Schema = Mapping[str, Any]
Location = tuple[int | str, ...]

_LONGEST_SHOWN = 100
_MOST_LISTED = 14
_NUMBERS = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}
_FORMATS = {"date": 'a date in quotes, such as "2026-12-01"', "ipv4": "an IPv4 address such as 10.200.1.4"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\b")
_NOT_SHOWN = {
    "://": "an address with a scheme (not shown: it may hold credentials)",  # web hooks carry them in the address
    "PRIVATE KEY": "a private key (not shown)",
}
_PLAIN_KEY = re.compile(r"[\w.:-]{1,60}")


def explain(error: ErrorDetails, schema: Schema) -> Problem:
    """Problem that one of pydantic's errors stands for.

    Args:
        error: pydantic's error.
        schema: JSON Schema of the model that was validated: what is allowed is read from it.
    """
    location = error["loc"]
    if location[-1] == "[key]":  # pydantic's mark of a key of a mapping that is itself wrong
        return _wrong_key(location[:-1], schema)
    path = dotted(location)
    if error["type"] == "extra_forbidden":
        return unknown_key(path, str(location[-1]), _keys(_node(schema, location[:-1])))
    node = _node(schema, location)
    if error["type"] == "missing":
        return Problem(path=path, found="nothing", allowed=_allowed(node), remedy=f"Add it. {_meaning(node)}")
    return Problem(path=path, found=show(error["input"]), allowed=_allowed(node), remedy=_remedy(error, node))


def _wrong_key(location: Location, schema: Schema) -> Problem:
    mapping = _node(schema, location[:-1])
    names = _resolved(mapping.get("propertyNames", {}), schema)
    return Problem(
        path=dotted(location),
        found=f"the key {_quoted(location[-1])}",
        allowed=f"keys that are {_allowed({'type': 'string', **names})}",
        remedy=_hint_for_text(str(location[-1]), names) or "Correct the key.",
    )


def unknown_key(path: str, key: str, known: Iterable[str]) -> Problem:
    """Problem of a key that nobody reads; names the key that was perhaps meant, and never shows its value."""
    candidates = {full.rpartition(":")[2]: full for full in known}  # a shared namespace is no likeness
    close = difflib.get_close_matches(key.rpartition(":")[2], candidates, n=1, cutoff=0.7)
    remedy = f"Did you mean {candidates[close[0]]}?" if close else "Remove it."
    return Problem(path=path, found="an unknown key", allowed=_listed(candidates.values()), remedy=remedy)


def dotted(location: Iterable[int | str]) -> str:
    """Path of a place in the file: `("odoo-azure:network", "hub", 0)` is `odoo-azure:network.hub[0]`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += ("." if path else "") + (part if _PLAIN_KEY.fullmatch(part) else _quoted(part))
    return path


def is_secret(value: object) -> bool:
    """Whether a value is one that Pulumi keeps encrypted: `{secure: ...}` in the file."""
    return isinstance(value, Mapping) and set(value) == {"secure"}


def show(value: object) -> str:
    """A value as it may stand in a message: short, and without what may be a secret."""
    if value is None:
        return "nothing"
    if is_secret(value):
        return "a secret"
    if isinstance(value, Mapping):
        return (
            f"a mapping with the keys {_listed(dotted([str(key)]) for key in value)}" if value else "an empty mapping"
        )
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        hidden = next((what for mark, what in _NOT_SHOWN.items() if mark in value), None)
        return hidden or _quoted(value)
    return _quoted(value)


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if not text.isprintable():  # line breaks, and what else would garble the message
        text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}... ({len(text)} characters)"


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    rest = len(every) - _MOST_LISTED
    return ", ".join(every) if rest <= 0 else f"{', '.join(every[:_MOST_LISTED])} and {rest} more"


def _node(schema: Schema, location: Location) -> Schema:
    """The part of a JSON Schema that describes a place; empty where the schema knows no such place."""
    node = _resolved(schema, schema)
    for part in location:
        node = _resolved(node.get("items", {}) if isinstance(part, int) else _value(node, part), schema)
    return node


def _value(node: Schema, key: str) -> Schema:
    """The part of a JSON Schema that describes the value of a key; of any key, where the schema names none."""
    named: Schema | None = node.get("properties", {}).get(key)
    if named is not None:
        return named
    patterns = [*node.get("patternProperties", {}).values(), node.get("additionalProperties")]
    return next((each for each in patterns if isinstance(each, Mapping)), {})


def _resolved(node: Schema, schema: Schema) -> Schema:
    for alternative in node.get("anyOf", ()):
        if alternative.get("type") != "null":  # optional settings are `anyOf` the real thing and null
            return {**_resolved(alternative, schema), **_own(node)}
    if "$ref" in node:
        name = node["$ref"].rsplit("/", maxsplit=1)[-1]
        return {**schema["$defs"][name], **_own(node)}
    return node


def _own(node: Schema) -> Schema:
    return {"description": node["description"]} if "description" in node else {}


def _keys(node: Schema) -> list[str]:
    return list(node.get("properties", {}))


def _allowed(node: Schema) -> str:
    if "enum" in node or "const" in node:
        return _listed(str(value) for value in node.get("enum", [node.get("const")]))
    kind = node.get("type")
    if kind == "object" and "properties" not in node:
        return "a mapping"
    if kind == "object":
        needed = node.get("required", [])
        optional = [key for key in _keys(node) if key not in needed]
        return f"a mapping with {_listed(needed)}" + (f"; optional are {_listed(optional)}" if optional else "")
    if kind == "array":
        return f"a list of {_count(node)}, each {_allowed(node['items'])}"
    if kind == "string":
        return str(node.get("patternErrorMessage") or _FORMATS.get(node.get("format", ""), "a text"))
    return _NUMBERS.get(str(kind), "a value") + _limits(node)


def _limits(node: Schema) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is None:
        return ""
    return f", {low} or more" if high is None else f" from {low} to {high}"


def _count(node: Schema) -> str:
    low, high = node.get("minItems", 0), node.get("maxItems")
    return f"{low} or more" if high is None else f"{low} to {high}"


def _meaning(node: Schema) -> str:
    """What a setting is, from the first sentence of its description."""
    words = " ".join(str(node.get("description", "needed.")).split())
    return "It is: " + words.split(". ")[0].rstrip(".") + "."


def _remedy(error: ErrorDetails, node: Schema) -> str:
    found = error["input"]
    if error["type"] == "value_error":
        reason = str(error["ctx"]["error"])
        return f"{reason[0].upper()}{reason[1:]}" + ("" if reason.endswith("?") else ".")
    hint = _hint_for_text(found, node) if isinstance(found, str) else None
    if "enum" in node and isinstance(found, float) and str(found) in node["enum"]:
        hint = f'Put it in quotes: "{found}". Without them YAML reads a number.'
    return hint or f"Correct it. {_meaning(node)}"


def _hint_for_text(found: str, node: Schema) -> str | None:
    if close := difflib.get_close_matches(found.lower(), node.get("enum", ()), n=1):
        return f"Did you mean {close[0]}?"
    if node.get("format") == "date" and _DATE.match(found):
        return f'Put it in quotes: "{found[:10]}". Without them YAML reads a moment in time.'
    if node.get("type") == "boolean":
        return "Write true or false, without quotes."
    if node.get("type") in _NUMBERS:
        return "Write digits alone: no quotes, units or separators."
    return None
