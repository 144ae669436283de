"""How a pool's process is started, probed and stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components.odoo.configuration import HTTP_PORT, LIMIT_TIME_REAL_SECONDS, WEBSOCKET_PORT, application_name
from components.odoo.pool import Pool
from components.odoo.settings import HTTP_POOLS, OdooSettings

CONFIG_PATH: Final = "/etc/odoo/odoo.conf"
SERVICE_NAME: Final = "odoo"
"""Section of libpq's service file with user and password."""
SERVICE_PATH: Final = "/run/secrets/odoo/pg_service.conf"
SESSION_KEY_PATH: Final = "/run/secrets/odoo/session_key"
"""With sessions in Redis: the keys that seal them, one a line, of 32 characters or more. The first seals, all open."""

_PRESTOP_SECONDS: Final = 15
"""Until every Traefik, and the cluster's Services, have heard that a pod is going."""
_STOP_MARGIN_SECONDS: Final = 30
"""Beyond the longest request: time to log and to close connections."""
_WEBSOCKET_STOP_SECONDS: Final = 30
"""The gevent server finishes nothing: its clients reconnect to another pod."""
_SOCKET_TIMEOUT_SECONDS: Final = 10
"""Odoo's own 2 s drop a caller that hesitates. Traefik has a whole request before it sends it, so 10 s harm nobody."""

# Startup: the pod reaches its database, as the role and by the port that it is going to use, and answers HTTP.
# /web/health alone opens no database. psycopg2 is what Odoo itself connects with.
_STARTUP_SCRIPT: Final = (
    "import configparser, sys, urllib.request, psycopg2; "
    "c = configparser.RawConfigParser(); c.read(sys.argv[1]); "
    "psycopg2.connect(**{k: c['options']['db_' + o] for k, o in "
    "{'host': 'host', 'port': 'port', 'dbname': 'name', 'sslmode': 'sslmode'}.items()}, connect_timeout=10).close(); "
    "[urllib.request.urlopen(u, timeout=10) for u in sys.argv[2:]]"
)
# The master process (PID 1) has workers: it makes a new one for each that dies, and kills each that hangs.
_HAS_WORKERS: Final = ("grep", "-q", "[0-9]", "/proc/1/task/1/children")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """How the kubelet looks after a container: by a command, an HTTP path, or a port that takes connections.

    Args:
        period_seconds: between two looks.
        timeout_seconds: for an answer.
        failure_threshold: looks that fail in a row before it acts.
        command: the command; empty for another kind.
        path: the HTTP path; empty for another kind.
        port: name of the port of the path, or of the port itself.
    """

    period_seconds: int
    timeout_seconds: int
    failure_threshold: int
    command: tuple[str, ...] = ()
    path: str = ""
    port: str = ""

    @property
    def patience_seconds(self) -> int:
        """Seconds of failure, at least, before it acts."""
        return self.period_seconds * self.failure_threshold


