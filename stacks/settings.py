"""The settings of an environment: read once, validated as a whole, every error at once.

Both ways in, the engine's configuration and the file itself, meet in `Settings.from_config`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails, from_json

from stacks.consistency import contradictions
from stacks.errors import BrokenSettingError, Problem, SettingsError
from stacks.explain import dotted, explain, is_secret, unknown_key
from stacks.odoo_sections import Ingress, Odoo
from stacks.scalars import Region
from stacks.sections import (
    Access,
    Alerts,
    Calendar,
    Cost,
    Environment,
    Governance,
    Network,
    Recovery,
    Section,
    Workload,
)
from stacks.stack_file import read_stack_file

PROJECT = "odoo-azure"
LOCATION_KEY = "azure-native:location"
ON_CALL_WEBHOOK_KEY = f"{PROJECT}:onCallWebhookUrl"

SECRETS: Mapping[str, str] = {
    ON_CALL_WEBHOOK_KEY: "URL of the on-call service, where odoo-azure:alerts.on_call_webhook is true.",
}
"""Keys of secrets, and what each is for. They stay encrypted in the file and Outputs in the program."""


class Settings(BaseModel):
    """Everything that a user says about an environment."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    location: Region = Field(alias=LOCATION_KEY)
    """Region that the environment is in."""
    environment: Environment = Field(alias="odoo-azure:environment")
    """What this environment is."""
    workload: Workload = Field(alias="odoo-azure:workload")
    """What the business does with Odoo: sizes follow from it."""
    recovery: Recovery = Field(alias="odoo-azure:recovery")
    """How much may be lost, and how long it may take to be back."""
    calendar: Calendar = Field(alias="odoo-azure:calendar")
    """When the business must not be disturbed."""
    governance: Governance = Field(alias="odoo-azure:governance")
    """Who answers for it, and under which rules."""
    network: Network = Field(alias="odoo-azure:network")
    """Addresses, and the ways in and out."""
    access: Access = Field(alias="odoo-azure:access")
    """Entra groups by role, as object ids."""
    odoo: Odoo = Field(alias="odoo-azure:odoo")
    """The application."""
    ingress: Ingress = Field(alias="odoo-azure:ingress")
    """The way in."""
    alerts: Alerts = Field(alias="odoo-azure:alerts")
    """Who hears of trouble."""
    cost: Cost = Field(alias="odoo-azure:cost")
    """What it may cost."""

    @classmethod
    def from_config(
        cls, values: Mapping[str, Any], *, file: str = "Pulumi.<stack>.yaml", lines: Mapping[str, int] | None = None
    ) -> Settings:
        """Settings from Pulumi's configuration.

        Args:
            values: value by full key (`odoo-azure:workload`); sections as mappings or as JSON, secrets as
                `{"secure": ...}`. Keys of other namespaces are not looked at, `azure-native:location` excepted.
            file: file that errors name.
            lines: line of the file by path, for errors.

        Raises:
            SettingsError: with everything that is wrong.
        """
        document, problems = _document(values)
        try:
            settings = cls.model_validate_json(json.dumps(document), strict=True)
        except ValidationError as error:
            problems += _explained(error.errors(), dropped={problem.path for problem in problems})
            settings = _sound_part(document, error.errors())
        problems += contradictions(settings)
        problems += _missing_secrets(settings, values)
        if problems:
            raise SettingsError(_by_line(problems, lines or {}), file)
        return settings


def load_settings_file(path: Path) -> Settings:
    """Settings from a `Pulumi.<stack>.yaml`, without an engine; errors name its lines.

    Args:
        path: the file.

    Raises:
        SettingsError: with everything that is wrong, a missing file and bad YAML included.
    """
    content = read_stack_file(path)
    return Settings.from_config(content.config, file=path.name, lines=content.lines)


