"""The sections of an environment's settings that say which Odoo runs in it, and how people reach it."""

from __future__ import annotations

from pydantic import Field

from stacks.scalars import (
    Attachments,
    BackupName,
    CertificateName,
    Exposure,
    Guid,
    HostName,
    ImageByDigest,
    NetworkRange,
    OdooVersion,
    Sessions,
)
from stacks.sections import Section


class Rollback(Section):
    """The way back after an upgrade that went wrong."""

    image: ImageByDigest
    """Image to run instead of `odoo.image`, by digest: the one that the backup was made under."""
    backup: BackupName
    """Backup to restore before it runs; what was posted since is lost."""


class Copy(Section):
    """Another environment's books, for tests: neutralised before anybody sees them. Never in production."""

    backup: BackupName
    """Backup of the other environment, copied into this one's backup container by an operator. Once: it takes the place
    of the database, whatever that held; a newer copy needs another backup."""


class Odoo(Section):
    """The application."""

    version: OdooVersion
    """Series, such as "18.0" (in quotes: YAML reads 18.0 as a number)."""
    image: ImageByDigest
    """Image in the environment's registry, by digest. A new one is an upgrade: backup, update, rollout."""
    ops_image: ImageByDigest
    """Image of the operations jobs (bootstrap, backup, upgrade) in the environment's registry, by digest."""
    hostname: HostName
    """Host name users type."""
    sessions: Sessions = Sessions.SHARED_FILES
    """Where sessions are kept: `redis` needs an image that carries the module."""
    attachments: Attachments = Attachments.SHARED_FILES
    """Where attachments are kept: `blob` needs an image that carries the module."""
    queue_jobs: bool = False
    """Whether the image carries OCA queue_job: background jobs then get a pool of their own."""
    password_generation: int = Field(default=1, ge=1, le=9999)
    """Add one to give Odoo a new database password; nothing restarts, and no connection fails."""
    rollback: Rollback | None = None
    """Restore a backup and run its image instead of `image`; remove it with the next upgrade."""
    copy_of: Copy | None = Field(default=None, alias="copy")
    """Make the database a neutralised copy of another environment's; not with `rollback`."""


class IngressLimits(Section):
    """Load that the ingress lets through, against password guessing and runaway clients: each of its pods counts."""

    login_requests_per_minute: int = Field(default=60, ge=1, le=10_000)
    """Log-in requests a minute from one address, which many people may share."""
    rpc_requests_per_minute: int = Field(default=600, ge=1, le=100_000)
    """Calls of one external API a minute from one address: one integration's."""
    in_flight_reports: int = Field(default=8, ge=1, le=1_000)
    """Reports, and as many exports, that are made at the same time for everybody together."""


class Traefik(Section):
    """The way in: Traefik."""

    image: ImageByDigest
    """Traefik's image in the environment's registry, by digest."""
    upload_limit_mib: int = Field(default=128, ge=1, le=2048)
    """Largest request that is let through (attachments, imports), in MiB. Above 128 Odoo itself must be told too: its
    system parameter web.max_file_upload_size."""
    limits: IngressLimits = IngressLimits()
    """Load that is let through."""


class Ingress(Traefik):
    """The way in: Traefik, and who may reach it."""

    certificate: CertificateName = "ingress"
    """Certificate of the host name, by its name in the environment's vault of certificates."""
    exposure: Exposure = Exposure.PRIVATE
    """`private`: users call an address of the network; `private-link`: an edge elsewhere (Azure Front Door) calls a
    private link service, and passes users' addresses on in X-Forwarded-For."""
    edge_subscriptions: list[Guid] = Field(default=[])
    """Subscriptions whose edge may ask for a connection to the private link service; each is approved by hand."""
    allowed_ranges: list[NetworkRange] = Field(default=[])
    """Ranges that may reach Odoo, each within network.client_ranges; all of those unless given."""
