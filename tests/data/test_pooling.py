"""The rendered settings of PgBouncer hold the connection budget; what LISTENs goes past it."""

from __future__ import annotations

import asyncio
import threading
import time

import psycopg

from tests.data.servers import DatabaseServer
from tests.data.tenants import Tenant

SECONDS_TO_ARRIVE = 2.0


def _notified(tenant: Tenant, port: int | None) -> bool:
    """Whether a LISTENer on that port hears a NOTIFY that another session sends."""
    with tenant.connect(database="postgres", port=port) as listener, tenant.connect(database="postgres") as sender:
        listener.execute("LISTEN imbus")
        sender.execute("NOTIFY imbus")
        return any(True for _ in listener.notifies(timeout=SECONDS_TO_ARRIVE, stop_after=1))


def test_listen_works_directly_and_not_through_the_pool(tenant: Tenant, pooled_port: int) -> None:
    assert _notified(tenant, None)
    assert not _notified(tenant, pooled_port)


class Watch:
    """Counts a tenant's server connections, again and again.

    Attributes:
        most: the most that there were at once.
    """

    def __init__(self, server: DatabaseServer, tenant: Tenant) -> None:
        self.most = 0
        self.__server = server
        self.__role = tenant.administration.active
        self.__stop = threading.Event()
        self.__thread = threading.Thread(target=self.__run)

    def __enter__(self) -> Watch:
        self.__thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.__stop.set()
        self.__thread.join()

    def __run(self) -> None:
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s"
        with self.__server.superuser() as connection:
            while not self.__stop.is_set():
                row = connection.execute(query, (self.__role,)).fetchone()
                assert row is not None
                self.most = max(self.most, int(str(row[0])))
                time.sleep(0.02)


async def _ask(conninfo: str, together: asyncio.Barrier) -> int:
    """Connects, waits until all have, and asks three questions that take their time."""
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await together.wait()
        for _ in range(3):
            await connection.execute("SELECT pg_sleep(0.05)")
    return 1


async def _storm(conninfo: str, clients: int) -> list[int]:
    together = asyncio.Barrier(clients)
    return await asyncio.gather(*(_ask(conninfo, together) for _ in range(clients)))


def test_a_storm_of_clients_takes_no_more_connections_than_the_pool_has(
    tenant: Tenant, server: DatabaseServer, pooled_port: int, planned: dict[str, str]
) -> None:
    pool, clients = int(planned["pgbouncer.default_pool_size"]), int(planned["pgbouncer.max_client_conn"])
    assert clients > 2 * pool
    with Watch(server, tenant) as watch:
        answered = asyncio.run(_storm(f"{tenant.conninfo(port=pooled_port)} connect_timeout=60", clients))
    assert sum(answered) == clients
    # One more may be on its way out while its successor comes in.
    assert pool // 2 < watch.most <= pool


async def _hold(conninfo: str, clients: int) -> str:
    """What one client too many is told while the others are connected."""
    held = await asyncio.gather(*(psycopg.AsyncConnection.connect(conninfo) for _ in range(clients)))
    try:
        await psycopg.AsyncConnection.connect(conninfo)
    except psycopg.OperationalError as error:
        return str(error)
    finally:
        await asyncio.gather(*(connection.close() for connection in held))
    return ""


def test_clients_beyond_the_budget_are_refused(tenant: Tenant, pooled_port: int, planned: dict[str, str]) -> None:
    conninfo = f"{tenant.conninfo(port=pooled_port)} connect_timeout=60"
    refusal = asyncio.run(_hold(conninfo, int(planned["pgbouncer.max_client_conn"])))
    assert "no more connections allowed (max_client_conn)" in refusal
