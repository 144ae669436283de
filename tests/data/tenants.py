"""Tenants of the test server: the settings and the password files that their Jobs would have."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg

from ops.settings import Settings
from tests.data.servers import ADMINISTRATOR, ADMINISTRATOR_PASSWORD, DatabaseServer

DIGEST = f"sha256:{'a1' * 32}"
NEXT_DIGEST = f"sha256:{'b2' * 32}"


class Tenant:
    """A tenant: its settings change as those of a Job do from one deployment to the next.

    Attributes:
        settings: of the Job that runs next.
    """

    def __init__(self, server: DatabaseServer, folder: Path, name: str) -> None:
        self.__server = server
        owner = name.replace("-", "_")
        self.settings = Settings(
            tenant=name,
            host="localhost",
            port=str(server.port),
            sslmode="verify-full",
            sslrootcert=str(server.authority),
            database=owner,
            owner=owner,
            administrator=ADMINISTRATOR,
            connection_limit=400,
            generation=1,
            digest=DIGEST,
            secrets=folder / "secrets",
            work=folder / "work",
            private=folder / "private",
            service_file=folder / "pg_service.conf",
            backup_url="https://backups.invalid",
            backup_container="archive",
            background_pools=("cron",),
        )
        self.settings.secrets.mkdir()
        self.settings.work.mkdir()
        self.settings.private.mkdir()
        self.write_secret("administrator", ADMINISTRATOR_PASSWORD)
        for role in ("blue", "green", "monitor"):
            self.write_secret(role, f"{name}-{role}-1")

    def change(self, **changes: Any) -> None:
        """The next deployment has these settings."""
        self.settings = replace(self.settings, **changes)

    def write_secret(self, name: str, text: str) -> None:
        """Puts a password where the secrets-store driver would."""
        (self.settings.secrets / name).write_text(text, encoding="utf-8")

    def forget_work(self) -> None:
        """Each Job begins with an empty work folder."""
        for path in self.settings.work.iterdir():
            path.unlink()

    def conninfo(self, role: str | None = None, *, database: str | None = None, port: int | None = None) -> str:
        """Connection string of a role of the tenant: the login whose turn it is, unless another is named."""
        role = role or self.settings.active
        return self.__server.conninfo(database or self.settings.database, role, self.settings.password(role), port)

    def connect(self, role: str | None = None, **where: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Connects as a role of the tenant; every statement commits by itself."""
        return psycopg.connect(self.conninfo(role, **where), autocommit=True)


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
