"""A new password under open load: new connections are made all the time, and none fails."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

import psycopg
import pytest

from ops.bootstrap import bootstrap
from ops.server import as_tenant
from tests.data.servers import DatabaseServer
from tests.data.tenants import MountedSecret, Tenant

SECONDS_BETWEEN = 1.0


class Load:
    """Clients that connect by the service file, ask who they are, and begin anew.

    Attributes:
        seen: how often each login answered.
        failures: what went wrong.
    """

    def __init__(self, conninfos: list[str]) -> None:
        self.seen: Counter[str] = Counter()
        self.failures: list[str] = []
        self.__stop = threading.Event()
        self.__threads = [threading.Thread(target=self.__run, args=(each,)) for each in conninfos]

    def __enter__(self) -> Load:
        for thread in self.__threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.__stop.set()
        for thread in self.__threads:
            thread.join()

    def __run(self, conninfo: str) -> None:
        while not self.__stop.is_set():
            try:
                with psycopg.connect(conninfo) as connection:
                    row = connection.execute("SELECT session_user, current_user, count(*) FROM account_move").fetchone()
                    assert row is not None
                    self.seen[row[0]] += 1
            except psycopg.Error as error:
                self.failures.append(str(error))


@pytest.fixture
def mounted(tenant: Tenant, tmp_path: Path, server: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> MountedSecret:
    """The service file as Odoo's pods see it."""
    secret = MountedSecret(tmp_path / "mounted", "pg_service.conf")
    secret.write(tenant.service_text())
    monkeypatch.setenv("PGSERVICEFILE", str(secret.path))
    monkeypatch.setenv("PGSSLROOTCERT", str(server.authority))
    return secret


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_two_rotations_fail_no_new_connection(
    tenant: Tenant, mounted: MountedSecret, server: DatabaseServer, pooled_port: int
) -> None:
    # What Odoo's pods have in PGSERVICE; here it would reach the administrator's connections too.
    where = f"service=odoo host=localhost dbname={tenant.settings.database} sslmode=verify-full"
    direct, pooled = f"{where} port={server.port}", f"{where} port={pooled_port}"
    with Load([direct, direct, pooled, pooled]) as load:
        time.sleep(SECONDS_BETWEEN)
        for generation in (2, 3):
            tenant.change(generation=generation)
            tenant.write_secret(tenant.administration.active.rpartition("_")[2], f"password-of-generation-{generation}")
            bootstrap(tenant.administration)
            # Key Vault has the new file now; the driver brings it to the pods some time later.
            time.sleep(SECONDS_BETWEEN)
            mounted.write(tenant.service_text())
            time.sleep(SECONDS_BETWEEN)
    assert load.failures == []
    assert set(load.seen) == {tenant.settings.blue, tenant.settings.green}
    assert min(load.seen.values()) > 10


def test_the_old_password_of_a_login_ends_when_its_turn_comes_again(tenant: Tenant) -> None:
    blue = tenant.conninfo(tenant.settings.blue)
    for generation in (2, 3):
        psycopg.connect(blue).close()
        tenant.change(generation=generation)
        tenant.write_secret(tenant.administration.active.rpartition("_")[2], f"password-of-generation-{generation}")
        bootstrap(tenant.administration)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(blue)


def test_jobs_of_the_tenant_log_in_as_the_one_whose_turn_it_is(tenant: Tenant) -> None:
    for generation in (2, 3):
        tenant.change(generation=generation)
        bootstrap(tenant.administration)
        with as_tenant(tenant.settings) as connected:
            logged_in = connected.connection.execute("SELECT session_user, current_user").fetchone()
        assert logged_in == (tenant.administration.active, tenant.settings.owner)


def test_a_login_without_a_free_connection_keeps_its_password(tenant: Tenant) -> None:
    """The server says so only after it has taken the password."""
    tenant.change(connection_limit=1)
    bootstrap(tenant.administration)
    with tenant.connect():
        assert bootstrap(tenant.administration) == []
