"""Check a value against the SDK's types, to any depth, and say what was found and what is allowed."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.provider.errors import Failure
from sandbox.provider.sdk import Field, Node, fields_of
from sandbox.provider.values import UNKNOWN, strings

# What Python writes when an Output is put into a text instead of being resolved.
OUTPUT_AS_TEXT: Final = re.compile(r"Calling __str__ on an Output|<pulumi\.output\.Output object")
SHOWN_CHARACTERS: Final = 80
SHOWN_VALUES: Final = 20

_PYTHON_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "object": (dict,),
}
_ARTICLES: Final = {"integer": "a whole number", "list": "a list", "map": "a map", "object": "an object"}


def check_inputs(inputs: Mapping[str, Any], fields: Mapping[str, Field]) -> list[Failure]:
    """Every finding about a resource's inputs: unknown, missing and mistyped properties, unresolved texts."""
    findings = list(_object(inputs, fields, ""))
    findings.extend(
        Failure(path, "holds the text of an unresolved Output: use Output.concat, Output.format or apply")
        for path, text in strings(dict(inputs))
        if OUTPUT_AS_TEXT.search(text)
    )
    return findings


def show(value: object) -> str:
    """A value for an error message, shortened."""
    text = json.dumps(value, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."


def did_you_mean(word: str, known: list[str]) -> str:
    """` (did you mean ...?)` when a known word is near, else what is known, shortened."""
    lowered = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(word.lower(), list(lowered), 1, 0.7)
    if near:
        return f" (did you mean {lowered[near[0]]!r}?)"
    listed = ", ".join(sorted(known)[:SHOWN_VALUES])
    return f" (known: {listed}{', ...' if len(known) > SHOWN_VALUES else ''})"


def _object(value: Mapping[str, Any], fields: Mapping[str, Field], path: str) -> Iterator[Failure]:
    for name, item in value.items():
        where = f"{path}.{name}" if path else name
        if name in fields:
            yield from _value(item, fields[name].node, where)
        elif not name.startswith("__"):
            yield Failure(where, f"unknown property{did_you_mean(name, list(fields))}")
    for name, field in fields.items():
        if field.required and name not in value:
            yield Failure(f"{path}.{name}" if path else name, "required property is missing")


def _value(value: Any, node: Node, path: str) -> Iterator[Failure]:
    if value is UNKNOWN or node.kind == "any":
        return
    if node.kind == "enum":
        yield from _enum(value, node, path)
    elif node.kind == "union":
        yield from min((list(_value(value, member, path)) for member in node.members), key=len)
    elif not _fits(value, node.kind):
        yield Failure(path, f"found {show(value)}, expected {_ARTICLES.get(node.kind, f'a {node.kind}')}")
    elif node.kind == "list" and node.item:
        for index, item in enumerate(value):
            yield from _value(item, node.item, f"{path}[{index}]")
    elif node.kind == "map" and node.item:
        for key, item in value.items():
            yield from _value(item, node.item, f"{path}.{key}")
    elif node.kind == "object" and node.cls:
        yield from _object(value, fields_of(node.cls), path)


def _fits(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _PYTHON_KINDS[kind])


def _enum(value: Any, node: Node, path: str) -> Iterator[Failure]:
    if value in node.values:
        return
    allowed = [str(word) for word in node.values]
    if not isinstance(value, str):
        yield Failure(path, f"found {show(value)}, expected one of {', '.join(allowed)}")
        return
    # ARM compares the words of its enums without regard to case; so do its resource providers, nearly all.
    if value.lower() not in {word.lower() for word in allowed}:
        yield Failure(path, f"found {show(value)}, allowed: {', '.join(allowed)}{_near(value, allowed)}")


def _near(word: str, allowed: list[str]) -> str:
    near = difflib.get_close_matches(word, allowed, 1, 0.7)
    return f" (did you mean {near[0]!r}?)" if near else ""
