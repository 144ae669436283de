"""`ops restore` and `ops adopt`: a backup takes the place of the database, which is kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql

from ops import dump
from ops.backup import manifest_of
from ops.errors import OpsError
from ops.figures import figures
from ops.release import ensure_journal, record_restoration, restored_at
from ops.server import Server, administrator_conninfo, as_administrator
from ops.settings import AdministratorSettings, Settings
from ops.store import BackupStore
from ops.tenant_database import BASE, ensure_database, ensure_monitoring, installed_modules

NAME_BYTES = 63
"""Longest name of a database (postgresql.org docs/current/sql-syntax-lexical.html, NAMEDATALEN)."""


def already_restored(settings: AdministratorSettings, backup: str) -> str | None:
    """When the database was restored from this backup for this image; None if it was not.

    A Job may run again for many reasons; restoring again would throw away what has been posted since.
    """
    with as_administrator(settings, settings.database) as server:
        return restored_at(server, backup, settings.digest)


def is_initialised(settings: AdministratorSettings) -> bool:
    """Whether Odoo is in the database, as an upgrade asks: what it would initialise is what a backup may fill."""
    with as_administrator(settings, settings.database) as server:
        return BASE in installed_modules(server)


def restore(settings: AdministratorSettings, store: BackupStore, backup: str, now: datetime | None = None) -> str:
    """Restores a backup into a new database, compares it with its manifest, and swaps it in.

    Up to the swap the tenant's database is as it was. The swap ends all its sessions.

    Returns:
        name of the database that was in its place; nobody can connect to it until `ALLOW_CONNECTIONS` is set again.

    Raises:
        OpsError: there is no such backup, or what came out of it is not what went in. Nothing was changed.
    """
    manifest = manifest_of(store, backup)
    moment = now or datetime.now(UTC)
    restored, kept = beside(settings, f"restoring_{moment:%Y%m%d%H%M%S}"), set_aside_name(settings, moment)
    with as_administrator(settings, "postgres") as server:
        ensure_database(server, settings, restored)
        try:
            fill(settings, store, manifest, restored, settings.digest)
            swap(server, settings.database, restored, kept)
        except BaseException:
            server.connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(restored))
            )
            raise
    return kept


def beside(settings: Settings, suffix: str) -> str:
    """Name of a database beside the tenant's own."""
    return f"{settings.database[: NAME_BYTES - len(suffix) - 1]}_{suffix}"


def set_aside_name(settings: Settings, now: datetime | None) -> str:
    """Name that the tenant's database gets when another takes its place."""
    return beside(settings, f"before_{now or datetime.now(UTC):%Y%m%d%H%M%S}")


def fill(
    settings: AdministratorSettings, store: BackupStore, manifest: Mapping[str, Any], database: str, made_for: str
) -> None:
    """Restores a backup into an empty database, compares the two, and writes down there where it comes from.

    Args:
        settings: whose database it is.
        store: where the backup is.
        manifest: of the backup.
        database: the empty database.
        made_for: digest of the image that it is restored for, or `release.COPY`.

    Raises:
        OpsError: what came out of the backup is not what went in.
    """
    backup = manifest["backup"]
    sha256 = dump.restore(administrator_conninfo(settings, database), store.read(backup))
    if sha256 != manifest["sha256"]:
        raise OpsError(f"{backup} is not what was written: its SHA-256 is {sha256}, not {manifest['sha256']}")
    with as_administrator(settings, database) as server:
        found = figures(server.connection)
        if found != manifest["figures"]:
            raise OpsError(f"{backup} came back with {found}, but was taken with {manifest['figures']}")
        ensure_monitoring(server, settings)
        ensure_journal(server, settings)
        record_restoration(server, backup, made_for)
        server.connection.execute("ANALYZE")


def swap(server: Server, current: str, restored: str, kept: str) -> None:
    """Puts the restored database in the place of the current one: both renamed, or neither."""
    connection = server.connection
    names = {"current": sql.Identifier(current), "restored": sql.Identifier(restored), "kept": sql.Identifier(kept)}
    connection.execute(sql.SQL("ALTER DATABASE {current} ALLOW_CONNECTIONS false").format(**names))
    try:
        _end_sessions(connection, current)
        with connection.transaction():
            connection.execute(sql.SQL("ALTER DATABASE {current} RENAME TO {kept}").format(**names))
            connection.execute(sql.SQL("ALTER DATABASE {restored} RENAME TO {current}").format(**names))
    except BaseException:
        connection.execute(sql.SQL("ALTER DATABASE {current} ALLOW_CONNECTIONS true").format(**names))
        raise


def _end_sessions(connection: psycopg.Connection[tuple[Any, ...]], database: str) -> None:
    """A session ends some time after it was told to; RENAME itself waits five seconds for the last ones."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = %s AND pg_has_role(usesysid, 'USAGE')",
        (database,),
    )
