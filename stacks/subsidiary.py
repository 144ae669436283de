"""A tenant's file, `subsidiaries/<platform>/<tenant>.yaml`: few keys are mandatory, the platform gives the rest."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from stacks.cost_sections import Budget
from stacks.odoo_sections import Rollback
from stacks.scalars import BackupName, CertificateName, Email, HostName, NetworkRange, OdooVersion, TagText, TimeZone
from stacks.sections import Batch, BusinessHours, Close, Section
from stacks.tenant_scalars import CountryCode, ExtensionName, TenantPlacement, TenantState, Tier


class CalendarOverrides(Section):
    """Where a tenant's calendar is not the platform's."""

    timezone: TimeZone | None = None
    """Time zone of all times here."""
    fiscal_year_end_month: int | None = Field(default=None, ge=1, le=12)
    """Last month of the financial year."""
    close: Close | None = None
    """The monthly close."""
    business_hours: BusinessHours | None = None
    """When people work."""
    batches: list[Batch] | None = None
    """Work at fixed hours that wants a large pool."""


class Lifecycle(Section):
    """Where the tenant is on its way out."""

    state: TenantState = TenantState.ACTIVE
    """`suspended`: closed to users, backed up, everything kept; `released`: nothing is protected any more, only after
    the retention; `removed`: all is gone, and the file stays to keep the slot from being used again."""
    suspended_on: date | None = None
    """Day it was suspended: the retention counts from here, for as long as the platform's backups are immutable."""
    consent: TagText | None = None
    """`delete <legal name>`: whoever releases the data says so in these words."""


class Former(Section):
    """The database that an isolated tenant had on the shared server of its slot: kept there as long as this is here."""

    backup: BackupName
    """Backup of it, which is restored into the new one before Odoo starts."""
    released: bool = False
    """Take its protection off, so that it goes when this is removed."""


class Subsidiary(Section):
    """One tenant. Its name is the file's."""

    legal_name: TagText
    """The company, as in its register."""
    country: CountryCode
    """Country whose law its books are kept under."""
    concurrent_users: int = Field(ge=1, le=5000)
    """Users working at the same moment on a normal day."""
    slot: int = Field(ge=1, le=400)
    """Permanent number, never used again: its address and its database server follow from it."""
    display_name: TagText | None = None
    """Name for people; the legal name unless given."""
    tier: Tier = Tier.STANDARD
    """How much of the platform it gets."""
    hostname: HostName | None = None
    """Host name users type; <tenant>.<platform's domain> unless given."""
    certificate: CertificateName | None = None
    """Certificate of the host name in the platform's vault of certificates; the tenant's name unless given."""
    business_unit: TagText | None = None
    """Business unit that it belongs to; the platform's unless given."""
    cost_center: TagText | None = None
    """Cost centre that pays; the platform's unless given."""
    contacts: list[Email] = Field(default=[], max_length=10)
    """Who is asked when something happens to it; the platform's owner unless given."""
    invoices_per_month: int | None = Field(default=None, ge=0, le=5_000_000)
    """Invoices posted in a month; 100 for each user unless given."""
    legal_entities: int = Field(default=1, ge=1, le=500)
    """Companies in its database."""
    integrations: int = Field(default=0, ge=0, le=200)
    """Systems that call its APIs."""
    database_gib: int = Field(default=10, ge=1, le=16_000)
    """Size of its database in a year, in GiB."""
    attachments_gib: int = Field(default=20, ge=1, le=10_000)
    """Size of its attachments in a year, in GiB."""
    allowed_networks: list[NetworkRange] = Field(default=[])
    """Ranges that may reach it, each within the platform's network.client_ranges; all of those unless given."""
    odoo: OdooVersion | None = None
    """Odoo series, one of the platform's releases; its default unless given."""
    extensions: list[ExtensionName] = Field(default=[])
    """Approved sets of modules that it uses."""
    recovery_class: ExtensionName = "standard"
    """What it is promised, one of the platform's recovery classes."""
    calendar: CalendarOverrides = CalendarOverrides()
    """Where its calendar is not the platform's."""
    placement: TenantPlacement | None = None
    """Which stack declares it; the platform's own setting unless given."""
    former: Former | None = None
    """The database that it has moved away from, to the server of its own of tier isolated."""
    rollback: Rollback | None = None
    """Restore a backup and run its image instead of the release's; remove it with the next upgrade."""
    password_generation: int = Field(default=1, ge=1, le=9999)
    """Add one to give it a new database password; nothing restarts, and no connection fails."""
    cost: Budget | None = None
    """What its own nodes and its own server may cost a month, with all else that is tagged as its own. Required of tier
    isolated in production; below it nothing that costs is a tenant's own."""
    lifecycle: Lifecycle = Lifecycle()
    """Where it is on its way out."""
