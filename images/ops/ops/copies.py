"""A copy of another environment's database: filled beside ours, neutralised there, and only then put in its place.

Nobody connects to it under its own name but the job that neutralises it. So what is not neutralised is never served.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from ops.backup import manifest_of
from ops.errors import OpsError
from ops.release import COPY, applied_digest, restored_at
from ops.restore import beside, fill, set_aside_name, swap
from ops.server import Server, as_administrator, tenant_conninfo
from ops.settings import AdministratorSettings, TenantSettings
from ops.store import BackupStore
from ops.tenant_database import ensure_database

SUFFIX = "copy"
"""What the name of a copy ends with; the jobs are told of it by `components.odoo.update`."""
# Odoo's own neutralisation puts a server that leads nowhere in the place of all others (odoo/addons/base/data/
# neutralize.sql), so that one of the command line is not used either.
_ACTIVE = (
    (
        "mail server",
        "ir_mail_server",
        "SELECT name FROM ir_mail_server WHERE active AND smtp_host IS DISTINCT FROM 'invalid'",
    ),
    ("incoming mail server", "fetchmail_server", "SELECT name FROM fetchmail_server WHERE active"),
)
# By the table that must be there, for some are of modules:
# Odoo makes bundles anew that are not there; those of the backup point at files that the other environment has.
# What the other environment has signed is not valid here, nor the other way round; and they are two to Odoo's servers.
# Jobs that wait there are done there: as queue_job's own neutralisation has it, which older versions lack
# (github.com/OCA/queue, queue_job/data/neutralize.sql).
_FOREIGN = {
    "ir_attachment": "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%'",
    "ir_config_parameter": (
        "UPDATE ir_config_parameter SET value = gen_random_uuid()::text"
        " WHERE key IN ('database.uuid', 'database.secret')"
    ),
    "queue_job": (
        "UPDATE queue_job SET state = 'cancelled'"
        " WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started')"
    ),
}


def copied_at(settings: AdministratorSettings, backup: str) -> str | None:
    """When the database was copied from this backup; None if it was not. For whatever image: a copy is made once."""
    with as_administrator(settings, settings.database) as server:
        return restored_at(server, backup, COPY)


def lay_beside(settings: AdministratorSettings, store: BackupStore, backup: str) -> str:
    """Restores a backup into a database beside the tenant's own, compares it with its manifest, and returns its name.

    A copy that was left there by an earlier attempt is dropped. What is the other environment's alone is taken out:
    bundles of web pages, the identity of the database, jobs that wait.

    Raises:
        OpsError: there is no such backup, or what came out of it is not what went in. No copy is left.
    """
    manifest, name = manifest_of(store, backup), beside(settings, SUFFIX)
    with as_administrator(settings, "postgres") as server:
        _drop(server, name)
        ensure_database(server, settings, name)
        try:
            fill(settings, store, manifest, name, COPY)
            with as_administrator(settings, name) as copied:
                for table, statement in _FOREIGN.items():
                    if _has_table(copied.connection, table):
                        copied.connection.execute(statement.encode())
        except BaseException:
            _drop(server, name)
            raise
    return name


def is_there(settings: TenantSettings) -> bool:
    """Whether the database of the settings, a copy, waits to be neutralised; it does not once it was put in place."""
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    with psycopg.connect(tenant_conninfo(replace(settings, database="postgres")), autocommit=True) as connection:
        return connection.execute(query, (settings.database,)).fetchone() is not None


def promote(settings: AdministratorSettings, backup: str, now: datetime | None = None) -> str:
    """Puts a copy that is neutralised in the place of the database; the swap ends all sessions of that.

    Returns:
        name of the database that was in its place; nobody can connect to it until `ALLOW_CONNECTIONS` is set again.

    Raises:
        OpsError: there is no copy of this backup, it does not fit the image, or it is not neutralised. Nothing was
            changed.
    """
    name, kept = beside(settings, SUFFIX), set_aside_name(settings, now)
    with as_administrator(settings, "postgres") as server:
        if server.value("SELECT 1 FROM pg_database WHERE datname = %s", name) is None:
            raise OpsError(f"there is no database {name}: the backup was not copied")
        with as_administrator(settings, name) as copied:
            if restored_at(copied, backup, COPY) is None:
                raise OpsError(f"{name} is not a copy of {backup}")
            if (applied := applied_digest(copied)) != settings.digest:
                raise OpsError(f"{name} fits {applied or 'no image'}, not {settings.digest}")
            refuse_live(copied.connection)
        swap(server, settings.database, name, kept)
    return kept


def wants_neutralisation(server: Server) -> bool:
    """Whether the database is a copy of another environment's that is not neutralised."""
    if server.value("SELECT to_regclass('ops.restoration')") is None:
        return False
    copied = server.value("SELECT 1 FROM ops.restoration WHERE digest = %s", COPY)
    return copied is not None and not _is_neutralised(server.connection)


def refuse_live(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Raises OpsError with all that is not as Odoo's neutralisation leaves it, if there is anything."""
    found = [] if _is_neutralised(connection) else ["its parameter database.is_neutralized is not true"]
    for kind, table, query in _ACTIVE:
        if _has_table(connection, table):
            found += [f"{kind} {name} is active" for (name,) in connection.execute(f"{query} ORDER BY name".encode())]
    if found:
        raise OpsError(f"the copy is not neutralised and is not served: {'; '.join(found)}")


def _is_neutralised(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    if not _has_table(connection, "ir_config_parameter"):
        return False
    query = "SELECT lower(value) = 'true' FROM ir_config_parameter WHERE key = 'database.is_neutralized'"
    return connection.execute(query).fetchone() == (True,)


def _has_table(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone() != (None,)


def _drop(server: Server, name: str) -> None:
    server.connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
