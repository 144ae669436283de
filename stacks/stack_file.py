"""Reads `Pulumi.<stack>.yaml` as the Pulumi CLI does, and remembers on which line everything stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stacks.errors import Problem, SettingsError
from stacks.explain import Location, dotted

_BOOL = "tag:yaml.org,2002:bool"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _Loader(yaml.SafeLoader):
    """Takes for true and false, and for dates, what the CLI's Go parser takes for them: `yes` is a text."""


def _as_the_cli_passes_it_on(_: _Loader, node: yaml.ScalarNode) -> str:
    """A date without quotes reaches a program as Go prints it, and is no date any more."""
    return f"{node.value} 00:00:00 +0000 UTC"


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_constructor(_TIMESTAMP, _as_the_cli_passes_it_on)


class _PlainLoader(_Loader):
    """Takes a date for its text."""


def _as_it_stands(_: _PlainLoader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_PlainLoader.add_constructor(_TIMESTAMP, _as_it_stands)


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """What a file says.

    Args:
        config: value by key, such as `odoo-azure:workload`.
        lines: line by path, such as `odoo-azure:workload.concurrent_users`, from 1.
    """

    config: dict[str, Any]
    lines: dict[str, int]


def read_stack_file(path: Path) -> StackFile:
    """Reads a stack's file.

    Args:
        path: the file.

    Raises:
        SettingsError: where there is no such file, or it is no YAML with a `config`.
    """
    content, places = _read(path, path.name, _Loader)
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise SettingsError([_NO_CONFIG], path.name)
    lines = {dotted(location[1:]): line for location, line in places if location[:1] == ("config",)}
    return StackFile(config={str(key): value for key, value in config.items()}, lines=lines)


def read_mapping_file(path: Path, name: str) -> StackFile:
    """Reads a file that is one mapping, such as a tenant's. No CLI comes between, so a date needs no quotes.

    Args:
        path: the file.
        name: how errors name it.

    Raises:
        SettingsError: where there is no such file, or it is no YAML mapping.
    """
    content, places = _read(path, name, _PlainLoader)
    if not isinstance(content, dict):
        raise SettingsError([_NO_MAPPING], name)
    lines = {dotted(location): line for location, line in places}
    return StackFile(config={str(key): value for key, value in content.items()}, lines=lines)


def _read(path: Path, name: str, kind: type[_Loader]) -> tuple[object, list[tuple[Location, int]]]:
    """What a file holds, and the line of every place in it."""
    text = _text(path, name)
    try:
        loader = kind(text)
        root = loader.get_single_node()
        places = list(_places(root, (), set())) if root else []
        content = loader.construct_document(root) if root else None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SettingsError([_syntax_problem(error)], name) from None
    repeated = [_repeated(*place) for place in _duplicates(places)]
    if repeated:
        raise SettingsError(repeated, name)
    return content, places


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        known = ", ".join(sorted(file.name for file in path.parent.glob("Pulumi.*.yaml")))
        problem = Problem(
            path=str(path),
            found=str(reason).lower(),
            allowed=f"a readable file of UTF-8 text; there are {known}" if known else "a readable file of UTF-8 text",
            remedy="Name one of these, or copy Pulumi.prod.yaml and change it." if known else "Make it readable.",
        )
        raise SettingsError([problem], name) from None


_NO_MAPPING = Problem(
    path="the file",
    found="nothing, or no mapping",
    allowed="a mapping",
    remedy="Write each setting as its name, a colon and its value.",
)
_NO_CONFIG = Problem(
    path="config",
    found="nothing, or no mapping",
    allowed="a mapping of Pulumi's keys",
    remedy="Write the settings below config:, as Pulumi.prod.yaml does.",
)


def _syntax_problem(error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    return Problem(
        path="the file",
        found=str(getattr(error, "problem", None) or "text that cannot be read"),
        allowed="YAML",
        remedy="Correct the syntax; an editor with a YAML plug-in shows the place.",
        line=mark.line + 1 if mark else None,
    )


def _places(node: yaml.Node, location: Location, seen: set[int]) -> Iterator[tuple[Location, int]]:
    """Every place below a node, with its line; what an alias repeats is visited once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = (*location, str(key.value))
            yield place, key.start_mark.line + 1
            yield from _places(value, place, seen)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            place = (*location, index)
            yield place, value.start_mark.line + 1
            yield from _places(value, place, seen)


def _duplicates(places: list[tuple[Location, int]]) -> Iterator[tuple[Location, int]]:
    first: set[Location] = set()
    for location, line in places:
        if location in first:
            yield location, line
        first.add(location)


def _repeated(location: Location, line: int) -> Problem:
    within_config = location[1:] if location[:1] == ("config",) else location
    return Problem(
        path=dotted(within_config),
        found="a second time in the same mapping",
        allowed="each key once",
        remedy="Keep one of the two.",
        line=line,
    )
