"""Real servers for one test run, on free ports of the loopback: PostgreSQL, PgBouncer, Azurite."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from tests.data.certificates import write_certificates

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SUPERUSER, SUPERUSER_PASSWORD = "postgres", "superuser-of-the-tests"
ADMINISTRATOR, ADMINISTRATOR_PASSWORD = "pgadmin", "administrator-of-the-tests"
READY_SECONDS = 60
# As a Flexible Server shows itself (psql, `\l` and `\du`): its administrator is no superuser, but a member of the role
# that owns `postgres` and the templates.
_AZURE = (
    "CREATE ROLE azure_pg_admin",
    "ALTER DATABASE postgres OWNER TO azure_pg_admin",
    "ALTER DATABASE template1 OWNER TO azure_pg_admin",
    f"CREATE ROLE {ADMINISTRATOR} LOGIN CREATEROLE CREATEDB IN ROLE azure_pg_admin PASSWORD '{ADMINISTRATOR_PASSWORD}'",
)
# PostgreSQL and PgBouncer refuse to run as root.
RUN_AS = "postgres"


@dataclass(frozen=True, kw_only=True)
class DatabaseServer:
    """A running PostgreSQL.

    Args:
        port: where it listens; TLS only, on `localhost`.
        authority: file with the certificate that signed its own.
        log: file with all its messages, every statement among them.
    """

    port: int
    authority: Path
    log: Path

    def superuser(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection that may do everything: what Azure keeps for itself."""
        return psycopg.connect(self.conninfo(database, SUPERUSER, SUPERUSER_PASSWORD), autocommit=True)

    def conninfo(self, database: str, user: str, password: str, port: int | None = None) -> str:
        """Connection string, to this server or to a pooler in front of it."""
        return make_conninfo(
            host="localhost",
            port=port or self.port,
            dbname=database,
            user=user,
            password=password,
            sslmode="verify-full",
            sslrootcert=str(self.authority),
            connect_timeout=10,
        )


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def postgresql(folder: Path, max_connections: str) -> Iterator[DatabaseServer]:
    """Runs PostgreSQL with an administrator who is no superuser, as on Azure."""
    write_certificates(folder)
    (folder / "password").write_text(SUPERUSER_PASSWORD, encoding="utf-8")
    _give(folder)
    (folder / "server.key").chmod(0o600)
    data = folder / "data"
    _run(
        [
            str(PROGRAMS / "initdb"),
            f"--pgdata={data}",
            f"--username={SUPERUSER}",
            f"--pwfile={folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-sync",
        ]
    )
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
    port = free_port()
    parameters = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": max_connections,
        "ssl": "on",
        "ssl_cert_file": str(folder / "server.crt"),
        "ssl_key_file": str(folder / "server.key"),
        "ssl_min_protocol_version": "TLSv1.2",
        "log_statement": "all",
        "fsync": "off",
    }
    options = [f"--{name}={value}" for name, value in parameters.items()]
    server = DatabaseServer(port=port, authority=folder / "ca.crt", log=folder / "postgresql.log")
    with serving([str(PROGRAMS / "postgres"), "-D", str(data), *options], server.log, user=RUN_AS):
        wait_until(lambda: server.superuser().close(), server.log)
        with server.superuser() as connection:
            for statement in _AZURE:
                connection.execute(statement.encode())
        yield server


@contextmanager
def pgbouncer(folder: Path, server: DatabaseServer, settings: Mapping[str, str]) -> Iterator[int]:
    """Runs PgBouncer in front of a server, with settings of the plan, and yields its port."""
    port = free_port()
    (folder / "users.txt").write_text(f'"{SUPERUSER}" "{SUPERUSER_PASSWORD}"\n', encoding="utf-8")
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(folder / "users.txt"),
        # Passwords are looked up in the server, at every login: a new one needs no restart.
        "auth_user": SUPERUSER,
        "auth_query": "SELECT usename, passwd FROM pg_shadow WHERE usename = $1",
        "client_tls_sslmode": "require",
        "client_tls_cert_file": str(folder.parent / "postgresql" / "server.crt"),
        "client_tls_key_file": str(folder.parent / "postgresql" / "server.key"),
        "server_tls_sslmode": "verify-full",
        "server_tls_ca_file": str(server.authority),
        **settings,
    }
    text = f"[databases]\n* = host=localhost port={server.port}\n[pgbouncer]\n"
    text += "".join(f"{name} = {value}\n" for name, value in lines.items())
    (folder / "pgbouncer.ini").write_text(text, encoding="utf-8")
    _give(folder)
    log = folder / "pgbouncer.log"
    with serving(["pgbouncer", str(folder / "pgbouncer.ini")], log, user=RUN_AS):
        conninfo = server.conninfo("postgres", SUPERUSER, SUPERUSER_PASSWORD, port)
        wait_until(lambda: psycopg.connect(conninfo).close(), log)
        yield port


@contextmanager
def azurite(folder: Path, program: Path) -> Iterator[int]:
    """Runs Azurite's blob service and yields its port."""
    port = free_port()
    log = folder / "azurite.log"
    command = ["node", str(program), "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--inMemoryPersistence"]
    with serving([*command, "--blobHost", "127.0.0.1", "--blobPort", str(port)], log):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), timeout=1).close(), log)
        yield port


def missing_programs() -> list[str]:
    """Programs of tools/debian.txt that this machine does not have."""
    wanted = [str(PROGRAMS / "postgres"), "pg_dump", "pgbouncer"]
    return [program for program in wanted if shutil.which(program) is None]


def _give(folder: Path) -> None:
    """Lets the server's user work in the folder."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(RUN_AS)
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)


def _as_user(user: str | None) -> dict[str, str]:
    return {"user": user, "group": user} if user and os.geteuid() == 0 else {}


def _run(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False, **_as_user(RUN_AS))  # type: ignore[call-overload]
    assert ended.returncode == 0, ended.stderr


@contextmanager
def serving(command: Sequence[str], log: Path, user: str | None = None) -> Iterator[None]:
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(  # type: ignore[call-overload]
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **_as_user(user)
        )
    try:
        yield
    finally:
        # PostgreSQL: a fast shutdown, which ends open sessions; the others end as by Ctrl-C.
        process.send_signal(2)
        try:
            process.wait(timeout=READY_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_until(attempt: Callable[[], None], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            return attempt()
        except (OSError, psycopg.Error) as error:
            if time.monotonic() > deadline:
                raise AssertionError(log.read_text(encoding="utf-8")) from error
            time.sleep(0.1)
