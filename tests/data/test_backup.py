"""Backups and restores: what goes in comes out, nothing is overwritten, and the database before it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from azure.storage.blob import ContainerClient

from ops import __main__ as commands
from ops.backup import backup, manifest_of
from ops.bootstrap import bootstrap
from ops.cluster import Cluster
from ops.errors import OpsError
from ops.figures import figures
from ops.release import applied_digest
from ops.restore import already_restored, restore
from ops.server import as_administrator
from ops.settings import ADMINISTRATOR_NAMES
from ops.store import BackupStore
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import DIGEST, NEXT_DIGEST, Tenant

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def _figures(tenant: Tenant) -> dict[str, str]:
    with tenant.connect() as connection:
        return figures(connection)


def _databases(server: DatabaseServer, tenant: Tenant) -> set[str]:
    with server.superuser() as connection:
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{tenant.settings.owner}%",)
        )
        return {str(name) for (name,) in found}


def test_a_backup_says_what_it_is(tenant: Tenant, store: BackupStore) -> None:
    tenant.change(digest=NEXT_DIGEST)
    name = backup(tenant.settings, store, NOW)
    assert name == f"{tenant.settings.tenant}/{'a1' * 6}-{'b2' * 6}/20261122T063000Z.dump"
    manifest = manifest_of(store, name)
    assert manifest["image_digest"] == DIGEST
    assert manifest["odoo"] == "18.0.1.3"
    assert manifest["pending_modules"] == []
    assert manifest["figures"] == {
        "account_move": "200",
        "account_move.amount_total_signed": "24200",
        "account_move_line": "600",
        "account_move_line.credit": "24200.00",
        "account_move_line.debit": "24200.00",
        "ir_module_module": "2",
        "res_company": "1",
        "res_partner": "500",
    }
    assert manifest["bytes"] == sum(len(piece) for piece in store.read(name))


def test_what_goes_in_comes_out_and_the_database_before_it_is_kept(
    tenant: Tenant, store: BackupStore, server: DatabaseServer
) -> None:
    name, before = backup(tenant.settings, store), _figures(tenant)
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/after the backup")
        kept = restore(tenant.administration, store, name, NOW)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert kept == f"{tenant.settings.database}_before_20261122063000"
    assert _databases(server, tenant) == {tenant.settings.database, kept}
    assert _figures(tenant) == before
    with server.superuser() as connection:
        connection.execute(f'ALTER DATABASE "{kept}" ALLOW_CONNECTIONS true'.encode())
    with server.superuser(kept) as connection:
        assert connection.execute("SELECT count(*) FROM account_move").fetchone() == (201,)


def test_a_restored_database_is_as_closed_and_as_usable_as_the_one_before(
    tenant: Tenant, store: BackupStore, server: DatabaseServer
) -> None:
    restore(tenant.administration, store, backup(tenant.settings, store))
    with as_administrator(tenant.administration, tenant.settings.database) as connected:
        assert applied_digest(connected) == DIGEST
        assert not connected.value("SELECT has_database_privilege('public', current_database(), 'CONNECT')")
        limit = connected.value("SELECT datconnlimit FROM pg_database WHERE datname = current_database()")
        assert limit == tenant.administration.database_connection_limit
        owners = "SELECT string_agg(DISTINCT tableowner, ',') FROM pg_tables WHERE schemaname IN ('public', 'ops')"
        assert connected.value(owners) == tenant.settings.owner
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/next")
    with tenant.connect(tenant.settings.monitor) as connection:
        assert connection.execute("SELECT count(*) FROM queue_job WHERE state = 'pending'").fetchone() == (1,)


def test_a_restoration_is_known_so_that_a_second_run_of_its_job_restores_nothing(
    tenant: Tenant, store: BackupStore
) -> None:
    name = backup(tenant.settings, store)
    assert already_restored(tenant.administration, name) is None
    restore(tenant.administration, store, name)
    assert already_restored(tenant.administration, name) is not None
    tenant.change(digest=NEXT_DIGEST)
    assert already_restored(tenant.administration, name) is None


class _NoPools(Cluster):
    """A namespace that Odoo does not run in."""

    def deployment(self, pool: str) -> dict[str, Any] | None:
        return None

    def scaled_object(self, pool: str) -> dict[str, Any] | None:
        return None


@pytest.fixture
def ops(
    tenant: Tenant, store: BackupStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Runs a command as the platform's Job for the tenant does, and returns what it says."""
    nowhere = Path("/nowhere")
    cluster = _NoPools(url="", namespace="", certificates=nowhere, token=nowhere)
    monkeypatch.setattr(commands, "own_cluster", lambda *_: cluster)
    monkeypatch.setattr(commands, "open_store", lambda _: store)

    def run(*arguments: str) -> str:
        settings = tenant.administration
        for field in fields(settings):
            value = getattr(settings, field.name)
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            monkeypatch.setenv(ADMINISTRATOR_NAMES[field.name], text)
        assert commands.main(arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return run


def test_a_database_on_a_new_server_begins_with_the_backup_and_no_later_release_takes_it_back(
    tenant: Tenant, store: BackupStore, server: DatabaseServer, ops: Callable[..., str]
) -> None:
    name, before = backup(tenant.settings, store), _figures(tenant)
    with server.superuser() as connection:
        connection.execute(f'DROP DATABASE "{tenant.settings.database}" WITH (FORCE)'.encode())
    bootstrap(tenant.administration)
    assert ops("adopt", name).startswith(f"restored {name}; ")
    assert _figures(tenant) == before
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/after the move")
    for digest in (DIGEST, NEXT_DIGEST):
        tenant.change(digest=digest)
        assert ops("adopt", name) == "nothing to do: the database has Odoo in it\n"
        assert _figures(tenant)["account_move"] == "201"


def test_what_odoo_left_before_its_base_was_installed_gives_way_to_the_backup(
    tenant: Tenant, store: BackupStore, ops: Callable[..., str]
) -> None:
    name, before = backup(tenant.settings, store), _figures(tenant)
    with tenant.connect() as connection:
        connection.execute("UPDATE ir_module_module SET state = 'to install'")
    assert ops("adopt", name).startswith(f"restored {name}; ")
    assert _figures(tenant) == before


def test_live_books_give_way_to_a_backup_by_a_restore_alone(
    tenant: Tenant, store: BackupStore, ops: Callable[..., str]
) -> None:
    name = backup(tenant.settings, store)
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/after the backup")
    assert ops("adopt", name) == "nothing to do: the database has Odoo in it\n"
    assert _figures(tenant)["account_move"] == "201"
    assert ops("restore", name).startswith(f"restored {name}; ")
    assert _figures(tenant)["account_move"] == "200"


def test_a_backup_is_never_overwritten(tenant: Tenant, store: BackupStore) -> None:
    name = backup(tenant.settings, store, NOW)
    kept = b"".join(store.read(name))
    with pytest.raises(OpsError, match="exists already, and backups are never overwritten"):
        backup(tenant.settings, store, NOW)
    assert b"".join(store.read(name)) == kept


def test_a_dump_that_fails_leaves_no_backup(tenant: Tenant, store: BackupStore, server: DatabaseServer) -> None:
    with server.superuser(tenant.settings.database) as connection:
        connection.execute("CREATE TABLE not_the_owners (id int)")
    with pytest.raises(OpsError, match="pg_dump failed"):
        backup(tenant.settings, store)
    assert store.names("") == []


@pytest.fixture
def untouched(tenant: Tenant, server: DatabaseServer) -> Iterator[None]:
    """Afterwards the tenant has its one database, open and as it was."""
    before = _figures(tenant)
    yield
    assert _databases(server, tenant) == {tenant.settings.database}
    assert _figures(tenant) == before


@pytest.mark.usefixtures("untouched")
def test_a_backup_without_manifest_is_none(tenant: Tenant, store: BackupStore, container: ContainerClient) -> None:
    name = backup(tenant.settings, store)
    container.delete_blob(f"{name}.json")
    with pytest.raises(OpsError, match="it was not completed"):
        restore(tenant.administration, store, name)


@pytest.mark.usefixtures("untouched")
def test_a_changed_backup_is_not_let_in(tenant: Tenant, store: BackupStore, container: ContainerClient) -> None:
    name = backup(tenant.settings, store)
    content = b"".join(store.read(name))
    # After its end pg_restore reads nothing: only the hash shows it.
    container.upload_blob(name, content + b"one byte more", overwrite=True)
    with pytest.raises(OpsError, match="is not what was written"):
        restore(tenant.administration, store, name)


@pytest.mark.usefixtures("untouched")
def test_a_backup_cut_short_is_not_let_in(tenant: Tenant, store: BackupStore, container: ContainerClient) -> None:
    name = backup(tenant.settings, store)
    content = b"".join(store.read(name))
    container.upload_blob(name, content[: len(content) // 2], overwrite=True)
    with pytest.raises(OpsError, match="pg_restore failed"):
        restore(tenant.administration, store, name)
