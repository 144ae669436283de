"""The settings of a stack: read once, validated as a whole, every error at once.

Each topology has settings of its own. Both ways in, the engine's configuration and the file itself, meet in
`read_settings`, which picks them by `odoo-azure:environment.topology`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stacks.consistency import COMMON_RULES
from stacks.errors import Problem, SettingsError
from stacks.explain import dotted, is_secret, unknown_key
from stacks.machine_sections import Machines
from stacks.odoo_consistency import ODOO_RULES
from stacks.odoo_sections import Ingress, Odoo, Traefik
from stacks.platform_consistency import PLATFORM_RULES
from stacks.platform_sections import Platform, TenantEnvironment, TenantOfPlatform
from stacks.scalars import Region, Topology
from stacks.sections import (
    Access,
    Alerts,
    Calendar,
    Cost,
    Environment,
    Governance,
    Network,
    Recovery,
    Workload,
)
from stacks.stack_file import read_stack_file
from stacks.validation import broken_rules, by_line, plain_data, validated

PROJECT = "odoo-azure"
LOCATION_KEY = "azure-native:location"
ENVIRONMENT_KEY = f"{PROJECT}:environment"
ON_CALL_WEBHOOK_KEY = f"{PROJECT}:onCallWebhookUrl"

SECRETS: Mapping[str, str] = {
    ON_CALL_WEBHOOK_KEY: "URL of the on-call service, where odoo-azure:alerts.on_call_webhook is true.",
}
"""Keys of secrets, and what each is for. They stay encrypted in the file and Outputs in the program."""


class StackSettings(BaseModel):
    """Base of the settings of every topology."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    rules: ClassVar[tuple[Callable[[Any], Iterator[Problem]], ...]] = ()
    """What must hold between settings, each valid alone."""
    secrets: ClassVar[Mapping[str, str]] = {}
    """Keys of secrets that belong to them, and what each is for."""

    @classmethod
    def from_config(
        cls, values: Mapping[str, Any], *, file: str = "Pulumi.<stack>.yaml", lines: Mapping[str, int] | None = None
    ) -> Self:
        """Settings of this topology from Pulumi's configuration.

        Args:
            values: value by full key (`odoo-azure:workload`); sections as mappings or as JSON, secrets as
                `{"secure": ...}`. Keys of other namespaces are not looked at, `azure-native:location` excepted.
            file: file that errors name.
            lines: line of the file by path, for errors.

        Raises:
            SettingsError: with everything that is wrong.
        """
        document, problems = _document(cls, values)
        settings, wrong = validated(cls, document, without={problem.path for problem in problems})
        problems += wrong
        problems += broken_rules(cls.rules, settings)
        problems += broken_rules([_secrets_are_there] if cls.secrets else [], (settings, values))
        if problems:
            raise SettingsError(by_line(problems, lines or {}), file)
        return settings


class CommonSettings(StackSettings):
    """What every environment says about itself, platforms included."""

    secrets = SECRETS

    location: Region = Field(alias=LOCATION_KEY)
    """Region that the environment is in."""
    environment: Environment = Field(alias="odoo-azure:environment")
    """What this environment is."""
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
    ingress: Traefik = Field(alias="odoo-azure:ingress")
    """The way in."""
    alerts: Alerts = Field(alias="odoo-azure:alerts")
    """Who hears of trouble."""
    cost: Cost = Field(alias="odoo-azure:cost")
    """What it may cost."""


class Settings(CommonSettings):
    """Everything that a user says about an environment of its own: `dedicated-aks`, `dedicated-vm`, or `auto`."""

    rules = (*COMMON_RULES, *ODOO_RULES)

    workload: Workload = Field(alias="odoo-azure:workload")
    """What the business does with Odoo: sizes follow from it."""
    odoo: Odoo = Field(alias="odoo-azure:odoo")
    """The application."""
    ingress: Ingress = Field(alias="odoo-azure:ingress")
    """The way in."""
    machines: Machines | None = Field(default=None, alias="odoo-azure:machines")
    """What virtual machines are made from: needed for topologies `dedicated-vm` and `auto`; otherwise not looked at."""


class PlatformSettings(CommonSettings):
    """Everything that a user says about a platform for many tenants: topology `multi-tenant-aks`."""

    rules = (*COMMON_RULES, *PLATFORM_RULES)

    platform: Platform = Field(alias="odoo-azure:platform")
    """What it offers to its tenants."""


