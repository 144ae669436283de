"""Validates plain data as a whole: every problem at once, and what is right in data that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any, TypeGuard, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import from_json

from stacks.errors import BrokenSettingError, Problem
from stacks.explain import Location, dotted, explain

Model = TypeVar("Model", bound=BaseModel)
Subject = TypeVar("Subject")


def validated(
    model: type[Model], document: Mapping[str, Any], *, without: Collection[str] = ()
) -> tuple[Model, list[Problem]]:
    """The document as a model, and what is wrong with it.

    Args:
        model: what it must be.
        document: plain data.
        without: keys whose absence is no problem, as another one has been reported for them.

    Returns:
        The model, and its problems. Where there are any, the model is a stand-in that has what is right: reading
        anything else of it raises `BrokenSettingError`, so that `broken_rules` still finds contradictions in the rest.
    """
    try:
        return model.model_validate_json(json.dumps(document), strict=True), []
    except ValidationError as error:
        errors = error.errors()
    schema = _schema_of(model)
    problems = [explain(error, schema) for error in errors if error["loc"][0] not in without]
    return cast(Model, _sound_part(model, document, {error["loc"] for error in errors})), problems


def plain_data(values: Mapping[str, object]) -> tuple[dict[str, Any], list[Problem]]:
    """The values as JSON has them, and the problems of those that JSON cannot hold.

    Args:
        values: what a file or the engine handed over, by key.
    """
    document: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        try:
            document[key] = from_json(json.dumps(value, default=str))
        except (TypeError, ValueError, RecursionError):
            problems.append(_not_plain_data(key))
    return document, problems


def _not_plain_data(key: str) -> Problem:
    return Problem(
        path=dotted((key,)),
        found="something that is not plain data",
        allowed="texts, numbers, true and false, lists and mappings of them",
        remedy="Remove what refers to itself, keys that are no text, and characters that are no Unicode.",
    )


def broken_rules(rules: Iterable[Callable[[Subject], Iterator[Problem]]], subject: Subject) -> list[Problem]:
    """Problems of every rule that can be asked: a rule ends where it reads something that is itself broken."""
    problems: list[Problem] = []
    for rule in rules:
        with suppress(BrokenSettingError):
            problems.extend(rule(subject))
    return problems


def by_line(problems: Iterable[Problem], lines: Mapping[str, int]) -> list[Problem]:
    """The problems with their lines, in the order of the file.

    Args:
        problems: the problems; one that knows its line keeps it.
        lines: line of the file by path.
    """
    placed = [replace(problem, line=problem.line or _line(problem.path, lines)) for problem in problems]
    return sorted(placed, key=lambda problem: problem.line or 0)


def _line(path: str, lines: Mapping[str, int]) -> int | None:
    """Line of a path; of the nearest place around it, where the path itself is missing."""
    ends = (end for end in range(len(path), 0, -1) if path[end : end + 1] in ("", ".", "["))
    return next((lines[path[:end]] for end in ends if path[:end] in lines), None)


@cache
def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


class _SoundPart:
    """Stands in for data some of which is broken: reading a broken part raises `BrokenSettingError`."""

    def __init__(self, sound: Mapping[str, object]) -> None:
        self._sound = sound

    def __getattr__(self, name: str) -> object:
        if name not in self._sound:
            raise BrokenSettingError(name)
        return self._sound[name]


def _sound_part(model: type[BaseModel], document: Mapping[str, Any], broken: Collection[Location]) -> _SoundPart:
    whole: dict[str, str] = {}
    parts: dict[str, object] = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        below = {location[1:] for location in broken if location[0] == key}
        if not below:
            whole[name] = key
        elif () not in below and _is_model(field.annotation):
            parts[name] = _sound_part(field.annotation, document[key], below)
    checked = _with_fields(model, frozenset(whole)).model_validate_json(
        json.dumps({key: document[key] for key in whole.values() if key in document}), strict=True
    )
    return _SoundPart({name: getattr(checked, name) for name in whole} | parts)


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


@cache
def _with_fields(model: type[BaseModel], names: frozenset[str]) -> type[BaseModel]:
    """The model with these fields only."""
    fields: dict[str, Any] = {
        name: (field.annotation, field) for name, field in model.model_fields.items() if name in names
    }
    return create_model(model.__name__, __config__=ConfigDict(**model.model_config), **fields)
