"""What an environment says of the rules: `policies/enforcement.<environment>.json`, their levels and settings.

The engine checks the types of settings alone: a rule or a setting that it does not know changes nothing, silently. Here
that is an error, which says all that is wrong at once.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_policy import EnforcementLevel

from policies.kit.rule import PLAIN_LEVELS, Rule

ALL = "all"
"""The key that gives the level of all rules which the file does not name."""
LEVEL = "enforcementLevel"
# The engine takes this key for itself: names of Pulumi ESC environments (pkg/resource/analyzer/config.go).
ESC = "environments"
_MANY_PROBLEMS = 20


class EnforcementError(ValueError):
    """The configuration of a pack is wrong; the text says where, and what is allowed."""

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        listed = list(problems)
        more = [f"and {len(listed) - _MANY_PROBLEMS} more"] if len(listed) > _MANY_PROBLEMS else []
        lines = [f"{source} is wrong:", *(f"  {problem}" for problem in [*listed[:_MANY_PROBLEMS], *more])]
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Accepted:
    """What may be said of a rule: its levels, and JSON schemas of its settings by name."""

    levels: tuple[EnforcementLevel, ...]
    settings: Mapping[str, Mapping[str, Any]]


def accepted_by(rules: Iterable[Rule]) -> Mapping[str, Accepted]:
    """What may be said of these rules, by id."""
    return {rule.id: Accepted(rule.levels, rule.config_schema) for rule in rules}


def load(file: Path, rules: Iterable[Rule]) -> dict[str, Any]:
    """A file's content.

    Raises:
        EnforcementError: anything in it is wrong.
    """
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EnforcementError(str(file), [f"it cannot be read as JSON: {error}"]) from None
    if not isinstance(said, dict):
        raise EnforcementError(str(file), ["it must be an object: levels and settings by rule"])
    require(said, accepted_by(rules), str(file))
    return said


def require(said: Mapping[str, Any], accepted: Mapping[str, Accepted], source: str) -> None:
    """Raises an EnforcementError that names the source, if anything in it is wrong."""
    if found := list(problems(said, accepted)):
        raise EnforcementError(source, found)


def problems(said: Mapping[str, Any], accepted: Mapping[str, Accepted]) -> Iterator[str]:
    """What is wrong with a configuration."""
    # The level of all comes first: if it is wrong, it is so for each rule too.
    for name, given in sorted(said.items(), key=lambda item: item[0] != ALL):
        if name == ALL:
            yield from _level_problems(ALL, _level_of(given), PLAIN_LEVELS)
        elif name in accepted:
            yield from _problems_of(name, given, accepted[name])
        elif name != ESC:
            yield f"{name}: there is no such rule{_meant(name, accepted)}; docs/reference/policies.md lists them"


def _level_of(given: Any) -> Any:
    return given.get(LEVEL) if isinstance(given, Mapping) else given


def _problems_of(rule: str, given: Any, accepted: Accepted) -> Iterator[str]:
    yield from _level_problems(rule, _level_of(given), accepted.levels, may_miss=isinstance(given, Mapping))
    for name, value in given.items() if isinstance(given, Mapping) else ():
        if name == LEVEL:
            continue
        if name in accepted.settings:
            yield from _value_problems(f"{rule}.{name}", value, accepted.settings[name])
        else:
            known = f"its settings are {', '.join(accepted.settings)}" if accepted.settings else "it has no settings"
            yield f"{rule}.{name}: there is no such setting{_meant(name, accepted.settings)}; {known}"


def _level_problems(
    place: str, level: Any, allowed: tuple[EnforcementLevel, ...], *, may_miss: bool = False
) -> Iterator[str]:
    names = [each.value for each in allowed]
    if not (level in names or (level is None and may_miss)):
        hint = "; only rules with a fix can be put right" if level == EnforcementLevel.REMEDIATE.value else ""
        yield f"{place}: the level is {json.dumps(level)}, it must be {', '.join(names[:-1])} or {names[-1]}{hint}"


def _value_problems(place: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    # Takes a tenth of a second to load, which a pack without a configuration need not wait for.
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415

    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value):
        yield f"{place}{error.json_path[1:]}: {error.message}"


def _meant(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f" (is {near[0]} meant?)" if near else ""


def schema(rules: Iterable[Rule]) -> dict[str, Any]:
    """The JSON schema of a file, for editors."""
    names = [level.value for level in PLAIN_LEVELS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Levels and settings of the rules in an environment",
        "type": "object",
        "properties": {
            ALL: {"description": "Level of all rules that are not named here.", "$ref": "#/$defs/level"},
            ESC: {
                "description": "Pulumi ESC environments, which the engine opens.",
                "type": "array",
                "items": {"type": "string"},
            },
            **{rule.id: _rule_schema(rule) for rule in sorted(rules, key=lambda rule: rule.id)},
        },
        "additionalProperties": False,
        "$defs": {
            "level": {"enum": names},
            "level-or-fix": {"enum": [*names, EnforcementLevel.REMEDIATE.value]},
        },
    }


def _rule_schema(rule: Rule) -> dict[str, Any]:
    fixable = EnforcementLevel.REMEDIATE in rule.levels
    level = {"$ref": f"#/$defs/{'level-or-fix' if fixable else 'level'}"}
    members = {LEVEL: level, **rule.config_schema}
    return {
        "description": f"{rule.title}. By default {rule.level.value}.",
        "anyOf": [level, {"type": "object", "properties": members, "additionalProperties": False}],
    }
