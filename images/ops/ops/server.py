"""Connections to PostgreSQL, and what is changed over them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.settings import AdministratorLogin, ServerSettings, TenantSettings

SPLIT_SET_OPTION = 160_000
"""From PostgreSQL 16 on, to inherit a role and to set it are options of a membership
(postgresql.org docs/16/role-membership.html)."""
COLLISION = "tuple concurrently updated"
"""What PostgreSQL says when two change the same row of its catalog, e.g. the rights to one database."""
COLLISIONS = 50
COLLISION_SECONDS = 0.2


def tenant_conninfo(settings: TenantSettings) -> str:
    """Connection string to the tenant's database as Odoo logs in to it, without the password: that is in a file."""
    user, password = settings.login()
    return _conninfo(settings, settings.database, user, password)


def administrator_conninfo(settings: AdministratorLogin, database: str, role: str | None = None) -> str:
    """Connection string of a role, the administrator by default, without the password: that is in a file of ours."""
    user = role or settings.administrator
    return _conninfo(settings, database, user, settings.password(user))


def _conninfo(settings: ServerSettings, database: str, user: str, password: str) -> str:
    return make_conninfo(
        host=settings.host,
        port=settings.port,
        sslmode=settings.sslmode,
        sslrootcert=settings.sslrootcert,
        dbname=database,
        user=user,
        passfile=str(_password_file(settings, user, password)),
        connect_timeout=10,
        application_name="odoo-operations",
        # Dumps take long, and whoever exports their snapshot waits for them.
        options="-c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
    )


def _password_file(settings: ServerSettings, user: str, password: str) -> Path:
    """libpq's password file of one login (postgresql.org docs/current/libpq-pgpass.html)."""
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return write_private(settings.private / f"pgpass-{user}", f"*:*:*:{user}:{escaped}\n")


def write_private(path: Path, text: str) -> Path:
    """Writes a file that only its owner reads (libpq ignores a password file that others can read), whole or not."""
    new = path.with_name(f"{path.name}.{threading.get_ident()}")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    return path


class Server:
    """A connection that remembers what was changed over it.

    Attributes:
        connection: the connection; every statement commits by itself.
        changes: what has been changed, a line each.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], changes: list[str]) -> None:
        self.connection = connection
        self.changes = changes

    def value(self, query: LiteralString | sql.Composed, *parameters: object) -> Any:
        """First column of the first row; None if there is none."""
        row = self.connection.execute(query, parameters).fetchone()
        return row[0] if row else None

    def change(self, what: str, statement: LiteralString, **parts: sql.Composable) -> None:
        """Executes a statement, and remembers it as `what`.

        Tenants of one server are bootstrapped at the same time, and all of them change the rights to `postgres`: who
        comes too late tries again.
        """
        composed = sql.SQL(statement).format(**parts)
        for left in reversed(range(COLLISIONS)):
            try:
                self.connection.execute(composed)
                break
            except psycopg.errors.InternalError_ as error:
                if not left or COLLISION not in str(error):
                    raise
                time.sleep(COLLISION_SECONDS)
        self.changes.append(what)

    @property
    def membership_privilege(self) -> str:
        """What `pg_has_role` must be asked for, to know whether a role can be set."""
        return "SET" if self.connection.info.server_version >= SPLIT_SET_OPTION else "MEMBER"


@contextmanager
def as_administrator(settings: AdministratorLogin, database: str, changes: list[str] | None = None) -> Iterator[Server]:
    """Connects as the administrator to a database."""
    with psycopg.connect(administrator_conninfo(settings, database), autocommit=True) as connection:
        yield Server(connection, [] if changes is None else changes)


@contextmanager
def as_tenant(settings: TenantSettings, changes: list[str] | None = None) -> Iterator[Server]:
    """Connects to the tenant's database as Odoo does: with the rights of its owner."""
    with psycopg.connect(tenant_conninfo(settings), autocommit=True) as connection:
        yield Server(connection, [] if changes is None else changes)
