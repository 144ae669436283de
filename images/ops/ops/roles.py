"""Roles as they shall be; those of a tenant.

`<owner>` owns everything and nobody logs in as it. `<owner>_blue` and `<owner>_green` log in by turns and act as the
owner, so that what one has made belongs to the other too. `<owner>_monitor` reads the state of queues. None of them can
do more than PostgreSQL lets everybody do, but in the tenant's own database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from ops.errors import OpsError
from ops.server import Server, administrator_conninfo
from ops.settings import AdministratorLogin, AdministratorSettings

MONITOR_CONNECTIONS = 10
# Odoo ends a request after 20 minutes (limit_time_real); scheduled actions may take longer, nothing takes an hour.
STATEMENT_TIMEOUT = "1h"
# A transaction without a statement waits for somebody else's answer, at most as long as a request may take. Meanwhile
# nothing that others deleted can be cleaned up.
IDLE_IN_TRANSACTION_TIMEOUT = "30min"
# Who waits for a lock that long waits for a transaction that will not end.
LOCK_TIMEOUT = "5min"
MONITOR_STATEMENT_TIMEOUT = "10s"
SCRAM = b"scram-sha-256"
TOO_MANY = "too many connections for"
"""How the server refuses, by the limit of a role or a database, a login whose password it has accepted
(src/backend/utils/init: postinit.c, miscinit.c)."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """How a role shall be.

    Args:
        name: its name.
        connection_limit: connections it may have; 0 keeps everybody out.
        member_of: role whose rights it has.
        inherit: whether it has the rights of roles that it is a member of. An owner of a database needs that: the
            schema `public` belongs to `pg_database_owner`.
        settings: its session defaults. It may change them: they end what was forgotten, and stop no ill will.
    """

    name: str
    connection_limit: int
    member_of: str | None = None
    inherit: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)


def roles_of(settings: AdministratorSettings) -> tuple[Role, ...]:
    """The roles of a tenant, the owner first."""
    login = {
        "role": settings.owner,
        "statement_timeout": STATEMENT_TIMEOUT,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT,
        "lock_timeout": LOCK_TIMEOUT,
    }
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
            inherit=False,
            settings={"default_transaction_read_only": "on", "statement_timeout": MONITOR_STATEMENT_TIMEOUT},
        ),
    )


def ensure_roles(server: Server, settings: AdministratorSettings) -> None:
    """Makes the tenant's roles as they shall be, but for their passwords.

    Raises:
        OpsError: one of them is a member of a role that is not the tenant's.
    """
    for role in roles_of(settings):
        ensure_role(server, role)


def ensure_passwords(server: Server, settings: AdministratorSettings) -> None:
    """Gives the monitor and the login whose turn it is their passwords.

    The other login keeps its password: whoever has not yet read the new one still connects with it.
    """
    for name in (settings.active, settings.monitor):
        ensure_password(server, settings, name, settings.database)


def ensure_role(server: Server, role: Role) -> None:
    """Makes a role as it shall be, but for its password.

    Raises:
        OpsError: it is a member of another role than it shall be.
    """
    name = sql.Identifier(role.name)
    if server.value("SELECT 1 FROM pg_roles WHERE rolname = %s", role.name) is None:
        server.change(f"made the role {role.name}", "CREATE ROLE {name} LOGIN", name=name)
    _ensure_set_by_administrator(server, role.name)
    _ensure_attributes(server, role)
    if role.member_of and not server.value("SELECT pg_has_role(%s, %s, 'USAGE')", role.name, role.member_of):
        server.change(
            f"{role.name} has the rights of {role.member_of}",
            "GRANT {group} TO {name}",
            group=sql.Identifier(role.member_of),
            name=name,
        )
    _ensure_settings(server, role)
    _refuse_foreign_membership(server, role)


def _ensure_set_by_administrator(server: Server, name: str) -> None:
    """Lets the administrator act as the role: to hand databases over to it, and to end its sessions.

    From PostgreSQL 16 on, whoever makes a role may only administer it at first.
    """
    query = "SELECT pg_has_role(current_user, %s, %s) AND pg_has_role(current_user, %s, 'USAGE')"
    if not server.value(query, name, server.membership_privilege, name):
        server.change(f"may act as {name}", "GRANT {name} TO CURRENT_USER", name=sql.Identifier(name))


def _ensure_attributes(server: Server, role: Role) -> None:
    as_it_shall_be = (
        "SELECT 1 FROM pg_roles WHERE rolname = %s AND rolconnlimit = %s AND rolinherit = %s"
        " AND rolcanlogin AND NOT rolcreatedb AND NOT rolcreaterole"
    )
    if server.value(as_it_shall_be, role.name, role.connection_limit, role.inherit) is None:
        server.change(
            f"{role.name} may have {role.connection_limit} connections, and make no databases and roles",
            "ALTER ROLE {name} LOGIN NOCREATEDB NOCREATEROLE {inherit} CONNECTION LIMIT {limit}",
            name=sql.Identifier(role.name),
            inherit=sql.SQL("INHERIT" if role.inherit else "NOINHERIT"),
            limit=sql.Literal(role.connection_limit),
        )


def _refuse_foreign_membership(server: Server, role: Role) -> None:
    groups = server.value(
        "SELECT string_agg(pg_get_userbyid(roleid), ', ') FROM pg_auth_members"
        " WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %s)"
        " AND pg_get_userbyid(roleid) IS DISTINCT FROM %s",
        role.name,
        role.member_of,
    )
    if groups is not None:
        raise OpsError(
            f"{role.name} is a member of {groups}: it shall have no rights but its own. Revoke that membership first"
        )


def _ensure_settings(server: Server, role: Role) -> None:
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


def ensure_password(server: Server, settings: AdministratorLogin, name: str, database: str) -> None:
    """Gives a role the password of its file, unless it has it.

    Nobody but a superuser can read password hashes, so a login shows whether the password is the wanted one. The server
    gets a hash, so that no log of statements can hold the password.

    Args:
        server: the administrator, connected to any database.
        settings: where the file is.
        name: the role.
        database: one that it may connect to.

    Raises:
        OpsError: the server does not take the password that it has just been given.
    """
    if _can_log_in(settings, name, database):
        return
    password = settings.password(name).encode()
    verifier = server.connection.pgconn.encrypt_password(password, name.encode(), SCRAM).decode()
    server.change(
        f"set the password of {name}",
        "ALTER ROLE {name} PASSWORD {verifier}",
        name=sql.Identifier(name),
        verifier=sql.Literal(verifier),
    )
    if not _can_log_in(settings, name, database):
        raise OpsError(f"{name} cannot log in with the password it has just been given: see the server's log")


def _can_log_in(settings: AdministratorLogin, name: str, database: str) -> bool:
    """Whether the server takes the password, even if it has no room for one more connection."""
    try:
        psycopg.connect(administrator_conninfo(settings, database, name)).close()
    except psycopg.OperationalError as error:
        return TOO_MANY in str(error)
    return True