def _document(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What the model is to validate, as plain data, and the problems of what is not for it."""
    known = [field.alias or name for name, field in Settings.model_fields.items()]
    document: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        if key in SECRETS:
            problems += [] if is_secret(value) else [_plain_secret(key)]
        elif key not in known:
            problems += [unknown_key(dotted((key,)), key, (*known, *SECRETS))] if _is_ours(key) else []
        elif is_secret(value):
            problems.append(_needless_secret(key))
        else:
            try:
                document[key] = from_json(json.dumps(_parsed(value), default=str))
            except (TypeError, ValueError, RecursionError):
                problems.append(_not_plain_data(key))
    return document, problems


def _is_ours(key: str) -> bool:
    """Whether a key is in our namespace, or was meant to be: other namespaces belong to providers."""
    namespace, colon, _ = key.partition(":")
    return not colon or bool(difflib.get_close_matches(namespace, [PROJECT], cutoff=0.8))


def _parsed(value: object) -> object:
    """The mapping that a text of the engine's configuration holds as JSON; anything else as it is."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            parsed = json.loads(value)
            return parsed if isinstance(parsed, dict) else value
    return value


def _plain_secret(key: str) -> Problem:
    return Problem(
        path=key,
        found="plain text (not shown)",
        allowed="a secret that Pulumi encrypts",
        remedy=f"Remove it, replace the secret where it comes from, then run: pulumi config set --secret {key}",
    )


def _needless_secret(key: str) -> Problem:
    return Problem(
        path=key,
        found="a secret, or something with a secret in it",
        allowed="plain settings, which reviewers can read",
        remedy=f"Write it without secrets. Only these may be secret: {', '.join(SECRETS)}.",
    )


def _not_plain_data(key: str) -> Problem:
    return Problem(
        path=key,
        found="something that is not plain data",
        allowed="texts, numbers, true and false, lists and mappings of them",
        remedy="Remove what refers to itself, keys that are no text, and characters that are no Unicode.",
    )


def _explained(errors: Iterable[ErrorDetails], dropped: Collection[str]) -> Iterator[Problem]:
    return (explain(error, _schema()) for error in errors if error["loc"][0] not in dropped)


@cache
def _schema() -> dict[str, Any]:
    return Settings.model_json_schema()


class _SoundPart:
    """Stands in for settings some of which are broken: reading a broken one raises `BrokenSettingError`."""

    def __init__(self, sound: Mapping[str, object]) -> None:
        self._sound = sound

    def __getattr__(self, name: str) -> object:
        if name not in self._sound:
            raise BrokenSettingError(name)
        return self._sound[name]


def _sound_part(document: Mapping[str, Any], errors: Iterable[ErrorDetails]) -> Settings:
    """What is right in settings that are not, so that contradictions in it are reported in the same run."""
    broken = [error["loc"] for error in errors]
    sound: dict[str, object] = {}
    for name, field in Settings.model_fields.items():
        below = {location[1:2] for location in broken if location[0] == field.alias}
        if () in below:  # missing, or no mapping at all
            continue
        value = document[str(field.alias)]
        sound[name] = (
            value if name == "location" else _sound_section(cast(type[Section], field.annotation), value, below)
        )
    return cast(Settings, _SoundPart(sound))


def _sound_section(section: type[Section], value: Mapping[str, Any], broken: Collection[tuple[object, ...]]) -> object:
    if not broken:
        return section.model_validate_json(json.dumps(value), strict=True)
    sound = {key: name for name, field in section.model_fields.items() if ((key := field.alias or name),) not in broken}
    model = _model_of(section, frozenset(sound.values()))
    checked = model.model_validate_json(json.dumps({key: value[key] for key in sound if key in value}), strict=True)
    return _SoundPart({name: getattr(checked, name) for name in sound.values()})


@cache
def _model_of(section: type[Section], names: frozenset[str]) -> type[Section]:
    """The section with these fields only."""
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in section.model_fields.items()}
    return create_model(section.__name__, __base__=Section, **{name: fields[name] for name in names})


def _missing_secrets(settings: Settings, values: Mapping[str, Any]) -> Iterator[Problem]:
    with suppress(BrokenSettingError):
        if settings.alerts.on_call_webhook and ON_CALL_WEBHOOK_KEY not in values:
            yield Problem(
                path=ON_CALL_WEBHOOK_KEY,
                found="nothing, while odoo-azure:alerts.on_call_webhook is true",
                allowed="a secret that Pulumi encrypts: the URL of the on-call service",
                remedy=f"Run: pulumi config set --secret {ON_CALL_WEBHOOK_KEY}, or set on_call_webhook to false.",
            )


def _by_line(problems: Iterable[Problem], lines: Mapping[str, int]) -> list[Problem]:
    placed = [replace(problem, line=_line(problem.path, lines)) for problem in problems]
    return sorted(placed, key=lambda problem: problem.line or 0)


def _line(path: str, lines: Mapping[str, int]) -> int | None:
    """Line of a path; of the nearest place around it, where the path itself is missing."""
    ends = (end for end in range(len(path), 0, -1) if path[end : end + 1] in ("", ".", "["))
    return next((lines[path[:end]] for end in ends if path[:end] in lines), None)
