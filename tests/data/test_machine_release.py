"""A release on machines: the commands as their containers run them, one after the other, and gates that wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import __main__ as commands
from ops import machines
from ops.backup import backup
from ops.bootstrap import bootstrap
from ops.release import applied_digest
from ops.server import as_tenant
from ops.settings import ADMINISTRATOR_NAMES, TENANT_NAMES
from ops.store import BackupStore
from tests.data import odoo_schema
from tests.data.gates import Container, Machines, eventually
from tests.data.servers import DatabaseServer
from tests.data.tenants import DIGEST, NEXT_DIGEST, Tenant

POOLS = ("cron", "queue", "reporting")


@pytest.fixture
def containers(server: DatabaseServer, tenant: Tenant, tmp_path: Path) -> Iterator[Machines]:
    """Machines of the tenant; none of them outlives its test."""
    tenant.change(paused_pools=POOLS)
    folder = tmp_path / "machines"
    folder.mkdir()
    started = Machines(server, tenant, folder)
    yield started
    started.end()


@pytest.fixture
def ops(
    tenant: Tenant, store: BackupStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs a command on the operations machine, and returns its exit code and all that it says."""
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
        return code, captured.out + captured.err

    return run


@pytest.fixture
def old(containers: Machines) -> list[Container]:
    """A machine's background pools, which run the old image."""
    started = [containers.start("--pausable", pool=pool) for pool in POOLS]
    assert [each.log.read_text() for each in started if not _runs(each)] == []
    return started


def _runs(container: Container) -> bool:
    return eventually(lambda: container.odoo is not None)


def _applied(tenant: Tenant) -> str | None:
    with as_tenant(tenant.settings) as server:
        return applied_digest(server)


def _next_image(tenant: Tenant) -> None:
    tenant.change(digest=NEXT_DIGEST)
    (tenant.settings.work / "click-odoo-update").touch()


def test_a_release_goes_from_one_image_to_the_next(
    tenant: Tenant, containers: Machines, old: list[Container], ops: Callable[..., tuple[int, str]]
) -> None:
    _next_image(tenant)
    new = [containers.start("--pausable", pool=pool, digest=NEXT_DIGEST) for pool in POOLS]

    assert "backup: " in ops("prepare")[1]
    assert ops("quiesce") == (0, "stand still: cron, queue, reporting\n")
    assert [each.odoo for each in (*old, *new)] == [None] * 6
    assert ops("conclude") == (0, f"the database fits {NEXT_DIGEST}\n")

    assert _applied(tenant) == NEXT_DIGEST
    assert all(map(_runs, new))
    assert [each.odoo for each in old] == [None] * 3


def test_after_an_update_that_went_wrong_the_old_image_works_on(
    tenant: Tenant, old: list[Container], ops: Callable[..., tuple[int, str]]
) -> None:
    _next_image(tenant)
    ops("prepare")
    ops("quiesce")
    with tenant.connect() as connection:
        connection.execute("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'account'")

    code, said = ops("conclude")

    assert code == 1
    assert "not healthy: module account (to upgrade) was left half-way" in said
    assert _applied(tenant) == DIGEST
    assert all(map(_runs, old))
    assert ops("resume") == (0, "run again: \n")


def test_a_release_that_was_given_up_is_resumed(
    tenant: Tenant, old: list[Container], ops: Callable[..., tuple[int, str]]
) -> None:
    _next_image(tenant)
    ops("prepare")
    ops("quiesce")
    assert ops("resume") == (0, "run again: cron, queue, reporting\n")
    assert all(map(_runs, old))


def test_a_backup_takes_the_place_of_the_database_under_machines_that_run(
    tenant: Tenant, store: BackupStore, old: list[Container], ops: Callable[..., tuple[int, str]]
) -> None:
    """Their connections end with the database that was there, and what they come back to is the restored one."""
    name = backup(tenant.settings, store)
    with tenant.connect() as connection:
        odoo_schema.post(connection, "INV/after the backup")

    code, said = ops("restore", name)

    assert code == 0, said
    assert all(map(_runs, old))
    with tenant.connect() as connection:
        assert connection.execute("SELECT count(*) FROM account_move").fetchone() == (200,)


def test_a_restore_that_fails_lets_everybody_work_on(
    tenant: Tenant, old: list[Container], ops: Callable[..., tuple[int, str]]
) -> None:
    code, said = ops("restore", "no/such.dump")
    assert code == 1
    assert "there is no backup no/such.dump" in said
    assert all(map(_runs, old))


def test_an_empty_database_has_nobody_to_wait_for(
    new_tenant: Callable[[], Tenant],
    ops: Callable[..., tuple[int, str]],
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = new_tenant()
    bootstrap(empty.administration)
    monkeypatch.setattr(tenant, "settings", empty.settings)
    monkeypatch.setattr(tenant, "administration", empty.administration)
    assert ops("prepare")[0] == 0
    assert ops("quiesce") == (0, "stand still: cron\n")
    with empty.connect() as connection:
        odoo_schema.fill(connection)
    assert ops("conclude")[0] == 0
    assert _applied(empty) == DIGEST


def test_a_runtime_that_nobody_knows_is_refused(
    tenant: Tenant, ops: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_RUNTIME", "docker")
    assert ops("resume") == (1, "ops resume: OPS_RUNTIME is 'docker'; it may be 'kubernetes' or 'machines'\n")
