"""`ops bootstrap` on a real PostgreSQL, as an administrator who is no superuser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ops.bootstrap import bootstrap, settle
from ops.errors import OpsError
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import NEXT_DIGEST, Tenant

NewTenant = Callable[[], Tenant]

CATALOG: Mapping[str, str] = {
    "roles": "SELECT * FROM pg_authid ORDER BY rolname",
    "memberships": "SELECT * FROM pg_auth_members ORDER BY roleid, member",
    "role settings": "SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole",
    "databases": "SELECT datname, datdba, datacl FROM pg_database ORDER BY datname",
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
    assert bootstrap(tenant.settings) == []
    assert settle(tenant.settings) == []
    assert _catalog(server, tenant) == before


def test_only_a_database_without_odoo_is_initialised(new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    flag = tenant.settings.work / "initialise"
    bootstrap(tenant.settings)
    assert flag.exists()
    with pytest.raises(OpsError, match="Odoo has not been initialised"):
        settle(tenant.settings)
    with tenant.connect() as connection:
        odoo_schema.fill(connection)
    settle(tenant.settings)
    tenant.forget_work()
    tenant.change(digest=NEXT_DIGEST)
    bootstrap(tenant.settings)
    assert not flag.exists()


@pytest.mark.parametrize("role", ["blue", "monitor"])
@pytest.mark.parametrize("through", ["directly", "through PgBouncer"])
def test_no_role_of_a_tenant_opens_the_database_of_another(
    tenant: Tenant, new_tenant: NewTenant, pooled_port: int, role: str, through: str
) -> None:
    other = new_tenant()
    bootstrap(other.settings)
    port = pooled_port if through == "through PgBouncer" else None
    name = f"{other.settings.owner}_{role}"
    other.connect(name, port=port).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        other.connect(name, database=tenant.settings.database, port=port)


def test_a_database_that_azure_made_is_taken_over(server: DatabaseServer, new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    with server.superuser() as connection:
        statement = sql.SQL("CREATE DATABASE {} OWNER {}")
        names = (tenant.settings.database, tenant.settings.administrator)
        connection.execute(statement.format(*map(sql.Identifier, names)))
    bootstrap(tenant.settings)
    with tenant.connect() as connection:
        odoo_schema.fill(connection)


def test_what_one_login_makes_the_other_may_change(tenant: Tenant) -> None:
    tenant.change(generation=2)
    bootstrap(tenant.settings)
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


def test_no_password_reaches_the_log_of_the_server(server: DatabaseServer, tenant: Tenant) -> None:
    log = server.log.read_text(encoding="utf-8")
    assert f'ALTER ROLE "{tenant.settings.blue}" PASSWORD \'SCRAM-SHA-256$' in log
    for role in (tenant.settings.blue, tenant.settings.monitor):
        assert tenant.settings.password(role) not in log


def test_an_extension_that_azure_does_not_allow_is_named(server: DatabaseServer, new_tenant: NewTenant) -> None:
    tenant = new_tenant()
    database = sql.Identifier(tenant.settings.database)
    with server.superuser() as connection:
        owner = sql.Identifier(tenant.settings.administrator)
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("ALTER DATABASE {} SET azure.extensions = 'PG_TRGM,vector'").format(database))
    with pytest.raises(OpsError, match=r"does not allow the extension unaccent: add it to .* azure\.extensions"):
        bootstrap(tenant.settings)


def test_a_wrong_administrator_is_told_so(tenant: Tenant) -> None:
    tenant.write_secret("administrator", "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        bootstrap(tenant.settings)
