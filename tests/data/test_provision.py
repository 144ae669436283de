"""`ops provision` on a server of its own, as an administrator who is no superuser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors

from ops.bootstrap import bootstrap
from ops.errors import OpsError
from ops.provision import METRICS, METRICS_CONNECTIONS, provision
from ops.settings import LOGIN_NAMES, AdministratorLogin
from tests.data.administration import administration
from tests.data.servers import DatabaseServer, missing_programs, postgresql
from tests.data.tenants import Tenant

PACKAGE = Path(__file__).parents[2] / "images" / "ops"
CATALOG = (
    "SELECT * FROM pg_authid ORDER BY rolname",
    "SELECT * FROM pg_auth_members ORDER BY roleid, member",
    "SELECT * FROM pg_db_role_setting ORDER BY setdatabase, setrole",
    "SELECT datname, datacl, datconnlimit FROM pg_database ORDER BY datname",
)
SECRET = "SELECT 'salaries'"


@dataclass(frozen=True, kw_only=True)
class Provisioned:
    """A server, and what provisioning it took."""

    server: DatabaseServer
    settings: AdministratorLogin
    changes: list[str]

    def write_secret(self, name: str, text: str) -> None:
        """Puts a password where the secrets-store driver would."""
        (self.settings.secrets / name).write_text(text, encoding="utf-8")

    def conninfo(self, database: str = "postgres") -> str:
        """As the exporter connects."""
        return self.server.conninfo(database, METRICS, self.settings.password(METRICS))

    def catalog(self) -> list[list[Any]]:
        """Roles, memberships, their settings, and who may connect."""
        with self.server.superuser() as connection:
            return [connection.execute(query.encode()).fetchall() for query in CATALOG]


@pytest.fixture(scope="module")
def provisioned(folder: Path) -> Iterator[Provisioned]:
    """A server as Azure hands it over, and then provisioned."""
    if missing := missing_programs():
        pytest.skip(f"missing on this machine: {', '.join(missing)}; `make servers` installs them")
    home = folder / "provisioned"
    home.mkdir()
    with postgresql(home, "60") as server:
        settings = administration(server, home)
        yield Provisioned(server=server, settings=settings, changes=provision(settings))


@pytest.fixture(scope="module")
def tenant(provisioned: Provisioned, tmp_path_factory: pytest.TempPathFactory) -> Tenant:
    """A tenant on that server, with Odoo in its database."""
    made = Tenant(provisioned.server, tmp_path_factory.mktemp("umbrella-fr"), "umbrella-fr")
    made.fill()
    return made


@pytest.fixture
def exporter(provisioned: Provisioned) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection of the exporter's."""
    with psycopg.connect(provisioned.conninfo(), autocommit=True) as connection:
        yield connection


def test_a_new_server_is_closed_and_gets_the_role_of_the_exporter(provisioned: Provisioned) -> None:
    assert provisioned.changes == [
        "closed postgres to all roles but its own",
        "closed template1 to all roles but its own",
        "made the role metrics",
        "may act as metrics",
        "metrics may have 5 connections, and make no databases and roles",
        "metrics has the rights of pg_monitor",
        "metrics has default_transaction_read_only on",
        "metrics has statement_timeout 10s",
        "metrics may connect to postgres",
        "set the password of metrics",
    ]


def test_a_second_time_changes_nothing_with_tenants_or_without(provisioned: Provisioned, tenant: Tenant) -> None:
    before = provisioned.catalog()
    assert provision(provisioned.settings) == []
    assert bootstrap(tenant.administration) == []
    assert provisioned.catalog() == before


def test_the_exporter_sees_what_tenants_are_doing(
    exporter: psycopg.Connection[tuple[Any, ...]], tenant: Tenant
) -> None:
    with psycopg.connect(tenant.conninfo()) as working:
        working.execute(SECRET.encode())
        query = "SELECT query, state FROM pg_stat_activity WHERE pid = %s"
        seen = exporter.execute(query, (working.info.backend_pid,)).fetchall()
    assert seen == [(SECRET, "idle in transaction")]
    figures = "SELECT xact_commit > 0, temp_bytes >= 0 FROM pg_stat_database WHERE datname = %s"
    assert exporter.execute(figures, (tenant.settings.database,)).fetchone() == (True, True)


