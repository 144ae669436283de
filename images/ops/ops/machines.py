"""Pools on machines stand still by a table of the database: each container's gate reads it, and no machine is called.

A gate holds a shared advisory lock (`WORK`, hash of the pool) while its Odoo runs. So whoever has announced a
standstill and finds no such lock any more knows that the pools have finished. What is announced lapses unless it is
renewed: an operations machine that dies stops the others for minutes only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Final

import psycopg
from psycopg import sql

from ops.errors import OpsError
from ops.pools import POLL_SECONDS, QUIESCE_TIMEOUT_SECONDS
from ops.server import Server

WORK: Final = int.from_bytes(b"work", "big")
"""First key of the locks, as gates have it."""
LEASE: Final = "10 minutes"
"""How long a standstill lasts that nobody renews; for the containers of a release to start one after the other."""
RENEWAL_SECONDS: Final = 30.0

_TABLE = (
    "CREATE TABLE IF NOT EXISTS ops.standstill"
    " (pool text PRIMARY KEY, reason text NOT NULL, since timestamptz NOT NULL DEFAULT now(),"
    " until timestamptz NOT NULL)"
)
_ANNOUNCE = (
    "INSERT INTO ops.standstill (pool, reason, until)"
    " SELECT pool, %s, now() + %s::interval FROM unnest(%s::text[]) pool"
    " ON CONFLICT (pool) DO UPDATE SET reason = excluded.reason, until = excluded.until"
)
_RENEW = "UPDATE ops.standstill SET until = now() + %s::interval WHERE until > now()"
# pg_locks shows both keys as oid (postgresql.org docs/current/view-pg-locks.html).
_WORKING = (
    "SELECT pool || ' (' || count(*) || ')' FROM unnest(%s::text[]) pool JOIN pg_locks ON locktype = 'advisory'"
    " AND objsubid = 2 AND classid = %s::int::oid AND objid = hashtext(pool)::oid AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " GROUP BY pool ORDER BY pool"
)


class MachineRuntime:
    """Pools are containers of machines, each behind a gate.

    Args:
        connect: connects to the tenant's database, as somebody who may act as its owner.
        owner: that role.
        reason: why pools stand still, for the logs of the gates.
        timeout_seconds: how long pools may take to finish.
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Server]],
        owner: str,
        reason: str,
        timeout_seconds: float = QUIESCE_TIMEOUT_SECONDS,
    ) -> None:
        self.__connect = connect
        self.__owner = owner
        self.__reason = reason
        self.__timeout_seconds = timeout_seconds
        self.__over = threading.Event()

    def quiesce(self, names: Sequence[str]) -> list[str]:
        """See `Runtime`. As long as this process lives, the standstill does not lapse; until it resumes."""
        with self.__as_owner() as server:
            server.connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
            server.connection.execute(_TABLE)
            server.connection.execute(_ANNOUNCE, (self.__reason, LEASE, list(names)))
        self.__over.clear()
        threading.Thread(target=self.__renew, daemon=True).start()
        if working := self.__wait(names):
            self.resume(names)
            raise OpsError(
                f"pools did not finish in {self.__timeout_seconds:.0f} s: {', '.join(working)}; nothing was changed"
            )
        return list(names)

    def resume(self, names: Sequence[str]) -> list[str]:
        """See `Runtime`. A database that was put in the place of the one that stood still knows of no standstill."""
        self.__over.set()
        with self.__as_owner() as server:
            if server.value("SELECT to_regclass('ops.standstill')") is None:
                return []
            query = "DELETE FROM ops.standstill WHERE pool = ANY(%s) RETURNING pool"
            return sorted(str(pool) for (pool,) in server.connection.execute(query, (list(names),)))

    def having_image(self, names: Sequence[str], digest: str) -> list[str]:
        """See `Runtime`: all of them, for each gate compares the image of its own container."""
        return list(names)

    def __wait(self, names: Sequence[str]) -> list[str]:
        """The pools that still work when the time is over, with the number of their containers."""
        deadline = time.monotonic() + self.__timeout_seconds
        with self.__as_owner() as server:
            while working := [str(text) for (text,) in server.connection.execute(_WORKING, (list(names), WORK))]:
                if time.monotonic() > deadline:
                    break
                time.sleep(POLL_SECONDS)
        return working

    def __renew(self) -> None:
        while not self.__over.wait(RENEWAL_SECONDS):
            # A server that is away for a moment, or a database that is being swapped: the next time will do.
            with suppress(psycopg.Error, OSError), self.__as_owner() as server:
                server.connection.execute(_RENEW, (LEASE,))

    @contextmanager
    def __as_owner(self) -> Iterator[Server]:
        with self.__connect() as server:
            server.connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(self.__owner)))
            yield server
