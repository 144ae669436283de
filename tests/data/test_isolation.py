"""Two tenants on one PostgreSQL, each made by `ops bootstrap`: whatever one tries against the other fails.

A tenant is whoever has its login: Odoo, a module of Odoo's, or somebody who broke into it. Its monitor is KEDA's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ops.bootstrap import bootstrap
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import Tenant

Connection = psycopg.Connection[tuple[Any, ...]]
ROLES = ("blue", "green", "monitor")
CONNECTIONS, DATABASE_CONNECTIONS = 5, 8
SECRET = "SELECT 'salaries of the other company'"


def _in_use(tenant: Tenant) -> Tenant:
    """With Odoo in its database, passwords for both logins, and limits that are soon reached."""
    tenant.change(connection_limit=CONNECTIONS, database_connection_limit=DATABASE_CONNECTIONS)
    tenant.fill()
    tenant.change(generation=2)
    bootstrap(tenant.administration)
    return tenant


@pytest.fixture(scope="module")
def tenants(server: DatabaseServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Tenant, Tenant]:
    """The one who tries, and the one who is tried."""
    mine, other = (_in_use(Tenant(server, tmp_path_factory.mktemp(name), name)) for name in ("globex-it", "initech-es"))
    return mine, other


@pytest.fixture
def mine(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The one who tries."""
    return tenants[0]


@pytest.fixture
def other(tenants: tuple[Tenant, Tenant]) -> Tenant:
    """The one who is tried."""
    return tenants[1]


@pytest.fixture
def connection(mine: Tenant) -> Iterator[Connection]:
    """A connection of the one who tries, to its own database, as its Odoo has them."""
    with mine.connect() as connected:
        yield connected


@pytest.fixture
def victim(other: Tenant) -> Iterator[Connection]:
    """A connection of the other, in the middle of a transaction."""
    with psycopg.connect(other.conninfo()) as connected:
        connected.execute(SECRET.encode())
        yield connected


def _filled(statement: str, other: Tenant) -> bytes:
    """The statement with the other's names."""
    return statement.format(database=other.settings.database, owner=other.settings.owner).encode()


