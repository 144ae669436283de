"""What the commands are told, all by environment variables; passwords come as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OpsError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the commands work on.

    Args:
        tenant: name of the tenant; also its namespace, and the folder of its backups.
        host: PostgreSQL server; past PgBouncer, whose transaction pool loses advisory locks (`PGHOST`).
        port: its port (`PGPORT`).
        sslmode: libpq's; `verify-full` (`PGSSLMODE`).
        sslrootcert: certificates to trust: `system`, or a file (`PGSSLROOTCERT`).
        database: the tenant's database.
        owner: role that owns it.
        administrator: login of the server's administrator.
        connection_limit: connections of each login role.
        generation: how often the password has been changed; odd: `<owner>_blue` is in use, even: `<owner>_green`.
        digest: digest of the Odoo image that is being deployed, `sha256:...`.
        secrets: folder of the password files `administrator`, `blue`, `green`, `monitor`.
        work: folder that the containers of a Job share.
        private: folder that no other container sees.
        service_file: libpq service file to write for the Odoo containers of the Job.
        backup_url: blob endpoint of the backups.
        backup_container: their container.
        background_pools: pools that stand still while the database changes; names with commas between them.
    """

    tenant: str
    host: str
    port: str
    sslmode: str
    sslrootcert: str
    database: str
    owner: str
    administrator: str
    connection_limit: int
    generation: int
    digest: str
    secrets: Path
    work: Path
    private: Path
    service_file: Path
    backup_url: str
    backup_container: str
    background_pools: tuple[str, ...]

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

    @property
    def active(self) -> str:
        """Login role whose turn it is."""
        return self.blue if self.generation % 2 else self.green

    def password(self, role: str) -> str:
        """Password of the administrator or of a role, as the file says now."""
        name = "administrator" if role == self.administrator else role.removeprefix(f"{self.owner}_")
        return (self.secrets / name).read_text(encoding="utf-8").strip()


NAMES: Mapping[str, str] = {
    "tenant": "OPS_TENANT",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "database": "OPS_DATABASE",
    "owner": "OPS_OWNER",
    "administrator": "OPS_ADMINISTRATOR",
    "connection_limit": "OPS_CONNECTION_LIMIT",
    "generation": "OPS_GENERATION",
    "digest": "OPS_IMAGE_DIGEST",
    "secrets": "OPS_SECRETS",
    "work": "OPS_WORK",
    "private": "OPS_PRIVATE",
    "service_file": "OPS_SERVICE_FILE",
    "backup_url": "OPS_BACKUP_URL",
    "backup_container": "OPS_BACKUP_CONTAINER",
    "background_pools": "OPS_BACKGROUND_POOLS",
}
"""Environment variable of each setting."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment holds; OpsError names every variable that is missing."""
    if missing := sorted(name for name in NAMES.values() if not environment.get(name)):
        raise OpsError(f"environment variables are missing: {', '.join(missing)}")
    texts = {field: environment[name] for field, name in NAMES.items()}
    return Settings(
        tenant=texts["tenant"],
        host=texts["host"],
        port=texts["port"],
        sslmode=texts["sslmode"],
        sslrootcert=texts["sslrootcert"],
        database=texts["database"],
        owner=texts["owner"],
        administrator=texts["administrator"],
        connection_limit=int(texts["connection_limit"]),
        generation=int(texts["generation"]),
        digest=texts["digest"],
        secrets=Path(texts["secrets"]),
        work=Path(texts["work"]),
        private=Path(texts["private"]),
        service_file=Path(texts["service_file"]),
        backup_url=texts["backup_url"],
        backup_container=texts["backup_container"],
        background_pools=tuple(texts["background_pools"].split(",")),
    )
