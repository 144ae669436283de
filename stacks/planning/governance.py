"""The plan of a stack that guards a subscription."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.planning.ledger import Ledger
from stacks.planning.plan import Reason
from stacks.planning.regions import REGIONS
from stacks.planning.tags import plan_tags
from stacks.scalars import EnvironmentClass

if TYPE_CHECKING:
    from stacks.planning.regions import Region
    from stacks.sections import Environment
    from stacks.settings import GovernanceSettings

# CIS Microsoft Azure Foundations 6.0: the activity log is kept for a year.
_AUDIT_YEAR_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class GovernanceNames:
    """Azure names.

    Args:
        resource_group: of what it makes itself.
        log_workspace: of the audit trail.
        action_group: who is told.
        initiative: set of policies, and its assignment.
        roles: how the names of custom roles begin.
        budget: budget of the resource group.
    """

    resource_group: str
    log_workspace: str
    action_group: str
    initiative: str
    roles: str
    budget: str


@dataclass(frozen=True, kw_only=True)
class GovernancePlan:
    """What guards a subscription.

    Args:
        topology: `governance`.
        environment: its name.
        location: region of what it makes itself.
        names: Azure names.
        tags: tags of every resource.
        production: whether people's writing roles are eligible only, never standing.
        enforced: whether Azure refuses what breaks a guardrail; else it reports.
        undeletable_types: ARM types that nobody may delete.
        image_pattern: what images of clusters must match.
        reasons: why each is what it is.
        warnings: what the user should know.
    """

    topology: str
    environment: str
    location: str
    names: GovernanceNames
    tags: Mapping[str, str]
    production: bool
    enforced: bool
    undeletable_types: tuple[str, ...]
    image_pattern: str
    reasons: tuple[Reason, ...]
    warnings: tuple[str, ...]


DATA_TYPES = (
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.KeyVault/vaults",
    "Microsoft.Storage/storageAccounts",
    "Microsoft.OperationalInsights/workspaces",
    "Microsoft.ContainerRegistry/registries",
)
"""What holds books, files, backups, keys, images and the trail of who did what."""


def make_governance_plan(settings: GovernanceSettings, *, file: str = "Pulumi.<stack>.yaml") -> GovernancePlan:
    """The plan of what guards a subscription: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that cannot be planned.
    """
    ledger = Ledger()
    ledger.note("topology", settings.environment.topology.value, "Given: environment.topology.")
    ledger.note("location", settings.location, "Given: azure-native:location. The guardrails hold in every region.")
    location = REGIONS[settings.location]
    production = _standing_access(settings, ledger)
    enforced = _enforcement(settings, ledger)
    undeletable = _undeletable(settings, ledger)
    images = _images(settings, ledger)
    _trail(settings, ledger)
    tags = plan_tags(settings.environment, settings.governance, ledger)
    reasons, warnings = ledger.checked(file)
    return GovernancePlan(
        topology=settings.environment.topology.value,
        environment=settings.environment.name,
        location=location.name,
        names=_names(settings.environment, location),
        tags=tags,
        production=production,
        enforced=enforced,
        undeletable_types=undeletable,
        image_pattern=images,
        reasons=reasons,
        warnings=warnings,
    )


def _names(environment: Environment, location: Region) -> GovernanceNames:
    base = f"{environment.application}-{environment.name}"
    regional = f"{base}-{location.code}"
    return GovernanceNames(
        resource_group=f"rg-{regional}",
        log_workspace=f"log-{regional}",
        action_group=f"ag-{regional}",
        initiative=base,
        # Names of roles are unique in the tenant, and a tenant may have several such stacks.
        roles=f"{base}-{environment.suffix}",
        budget=f"budget-{regional}",
    )


def _standing_access(settings: GovernanceSettings, ledger: Ledger) -> bool:
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    hours = settings.activation.hours
    ledger.note(
        "access",
        f"eligible, {hours} h" if production else "standing",
        f"In production nobody holds a role that writes: it is activated for {hours} hours at a time, with a reason"
        f"{' and an approval' if settings.activation.approval else ''}."
        if production
        else "Outside of production platform administrators and developers may hold roles that write.",
        "learn.microsoft.com entra/id-governance/privileged-identity-management/pim-resource-roles-assign-roles",
    )
    if production and not settings.activation.approval:
        ledger.warn(
            "activation.approval is false: whoever may ask for a role has it. Production should need two people."
        )
    if production and not settings.audit_trail.directory_logs:
        ledger.warn("audit_trail.directory_logs is false: sign-ins of the emergency accounts raise no alert.")
    return production


def _enforcement(settings: GovernanceSettings, ledger: Ledger) -> bool:
    enforcement = settings.guardrails.enforcement
    ledger.note(
        "guardrails",
        enforcement.value,
        "Given: guardrails.enforcement. Policies that know no Deny report in either case.",
        "learn.microsoft.com azure/governance/policy/concepts/effect-basics",
    )
    return enforcement.value == "deny"


def _undeletable(settings: GovernanceSettings, ledger: Ledger) -> tuple[str, ...]:
    types = DATA_TYPES if settings.guardrails.undeletable else ()
    ledger.note(
        "undeletable_types",
        ", ".join(types) or "none",
        "What holds data is deleted by nobody, owners included, until guardrails.undeletable is false."
        if types
        else "Given: guardrails.undeletable is false.",
        "learn.microsoft.com azure/governance/policy/concepts/effect-deny-action",
    )
    return types


def _images(settings: GovernanceSettings, ledger: Ledger) -> str:
    named = settings.guardrails.image_registries
    registries = [*(registry.replace(".", r"\.") for registry in named)] or [r"[a-z0-9]+\.azurecr\.io"]
    pattern = rf"^(mcr\.microsoft\.com|{'|'.join(registries)})/.+$"
    return ledger.decide(
        "image_pattern",
        pattern,
        "Microsoft's registry, for the cluster's own pods, and "
        + (
            "guardrails.image_registries."
            if named
            else "any registry of Azure: guardrails.image_registries names none."
        ),
        "learn.microsoft.com azure/governance/policy/samples/built-in-policies#kubernetes",
    )


def _trail(settings: GovernanceSettings, ledger: Ledger) -> None:
    days = settings.audit_trail.retention_days
    ledger.note(
        "audit_trail",
        f"{days} days",
        "Given: audit_trail.retention_days." if days >= _AUDIT_YEAR_DAYS else "Given, and less than auditors' year.",
        "learn.microsoft.com azure/azure-monitor/logs/data-retention-configure",
    )
    if days < _AUDIT_YEAR_DAYS:
        ledger.warn(f"audit_trail.retention_days is {days}: auditors look back a year ({_AUDIT_YEAR_DAYS} days).")
