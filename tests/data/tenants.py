"""Tenants of the test server: the settings and the password files that their Jobs would have."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import psycopg

from ops.bootstrap import bootstrap
from ops.settings import AdministratorSettings, TenantSettings
from ops.upgrade import conclude, plan
from tests.data import odoo_schema
from tests.data.servers import ADMINISTRATOR, ADMINISTRATOR_PASSWORD, DatabaseServer

DIGEST = f"sha256:{'a1' * 32}"
NEXT_DIGEST = f"sha256:{'b2' * 32}"


class Tenant:
    """A tenant: its settings change as those of its Jobs do from one deployment to the next.

    Attributes:
        administration: settings of the Jobs in the platform's namespace.
        settings: settings of the Jobs in the tenant's own.
    """

    def __init__(self, server: DatabaseServer, folder: Path, name: str) -> None:
        self.__server = server
        common: dict[str, Any] = {
            "tenant": name,
            "host": "localhost",
            "port": str(server.port),
            "sslmode": "verify-full",
            "sslrootcert": str(server.authority),
            "database": name,
            "owner": name,
            "digest": DIGEST,
            "private": folder / "private",
            "backup_url": "https://backups.invalid",
            "backup_container": "archive",
            "paused_pools": ("cron",),
        }
        self.administration = AdministratorSettings(
            **common,
            administrator=ADMINISTRATOR,
            secrets=folder / "secrets",
            generation=1,
            connection_limit=400,
            database_connection_limit=800,
        )
        self.settings = TenantSettings(
            **common, service_file=folder / "pg_service.conf", work=folder / "work", modules=("base",)
        )
        for path in (self.administration.secrets, self.settings.work, self.settings.private):
            path.mkdir()
        self.write_secret("administrator", ADMINISTRATOR_PASSWORD)
        for role in ("blue", "green", "monitor"):
            self.write_secret(role, f"{name}-{role}-1")
        self.mount_login()

    def change(self, **changes: Any) -> None:
        """The next deployment has these settings."""
        for group in ("administration", "settings"):
            settings: Any = getattr(self, group)
            mine = {field.name: changes[field.name] for field in fields(settings) if field.name in changes}
            setattr(self, group, replace(settings, **mine))
        self.mount_login()

    def write_secret(self, name: str, text: str) -> None:
        """Puts a password where the secrets-store driver would."""
        (self.administration.secrets / name).write_text(text, encoding="utf-8")

    def service_text(self) -> str:
        """The service file of the login whose turn it is, as Key Vault has it."""
        active = self.administration.active
        return f"[odoo]\nuser={active}\npassword={self.administration.password(active)}\n"

    def mount_login(self) -> None:
        """Puts the service file where the secrets-store driver would."""
        self.settings.service_file.write_text(self.service_text(), encoding="utf-8")

    def forget_work(self) -> None:
        """Each Job begins with an empty work folder."""
        for path in self.settings.work.iterdir():
            path.unlink()

    def conninfo(self, role: str | None = None, *, database: str | None = None, port: int | None = None) -> str:
        """Connection string of a role of the tenant: the login whose turn it is, unless another is named."""
        role = role or self.administration.active
        password = self.administration.password(role)
        return self.__server.conninfo(database or self.settings.database, role, password, port)

    def connect(self, role: str | None = None, **where: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Connects as a role of the tenant; every statement commits by itself."""
        return psycopg.connect(self.conninfo(role, **where), autocommit=True)

    def fill(self) -> None:
        """Odoo's turn, on a database without Odoo: what it is left with then."""
        bootstrap(self.administration)
        plan(self.settings)
        with self.connect() as connection:
            odoo_schema.fill(connection)
        conclude(self.settings)
        self.forget_work()


class MountedSecret:
    """A file as the secrets-store driver mounts it: a link through a folder that is swapped whole.

    (kubernetes.io/docs/concepts/storage/volumes, the atomic writer of projected files.)
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.__folder = folder
        self.__name = name
        self.__version = 0
        folder.mkdir()

    @property
    def path(self) -> Path:
        """Where the file is for whoever reads it."""
        return self.__folder / self.__name

    def write(self, text: str) -> None:
        """Swaps a new content in."""
        self.__version += 1
        version = self.__folder / f"..{self.__version}"
        version.mkdir()
        (version / self.__name).write_text(text, encoding="utf-8")
        link = self.__folder / "..data_tmp"
        link.symlink_to(version.name)
        os.replace(link, self.__folder / "..data")  # noqa: PTH105 a link is replaced, not what it points to
        if not self.path.is_symlink():
            self.path.symlink_to(Path("..data") / self.__name)
