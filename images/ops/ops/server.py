"""Connections to PostgreSQL as its administrator, and what is changed over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from ops.settings import Settings

SPLIT_SET_OPTION = 160_000
"""From PostgreSQL 16 on, to inherit a role and to set it are options of a membership
(postgresql.org docs/16/role-membership.html)."""


def conninfo(settings: Settings, database: str, role: str | None = None) -> str:
    """Connection string of a login, the administrator by default, without the password: that is in a file of ours."""
    user = role or settings.administrator
    return make_conninfo(
        host=settings.host,
        port=settings.port,
        sslmode=settings.sslmode,
        sslrootcert=settings.sslrootcert,
        dbname=database,
        user=user,
        passfile=str(_password_file(settings, user)),
        connect_timeout=10,
        application_name="odoo-operations",
        # Dumps take long, and whoever exports their snapshot waits for them.
        options="-c statement_timeout=0 -c idle_in_transaction_session_timeout=0",
    )


def _password_file(settings: Settings, user: str) -> Path:
    """libpq's password file of one login (postgresql.org docs/current/libpq-pgpass.html)."""
    password = settings.password(user).replace("\\", "\\\\").replace(":", "\\:")
    return write_private(settings.private / f"pgpass-{user}", f"*:*:*:{user}:{password}\n")


def write_private(path: Path, text: str) -> Path:
    """Writes a file that only its owner reads (libpq ignores a password file that others can read), whole or not."""
    new = path.with_name(f"{path.name}.new")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
    return path


class Administrator:
    """A connection of the administrator that remembers what was changed over it.

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
        """Executes a statement, and remembers it as `what`."""
        self.connection.execute(sql.SQL(statement).format(**parts))
        self.changes.append(what)

    @property
    def membership_privilege(self) -> str:
        """What `pg_has_role` must be asked for, to know whether a role can be set."""
        return "SET" if self.connection.info.server_version >= SPLIT_SET_OPTION else "MEMBER"


@contextmanager
def administrator(settings: Settings, database: str, changes: list[str] | None = None) -> Iterator[Administrator]:
    """Connects as the administrator to a database."""
    with psycopg.connect(conninfo(settings, database), autocommit=True) as connection:
        yield Administrator(connection, [] if changes is None else changes)