@dataclass(frozen=True, kw_only=True)
class PodProcess:
    """A pool's process.

    Args:
        arguments: arguments of the command `odoo`.
        environment: environment variables; none is a secret.
        ports: ports by name.
        startup: until it has succeeded once, no other probe runs and the pod gets no request.
        readiness: whether the pod gets requests.
        liveness: whether the container stays.
        termination_grace_seconds: from the end being announced to SIGKILL.
        prestop_seconds: of these, seconds to wait before the process is told.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(hash=False)
    ports: Mapping[str, int] = field(hash=False)
    startup: Probe
    readiness: Probe
    liveness: Probe
    termination_grace_seconds: int
    prestop_seconds: int


def process(pool: Pool, settings: OdooSettings) -> PodProcess:
    """The process of a pool. Of all it holds, only values of the environment depend on names that Azure gives.

    Args:
        pool: the pool.
        settings: the tenant's.
    """
    port, health = _endpoint(pool)
    ports = {} if pool is Pool.CRON else {port: WEBSOCKET_PORT if pool is Pool.WEBSOCKET else HTTP_PORT}
    urls = tuple(f"http://127.0.0.1:{number}{health}" for number in ports.values())
    prestop = _PRESTOP_SECONDS if ports else 0
    work = _WEBSOCKET_STOP_SECONDS if pool is Pool.WEBSOCKET else LIMIT_TIME_REAL_SECONDS + _STOP_MARGIN_SECONDS
    return PodProcess(
        arguments=_arguments(pool),
        environment=_environment(pool, settings),
        ports=ports,
        startup=Probe(
            period_seconds=10,
            timeout_seconds=25,
            failure_threshold=60,
            command=("python3", "-c", _STARTUP_SCRIPT, CONFIG_PATH, *urls),
        ),
        readiness=_readiness(pool, port, health),
        liveness=_liveness(pool, port, health),
        termination_grace_seconds=prestop + work,
        prestop_seconds=prestop,
    )


def _endpoint(pool: Pool) -> tuple[str, str]:
    return ("websocket", "/websocket/health") if pool is Pool.WEBSOCKET else ("http", "/web/health")


def _arguments(pool: Pool) -> tuple[str, ...]:
    config = f"--config={CONFIG_PATH}"
    if pool is Pool.WEBSOCKET:
        # Odoo looks for `gevent` in the first place only.
        return ("gevent", config)
    return (config, "--no-http") if pool is Pool.CRON else (config,)


def _environment(pool: Pool, settings: OdooSettings) -> dict[str, str]:
    environment = {
        # libpq reads user and password here at every new connection, so a changed password needs no restart.
        "PGSERVICE": SERVICE_NAME,
        "PGSERVICEFILE": SERVICE_PATH,
        # The image's trust store (libpq 16+).
        "PGSSLROOTCERT": "system",
    }
    if pool in HTTP_POOLS:
        environment["ODOO_HTTP_SOCKET_TIMEOUT"] = str(_SOCKET_TIMEOUT_SECONDS)
    if not settings.since("19.0"):
        environment["ODOO_PGAPPNAME"] = application_name(pool)
    if settings.managed_identity is not None:
        # As azure-identity reads it; into pods Kubernetes' webhook writes it.
        environment["AZURE_CLIENT_ID"] = settings.managed_identity
    if settings.sessions == "redis":
        environment |= {
            "ODOO_SESSION_REDIS": "1",
            "ODOO_SESSION_REDIS_URL": f"rediss://{settings.cache_host}:{settings.cache_port}",
            "ODOO_SESSION_REDIS_PREFIX": settings.tenant,
            # docs/reference/odoo-image.md: the module logs in with a token of this identity.
            "ODOO_SESSION_REDIS_LOGIN": "managed-identity" if settings.managed_identity else "workload-identity",
            "ODOO_SESSION_REDIS_KEY_FILE": SESSION_KEY_PATH,
        }
    return environment


def _readiness(pool: Pool, port: str, health: str) -> Probe:
    """Busy or broken, a pod that answers nothing for half a minute gets no new requests until it does.

    /web/health needs a free worker. The queue pool is the exception: all its workers busy is how it should be, and its
    runner, which asks for no more jobs than there are workers, would find no pod to ask.
    """
    if pool is Pool.CRON:
        return Probe(period_seconds=10, timeout_seconds=5, failure_threshold=3, command=_HAS_WORKERS)
    if pool is Pool.QUEUE:
        return Probe(period_seconds=10, timeout_seconds=5, failure_threshold=3, port=port)
    return Probe(period_seconds=10, timeout_seconds=10, failure_threshold=3, path=health, port=port)


def _liveness(pool: Pool, port: str, health: str) -> Probe:
    """Kills what is broken, never what is busy.

    A web pod whose workers are all busy gets no new requests, so one of them is free at the latest when the longest
    request has been ended. A pod that answers nothing for longer than that never will again. Jobs follow one another
    without a gap: that a queue or cron pod is well its master process knows; that jobs are late is for alerts to tell.
    The gevent server is never at one thing for long.
    """
    if pool in (Pool.CRON, Pool.QUEUE):
        return Probe(period_seconds=30, timeout_seconds=5, failure_threshold=10, command=_HAS_WORKERS)
    if pool is Pool.WEBSOCKET:
        return Probe(period_seconds=30, timeout_seconds=10, failure_threshold=10, path=health, port=port)
    return Probe(
        period_seconds=60,
        timeout_seconds=30,
        failure_threshold=LIMIT_TIME_REAL_SECONDS // 60 + 5,
        path=health,
        port=port,
    )
