"""The sections of an environment's settings, as the user writes them in `Pulumi.<stack>.yaml`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stacks.scalars import (
    Criticality,
    DataClassification,
    DataProtection,
    DestinationName,
    DestinationSource,
    Egress,
    Email,
    EnvironmentClass,
    Guid,
    IpAddress,
    NetworkRange,
    Region,
    ResourceGroupId,
    ShortName,
    Suffix,
    TagText,
    TimeZone,
    Topology,
    VirtualNetworkId,
    Weekday,
    prefix_between,
)


class Section(BaseModel):
    """Base of the sections: unknown keys are errors, and nothing changes after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, str_strip_whitespace=True)


class Environment(Section):
    """What this environment is."""

    name: ShortName
    """Short name of the environment, part of every Azure name. Changing it later replaces everything."""
    environment_class: EnvironmentClass = Field(alias="class")
    """How much it matters: decides redundancy, retention and which policies are mandatory."""
    topology: Topology
    """What it is made of."""
    suffix: Suffix
    """Random, permanent; makes globally unique names unique. Choose once (`openssl rand -hex 3`), never change."""
    application: ShortName = "odoo"
    """Short name of the application, first part of every Azure name."""
    data_protection: DataProtection = DataProtection.PROTECTED
    """`released` takes deletion protection and locks off everything that holds data, before dismantling."""
    sdk_type_aliases: bool = False
    """Declare the Azure SDK's aliases of older API versions. Only for a stack whose state an older major version of the
    SDK wrote; it doubles the time of a preview."""


Customisation = Literal["none", "light", "heavy"]
Framework = Literal["dora", "gdpr", "gobd", "iso-27001", "nis2", "pci-dss", "soc-2", "sox"]


class Workload(Section):
    """What the business does with Odoo: sizes follow from it."""

    concurrent_users: int = Field(ge=1, le=5000)
    """Users working at the same moment on a normal day."""
    peak_factor: float = Field(default=1.5, ge=1, le=5, allow_inf_nan=False)
    """Load at the close of a month, as a multiple of a normal day's."""
    invoices_per_month: int = Field(ge=0, le=5_000_000)
    """Customer and vendor invoices posted in a month."""
    legal_entities: int = Field(default=1, ge=1, le=500)
    """Companies in the database."""
    integrations: int = Field(default=0, ge=0, le=200)
    """Systems that call Odoo's APIs (banks, payroll, shops, tax)."""
    database_gib: int = Field(ge=1, le=16_000)
    """Size of the PostgreSQL database today, in GiB."""
    database_growth_gib_per_year: int = Field(default=20, ge=0, le=5_000)
    """Growth of the database a year, in GiB."""
    attachments_gib: int = Field(default=100, ge=1, le=100_000)
    """Size of attachments today, in GiB."""
    attachments_growth_gib_per_year: int = Field(default=0, ge=0, le=50_000)
    """Growth of attachments a year, in GiB, where it is more than half of what there is in two years."""
    year_end_factor: float = Field(default=1, ge=1, le=3, allow_inf_nan=False)
    """Load at the close of the financial year, as a multiple of a month's close."""
    journal_lines_per_month: int = Field(default=0, ge=0, le=100_000_000)
    """Lines of journal entries other than invoices' in a month: statements, payroll, depreciation, allocations."""
    reports_per_day: int = Field(default=0, ge=0, le=100_000)
    """Ledgers, balances and documents made on a normal day, where they are more than so many users ask for."""
    scheduled_jobs: int = Field(default=0, ge=0, le=1_000)
    """Scheduled actions of modules of your own, beside Odoo's."""
    releases_per_month: int = Field(default=1, ge=0, le=100)
    """New images in a month: Odoo's corrections, and modules of your own."""
    customisation: Customisation = "light"
    """How far modules of your own change what Odoo does: `heavy` where they add work to what people do all day."""
    isolated_subsidiaries: int = Field(default=0, ge=0, le=300)
    """Companies whose books must be kept from one another's people: each needs a database of its own."""
    compliance: list[Framework] = Field(default=[])
    """Frameworks that auditors hold the business to."""


class Recovery(Section):
    """How much may be lost, and how long it may take to be back."""

    rpo_minutes: int = Field(ge=1, le=1440)
    """Data that may be lost, in minutes."""
    rto_minutes: int = Field(ge=5, le=2880)
    """Time until the business works again, in minutes."""
    region: Region
    """Region that recovery happens in: it holds geo-redundant backups, image replicas and their keys."""
    backup_retention_days: int = Field(default=35, ge=7, le=35)
    """Days that PostgreSQL can be restored to any moment of (7 to 35)."""
    archive_years: int = Field(default=7, ge=1, le=30)
    """Years that exported backups of the books are kept."""
    lock_archive: bool = False
    """Lock the archive's immutability. Irreversible: no one, Microsoft included, can shorten it afterwards."""


class Close(Section):
    """Days around the turn of a month in which nothing may change."""

    last_working_days: int = Field(default=2, ge=0, le=10)
    """Working days before the end of a month."""
    first_working_days: int = Field(default=5, ge=0, le=15)
    """Working days after it."""


class Maintenance(Section):
    """When Azure may patch and restart."""

    day: Weekday = Weekday.SUNDAY
    """Day of the week, in the calendar's time zone."""
    hour: int = Field(default=3, ge=0, le=23)
    """Hour it starts, in the calendar's time zone."""
    duration_hours: int = Field(default=4, ge=4, le=24)
    """Hours it lasts (AKS needs 4 at least)."""


class BusinessHours(Section):
    """Hours of Monday to Friday in which people work."""

    start: int = Field(default=7, ge=1, le=22)
    """Hour they begin, in the calendar's time zone."""
    end: int = Field(default=19, ge=2, le=23)
    """Hour they end, later than `start`."""


