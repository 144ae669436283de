"""The settings of a stack: read once, validated as a whole, every error at once.

Each topology has settings of its own. Both ways in, the engine's configuration and the file itself, meet in
`read_settings`, which picks them by `odoo-azure:environment.topology`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from stacks.consistency import COMMON_RULES
from stacks.cost_sections import Budget, Cost
from stacks.errors import Problem, SettingsError
from stacks.governance_consistency import GOVERNANCE_RULES
from stacks.governance_sections import (
    Activation,
    AuditTrail,
    GovernedAccess,
    Guardrails,
    Pipelines,
)
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
    Environment,
    Governance,
    Network,
    Recovery,
    Workload,
)
from stacks.stack_file import read_stack_file
from stacks.stack_values import as_document, parsed
from stacks.validation import broken_rules, by_line, validated

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
        known = [field.alias or name for name, field in cls.model_fields.items()]
        document, problems = as_document(values, known, cls.secrets, PROJECT)
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


class GovernanceSettings(StackSettings):
    """Everything that guards a subscription: topology `governance`."""

    rules = GOVERNANCE_RULES
    secrets = SECRETS

    location: Region = Field(alias=LOCATION_KEY)
    """Region of what it makes itself: the audit trail, the identities."""
    environment: Environment = Field(alias=ENVIRONMENT_KEY)
    """What this stack is: of the class of the environments in the subscription."""
    governance: Governance = Field(alias="odoo-azure:governance")
    """Who answers for it, and where data may be."""
    access: GovernedAccess = Field(alias="odoo-azure:access")
    """Entra groups by role, as object ids."""
    activation: Activation = Field(default=Activation(), alias="odoo-azure:activation")
    """What people must do before a role that writes is theirs."""
    pipelines: Pipelines = Field(default=Pipelines(), alias="odoo-azure:pipelines")
    """Who deploys."""
    guardrails: Guardrails = Field(default=Guardrails(), alias="odoo-azure:guardrails")
    """What Azure itself refuses."""
    audit_trail: AuditTrail = Field(default=AuditTrail(), alias="odoo-azure:audit_trail")
    """What is recorded of the subscription."""
    alerts: Alerts = Field(alias="odoo-azure:alerts")
    """Who hears of it."""
    cost: Budget = Field(alias="odoo-azure:cost")
    """What it may cost."""


AnySettings = Settings | PlatformSettings | TenantSettings | GovernanceSettings
Chosen = TypeVar("Chosen", Settings, PlatformSettings, TenantSettings, GovernanceSettings)

BY_TOPOLOGY: Mapping[Topology, type[AnySettings]] = {
    Topology.DEDICATED_AKS: Settings,
    Topology.DEDICATED_VM: Settings,
    Topology.AUTO: Settings,
    Topology.MULTI_TENANT_AKS: PlatformSettings,
    Topology.TENANT: TenantSettings,
    Topology.GOVERNANCE: GovernanceSettings,
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
    environment = parsed(values.get(ENVIRONMENT_KEY))
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


def _secrets_are_there(subject: tuple[Any, Mapping[str, Any]]) -> Iterator[Problem]:
    settings, values = subject
    if settings.alerts.on_call_webhook and ON_CALL_WEBHOOK_KEY not in values:
        yield Problem(
            path=ON_CALL_WEBHOOK_KEY,
            found="nothing, while odoo-azure:alerts.on_call_webhook is true",
            allowed="a secret that Pulumi encrypts: the URL of the on-call service",
            remedy=f"Run: pulumi config set --secret {ON_CALL_WEBHOOK_KEY}, or set on_call_webhook to false.",
        )
