"""Lets Odoo run in a container of a machine when it may: `gate.py --pool POOL --digest DIGEST [...] -- COMMAND`.

Machines agree by the database and nothing else. Before the command the gate waits until

- the database fits the container's own image (`ops.release`), so that no pool runs on a database of another version;
- with `--pausable`: no standstill is announced for the pool (`ops.standstill`). While the command runs the gate has a
  shared advisory lock (`WORK`, pool), and a release waits until nobody has it;
- with `--lead`: no other machine leads. While the command runs the gate has the advisory lock (`LEAD`, pool).

When that ends, or the connection that has the locks, the gate ends the command as its stop signal would, and waits
again. It is the first process of the container: it hands signals on, reaps what others left, and ends as the command.

With `--hold` the command is an update itself: while it runs, a standstill that was announced does not lapse.

Host, database and sslmode are those of odoo.conf; the rest libpq finds by the environment. Python 3.10, psycopg2.
"""

from __future__ import annotations

import argparse
import configparser
import importlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

LEAD, WORK = int.from_bytes(b"lead", "big"), int.from_bytes(b"work", "big")
"""First keys of the advisory locks; the second is `hashtext(pool)`."""
LEASE = "10 minutes"
"""How long a standstill lasts that nobody renews; so a dead machine does not stop the others for good."""
RENEWAL_SECONDS, LOG_SECONDS = 30.0, 60.0
GRACE_SECONDS = 1230.0
"""A pool's longest request and half a minute, as components/odoo has it for pods."""
SIGNALS, _PYTHON_IGNORES = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD), (signal.SIGPIPE, signal.SIGXFSZ)

# Both ends know within seconds that the other is gone (postgresql.org docs/current/libpq-connect.html, and
# runtime-config-connection.html for the server's end).
_CLIENT_LIFE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
_SERVER_LIFE = "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3"


def connect(driver: Any, config: str, port: str, name: str) -> Any:
    """A connection to the database of odoo.conf, shown by the server as `name`; every statement commits by itself."""
    odoo = configparser.RawConfigParser()
    odoo.read(config)
    options = {"host": "db_host", "dbname": "db_name", "sslmode": "db_sslmode"}
    connection = driver.connect(
        **{key: odoo["options"][option] for key, option in options.items()},
        **_CLIENT_LIFE,
        port=port,
        connect_timeout=10,
        application_name=name,
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_SERVER_LIFE)
    return connection


@dataclass(frozen=True, kw_only=True)
class Place:
    """A pool's place among those of the other machines, over one connection (of any DB-API driver).

    Args:
        connection: every statement commits by itself.
        pool: its name.
        digest: digest of the container's image.
        lead: whether one machine leads.
        pausable: whether it stands still while the database changes.
    """

    connection: Any
    pool: str
    digest: str
    lead: bool
    pausable: bool

    @property
    def is_tied(self) -> bool:
        """Whether the pool runs only as long as it has its place."""
        return self.lead or self.pausable

    def take(self) -> str | None:
        """Takes the place, or says why it cannot be had yet."""
        reason = self.refusal()
        if reason is None and self.pausable:
            # What is announced from here on waits for us; what was announced before we see now.
            self._value("SELECT pg_try_advisory_lock_shared(%s, hashtext(%s))", WORK, self.pool)
            reason = self.refusal()
        if reason is None and self.lead:
            leads = self._value("SELECT pg_try_advisory_lock(%s, hashtext(%s))", LEAD, self.pool)
            reason = None if leads else "another machine leads"
        if reason is not None:
            self._value("SELECT pg_advisory_unlock_all()")
        return reason

    def refusal(self) -> str | None:
        """Why the pool must not run, whoever leads; None if it may."""
        applied = self._recorded("ops.release", "SELECT digest FROM ops.release ORDER BY id DESC LIMIT 1")
        if applied != self.digest:
            return f"the database fits {applied or 'no image yet'}, and this is {self.digest}"
        announced = "SELECT reason FROM ops.standstill WHERE pool = %s AND until > now()"
        if self.pausable and (reason := self._recorded("ops.standstill", announced, self.pool)):
            return f"standstill: {reason}"
        return None

    def _recorded(self, table: str, query: str, *parameters: object) -> Any:
        """What is written down in a table; None also while there is no such table."""
        exists = self._value("SELECT to_regclass(%s)::text", table)
        return None if exists is None else self._value(query, *parameters)

    def _value(self, query: str, *parameters: object) -> Any:
        with self.connection.cursor() as cursor:
            cursor.execute(query, parameters)
            row = cursor.fetchone()
        return row[0] if row else None


class Process:
    """The command, under the first process of a container; `code` is its exit code, as a shell would say it."""

    def __init__(self) -> None:
        # Blocked signals wait until somebody asks, also for a first process.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.ending = False
        self.code = 0
        self.child: int | None = None
        self._kill_at: float | None = None

    def start(self, command: Sequence[str]) -> None:
        """Starts the command, with no signal blocked."""
        self._kill_at = None
        self.child = os.posix_spawnp(command[0], list(command), os.environ, setsigmask=(), setsigdef=_PYTHON_IGNORES)

    def stop(self, grace_seconds: float) -> None:
        """Tells the command to end, and kills it when it has not after that time."""
        self._kill_at = time.monotonic() + grace_seconds
        self._tell(signal.SIGTERM)

    def rest(self, seconds: float) -> None:
        """Waits until something happens, at most so long."""
        happened = signal.sigtimedwait(SIGNALS, seconds)
        if happened is not None and happened.si_signo != signal.SIGCHLD:
            self.ending = True
            self._tell(signal.SIGTERM)
        if self._kill_at is not None and time.monotonic() > self._kill_at:
            self._tell(signal.SIGKILL)
        self._reap()

    def _tell(self, number: signal.Signals) -> None:
        if self.child is not None:
            os.kill(self.child, number)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                pid = 0
            if pid == 0:
                return
            if pid == self.child:
                code, self.child = os.waitstatus_to_exitcode(status), None
                self.code = code if code >= 0 else 128 - code