class Batch(Section):
    """Work that runs at fixed hours: a pool is as large as it may be for it."""

    name: TagText
    """What runs, such as "depreciation"."""
    pool: Literal["queue", "reporting"]
    """Pool that does the work; the others keep the size that people need."""
    days: list[Weekday] = Field(default=list(Weekday), min_length=1)
    """Days of the week it starts on; every day unless given."""
    start: int = Field(ge=0, le=23)
    """Hour it starts, in the calendar's time zone."""
    hours: int = Field(ge=1, le=23)
    """Hours it lasts; it may run past midnight."""


class Calendar(Section):
    """When the business must not be disturbed."""

    timezone: TimeZone
    """Time zone of all times here."""
    fiscal_year_end_month: int = Field(default=12, ge=1, le=12)
    """Last month of the financial year."""
    close: Close = Close()
    """The monthly close."""
    business_hours: BusinessHours = BusinessHours()
    """When people work."""
    batches: list[Batch] = Field(default=[])
    """Work at fixed hours that wants a large pool."""
    maintenance: Maintenance = Maintenance()
    """The weekly maintenance window."""
    plan_from: date
    """First day that maintenance freezes are computed for. Move it on at least once a year: a fixed day keeps previews
    of the same settings the same."""


class Governance(Section):
    """Who answers for it, and under which rules."""

    owner: Email
    """Who answers for the environment."""
    business_unit: TagText
    """Business unit that it serves."""
    cost_center: TagText
    """Cost centre that pays."""
    data_classification: DataClassification
    """Most sensitive data in it."""
    criticality: Criticality
    """What an outage means."""
    allowed_regions: list[Region] = Field(min_length=1)
    """Regions that data may be in; the environment's and the recovery region must be among them."""


class Hub(Section):
    """The hub network that the environment is a spoke of."""

    network_id: VirtualNetworkId
    """ARM id of the hub's virtual network."""
    address_space: list[NetworkRange] = Field(min_length=1)
    """Ranges of the hub and what is reached through it; the environment's must not overlap them."""
    manage_peering: bool = False
    """Also declare the hub's side of the peering (needs rights on the hub)."""
    firewall_private_ip: IpAddress | None = None
    """Address of the hub's firewall; with `egress: firewall`, the way out. Without it the environment gets its own."""
    use_gateway: bool = False
    """Reach the company's networks by the hub's VPN or ExpressRoute gateway, which the hub's side must allow."""
    dns_servers: list[IpAddress] = Field(default=[])
    """DNS servers of the hub; empty for Azure's own."""
    private_dns_resource_group_id: ResourceGroupId | None = None
    """Resource group in the hub that holds the private DNS zones; without it the environment has its own zones."""


class Destination(Section):
    """A place on the Internet that the environment may reach."""

    fqdn: DestinationName
    """Host name; a leading `*.` for its subdomains, `*` alone for any: both with ports 80 and 443 only."""
    port: int = Field(default=443, ge=1, le=65535)
    """TCP port."""
    purpose: TagText
    """What it is for: shown in the firewall's rules."""
    source: DestinationSource = DestinationSource.ODOO
    """Who reaches it: Odoo's processes, or the runner that deploys."""


class Network(Section):
    """Addresses, and the ways in and out."""

    # learn.microsoft.com azure/virtual-network/virtual-networks-faq: a virtual network is a /8 at most.
    address_space: Annotated[NetworkRange, AfterValidator(prefix_between(8, 22))]
    """Range of the environment's virtual network, /22 or larger; a /20 leaves room to grow."""
    # learn.microsoft.com azure/aks/concepts-network-azure-cni-overlay: each node takes a /24; 16 nodes are the least.
    pod_range: Annotated[NetworkRange, AfterValidator(prefix_between(8, 20))] = "192.168.0.0/16"
    """Range of the pods, /20 or larger (overlay: seen inside the cluster only). Can grow later, never shrink."""
    # The same page: smaller than a /12. A /24 holds the services of Odoo, its ingress and the add-ons.
    service_range: Annotated[NetworkRange, AfterValidator(prefix_between(13, 24))] = "172.16.0.0/16"
    """Range of Kubernetes services, from /13 to /24. Can never change."""
    client_ranges: list[NetworkRange] = Field(min_length=1)
    """Ranges that users and integrations come from."""
    egress: Egress = Egress.FIREWALL
    """The way out: `firewall` lets only known names through; `nat` opens the ports of `destinations` to anywhere."""
    destinations: list[Destination] = Field(default=[])
    """Places on the Internet that Odoo or the runner may reach: banks, tax authorities, mail, the code host."""
    hub: Hub | None = None
    """The hub network, if there is one."""
    bastion: bool = True
    """Azure Bastion in this network; False where the hub has one."""


class Access(Section):
    """Entra groups by role, as object ids: all different in production."""

    platform_administrators: Guid
    """Operate the platform. In production they hold no role that writes: they activate one (topology `governance`)."""
    database_administrators: Guid
    """Administer PostgreSQL; nobody else logs in to it. Members are let in for hours, by PIM for Groups."""
    database_administrators_name: TagText
    """Display name of that group in Entra: its members log in to PostgreSQL under it."""
    erp_functional: Guid
    """Configure Odoo, read its logs."""
    developers: Guid
    """Read what runs; deploy through the pipeline only."""
    auditors: Guid
    """Read everything, change nothing."""


class Alerts(Section):
    """Who hears of trouble."""

    email: list[Email] = Field(min_length=1, max_length=20)
    """Addresses that alerts go to."""
    on_call_webhook: bool = False
    """Also call the on-call service; its URL, a secret, is set with
    `pulumi config set --secret odoo-azure:onCallWebhookUrl`."""
