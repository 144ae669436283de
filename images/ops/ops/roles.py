"""The roles of a tenant.

`<owner>` owns everything and nobody logs in as it. `<owner>_blue` and `<owner>_green` log in by turns and act as the
owner, so that what one has made belongs to the other too. `<owner>_monitor` reads the state of queues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from ops.errors import OpsError
from ops.server import Administrator, conninfo
from ops.settings import Settings

MONITOR_CONNECTIONS = 10
# Odoo ends a request after 20 minutes (limit_time_real); scheduled actions may take longer, nothing takes an hour.
STATEMENT_TIMEOUT = "1h"
# Who waits for a lock that long waits for a transaction that will not end.
LOCK_TIMEOUT = "5min"
MONITOR_STATEMENT_TIMEOUT = "10s"
SCRAM = b"scram-sha-256"


@dataclass(frozen=True, kw_only=True)
class Role:
    """How a role shall be.

    Args:
        name: its name.
        connection_limit: connections it may have; 0 keeps everybody out.
        member_of: role whose rights it has.
        settings: its session defaults.
    """

    name: str
    connection_limit: int
    member_of: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


def roles_of(settings: Settings) -> tuple[Role, ...]:
    """The roles of a tenant, the owner first."""
    login = {"role": settings.owner, "statement_timeout": STATEMENT_TIMEOUT, "lock_timeout": LOCK_TIMEOUT}
    return (
        # A login without password and connections, for Odoo looks the owner of databases up among those that may log
        # in (odoo/service/db.py, list_dbs).
        Role(name=settings.owner, connection_limit=0),
        *(
            Role(name=name, connection_limit=settings.connection_limit, member_of=settings.owner, settings=login)
            for name in (settings.blue, settings.green)
        ),
        Role(
            name=settings.monitor,
            connection_limit=MONITOR_CONNECTIONS,
            settings={"default_transaction_read_only": "on", "statement_timeout": MONITOR_STATEMENT_TIMEOUT},
        ),
    )


def ensure_roles(server: Administrator, settings: Settings) -> None:
    """Makes the roles as they shall be, and gives the monitor and the login whose turn it is their passwords.

    The other login keeps its password: whoever has not yet read the new one still connects with it.
    """
    for role in roles_of(settings):
        _ensure_role(server, role)
    for name in (settings.active, settings.monitor):
        _ensure_password(server, settings, name)


def _ensure_role(server: Administrator, role: Role) -> None:
    name = sql.Identifier(role.name)
    if server.value("SELECT 1 FROM pg_roles WHERE rolname = %s", role.name) is None:
        server.change(f"made the role {role.name}", "CREATE ROLE {name} LOGIN", name=name)
    _ensure_set_by_administrator(server, role.name)
    limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = %s AND rolcanlogin"
    if server.value(limit, role.name) != role.connection_limit:
        server.change(
            f"{role.name} may have {role.connection_limit} connections",
            "ALTER ROLE {name} LOGIN CONNECTION LIMIT {limit}",
            name=name,
            limit=sql.Literal(role.connection_limit),
        )
    if role.member_of and not server.value("SELECT pg_has_role(%s, %s, 'USAGE')", role.name, role.member_of):
        server.change(
            f"{role.name} has the rights of {role.member_of}",
            "GRANT {group} TO {name}",
            group=sql.Identifier(role.member_of),
            name=name,
        )
    _ensure_settings(server, role)


def _ensure_set_by_administrator(server: Administrator, name: str) -> None:
    """Lets the administrator act as the role: to hand databases over to it, and to end its sessions.

    From PostgreSQL 16 on, whoever makes a role may only administer it at first.
    """
    query = "SELECT pg_has_role(current_user, %s, %s) AND pg_has_role(current_user, %s, 'USAGE')"
    if not server.value(query, name, server.membership_privilege, name):
        server.change(f"may act as {name}", "GRANT {name} TO CURRENT_USER", name=sql.Identifier(name))


def _ensure_settings(server: Administrator, role: Role) -> None:
    found = server.value("SELECT coalesce(rolconfig, '{}') FROM pg_roles WHERE rolname = %s", role.name)
    for parameter, value in role.settings.items():
        if f"{parameter}={value}" not in found:
            server.change(
                f"{role.name} has {parameter} {value}",
                "ALTER ROLE {name} SET {parameter} TO {value}",
                name=sql.Identifier(role.name),
                parameter=sql.Identifier(parameter),
                value=sql.Literal(value),
            )


def _ensure_password(server: Administrator, settings: Settings, name: str) -> None:
    """Nobody but a superuser can read password hashes, so a login shows whether the password is the wanted one.

    The server gets a hash, so that no log of statements can hold the password.
    """
    if _can_log_in(settings, name):
        return
    password = settings.password(name).encode()
    verifier = server.connection.pgconn.encrypt_password(password, name.encode(), SCRAM).decode()
    server.change(
        f"set the password of {name}",
        "ALTER ROLE {name} PASSWORD {verifier}",
        name=sql.Identifier(name),
        verifier=sql.Literal(verifier),
    )
    if not _can_log_in(settings, name):
        raise OpsError(f"{name} cannot log in with the password it has just been given: see the server's log")


def _can_log_in(settings: Settings, name: str) -> bool:
    try:
        psycopg.connect(conninfo(settings, "postgres", name)).close()
    except psycopg.OperationalError:
        return False
    return True
