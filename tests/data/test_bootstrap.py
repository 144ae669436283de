"""`ops bootstrap` on a real PostgreSQL, as an administrator who is no superuser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ops.bootstrap import bootstrap
from ops.errors import OpsError
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import Tenant

NewTenant = Callable[[], Tenant]

CATALOG: Mapping[str, str] = {
    "roles": "SELECT * FROM pg_authid ORDER BY rolname",
    "memberships": "SELECT * FROM pg_auth_members ORDER BY roleid, member",
    "role settings": "SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole",
    "databases": "SELECT datname, datdba, datacl, datconnlimit FROM pg_database ORDER BY datname",
    "schemas": "SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY nspname",
    "extensions": "SELECT extname, extnamespace FROM pg_extension ORDER BY extname",
    "columns": "SELECT attrelid, attname, attacl FROM pg_attribute WHERE attacl IS NOT NULL ORDER BY attrelid, attname",
    "journal": "SELECT * FROM ops.release ORDER BY id",
}


def _catalog(server: DatabaseServer, tenant: Tenant) -> dict[str, list[Any]]:
    with server.superuser(tenant.settings.database) as connection:
        return {what: connection.execute(query.encode()).fetchall() for what, query in CATALOG.items()}


def test_a_second_bootstrap_changes_nothing(server: DatabaseServer, tenant: Tenant) -> None:
    before = _catalog(server, tenant)
    assert bootstrap(tenant.administration) == []
    assert _catalog(server, tenant) == before


def test_tenants_of_one_server_are_bootstrapped_at_the_same_time(new_tenant: NewTenant) -> None:
    """All of them change the rights to the database `postgres`, a row of the catalog that they share."""
    tenants = [new_tenant() for _ in range(6)]
    with ThreadPoolExecutor(len(tenants)) as pool:
        changes = list(pool.map(lambda tenant: bootstrap(tenant.administration), tenants))
    for tenant, changed in zip(tenants, changes, strict=True):
        assert f"{tenant.settings.owner} may connect to postgres" in changed
        tenant.connect(database="postgres").close()


def test_a_database_that_azure_made_is_taken_over(server: DatabaseServer, new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    with server.superuser() as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        names = (tenant.settings.database, tenant.administration.administrator)
        connection.execute(statement.format(*map(sql.Identifier, names)))
    bootstrap(tenant.administration)
    with tenant.connect() as connection:
        odoo_schema.fill(connection)
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert connection.execute(owner).fetchone() == (tenant.settings.owner,)


def test_what_one_login_makes_the_other_may_change(tenant: Tenant) -> None:
    tenant.change(generation=2)
    bootstrap(tenant.administration)
    with tenant.connect(tenant.settings.green) as connection:
        connection.execute("ALTER TABLE account_move ADD COLUMN ref text")
        owner = connection.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'account_move'").fetchone()
    assert owner == (tenant.settings.owner,)


def test_nobody_logs_in_as_the_owner(server: DatabaseServer, tenant: Tenant) -> None:
    with server.superuser() as connection:
        query = "SELECT rolpassword, rolconnlimit FROM pg_authid WHERE rolname = %s"
        assert connection.execute(query, (tenant.settings.owner,)).fetchone() == (None, 0)
    conninfo = server.conninfo(tenant.settings.database, tenant.settings.owner, "anything")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(conninfo)


def test_odoo_finds_its_database_among_those_of_its_role(tenant: Tenant) -> None:
    """The query of odoo/service/db.py, list_dbs, which answers when `dbfilter` is set."""
    with tenant.connect(database="postgres") as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datdba = (SELECT usesysid FROM pg_user WHERE usename = current_user)"
        ).fetchall()
    assert found == [(tenant.settings.database,)]


def test_the_monitor_reads_queue_depths_and_nothing_of_the_books(tenant: Tenant) -> None:
    with tenant.connect(tenant.settings.monitor) as connection:
        depth = connection.execute("SELECT count(*) FROM queue_job WHERE state = 'pending'").fetchone()
        assert depth == (1,)
        for query in (b"SELECT kwargs FROM queue_job", b"SELECT * FROM account_move", b"SELECT * FROM res_partner"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(query)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TEMPORARY TABLE kept (id int)")


def test_a_tenant_with_another_role_s_rights_is_refused(server: DatabaseServer, tenant: Tenant) -> None:
    with server.superuser() as connection:
        connection.execute(f'GRANT pg_read_all_data TO "{tenant.settings.green}"'.encode())
    with pytest.raises(OpsError, match=f"{tenant.settings.green} is a member of pg_read_all_data: it shall have no"):
        bootstrap(tenant.administration)


def test_attributes_limits_and_time_outs_come_back(server: DatabaseServer, tenant: Tenant) -> None:
    blue, monitor = tenant.settings.blue, tenant.settings.monitor
    before = _catalog(server, tenant)
    with server.superuser() as connection:
        connection.execute(f'ALTER ROLE "{blue}" CREATEDB CREATEROLE CONNECTION LIMIT -1'.encode())
        connection.execute(f'ALTER ROLE "{monitor}" INHERIT'.encode())
        connection.execute(f'ALTER DATABASE "{tenant.settings.database}" CONNECTION LIMIT -1'.encode())
    with tenant.connect() as connection:
        connection.execute("SET ROLE NONE")
        connection.execute(f'ALTER ROLE "{blue}" SET statement_timeout TO 0'.encode())
    bootstrap(tenant.administration)
    assert _catalog(server, tenant) == before


def test_no_password_reaches_the_log_of_the_server(server: DatabaseServer, tenant: Tenant) -> None:
    log = server.log.read_text(encoding="utf-8")
    assert f'ALTER ROLE "{tenant.settings.blue}" PASSWORD \'SCRAM-SHA-256$' in log
    for role in (tenant.settings.blue, tenant.settings.monitor):
        assert tenant.administration.password(role) not in log


def test_an_extension_that_azure_does_not_allow_is_named(server: DatabaseServer, new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    database = sql.Identifier(tenant.settings.database)
    with server.superuser() as connection:
        owner = sql.Identifier(tenant.administration.administrator)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, owner))
        connection.execute(sql.SQL("ALTER DATABASE {} SET azure.extensions = 'PG_TRGM,vector'").format(database))
    with pytest.raises(OpsError, match=r"does not allow the extension unaccent: add it to .* azure\.extensions"):
        bootstrap(tenant.administration)


def test_a_wrong_administrator_is_told_so(tenant: Tenant) -> None:
    tenant.write_secret("administrator", "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        bootstrap(tenant.administration)
