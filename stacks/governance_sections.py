"""The sections of the settings that guard a subscription."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stacks.scalars import Email, Guid, constrained_text
from stacks.sections import Section


class Enforcement(StrEnum):
    """What Azure does about a resource that breaks a guardrail."""

    DENY = "deny"
    """Refuses it, where the policy can; else reports it."""
    AUDIT = "audit"
    """Reports it."""


class DefenderPlan(StrEnum):
    """A plan of Microsoft Defender for Cloud, by its name in ARM."""

    CONTAINERS = "Containers"
    CLOUD_POSTURE = "CloudPosture"
    KEY_VAULTS = "KeyVaults"
    OPEN_SOURCE_DATABASES = "OpenSourceRelationalDatabases"
    RESOURCE_MANAGER = "Arm"
    SERVERS = "VirtualMachines"
    STORAGE = "StorageAccounts"


class GovernedAccess(Section):
    """Entra groups by role, as object ids: all different, and no one is in two that exclude each other."""

    platform_administrators: Guid
    """Operate the platform, once a role is activated."""
    erp_functional: Guid
    """Configure Odoo, look after its work."""
    developers: Guid
    """Read what runs; deploy through the pipeline only."""
    auditors: Guid
    """Read everything, change nothing."""
    break_glass: Guid
    """The emergency accounts: own what they need without anybody's approval; every use is an alert."""
    approvers: Guid
    """Approve the activation of a role, which they cannot ask for themselves."""
    break_glass_accounts: list[Guid] = Field(default=[], max_length=10)
    """Object ids of the emergency accounts themselves: each sign-in of theirs is an alert, and a query over logs cannot
    look into a group."""


class Activation(Section):
    """What an eligible role needs before it is active."""

    hours: int = Field(default=4, ge=1, le=12)
    """How long it stays active."""
    approval: bool = True
    """Whether an approver has to agree."""
    notified: list[Email] = Field(default=[], max_length=20)
    """Addresses that hear of every activation; those of `alerts` where there are none."""
    reviewed: date | None = None
    """Day on which the members of the groups were last reviewed. Eligibility ends after a year; a new day here makes it
    anew."""
    policies: dict[Guid, Guid] = Field(default={})
    """Role management policy of each role at the subscription, by GUID of the role: Azure makes them, and
    docs/guides/governance.md says how to list them."""


# learn.microsoft.com entra/workload-id/workload-identity-federation-create-trust: both match exactly.
Issuer = Annotated[
    str,
    constrained_text(r"^https://[^\s*?#]+$", "the https address of who issues the pipeline's tokens", max_length=600),
]
Subject = Annotated[
    str,
    constrained_text(
        r"^[^\s*]+$",
        "the whole subject of a token, such as repo:acme/odoo-azure:environment:production, without wildcards",
        max_length=600,
    ),
]
SubjectName = Annotated[
    str, constrained_text(r"^[a-z][a-z0-9-]{1,39}$", "2 to 40 lower-case letters, digits and hyphens, from a letter")
]


class Pipeline(Section):
    """A pipeline, by what its tokens say."""

    issuer: Issuer = "https://token.actions.githubusercontent.com"
    """Who issues its tokens; GitHub's, or Azure DevOps' `https://vstoken.dev.azure.com/<organization id>`."""
    subjects: dict[SubjectName, Subject] = Field(min_length=1, max_length=20)
    """Subjects of its tokens, one for each approved environment, by a short name."""


class Pipelines(Section):
    """Who deploys: no person does."""

    preview: Pipeline | None = None
    """Previews: reads only."""
    deploy: Pipeline | None = None
    """Deploys: bind it to an environment that needs an approval."""


class Guardrails(Section):
    """What Azure itself refuses or reports, whoever asks it."""

    enforcement: Enforcement = Enforcement.DENY
    """`audit` first, in a subscription that already holds something; `deny` once its report is empty."""
    undeletable: bool = True
    """Nobody deletes what holds data: databases, vaults, storage. False before an environment is dismantled."""
    defender_plans: list[DefenderPlan] = Field(default=list(DefenderPlan))
    """Plans of Defender for Cloud that are on; each costs by what it watches."""
    security_contact: Email | None = None
    """Address that Defender writes to; the first of `alerts` where there is none."""
    image_registries: list[
        Annotated[
            str,
            constrained_text(
                r"^[a-z0-9.-]+\.[a-z]{2,}$", "host names of registries, such as acme.azurecr.io", max_length=200
            ),
        ]
    ] = Field(default=[])
    """Registries that clusters may pull from beside Microsoft's; any registry of Azure where there are none."""


class AuditTrail(Section):
    """What is recorded, and how long."""

    retention_days: int = Field(default=365, ge=90, le=730)
    """Days that the activity log, and the directory's logs, can be queried."""
    directory_logs: bool = False
    """Record the directory's sign-ins and changes, too: alerts on the emergency accounts need them. The deploying
    identity then needs the directory role Security Administrator."""
