"""What the database remembers of its operations, in a schema `ops` beside Odoo's own tables.

It is part of every backup: a restored database knows which image it was made for.
"""

from __future__ import annotations

from psycopg import sql

from ops.server import Server
from ops.settings import Settings

COPY = "copy"
"""Stands for the image in `ops.restoration` where a database is a copy of another environment's."""


def ensure_journal(server: Server, settings: Settings) -> None:
    """Makes the tables of the journal, for the owner."""
    if server.value("SELECT to_regclass('ops.restoration')") is not None:
        return
    server.connection.execute(sql.SQL("SET ROLE {owner}").format(owner=sql.Identifier(settings.owner)))
    server.change("made the schema ops", "CREATE SCHEMA IF NOT EXISTS ops")
    server.change(
        "made the table ops.release",
        "CREATE TABLE IF NOT EXISTS ops.release"
        " (id serial PRIMARY KEY, digest text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    )
    server.change(
        "made the table ops.restoration",
        "CREATE TABLE IF NOT EXISTS ops.restoration"
        " (backup text, digest text, restored_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (backup, digest))",
    )
    server.connection.execute("RESET ROLE")


def applied_digest(server: Server) -> str | None:
    """Digest of the image that the database was last upgraded by; None if nobody wrote one down."""
    if server.value("SELECT to_regclass('ops.release')") is None:
        return None
    digest = server.value("SELECT digest FROM ops.release ORDER BY id DESC LIMIT 1")
    return None if digest is None else str(digest)


def record_release(server: Server, digest: str) -> None:
    """Writes down that the database now fits the image of this digest."""
    if applied_digest(server) != digest:
        server.connection.execute("INSERT INTO ops.release (digest) VALUES (%s)", (digest,))
        server.changes.append(f"the database fits {digest}")


def restored_at(server: Server, backup: str, digest: str) -> str | None:
    """When the database was restored from that backup for that image, or as a `COPY`; None if it was not."""
    if server.value("SELECT to_regclass('ops.restoration')") is None:
        return None
    when = server.value(
        "SELECT restored_at::text FROM ops.restoration WHERE backup = %s AND digest = %s", backup, digest
    )
    return None if when is None else str(when)


def record_restoration(server: Server, backup: str, digest: str) -> None:
    """Writes down where the database comes from."""
    server.connection.execute(
        "INSERT INTO ops.restoration (backup, digest) VALUES (%s, %s)"
        " ON CONFLICT (backup, digest) DO UPDATE SET restored_at = now()",
        (backup, digest),
    )
