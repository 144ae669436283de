"""What the rules of tenants' shares take for granted of PostgreSQL, and of the role that the exporter logs in as."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops.provision import METRICS, provision
from tests.data.administration import administration
from tests.data.servers import DatabaseServer

DATABASE = "acme-metered"
WORKING = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND state = 'active'"
ACTIVE_TIME = "SELECT active_time FROM pg_stat_database WHERE datname = %s"
WORK_SECONDS = 1.0


@pytest.fixture
def login(server: DatabaseServer, tmp_path: Path) -> str:
    """Password of the exporter's role, on a server that is prepared for it."""
    settings = administration(server, tmp_path)
    provision(settings)
    return settings.password(METRICS)


@pytest.fixture
def exporter(server: DatabaseServer, login: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The exporter's own connection, and a tenant's database."""
    with server.superuser() as administrator:
        administrator.execute(f'CREATE DATABASE "{DATABASE}" TEMPLATE template0'.encode())
        conninfo = server.conninfo("postgres", METRICS, login)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            yield connection
        administrator.execute(f'DROP DATABASE "{DATABASE}" WITH (FORCE)'.encode())


def _value(connection: psycopg.Connection[tuple[object, ...]], query: str) -> float:
    row = connection.execute(query.encode(), (DATABASE,)).fetchone()
    assert row is not None
    return float(str(row[0]))


def test_a_session_at_work_shows_at_once_and_its_time_only_when_the_transaction_ends(
    server: DatabaseServer, exporter: psycopg.Connection[tuple[object, ...]]
) -> None:
    def work() -> None:
        tenant.execute("SELECT pg_sleep(%s)", (WORK_SECONDS,))

    with server.superuser(DATABASE) as tenant:
        tenant.autocommit = False
        before = _value(exporter, ACTIVE_TIME)
        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(WORK_SECONDS / 2)
        working = _value(exporter, WORKING)
        worker.join()
        # PostgreSQL writes figures down once a second at most.
        time.sleep(1.5)
        within = _value(exporter, ACTIVE_TIME)
        tenant.commit()
    deadline = time.monotonic() + 10
    while (after := _value(exporter, ACTIVE_TIME)) - before < WORK_SECONDS * 1000 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert working == 1
    assert within - before < WORK_SECONDS * 500
    assert after - before >= WORK_SECONDS * 1000


def test_the_exporter_sees_figures_of_all_tenants_and_no_data(
    server: DatabaseServer, exporter: psycopg.Connection[tuple[object, ...]], login: str
) -> None:
    with server.superuser(DATABASE) as tenant:
        tenant.execute("CREATE TABLE secret AS SELECT 'books' AS entry")
        tenant.execute("BEGIN; INSERT INTO secret VALUES ('more')")
        query = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
        writers = f"{query} WHERE datname = %s AND mode = 'RowExclusiveLock'"
        assert _value(exporter, writers) == 1
        conninfo = server.conninfo(DATABASE, METRICS, login)
        with psycopg.connect(conninfo) as inside, pytest.raises(psycopg.errors.InsufficientPrivilege):
            inside.execute("SELECT entry FROM secret")
