"""How Odoo's processes are started, probed and stopped."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS, odoo_conf
from components.odoo.options import VERSIONS
from components.odoo.pool import Pool
from components.odoo.process import process
from tests.unit.odoo.example import settings

HTTP_POOLS = [Pool.WEB, Pool.QUEUE, Pool.REPORTING]


def test_each_pool_is_started_as_what_it_is() -> None:
    config = "--config=/etc/odoo/odoo.conf"
    assert {pool: process(pool, settings()).arguments for pool in Pool} == {
        Pool.WEB: (config,),
        # Odoo looks for the word in the first place only.
        Pool.WEBSOCKET: ("gevent", config),
        Pool.CRON: (config, "--no-http"),
        Pool.QUEUE: (config,),
        Pool.REPORTING: (config,),
    }


def test_ports_are_those_of_the_file() -> None:
    for pool in Pool:
        parser = configparser.RawConfigParser()
        parser.read_string(odoo_conf(pool, settings()))
        written = {
            "http": parser["options"].get("http_port"),
            "websocket": parser["options"].get("gevent_port"),
        }
        ports = process(pool, settings()).ports
        assert {name: str(port) for name, port in ports.items()} == {name: written[name] for name in ports}
        assert list(ports) == ([] if pool is Pool.CRON else ["websocket" if pool is Pool.WEBSOCKET else "http"])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pool", Pool)
def test_the_environment_is_exactly_this(version: str, pool: Pool) -> None:
    application_name = {} if version == "19.0" else {"ODOO_PGAPPNAME": f"odoo-{pool}-{{pid}}"}
    socket_timeout = {"ODOO_HTTP_SOCKET_TIMEOUT": "10"} if pool in HTTP_POOLS else {}
    assert process(pool, settings(version)).environment == {
        "PGSERVICE": "odoo",
        "PGSERVICEFILE": "/run/secrets/odoo/pg_service.conf",
        "PGSSLROOTCERT": "system",
        "ODOO_SESSION_REDIS": "1",
        "ODOO_SESSION_REDIS_URL": "rediss://amr-erp.westeurope.redis.azure.net:10000",
        "ODOO_SESSION_REDIS_PREFIX": "acme",
        "ODOO_SESSION_REDIS_LOGIN": "workload-identity",
        "ODOO_SESSION_REDIS_KEY_FILE": "/run/secrets/odoo/session_key",
        **application_name,
        **socket_timeout,
    }


def test_sessions_in_files_need_no_environment() -> None:
    environment = process(Pool.WEB, settings(sessions="shared-files")).environment
    assert not [name for name in environment if "REDIS" in name]


@pytest.mark.parametrize("pool", [pool for pool in Pool if pool is not Pool.WEBSOCKET])
def test_a_pod_outlives_its_longest_request(pool: Pool) -> None:
    stopped = process(pool, settings())
    assert stopped.termination_grace_seconds > stopped.prestop_seconds + LIMIT_TIME_REAL_SECONDS


def test_websockets_are_not_waited_for() -> None:
    stopped = process(Pool.WEBSOCKET, settings())
    assert stopped.prestop_seconds < stopped.termination_grace_seconds <= 60


def test_only_what_gets_requests_waits_before_it_stops() -> None:
    assert {pool: process(pool, settings()).prestop_seconds for pool in Pool} == {
        **dict.fromkeys(Pool, 15),
        Pool.CRON: 0,
    }


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.REPORTING])
def test_busy_workers_get_no_requests_but_are_not_killed(pool: Pool) -> None:
    probed = process(pool, settings())
    assert (probed.readiness.path, probed.readiness.port) == ("/web/health", "http")
    assert (probed.liveness.path, probed.liveness.port) == ("/web/health", "http")
    assert probed.readiness.patience_seconds <= 60
    # The worker that takes longest has been ended by then, and nothing new has come.
    assert probed.liveness.patience_seconds > probed.readiness.patience_seconds + LIMIT_TIME_REAL_SECONDS


@pytest.mark.parametrize("pool", [Pool.CRON, Pool.QUEUE])
def test_no_number_of_jobs_makes_a_pod_look_broken(pool: Pool) -> None:
    probed = process(pool, settings())
    assert not probed.readiness.path
    assert probed.liveness.command == ("grep", "-q", "[0-9]", "/proc/1/task/1/children")


def test_a_websocket_pod_is_asked_where_it_listens() -> None:
    probed = process(Pool.WEBSOCKET, settings())
    for probe in (probed.readiness, probed.liveness):
        assert (probe.path, probe.port) == ("/websocket/health", "websocket")
    assert probed.startup.command[-1] == "http://127.0.0.1:8072/websocket/health"


@pytest.mark.parametrize("pool", Pool)
def test_a_probe_gives_up_before_the_next_one(pool: Pool) -> None:
    probed = process(pool, settings())
    for probe in (probed.readiness, probed.liveness):
        assert probe.timeout_seconds <= probe.period_seconds
        assert bool(probe.command) + bool(probe.path) + bool(probe.port and not probe.path) == 1


def test_a_process_with_children_has_workers() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"],
        stdin=subprocess.PIPE,
    )
    childless = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    command = process(Pool.CRON, settings()).liveness.command
    try:
        _wait_for_child(parent.pid)
        assert subprocess.run(_of(command, parent.pid), check=False).returncode == 0
        assert subprocess.run(_of(command, childless.pid), check=False).returncode == 1
    finally:
        for process_ in (parent, childless):
            process_.communicate(b"\n", timeout=20)


def _of(command: tuple[str, ...], pid: int) -> list[str]:
    return [part.replace("/proc/1/task/1/", f"/proc/{pid}/task/{pid}/") for part in command]


def _wait_for_child(pid: int) -> None:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = threading.Event()
    for _ in range(200):
        if children.read_text():
            return
        deadline.wait(0.05)
    raise AssertionError("no child came")


@pytest.fixture
def healthy() -> Iterator[str]:
    """An address that answers as a healthy Odoo does."""
    server = HTTPServer(("127.0.0.1", 0), _Healthy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/web/health" else 500)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


# Stands for the driver: it connects when it is told to, and keeps what it was asked for.
_DRIVER = """
import json, os, sys
class _Connection:
    def close(self): print(json.dumps(asked, sort_keys=True))
