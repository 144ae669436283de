"""The sections of a platform's settings that say what it offers to its tenants."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stacks.scalars import HostName, ImageByDigest, OdooVersion, Region, TagText, Topology
from stacks.sections import Section
from stacks.tenant_scalars import (
    CountryCode,
    ExtensionName,
    FolderName,
    ModuleName,
    StackName,
    TenantName,
    TenantPlacement,
)


class Release(Section):
    """An Odoo series on offer."""

    image: ImageByDigest
    """Image in the platform's registry, by digest. A new one is an upgrade of all tenants of the series."""
    queue_jobs: bool = False
    """Whether the image carries OCA queue_job."""
    extensions: dict[ExtensionName, list[ModuleName]] = Field(default={})
    """Approved sets of modules by name; the image carries all of them, each tenant installs those that it names."""


class TierLimits(Section):
    """What a tenant of a tier may have at most."""

    max_users: int = Field(ge=1, le=5000)
    """Users working at the same moment."""
    max_database_gib: int = Field(ge=1, le=16_000)
    """Size of its database, in GiB."""


class Tiers(Section):
    """Limits by tier."""

    standard: TierLimits = TierLimits(max_users=40, max_database_gib=50)
    """Shares nodes and servers; answers slower while a zone is lost."""
    priority: TierLimits = TierLimits(max_users=100, max_database_gib=150)
    """Shares nodes and servers; keeps its speed when a zone is lost, goes first when nodes are full."""
    isolated: TierLimits = TierLimits(max_users=400, max_database_gib=1000)
    """Nodes and a PostgreSQL server of its own."""


class Capacity(Section):
    """Tenants that the platform is built for, by tier: sizes follow from these, not from the tenants there are."""

    standard: int = Field(ge=0, le=300)
    """Tenants of tier standard."""
    priority: int = Field(default=0, ge=0, le=100)
    """Tenants of tier priority."""
    isolated: int = Field(default=0, ge=0, le=20)
    """Tenants of tier isolated."""

    @property
    def total(self) -> int:
        """Tenants of all tiers."""
        return self.standard + self.priority + self.isolated


class RecoveryClass(Section):
    """What a tenant is promised."""

    rpo_minutes: int = Field(ge=1, le=1440)
    """Data that may be lost, in minutes: not less than the platform's own recovery.rpo_minutes."""
    rto_minutes: int = Field(ge=5, le=2880)
    """Time until it works again, in minutes: not less than the platform's own."""
    archive_years: int = Field(ge=1, le=30)
    """Years that its exported backups are kept. Raises the platform's: all tenants' backups are in one account, where
    they are immutable for the longest of these and of recovery.archive_years, and for the year that they are from."""


class Platform(Section):
    """What the platform offers to its tenants."""

    subsidiaries: FolderName
    """Folder below `subsidiaries/` with a file for each tenant."""
    domain: HostName
    """Domain of the tenants' host names: <tenant>.<domain> unless a tenant's file says otherwise. The platform has a
    private DNS zone for it."""
    ops_image: ImageByDigest
    """Image of the operations jobs in the platform's registry, by digest."""
    metrics_image: ImageByDigest
    """Image of the exporter of the database servers' metrics in the platform's registry, by digest."""
    releases: dict[OdooVersion, Release] = Field(min_length=1)
    """Odoo series on offer."""
    default_release: OdooVersion
    """Series of tenants that name none; one of `releases`."""
    capacity: Capacity
    """Tenants that it is built for."""
    tiers: Tiers = Tiers()
    """What tenants of each tier may have."""
    placement: TenantPlacement = TenantPlacement.INLINE
    """`inline`: this stack declares the tenants; `sharded`: each has a stack of its own (`topology: tenant`). A
    tenant's own file may say otherwise."""
    residency: dict[CountryCode, list[Region]] = Field(default={})
    """Regions that the books of a country may be in; of others, governance.allowed_regions."""
    recovery_classes: dict[ExtensionName, RecoveryClass] = Field(default={})
    """What tenants may be promised, by name; `standard` is the platform's own recovery unless given."""
    extension_approval: TagText
    """Whom to ask for an extension that is not approved: shown in the error."""
    tenants_per_server: int = Field(default=20, ge=1, le=60)
    """Slots of each shared PostgreSQL server. Permanent: changing it would move databases."""
    metrics_password_generation: int = Field(default=1, ge=1, le=9999)
    """Add one to give the exporter of the database servers' metrics a new password."""


class TenantEnvironment(Section):
    """What a tenant's stack is; the rest follows from its platform."""

    topology: Literal[Topology.TENANT]
    """What it is made of."""
    sdk_type_aliases: bool = False
    """Declare the Azure SDK's aliases of older API versions, as for any environment."""


class TenantOfPlatform(Section):
    """Which tenant a stack of topology `tenant` declares."""

    platform: StackName
    """Stack of the platform: its Pulumi.<stack>.yaml is beside this one."""
    name: TenantName
    """Name of the tenant: its file in the platform's folder below `subsidiaries/`."""
    organization: StackName = "organization"
    """Organisation that the platform's stack is in; `organization` in backends that have none."""
