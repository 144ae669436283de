"""What the commands are told, all by environment variables; passwords come as files.

Two kinds of Jobs run them: those in the tenant's namespace, which log in as its Odoo does (`TenantSettings`), and
those in the platform's, which have the database administrator's password: for a server that tenants share
(`AdministratorLogin`), or for a tenant on it (`AdministratorSettings`).
"""

from __future__ import annotations

import configparser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.errors import OpsError

SERVICE = "odoo"
"""Section of the service file."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How all commands reach PostgreSQL.

    Args:
        host: PostgreSQL server; past PgBouncer, whose transaction pool loses advisory locks (`PGHOST`).
        port: its port (`PGPORT`).
        sslmode: libpq's; `verify-full` (`PGSSLMODE`).
        sslrootcert: certificates to trust: `system`, or a file (`PGSSLROOTCERT`).
        private: folder that no other container sees.
    """

    host: str
    port: str
    sslmode: str
    sslrootcert: str
    private: Path


@dataclass(frozen=True, kw_only=True)
class AdministratorLogin(ServerSettings):
    """What the Jobs in the platform's namespace log in with.

    Args:
        administrator: login of the server's administrator.
        secrets: folder of the password files: `administrator`, and one for each role that gets its password.
    """

    administrator: str
    secrets: Path

    def file_name(self, role: str) -> str:
        """Name of the file with the password of the administrator or of a role."""
        return "administrator" if role == self.administrator else role

    def password(self, role: str) -> str:
        """Password of the administrator or of a role, as the file says now."""
        return (self.secrets / self.file_name(role)).read_text(encoding="utf-8").strip()


@dataclass(frozen=True, kw_only=True)
class Settings(ServerSettings):
    """What all commands for a tenant work on.

    Args:
        tenant: name of the tenant; also its namespace, and the folder of its backups.
        database: the tenant's database.
        owner: role that owns it.
        digest: digest of the Odoo image that is being deployed, `sha256:...`.
        backup_url: blob endpoint of the backups.
        backup_container: their container.
        paused_pools: pools that stand still while the command works; names with commas between them.
    """

    tenant: str
    database: str
    owner: str
    digest: str
    backup_url: str
    backup_container: str
    paused_pools: tuple[str, ...]

    @property
    def blue(self) -> str:
        """Login role of odd generations."""
        return f"{self.owner}_blue"

    @property
    def green(self) -> str:
        """Login role of even generations."""
        return f"{self.owner}_green"

    @property
    def monitor(self) -> str:
        """Login role that reads queue depths, and nothing of the books."""
        return f"{self.owner}_monitor"


@dataclass(frozen=True, kw_only=True)
class TenantSettings(Settings):
    """What the Jobs in the tenant's namespace work on.

    Args:
        service_file: libpq's service file with the login that Odoo uses.
        work: folder that the containers of a Job share.
        modules: modules that shall be installed, Odoo's base among them; names with commas between them.
    """

    service_file: Path
    work: Path
    modules: tuple[str, ...]

    def login(self) -> tuple[str, str]:
        """User and password of the service file (postgresql.org docs/current/libpq-pgservice.html), as it says now."""
        service = configparser.RawConfigParser()
        service.read_string(self.service_file.read_text(encoding="utf-8"))
        return service[SERVICE]["user"], service[SERVICE]["password"]


@dataclass(frozen=True, kw_only=True)
class AdministratorSettings(Settings, AdministratorLogin):
    """What the Jobs in the platform's namespace that are for a tenant work on.

    The files of its roles are named without the tenant: `blue`, `green`, `monitor`.

    Args:
        generation: how often the password has been changed; odd: `<owner>_blue` is in use, even: `<owner>_green`.
        connection_limit: connections of each login role.
        database_connection_limit: connections to the database, whoever makes them.
    """

    generation: int
    connection_limit: int
    database_connection_limit: int

    @property
    def active(self) -> str:
        """Login role whose turn it is."""
        return self.blue if self.generation % 2 else self.green

    def file_name(self, role: str) -> str:
        """Name of the file with the password of the administrator or of a role."""
        return super().file_name(role).removeprefix(f"{self.owner}_")


SERVER_NAMES: Mapping[str, str] = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "private": "OPS_PRIVATE",
}
"""Environment variable of each setting of all commands."""
LOGIN_NAMES: Mapping[str, str] = {
    **SERVER_NAMES,
    "administrator": "OPS_ADMINISTRATOR",
    "secrets": "OPS_SECRETS",
}
"""Environment variable of each setting of the commands for a server."""
NAMES: Mapping[str, str] = {
    **SERVER_NAMES,
    "tenant": "OPS_TENANT",
    "database": "OPS_DATABASE",
    "owner": "OPS_OWNER",
    "digest": "OPS_IMAGE_DIGEST",
    "backup_url": "OPS_BACKUP_URL",
    "backup_container": "OPS_BACKUP_CONTAINER",
    "paused_pools": "OPS_PAUSED_POOLS",
}
"""Environment variable of each setting of all commands for a tenant."""
TENANT_NAMES: Mapping[str, str] = {
    **NAMES,
    "service_file": "OPS_SERVICE_FILE",
    "work": "OPS_WORK",
    "modules": "OPS_MODULES",
}
"""Environment variable of each setting of the commands that log in as the tenant does."""
ADMINISTRATOR_NAMES: Mapping[str, str] = {
    **NAMES,
    **LOGIN_NAMES,
    "generation": "OPS_GENERATION",
    "connection_limit": "OPS_CONNECTION_LIMIT",
    "database_connection_limit": "OPS_DATABASE_CONNECTION_LIMIT",
}
"""Environment variable of each setting of the commands for a tenant that log in as the administrator."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


_READERS: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("private", "secrets", "service_file", "work"), Path),
    **dict.fromkeys(("generation", "connection_limit", "database_connection_limit"), int),
    **dict.fromkeys(("modules", "paused_pools"), _listed),
}
"""What makes of its text a setting that is no text."""


def tenant_settings(environment: Mapping[str, str]) -> TenantSettings:
    """The settings that the environment holds; OpsError names every variable that is missing."""
    return TenantSettings(**_values(environment, TENANT_NAMES))


def administrator_settings(environment: Mapping[str, str]) -> AdministratorSettings:
    """The settings that the environment holds; OpsError names every variable that is missing."""
    return AdministratorSettings(**_values(environment, ADMINISTRATOR_NAMES))


def administrator_login(environment: Mapping[str, str]) -> AdministratorLogin:
    """The settings that the environment holds; OpsError names every variable that is missing."""
    return AdministratorLogin(**_values(environment, LOGIN_NAMES))


def _values(environment: Mapping[str, str], names: Mapping[str, str]) -> dict[str, Any]:
    if missing := sorted(name for name in names.values() if not environment.get(name)):
        raise OpsError(f"environment variables are missing: {', '.join(missing)}")
    return {field: _READERS.get(field, str)(environment[name]) for field, name in names.items()}
