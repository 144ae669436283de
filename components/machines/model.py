"""What a machine runs, as plain data: no Pulumi. Its cloud-init and all its files are rendered from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.ingress.middlewares import TenantLimits
from components.odoo.settings import OdooSettings

ODOO_DIRECTORY = "/etc/odoo-machine"
"""Folder of the host's configuration: the compose file, odoo.conf of each pool, Traefik's files."""
SECRETS_DIRECTORY = "/run/odoo/secrets"
"""tmpfs, files as pods see them: `odoo/pg_service.conf`, `odoo/session_key`."""
CERTIFICATES_DIRECTORY = "/run/odoo/certificates"
"""tmpfs: `<certificate>`, a PEM file with chain and key."""
HEALTH_PORT = 8081
"""Of `/health` on each machine, which the load balancer and the health extension ask."""


@dataclass(frozen=True, kw_only=True)
class MachineFile:
    """A file that cloud-init writes.

    Args:
        path: absolute path.
        content: its text.
        mode: permissions, such as `0644`.
    """

    path: str
    content: str
    mode: str = "0644"


@dataclass(frozen=True, kw_only=True)
class Images:
    """Images by registry and digest: `<registry>/<name>@sha256:...`.

    Args:
        registry: host name of the registry.
        odoo: Odoo's.
        odoo_digest: digest of it, as `ops.release` has it.
        operations: of the operations commands.
        traefik: Traefik's; unused on the operations machine.
        metrics: Prometheus's, which runs as an agent.
    """

    registry: str
    odoo: str
    odoo_digest: str
    operations: str
    traefik: str
    metrics: str


@dataclass(frozen=True, kw_only=True)
class MachineSecret:
    """A secret of Key Vault that becomes a file, or a part of one.

    Args:
        vault_uri: `https://<vault>.vault.azure.net/`.
        name: its name there.
        identity: client id of the machine's identity that may read it.
    """

    vault_uri: str
    name: str
    identity: str


@dataclass(frozen=True, kw_only=True)
class FileShare:
    """The NFS share of the file store, mounted with TLS by the AZNFS helper.

    Args:
        account_name: storage account.
        share_name: its share.
    """

    account_name: str
    share_name: str


@dataclass(frozen=True, kw_only=True)
class MetricsTarget:
    """Where a machine's metrics go.

    Args:
        remote_write_url: remote-write URL of the data collection rule.
        identity: client id of the identity that may publish.
    """

    remote_write_url: str
    identity: str


@dataclass(frozen=True, kw_only=True)
class AppMachine:
    """A machine that answers people: Traefik and all of Odoo's pools.

    Args:
        odoo: Odoo's settings; a pool's `min_replicas`/`max_replicas` are containers over the whole set, one a machine.
        images: what it runs.
        login: user of the database that Odoo logs in as (the blue or the green one).
        password: its password.
        session_key: keys that seal sessions; None where they are shared files.
        odoo_identity: client id of Odoo's identity; also the one that pulls images.
        hostname: host name that users type.
        certificate: the certificate of it, as a Key Vault certificate's secret (PEM).
        client_ranges: ranges that users and integrations call from.
        limits: what they may ask for.
        files: the file store.
        metrics: where metrics go.
        packages_snapshot: day of Ubuntu's archive that packages come from, `20261101T000000Z`.
    """

    odoo: OdooSettings
    images: Images
    login: str
    password: MachineSecret
    session_key: MachineSecret | None
    odoo_identity: str
    hostname: str
    certificate: MachineSecret
    client_ranges: tuple[str, ...]
    files: FileShare
    metrics: MetricsTarget
    packages_snapshot: str
    limits: TenantLimits = field(default_factory=TenantLimits)


@dataclass(frozen=True, kw_only=True)
class OperationsMachine:
    """The machine that prepares the database and looks after it; it answers nobody.

    Args:
        odoo: Odoo's settings, for the configuration of the update (that of pool cron: past PgBouncer).
        images: what it runs.
        owner: role that owns the database; `<owner>_blue`, `<owner>_green`, `<owner>_monitor` log in.
        generation: how often the password has been changed; odd: blue is in use.
        administrator_login: login of the server's administrator.
        passwords: secrets of `administrator`, `blue`, `green`, `monitor`, by these names (files of the same names).
        login_password: the password of the login in use, read by the tenant-side commands' identity.
        administration_identity: client id of the identity that reads those of the administrator and the roles.
        operations_identity: client id of the identity that logs in as Odoo, writes backups and pulls images.
        backup_account_url: blob endpoint of the backups.
        backup_container: their container.
        connection_limit: connections of each login role.
        database_connection_limit: connections to the database.
        modules: modules that shall be installed, `base` first.
        files: the file store.
        metrics: where metrics go.
        packages_snapshot: day of Ubuntu's archive that packages come from.
        backup_time: time of day of the daily backup, `HH:MM`, in `timezone`.
        timezone: IANA name.
        restore: name of a backup that takes the place of the database before the release; None for none.
        copy: name of another environment's backup, which does so once, neutralised; None for none.
    """

    odoo: OdooSettings
    images: Images
    owner: str
    generation: int
    administrator_login: str
    passwords: Mapping[str, MachineSecret]
    login_password: MachineSecret
    administration_identity: str
    operations_identity: str
    backup_account_url: str
    backup_container: str
    connection_limit: int
    database_connection_limit: int
    modules: tuple[str, ...]
    files: FileShare
    metrics: MetricsTarget
    packages_snapshot: str
    backup_time: str
    timezone: str
    restore: str | None = None
    copy: str | None = None