@pytest.mark.parametrize("port", ["PostgreSQL", "PgBouncer"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("database", ["{database}", "template1"])
def test_no_role_opens_another_database(
    mine: Tenant, other: Tenant, pooled_port: int, role: str, database: str, port: str
) -> None:
    name = f"{mine.settings.owner}_{role}"
    by = pooled_port if port == "PgBouncer" else None
    mine.connect(name, port=by).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        mine.connect(name, database=database.format(database=other.settings.database), port=by)


def test_the_monitor_does_not_even_open_the_database_that_all_listen_in(mine: Tenant) -> None:
    mine.connect(database="postgres").close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        mine.connect(mine.settings.monitor, database="postgres")


@pytest.mark.parametrize("role", ROLES)
def test_no_password_of_one_opens_a_role_of_another(
    server: DatabaseServer, mine: Tenant, other: Tenant, role: str
) -> None:
    for own in ROLES:
        password = mine.administration.password(f"{mine.settings.owner}_{own}")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.conninfo(other.settings.database, f"{other.settings.owner}_{role}", password))


_FORBIDDEN = {
    # Ways to another database on the same server.
    "dblink": "CREATE EXTENSION dblink",
    "a foreign server": "CREATE EXTENSION postgres_fdw",
    "another template": 'CREATE DATABASE stolen TEMPLATE "{database}"',
    "files as tables": "CREATE EXTENSION file_fdw",
    "a function in C": "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
    # Another's roles.
    "to act as its owner": 'SET ROLE "{owner}"',
    "to act as its login": 'SET ROLE "{owner}_blue"',
    "to log in anew as it": 'SET SESSION AUTHORIZATION "{owner}"',
    "to become a member": 'GRANT "{owner}" TO CURRENT_USER',
    "to become a reader of all": "GRANT pg_read_all_data TO CURRENT_USER",
    "to take its things over": 'REASSIGN OWNED BY "{owner}" TO CURRENT_USER',
    "to drop its things": 'DROP OWNED BY "{owner}"',
    "to hand it something": 'ALTER TABLE res_partner OWNER TO "{owner}"',
    "its password": "ALTER ROLE \"{owner}_blue\" PASSWORD 'mine'",
    "its limit": 'ALTER ROLE "{owner}_blue" CONNECTION LIMIT 0',
    "its time-outs": 'ALTER ROLE "{owner}_blue" SET statement_timeout TO 1',
    "password hashes": "SELECT rolpassword FROM pg_authid",
    "the view of password hashes": "SELECT passwd FROM pg_shadow",
    # Another's database, and databases of one's own.
    "a database": "CREATE DATABASE more",
    "a role": "CREATE ROLE more LOGIN",
    "its database's limit": 'ALTER DATABASE "{database}" CONNECTION LIMIT 0',
    "its database's settings": "ALTER DATABASE \"{database}\" SET work_mem TO '1GB'",
    "its database's name": 'ALTER DATABASE "{database}" RENAME TO gone',
    "its database's end": 'DROP DATABASE "{database}" WITH (FORCE)',
    "its database's rights": 'GRANT CONNECT ON DATABASE "{database}" TO CURRENT_USER',
    "everybody's database": "ALTER DATABASE postgres SET work_mem TO '1GB'",
    # The server's files and programs, where all databases lie.
    "a file": "SELECT pg_read_file('postgresql.conf')",
    "a folder": "SELECT pg_ls_dir('base')",
    "a file as a table": "COPY res_partner (name) FROM '/etc/passwd'",
    "a program": "COPY res_partner (name) FROM PROGRAM 'id'",
    "a program that is told": "COPY res_partner TO PROGRAM 'cat'",
    "a file as a large object": "SELECT lo_import('/etc/passwd')",
    "a large object as a file": "SELECT lo_export(1, '/tmp/taken')",
    "the server's log": "SELECT pg_current_logfile(), pg_ls_logdir()",
    # The whole server.
    "a server parameter": "ALTER SYSTEM SET log_statement TO 'none'",
    "temporary files without end": "SET temp_file_limit TO -1",
    "statements of others, logged": "SET log_min_duration_statement TO 0",
    "a slot": "SELECT pg_create_physical_replication_slot('mine')",
    "all changes": "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')",
    "a subscription": "CREATE SUBSCRIPTION mine CONNECTION 'dbname={database}' PUBLICATION all_of_it",
    "a tablespace": "CREATE TABLESPACE mine LOCATION '/tmp'",
    "a checkpoint": "CHECKPOINT",
    "an event trigger": "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION pg_backend_pid()",
}


@pytest.mark.parametrize("what", _FORBIDDEN)
@pytest.mark.parametrize("acting", ["as the owner", "as the login itself"])
def test_a_tenant_is_refused(connection: Connection, other: Tenant, what: str, acting: str) -> None:
    if acting == "as the login itself":
        connection.execute("SET ROLE NONE")
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(_filled(_FORBIDDEN[what], other))


def test_what_the_other_is_doing_is_not_shown(connection: Connection, other: Tenant, victim: Connection) -> None:
    query = "SELECT query, client_addr, wait_event, xact_start FROM pg_stat_activity WHERE pid = %s"
    seen = connection.execute(query, (victim.info.backend_pid,)).fetchall()
    assert seen == [("<insufficient privilege>", None, None, None)]
    with other.connect() as own:
        own.execute("SET ROLE NONE")
        shown = own.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", (victim.info.backend_pid,)).fetchone()
    assert shown == (SECRET,)


@pytest.mark.parametrize("function", ["pg_terminate_backend", "pg_cancel_backend"])
def test_the_other_s_sessions_cannot_be_ended(connection: Connection, victim: Connection, function: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        connection.execute(f"SELECT {function}(%s)".encode(), (victim.info.backend_pid,))
    assert victim.execute("SELECT 1").fetchone() == (1,)


def test_the_other_s_large_objects_are_in_another_database(connection: Connection, other: Tenant) -> None:
    with other.connect() as own:
        row = own.execute("SELECT lo_from_bytea(0, 'contract')").fetchone()
        assert row is not None
        assert own.execute("SELECT lo_get(%s)", row).fetchone() == (b"contract",)
    with pytest.raises(errors.UndefinedObject):
        connection.execute("SELECT lo_get(%s)", row)


def test_large_objects_in_the_database_that_all_listen_in_are_their_maker_s(mine: Tenant, other: Tenant) -> None:
    with mine.connect(database="postgres") as own, other.connect(database="postgres") as stranger:
        row = own.execute("SELECT lo_from_bytea(0, 'note')").fetchone()
        for statement in ("SELECT lo_get(%s)", "SELECT lo_unlink(%s)"):
            with pytest.raises(errors.InsufficientPrivilege):
                stranger.execute(statement.encode(), row)
        own.execute("SELECT lo_unlink(%s)", row)


def test_nothing_is_left_in_the_database_that_all_listen_in(mine: Tenant) -> None:
    with mine.connect(database="postgres") as connected:
        for statement in (b"CREATE TABLE t (id int)", b"CREATE TEMPORARY TABLE t (id int)", b"CREATE SCHEMA s"):
            with pytest.raises(errors.InsufficientPrivilege):
                connected.execute(statement)


def test_a_lock_of_one_s_own_database_stops_nobody_elsewhere(connection: Connection, other: Tenant) -> None:
    """Odoo's queue runner and click-odoo-update choose one of several by such locks."""
    connection.execute("SELECT pg_advisory_lock(4711)")
    with other.connect() as own:
        assert own.execute("SELECT pg_try_advisory_lock(4711)").fetchone() == (True,)


def test_tables_of_the_other_are_not_in_the_catalog(connection: Connection, other: Tenant) -> None:
    with other.connect() as own:
        own.execute("CREATE TABLE IF NOT EXISTS x_merger_plans (id int)")
    assert connection.execute("SELECT to_regclass('public.x_merger_plans')").fetchone() == (None,)


def test_what_a_tenant_sees_of_the_others(connection: Connection, mine: Tenant, other: Tenant) -> None:
    """docs/reference/odoo-image.md says so: that they exist. Names of databases and roles are a catalog of all."""
    for query in (
        "SELECT datname FROM pg_database",
        "SELECT usename FROM pg_stat_activity",
        "SELECT rolname FROM pg_roles",
    ):
        connection.execute(query.encode())
    listed = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (other.settings.owner,)).fetchone()
    assert listed == (1,)
    hashes = connection.execute("SELECT DISTINCT rolpassword FROM pg_roles").fetchall()
    assert hashes == [("********",)]


def test_all_hear_what_is_notified_in_the_database_that_all_listen_in(mine: Tenant, other: Tenant) -> None:
    """As Odoo's bus does; the payload is names of channels."""
    with mine.connect(database="postgres") as listening, other.connect(database="postgres") as sending:
        listening.execute("LISTEN imbus")
        sending.execute("""SELECT pg_notify('imbus', '[["initech-es", "res.partner", 3]]')""")
        heard = next(listening.notifies(timeout=10))
    assert heard.payload == '[["initech-es", "res.partner", 3]]'


def _open_until_refused(stack: ExitStack, conninfo: str, most: int) -> tuple[int, str]:
    for opened in range(most):
        try:
            stack.enter_context(psycopg.connect(conninfo, autocommit=True))
        except psycopg.OperationalError as error:
            return opened, str(error)
    raise AssertionError(f"{most} connections, and none refused")


def test_whoever_opens_too_many_connections_hurts_only_itself(new_tenant: Callable[[], Tenant]) -> None:
    """Each login has its limit, both together that of the database; the other connects and posts all the while."""
    mine, other = _in_use(new_tenant()), _in_use(new_tenant())
    with ExitStack() as stack:
        green, said = _open_until_refused(stack, mine.conninfo(mine.settings.green), 50)
        assert (green, "too many connections for role" in said) == (CONNECTIONS, True)
        blue, said = _open_until_refused(stack, mine.conninfo(mine.settings.blue), 50)
        assert (green + blue, "too many connections for database" in said) == (DATABASE_CONNECTIONS, True)
        # What is left of a login's own limit is good for the database that all listen in.
        beside, said = _open_until_refused(stack, mine.conninfo(mine.settings.blue, database="postgres"), 50)
        assert (blue + beside, "too many connections for role" in said) == (CONNECTIONS, True)
        for number in range(CONNECTIONS):
            connected = stack.enter_context(other.connect())
            odoo_schema.post(connected, f"INV/while-{number}")
        # Nor is it in the way of a third.
        new_tenant().fill()