@pytest.mark.parametrize("database", ["umbrella-fr", "template1"])
def test_the_exporter_opens_no_database_of_a_tenant(provisioned: Provisioned, tenant: Tenant, database: str) -> None:
    tenant.connect().close()
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(provisioned.conninfo(database))


@pytest.mark.parametrize("statement", ["SELECT name FROM res_partner", "SELECT kwargs FROM queue_job"])
def test_the_exporter_reads_no_table_even_where_it_is_let_in(
    provisioned: Provisioned, tenant: Tenant, statement: str
) -> None:
    database = tenant.settings.database
    with provisioned.server.superuser() as administrator:
        administrator.execute(f'GRANT CONNECT ON DATABASE "{database}" TO {METRICS}'.encode())
    try:
        with (
            psycopg.connect(provisioned.conninfo(database)) as inside,
            pytest.raises(errors.InsufficientPrivilege, match="permission denied for table"),
        ):
            inside.execute(statement.encode())
    finally:
        with provisioned.server.superuser() as administrator:
            administrator.execute(f'REVOKE CONNECT ON DATABASE "{database}" FROM {METRICS}'.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (id int)",
        "CREATE TEMPORARY TABLE t (id int)",
        "CREATE DATABASE more",
        "CREATE ROLE more",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
        "SELECT pg_read_file('postgresql.conf')",
        "ALTER ROLE metrics CONNECTION LIMIT 50",
    ],
)
def test_the_exporter_changes_nothing_even_if_it_writes(
    exporter: psycopg.Connection[tuple[Any, ...]], tenant: Tenant, statement: str
) -> None:
    exporter.execute("SET default_transaction_read_only TO off")
    with tenant.connect(), pytest.raises(errors.InsufficientPrivilege):
        exporter.execute(statement.encode())


def test_sessions_of_the_exporter_only_read_and_end_in_time(exporter: psycopg.Connection[tuple[Any, ...]]) -> None:
    assert exporter.execute("SHOW transaction_read_only").fetchone() == ("on",)
    assert exporter.execute("SHOW statement_timeout").fetchone() == ("10s",)


def test_an_exporter_at_its_limit_is_refused_and_its_password_stays(provisioned: Provisioned) -> None:
    with ExitStack() as stack:
        for _ in range(METRICS_CONNECTIONS):
            stack.enter_context(psycopg.connect(provisioned.conninfo()))
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            psycopg.connect(provisioned.conninfo())
        assert provision(provisioned.settings) == []


def test_a_new_password_is_set_and_the_former_one_ends(provisioned: Provisioned) -> None:
    former = provisioned.conninfo()
    provisioned.write_secret(METRICS, "metrics-2")
    assert provision(provisioned.settings) == ["set the password of metrics"]
    psycopg.connect(provisioned.conninfo()).close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(former)
    log = provisioned.server.log.read_text(encoding="utf-8")
    assert "metrics-1" not in log
    assert "metrics-2" not in log


def test_a_role_with_more_rights_than_figures_need_is_refused(provisioned: Provisioned) -> None:
    with provisioned.server.superuser() as administrator:
        administrator.execute(f"GRANT pg_read_all_data TO {METRICS}".encode())
    try:
        with pytest.raises(OpsError, match="metrics is a member of pg_read_all_data: it shall have no rights but"):
            provision(provisioned.settings)
    finally:
        with provisioned.server.superuser() as administrator:
            administrator.execute(f"REVOKE pg_read_all_data FROM {METRICS}".encode())


def test_the_command_needs_to_be_told_of_no_tenant(provisioned: Provisioned) -> None:
    settings = provisioned.settings
    assert {field.name for field in fields(settings)} == LOGIN_NAMES.keys()
    environment = {name: str(getattr(settings, field)) for field, name in LOGIN_NAMES.items()}
    environment |= {"PYTHONPATH": str(PACKAGE), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "ops", "provision"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "nothing to change\n"), ended.stderr
