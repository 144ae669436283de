"""Copies of another environment: never served before Odoo has neutralised them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ops import __main__ as commands
from ops import machines
from ops.backup import backup
from ops.copies import SUFFIX
from ops.release import applied_digest
from ops.server import as_tenant
from ops.settings import ADMINISTRATOR_NAMES, TENANT_NAMES
from ops.store import BackupStore
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import DIGEST, NEXT_DIGEST, Tenant

BACKUP_SECONDS = 1.0
"""Until the next backup has another name: it is that of the second, and none is overwritten."""
_LIVE = """
CREATE TABLE ir_config_parameter (key text PRIMARY KEY, value text);
CREATE TABLE ir_mail_server (name text, smtp_host text, active boolean);
CREATE TABLE fetchmail_server (name text, active boolean);
CREATE TABLE ir_attachment (url text, store_fname text);
INSERT INTO ir_config_parameter VALUES ('database.uuid', 'theirs'), ('database.secret', 'theirs');
INSERT INTO ir_mail_server VALUES ('Exchange', 'smtp.acme.example', true);
INSERT INTO fetchmail_server VALUES ('Invoices', true);
INSERT INTO ir_attachment VALUES ('/web/assets/1/web.min.js', 'aa/aa'), (NULL, 'bb/bb');
"""
# What Odoo's own command does, with the modules of the tests (odoo/addons/base/data/neutralize.sql).
_NEUTRALIZE = """
UPDATE ir_mail_server SET active = false;
INSERT INTO ir_mail_server VALUES ('neutralization - disable emails', 'invalid', true);
UPDATE fetchmail_server SET active = false;
INSERT INTO ir_config_parameter VALUES ('database.is_neutralized', true)
    ON CONFLICT (key) DO UPDATE SET value = true;