class TenantSettings(StackSettings):
    """Which tenant of which platform a stack declares: topology `tenant`."""

    environment: TenantEnvironment = Field(alias="odoo-azure:environment")
    """What this stack is."""
    tenant: TenantOfPlatform = Field(alias="odoo-azure:tenant")
    """Which tenant it declares."""


AnySettings = Settings | PlatformSettings | TenantSettings
Chosen = TypeVar("Chosen", Settings, PlatformSettings, TenantSettings)

BY_TOPOLOGY: Mapping[Topology, type[AnySettings]] = {
    Topology.DEDICATED_AKS: Settings,
    Topology.DEDICATED_VM: Settings,
    Topology.AUTO: Settings,
    Topology.MULTI_TENANT_AKS: PlatformSettings,
    Topology.TENANT: TenantSettings,
}
"""What the settings of a topology are."""


def read_settings(
    values: Mapping[str, Any], *, file: str = "Pulumi.<stack>.yaml", lines: Mapping[str, int] | None = None
) -> AnySettings:
    """Settings from Pulumi's configuration, of the topology that they name.

    Args:
        values: value by full key, as `StackSettings.from_config` takes them.
        file: file that errors name.
        lines: line of the file by path, for errors.

    Raises:
        SettingsError: with everything that is wrong; a topology that is unknown and like no other is read as
            `dedicated-aks`.
    """
    environment = _parsed(values.get(ENVIRONMENT_KEY))
    topology = environment.get("topology") if isinstance(environment, Mapping) else None
    meant = difflib.get_close_matches(topology, BY_TOPOLOGY, n=1) if isinstance(topology, str) else []
    model = BY_TOPOLOGY[Topology(meant[0])] if meant else Settings
    return model.from_config(values, file=file, lines=lines)


def load_settings_file(path: Path) -> AnySettings:
    """Settings from a `Pulumi.<stack>.yaml`, without an engine; errors name its lines.

    Args:
        path: the file.

    Raises:
        SettingsError: with everything that is wrong, a missing file and bad YAML included.
    """
    content = read_stack_file(path)
    return read_settings(content.config, file=path.name, lines=content.lines)


def load_settings_of(model: type[Chosen], path: Path) -> Chosen:
    """Settings of one topology from a `Pulumi.<stack>.yaml`.

    Args:
        model: settings of the topology, such as `PlatformSettings`.
        path: the file.

    Raises:
        SettingsError: with everything that is wrong, another topology included.
    """
    settings = load_settings_file(path)
    if isinstance(settings, model):
        return settings
    wanted = ", ".join(topology for topology, known in BY_TOPOLOGY.items() if known is model)
    problem = Problem(
        path=f"{ENVIRONMENT_KEY}.topology",
        found=f'"{settings.environment.topology}"',
        allowed=wanted,
        remedy="Name a stack of this topology.",
    )
    raise SettingsError([problem], path.name)


def _document(model: type[StackSettings], values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What the model is to validate, as plain data, and the problems of what is not for it."""
    known = [field.alias or name for name, field in model.model_fields.items()]
    given: dict[str, object] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        if key in model.secrets:
            problems += [] if is_secret(value) else [_plain_secret(key)]
        elif key not in known:
            problems += [unknown_key(dotted((key,)), key, (*known, *model.secrets))] if _is_ours(key) else []
        elif is_secret(value):
            problems.append(_needless_secret(key, model.secrets))
        else:
            given[key] = _parsed(value)
    document, unreadable = plain_data(given)
    return document, problems + unreadable


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


def _needless_secret(key: str, secrets: Collection[str]) -> Problem:
    return Problem(
        path=key,
        found="a secret, or something with a secret in it",
        allowed="plain settings, which reviewers can read",
        remedy=f"Write it without secrets. Only these may be secret: {', '.join(secrets) or 'none'}.",
    )


def _secrets_are_there(subject: tuple[Any, Mapping[str, Any]]) -> Iterator[Problem]:
    settings, values = subject
    if settings.alerts.on_call_webhook and ON_CALL_WEBHOOK_KEY not in values:
        yield Problem(
            path=ON_CALL_WEBHOOK_KEY,
            found="nothing, while odoo-azure:alerts.on_call_webhook is true",
            allowed="a secret that Pulumi encrypts: the URL of the on-call service",
            remedy=f"Run: pulumi config set --secret {ON_CALL_WEBHOOK_KEY}, or set on_call_webhook to false.",
        )