@dataclass(frozen=True, kw_only=True)
class Gate:
    """Runs a command whenever its pool has its place.

    Args:
        process: what runs it.
        command: the command.
        make_place: connects to the database.
        lost: what a driver raises when a connection fails.
        grace_seconds: what the command may take to end.
        poll_seconds: between two looks at the database.
    """

    process: Process
    command: Sequence[str]
    make_place: Callable[[], Place]
    lost: type[Exception]
    grace_seconds: float
    poll_seconds: float

    def run(self) -> int:
        """Runs the command until it ends by itself, or the gate is told to end; returns its exit code."""
        while (place := self._enter()) is not None:
            if self._work(place) or self.process.ending:
                return self.process.code
        return 0

    def _enter(self) -> Place | None:
        """Waits for the place; None if the gate is to end."""
        said, said_at, place = "", 0.0, None
        while not self.process.ending:
            try:
                place = place or self.make_place()
                reason = place.take()
                if reason is None:
                    return place
            except (self.lost, OSError) as error:
                place, reason = None, f"no database: {error}"
            if reason != said or time.monotonic() - said_at >= LOG_SECONDS:
                say(f"waiting: {reason}")
                said, said_at = reason, time.monotonic()
            self.process.rest(self.poll_seconds)
        return None

    def _work(self, place: Place) -> bool:
        """Runs the command; whether it ended by itself."""
        say(f"starting {self.command[0]}")
        if not place.is_tied:
            place.connection.close()
        self.process.start(self.command)
        stopped = False
        while self.process.child is not None:
            self.process.rest(self.poll_seconds)
            if not stopped and self.process.child is not None and (reason := self._ended(place)):
                say(f"stopping {self.command[0]}: {reason}")
                self.process.stop(self.grace_seconds)
                stopped = True
        place.connection.close()
        say(f"{self.command[0]} ended with {self.process.code}")
        return not stopped

    def _ended(self, place: Place) -> str | None:
        """Why the place is lost; None as long as it is not, or nobody needs it any more."""
        if self.process.ending or not place.is_tied:
            return None
        try:
            return place.refusal()
        except self.lost as error:
            return f"the connection with its locks is lost: {error}"


def hold(process: Process, command: Sequence[str], open_connection: Callable[[], Any], lost: type[Exception]) -> int:
    """Runs an update, during which an announced standstill does not lapse; returns its exit code."""
    process.start(command)
    while process.child is not None:
        try:
            with closing(open_connection()) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT to_regclass('ops.standstill')::text")
                if cursor.fetchone()[0] is not None:
                    cursor.execute(f"UPDATE ops.standstill SET until = now() + interval '{LEASE}' WHERE until > now()")  # noqa: S608
        except lost as error:
            say(f"the standstill could not be renewed: {error}")
        process.rest(RENEWAL_SECONDS)
    return process.code


def say(text: str) -> None:
    """Writes a line to the container's log."""
    print(f"gate: {' '.join(text.split())}", file=sys.stderr, flush=True)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="gate.py", description="Runs a pool's command when it may.")
    parser.add_argument("--pool", default="update")
    parser.add_argument("--digest", help="of the container's image; not for --hold")
    parser.add_argument("--config", default="/etc/odoo/odoo.conf")
    parser.add_argument("--port", default="5432", help="of the server itself, past PgBouncer")
    parser.add_argument("--grace", type=float, default=GRACE_SECONDS, help="seconds that the command may take to end")
    parser.add_argument("--poll", type=float, default=2.0, help="seconds between two looks at the database")
    parser.add_argument("--lead", action="store_true", help="only on one machine at a time")
    parser.add_argument("--pausable", action="store_true", help="not while the database changes")
    parser.add_argument("--hold", action="store_true", help="at once: the command is what changes the database")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    if not (chosen.digest or chosen.hold):
        parser.error("--digest is missing")
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command when it may, and returns its exit code."""
    chosen, driver = _arguments(arguments), importlib.import_module("psycopg2")

    def open_connection() -> Any:
        return connect(driver, chosen.config, chosen.port, f"odoo-gate-{chosen.pool}")

    def make_place() -> Place:
        own = {name: getattr(chosen, name) for name in ("pool", "digest", "lead", "pausable")}
        return Place(connection=open_connection(), **own)

    if chosen.hold:
        return hold(Process(), chosen.command, open_connection, driver.Error)
    own = {"grace_seconds": chosen.grace, "poll_seconds": chosen.poll}
    return Gate(process=Process(), command=chosen.command, make_place=make_place, lost=driver.Error, **own).run()


if __name__ == "__main__":
    sys.exit(main())
