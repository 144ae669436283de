"""When Odoo runs on a machine: gates as processes, on a real PostgreSQL."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from components.machines.host import gate
from ops import machines
from ops.errors import OpsError
from ops.machines import MachineRuntime
from ops.release import record_release
from ops.server import as_tenant
from tests.data.gates import Container, Machines, eventually
from tests.data.servers import DatabaseServer, free_port
from tests.data.tenants import NEXT_DIGEST, Tenant

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbooks" / "machines.md"


@pytest.fixture
def containers(server: DatabaseServer, tenant: Tenant, tmp_path: Path) -> Iterator[Machines]:
    """Machines of the tenant; none of them outlives its test."""
    folder = tmp_path / "machines"
    folder.mkdir()
    started = Machines(server, tenant, folder)
    yield started
    started.end()


@pytest.fixture
def runtime(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> MachineRuntime:
    """What the operations machine makes pools stand still with."""
    monkeypatch.setattr(machines, "POLL_SECONDS", 0.1)
    return MachineRuntime(partial(as_tenant, tenant.settings), tenant.settings.owner, "release of the test", 30)


def _runs(container: Container) -> bool:
    return eventually(lambda: container.odoo is not None)


def _release(tenant: Tenant, digest: str) -> None:
    with as_tenant(tenant.settings) as server:
        record_release(server, digest)


def _sessions(tenant: Tenant) -> list[str]:
    with tenant.connect() as connection:
        query = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'odoo-gate-%' ORDER BY 1"
        return [str(name) for (name,) in connection.execute(query)]


def test_the_operations_image_and_gates_mean_the_same_locks_and_the_same_time() -> None:
    assert (gate.WORK, gate.LEASE) == (machines.WORK, machines.LEASE)


def test_of_several_machines_one_leads_and_another_follows_within_seconds_of_its_death(containers: Machines) -> None:
    first, second, third = (containers.start("--lead") for _ in range(3))
    assert eventually(lambda: any(each.odoo for each in (first, second, third)))
    [leader] = [each for each in (first, second, third) if each.odoo]
    others = [each for each in (first, second, third) if each is not leader]
    assert eventually(lambda: all("another machine leads" in each.said for each in others))
    time.sleep(1)
    assert leader.odoo
    assert [each.odoo for each in others] == [None, None]

    leader.kill()

    assert eventually(lambda: any(each.odoo for each in others), seconds=15)
    time.sleep(1)
    assert len([each for each in others if each.odoo]) == 1


def test_a_standstill_waits_for_all_who_work_and_lets_nobody_begin_until_it_is_over(
    containers: Machines, runtime: MachineRuntime
) -> None:
    pools = ("cron", "queue", "reporting")
    working = [containers.start("--pausable", pool=pool, ending_seconds=1) for pool in pools]
    web = containers.start(pool="web")
    assert all(map(_runs, [*working, web]))

    assert runtime.quiesce(pools) == list(pools)

    late = containers.start("--pausable", pool="queue")
    assert eventually(lambda: "waiting: standstill: release of the test" in late.said)
    assert [each.odoo for each in [*working, late]] == [None] * 4
    assert web.odoo

    assert runtime.resume(pools) == sorted(pools)
    assert all(map(_runs, [*working, late]))


def test_the_runbooks_queries_show_who_leads_who_works_and_what_stands_still(
    containers: Machines, runtime: MachineRuntime, tenant: Tenant
) -> None:
    assert all(map(_runs, [containers.start("--lead", "--pausable"), containers.start("--pausable", pool="queue")]))
    runtime.quiesce(["reporting"])
    release, standstill, locks = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
    with tenant.connect() as connection:
        connection.execute("SET ROLE NONE")
        assert [row[0] for row in connection.execute(release)] == [tenant.settings.digest]
        assert [(row[0], row[1], row[4]) for row in connection.execute(standstill)] == [
            ("reporting", "release of the test", True)
        ]
        assert [(row[0], row[3]) for row in connection.execute(locks)] == [
            ("odoo-gate-cron", "leads"),
            ("odoo-gate-cron", "works"),
            ("odoo-gate-queue", "works"),
        ]


def test_a_pool_that_is_not_announced_works_on(containers: Machines, runtime: MachineRuntime) -> None:
    queue = containers.start("--pausable", pool="queue")
    assert _runs(queue)
    before = queue.odoo
    runtime.quiesce(["cron"])
    time.sleep(1)
    assert queue.odoo == before


def test_a_standstill_that_nobody_renews_is_over_by_itself(
    containers: Machines, runtime: MachineRuntime, tenant: Tenant
) -> None:
    runtime.quiesce(["cron"])
    cron = containers.start("--pausable")
    assert eventually(lambda: "standstill" in cron.said)
    with tenant.connect() as connection:
        connection.execute("UPDATE ops.standstill SET until = now() + interval '1 second'")
    assert _runs(cron)


def test_a_release_waits_no_longer_than_it_may_and_says_for_whom(containers: Machines, tenant: Tenant) -> None:
    impatient = MachineRuntime(partial(as_tenant, tenant.settings), tenant.settings.owner, "release", 1)
    stubborn = [containers.start("--pausable", ending_seconds=60) for _ in range(2)]
    assert all(map(_runs, stubborn))
    with pytest.raises(OpsError, match=r"pools did not finish in 1 s: cron \(2\); nothing was changed"):
        impatient.quiesce(["cron"])
    assert impatient.resume(["cron"]) == []


def test_who_does_not_end_in_its_time_is_killed(containers: Machines, runtime: MachineRuntime) -> None:
    stubborn = containers.start("--pausable", "--grace=1", ending_seconds=60)
    assert _runs(stubborn)
    runtime.quiesce(["cron"])
    assert stubborn.odoo is None
    assert "ended with 137" in stubborn.said


@pytest.mark.parametrize("flags", [(), ("--lead",), ("--pausable",), ("--lead", "--pausable")])
def test_an_image_does_not_start_on_the_database_of_another(
    containers: Machines, tenant: Tenant, flags: tuple[str, ...]
) -> None:
    new = containers.start(*flags, digest=NEXT_DIGEST)
    assert eventually(lambda: f"and this is {NEXT_DIGEST}" in new.said)
    assert new.odoo is None
    _release(tenant, NEXT_DIGEST)
    assert _runs(new)
    old = containers.start(*flags)
    assert eventually(lambda: f"the database fits {NEXT_DIGEST}" in old.said)
    time.sleep(1)
    assert old.odoo is None


def test_a_background_pool_that_runs_ends_when_the_database_moves_on(containers: Machines, tenant: Tenant) -> None:
    web, cron = containers.start(pool="web"), containers.start("--lead", "--pausable")
    assert _runs(web)
    assert _runs(cron)
    _release(tenant, NEXT_DIGEST)
    assert eventually(lambda: cron.odoo is None)
    assert web.odoo
    new = containers.start("--lead", "--pausable", digest=NEXT_DIGEST)
    assert _runs(new)


def test_odoo_ends_with_the_connection_that_has_its_locks_and_begins_again(
    containers: Machines, tenant: Tenant, server: DatabaseServer
) -> None:
    leader = containers.start("--lead", "--pausable")
    assert _runs(leader)
    before = leader.odoo
    with server.superuser() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'odoo-gate-cron' AND datname = %s",
            (tenant.settings.database,),
        )
    assert eventually(lambda: leader.odoo not in (None, before))
    assert "the connection with its locks is lost" in leader.said


def test_a_database_that_is_not_there_yet_is_waited_for(containers: Machines) -> None:
    cron = containers.start("--lead", port=free_port())
    assert eventually(lambda: "waiting: no database: " in cron.said)
    assert cron.gate.poll() is None


def test_a_new_password_needs_no_restart(containers: Machines, tenant: Tenant, server: DatabaseServer) -> None:
    """The gate logs in again with what the service file says then."""
    right = tenant.service_text()
    tenant.settings.service_file.write_text(right.replace("-blue-1", "-wrong"), encoding="utf-8")
    cron = containers.start("--lead")
    assert eventually(lambda: "password authentication failed" in cron.said)
    tenant.settings.service_file.write_text(right, encoding="utf-8")
    assert _runs(cron)
    assert "-wrong" not in cron.said


def test_only_background_pools_keep_a_connection(containers: Machines, tenant: Tenant) -> None:
    assert all(map(_runs, [containers.start(pool="web"), containers.start("--pausable", pool="queue")]))
    assert eventually(lambda: _sessions(tenant) == ["odoo-gate-queue"])


def test_a_stop_is_handed_on_and_so_is_the_exit_code(containers: Machines) -> None:
    cron = containers.start("--lead", "--pausable", ending_seconds=1.5, code=3)
    assert _runs(cron)
    cron.gate.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert cron.gate.poll() is None
    assert cron.gate.wait(timeout=20) == 3


def test_a_stop_while_it_waits_ends_the_gate(containers: Machines) -> None:
    waiting = containers.start("--lead", digest=NEXT_DIGEST)
    assert eventually(lambda: "waiting" in waiting.said)
    waiting.gate.send_signal(signal.SIGTERM)
    assert waiting.gate.wait(timeout=20) == 0


@pytest.mark.parametrize(("script", "code"), [("exit 7", 7), ("kill -9 $$", 137), ("exit 0", 0)])
def test_a_command_that_ends_by_itself_ends_the_gate(containers: Machines, script: str, code: int) -> None:
    assert containers.start("--lead", command=("sh", "-c", script)).gate.wait(timeout=20) == code


def test_what_the_command_leaves_behind_does_not_stay_as_a_zombie(containers: Machines) -> None:
    parent = containers.start(command=("sh", "-c", "(sleep 0.2 & sleep 0.3 &) ; exec sleep 60"))
    assert eventually(lambda: "starting" in parent.said)
    time.sleep(1.5)
    assert [child.name() for child in psutil.Process(parent.gate.pid).children()] == ["sleep"]


def test_a_standstill_does_not_lapse_during_the_update_that_it_is_for(
    containers: Machines, runtime: MachineRuntime, tenant: Tenant
) -> None:
    runtime.quiesce(["cron"])
    left = "SELECT extract(epoch FROM until - now()) FROM ops.standstill"
    with tenant.connect() as connection:
        connection.execute("UPDATE ops.standstill SET until = now() + interval '30 seconds'")
        update = containers.start("--hold", command=("sh", "-c", "sleep 0.5; exit 5"))
        assert update.gate.wait(timeout=20) == 5
        row = connection.execute(left).fetchone()
        assert row is not None
        assert 500 < row[0] <= 600
        connection.execute("UPDATE ops.standstill SET until = now() - interval '1 second'")
        assert containers.start("--hold", command=("true",)).gate.wait(timeout=20) == 0
        row = connection.execute(left).fetchone()
        assert row is not None
        assert row[0] < 0


def test_an_update_without_a_standstill_needs_none(containers: Machines) -> None:
    """The first one: there is no schema `ops` in the database yet, or nothing to do."""
    assert containers.start("--hold", command=("true",)).gate.wait(timeout=20) == 0


def test_a_standstill_lasts_as_long_as_whoever_announced_it_lives(
    runtime: MachineRuntime, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines, "RENEWAL_SECONDS", 0.1)
    runtime.quiesce(["cron"])
    with tenant.connect() as connection:
        connection.execute("UPDATE ops.standstill SET until = now() + interval '5 seconds'")

        def renewed() -> bool:
            row = connection.execute("SELECT until > now() + interval '1 minute' FROM ops.standstill").fetchone()
            return row is not None and bool(row[0])

        assert eventually(renewed)
    threads: Callable[[], int] = threading.active_count
    before = threads()
    runtime.resume(["cron"])
    assert eventually(lambda: threads() < before)