def connect(**wanted):
    global asked
    asked = wanted
    if os.environ["DATABASE"] == "down": raise OSError("no database")
    return _Connection()
"""
_ASKED = (
    '{"connect_timeout": 10, "dbname": "odoo", "host": "psql-erp.postgres.database.azure.com", '
    '"port": "6432", "sslmode": "verify-full"}\n'
)


@pytest.mark.parametrize(
    ("database", "path", "started"), [("up", "/web/health", True), ("down", "/web/health", False), ("up", "/", False)]
)
def test_a_pod_starts_once_it_reaches_its_database_and_answers(
    tmp_path: Path, healthy: str, database: str, path: str, started: bool
) -> None:
    (tmp_path / "psycopg2.py").write_text(_DRIVER)
    config = tmp_path / "odoo.conf"
    config.write_text(odoo_conf(Pool.WEB, settings()))
    interpreter, flag, script, *_ = process(Pool.WEB, settings()).startup.command
    assert (interpreter, flag) == ("python3", "-c")
    done = subprocess.run(
        [sys.executable, flag, script, str(config), healthy + path],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "DATABASE": database},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode == 0) == started
    assert done.stdout == (_ASKED if database == "up" else "")


def test_on_a_machine_odoo_logs_in_by_the_identity_that_it_is_given() -> None:
    environment = process(Pool.WEB, settings(managed_identity="identity-of-odoo")).environment
    in_pod = process(Pool.WEB, settings()).environment
    assert environment == {
        **in_pod,
        "AZURE_CLIENT_ID": "identity-of-odoo",
        "ODOO_SESSION_REDIS_LOGIN": "managed-identity",
    }
    assert "AZURE_CLIENT_ID" not in in_pod