"""
_ACTIVATE = "UPDATE ir_mail_server SET active = true, smtp_host = NULL"


class Environment:
    """The environment for tests: its commands, and Odoo's turn on the copy."""

    def __init__(self, tenant: Tenant, run: Callable[..., tuple[int, str]]) -> None:
        self.tenant = tenant
        self.run = run

    @property
    def copy(self) -> str:
        """Name of the copy."""
        return f"{self.tenant.settings.database}_{SUFFIX}"

    @contextmanager
    def of_copy(self) -> Iterator[None]:
        """The settings of the jobs that work on the copy."""
        database = self.tenant.settings.database
        self.tenant.change(database=self.copy)
        yield
        self.tenant.change(database=database)

    def odoo(self, statements: str) -> None:
        """Odoo's container: what it does to the copy."""
        with self.of_copy(), self.tenant.connect() as connection:
            connection.execute(statements.encode())

    def neutralise(self, statements: str = _NEUTRALIZE) -> tuple[int, str]:
        """The job that neutralises the copy; what its last container says."""
        self.tenant.forget_work()
        (self.tenant.settings.work / "click-odoo-update").touch()
        with self.of_copy():
            self.run("prepare-copy")
        self.odoo(statements)
        with self.of_copy():
            return self.run("conclude-copy")

    def moves(self) -> int:
        """Invoices that people see."""
        with self.tenant.connect() as connection:
            row = connection.execute("SELECT count(*) FROM account_move").fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def environment(
    tenant: Tenant, store: BackupStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Environment:
    """An environment on machines, whose pools agree by the database; on a cluster the commands are the same."""
    monkeypatch.setattr(commands, "open_store", lambda _: store)
    monkeypatch.setattr(machines, "POLL_SECONDS", 0.1)
    monkeypatch.setenv("OPS_RUNTIME", "machines")

    def run(*arguments: str) -> tuple[int, str]:
        for settings, names in ((tenant.administration, ADMINISTRATOR_NAMES), (tenant.settings, TENANT_NAMES)):
            for field, name in names.items():
                value = getattr(settings, field)
                monkeypatch.setenv(name, ",".join(value) if isinstance(value, tuple) else str(value))
        code = commands.main(arguments)
        captured = capsys.readouterr()
        if "backup: " in captured.out:
            time.sleep(BACKUP_SECONDS)
        return code, captured.out + captured.err

    return Environment(tenant, run)


@pytest.fixture
def production(tenant: Tenant, store: BackupStore) -> str:
    """A backup of production: 200 invoices, and mail servers that are real; the environment for tests has one more."""
    with tenant.connect() as connection:
        connection.execute(_LIVE.encode())
    name = backup(tenant.settings, store)
    time.sleep(BACKUP_SECONDS)
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/of a test")
    return name


def _has(server: DatabaseServer, name: str) -> bool:
    with server.superuser() as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def test_a_copy_is_served_once_it_is_neutralised(
    environment: Environment, production: str, server: DatabaseServer
) -> None:
    assert environment.run("copy", production) == (0, f"copied {production} into {environment.copy}\n")
    assert environment.moves() == 201
    assert environment.neutralise() == (0, f"the copy fits {DIGEST}, and is neutralised\n")
    assert environment.moves() == 201

    code, said = environment.run("promote", production)

    assert (code, said.startswith(f"the copy of {production} is in place; the database before it is ")) == (0, True)
    assert environment.moves() == 200
    assert not _has(server, environment.copy)
    with environment.tenant.connect() as connection:
        active = connection.execute("SELECT smtp_host FROM ir_mail_server WHERE active").fetchall()
        kept = connection.execute("SELECT store_fname FROM ir_attachment").fetchall()
        theirs = connection.execute("SELECT key FROM ir_config_parameter WHERE value = 'theirs'").fetchall()
        jobs = connection.execute("SELECT state FROM queue_job ORDER BY uuid").fetchall()
    assert (active, kept, theirs) == ([("invalid",)], [("bb/bb",)], [])
    assert jobs == [("cancelled",), ("done",)]


def test_a_copy_that_odoo_did_not_neutralise_is_not_served(
    environment: Environment, production: str, server: DatabaseServer
) -> None:
    environment.run("copy", production)
    code, said = environment.neutralise("SELECT 1")
    assert code == 1
    assert said == (
        "ops conclude-copy: the copy is not neutralised and is not served: its parameter database.is_neutralized is not"
        " true; mail server Exchange is active; incoming mail server Invoices is active\n"
    )
    code, said = environment.run("promote", production)
    assert code == 1
    assert "the copy is not neutralised and is not served" in said
    assert environment.moves() == 201
    assert _has(server, environment.copy)
    with as_tenant(environment.tenant.settings) as connected:
        assert connected.value("SELECT count(*) FROM ops.standstill") == 0


def test_a_mail_server_that_a_module_left_active_is_named(environment: Environment, production: str) -> None:
    environment.run("copy", production)
    code, said = environment.neutralise("\n".join([_NEUTRALIZE, _ACTIVATE]))
    assert code == 1
    assert "served: mail server Exchange is active; mail server neutralization - disable emails is active" in said


def test_a_copy_is_made_once_whatever_the_image(environment: Environment, production: str) -> None:
    environment.run("copy", production)
    environment.neutralise()
    environment.run("promote", production)
    with environment.tenant.connect() as connection:
        odoo_schema.post(connection, "INV/of the next test")
    environment.tenant.change(digest=NEXT_DIGEST)
    for command in ("copy", "promote"):
        code, said = environment.run(command, production)
        assert (code, said.startswith(f"nothing to do: the database is a copy of {production}, made at ")) == (0, True)
    copy = environment.copy
    with environment.of_copy():
        assert environment.run("prepare-copy") == (0, f"nothing to do: no copy waits to be neutralised as {copy}\n")
        environment.tenant.forget_work()
        assert environment.run("conclude-copy") == (0, "")
    assert environment.moves() == 201


def test_a_copy_of_another_image_is_brought_to_the_environments_own(environment: Environment, production: str) -> None:
    environment.tenant.change(digest=NEXT_DIGEST)
    environment.run("copy", production)
    code, said = environment.run("promote", production)
    assert (code, said) == (1, f"ops promote: {environment.copy} fits {DIGEST}, not {NEXT_DIGEST}\n")
    assert environment.neutralise()[0] == 0
    assert {path.name for path in environment.tenant.settings.work.iterdir()} == {
        "click-odoo-update",
        "update",
        "neutralize",
    }
    assert environment.run("promote", production)[0] == 0
    with as_tenant(environment.tenant.settings) as connected:
        assert applied_digest(connected) == NEXT_DIGEST
    # The release that follows has nothing left to do, in the same folder.
    assert environment.run("prepare") == (0, f"nothing to do: the database fits {NEXT_DIGEST}\n")
    assert environment.run("quiesce") == (0, "")


def test_nothing_is_promoted_but_a_copy_of_the_backup_that_was_named(
    environment: Environment, production: str, store: BackupStore
) -> None:
    code, said = environment.run("promote", production)
    assert (code, said) == (1, f"ops promote: there is no database {environment.copy}: the backup was not copied\n")
    environment.run("copy", production)
    environment.neutralise()
    other = backup(environment.tenant.settings, store)
    code, said = environment.run("promote", other)
    assert (code, said) == (1, f"ops promote: {environment.copy} is not a copy of {other}\n")


def test_an_attempt_that_was_given_up_is_made_anew(environment: Environment, production: str) -> None:
    environment.run("copy", production)
    environment.odoo("DELETE FROM account_move_line")
    assert environment.run("copy", production)[0] == 0
    environment.neutralise()
    environment.run("promote", production)
    with environment.tenant.connect() as connection:
        assert connection.execute("SELECT count(*) FROM account_move_line").fetchone() == (600,)


def test_a_backup_that_is_not_there_leaves_no_copy(environment: Environment, server: DatabaseServer) -> None:
    code, said = environment.run("copy", "no/such.dump")
    assert code == 1
    assert "there is no backup no/such.dump" in said
    assert not _has(server, environment.copy)


def test_nobody_but_the_tenant_may_connect_to_a_copy(environment: Environment, production: str) -> None:
    environment.run("copy", production)
    with as_tenant(environment.tenant.settings) as connected:
        assert not connected.value("SELECT has_database_privilege('public', %s, 'CONNECT')", environment.copy)
    with environment.of_copy(), pytest.raises(psycopg.errors.UndefinedTable):
        environment.tenant.connect().execute("SELECT * FROM no_table_of_ours")


def test_a_copy_that_somebody_made_live_is_neutralised_by_the_next_release_after_a_backup(
    environment: Environment, production: str
) -> None:
    environment.run("copy", production)
    environment.neutralise()
    environment.run("promote", production)
    with environment.tenant.connect() as connection:
        connection.execute("DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized'")
    code, said = environment.run("prepare")
    assert code == 0
    assert said.startswith(f"from {DIGEST} to {DIGEST}: neutralisation of the copy\nbackup: ")
