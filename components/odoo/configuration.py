"""odoo.conf of each pool, as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from components.odoo.options import Value, check_options, default_server_wide_modules
from components.odoo.pool import Pool, PoolSize
from components.odoo.settings import HTTP_POOLS, OdooSettings

HTTP_PORT: Final = 8069
WEBSOCKET_PORT: Final = 8072

LIMIT_TIME_REAL_SECONDS: Final = 1200
"""Longest that a request, a scheduled action or a job may take: then its worker is killed (deploy.rst's example)."""
LIMIT_TIME_CPU_SECONDS: Final = 600
"""Processor time of a request that somebody waits for (deploy.rst's example)."""

GEVENT_CHILD_CONNECTIONS: Final = 1
"""Connections of the gevent process that each prefork server starts beside its workers, and that no Service leads to
(odoo/service/server.py process_spawn)."""

_LIMIT_REQUEST: Final = 8192
"""Requests until a worker starts anew, which gives back what it has leaked (deploy.rst's example)."""
_CRON_WORKER_SECONDS: Final = 3600
"""Age at which an idle cron worker starts anew: a LISTEN whose connection died in silence wakes nobody."""
_SOFT_LIMIT: Final = 0.8
"""limit_memory_soft as a share of limit_memory_hard: as far apart as Odoo's own defaults, 2048 and 2560 MiB."""
_BYTES_PER_MIB: Final = 1024 * 1024

_STORAGE: Final = "attachments"
"""Code of the record of fs.storage; OCA fs_storage_environment takes its values from the section of that name."""


def odoo_conf(pool: Pool, settings: OdooSettings) -> str:
    """The text of a pool's odoo.conf. It holds no secret: user and password come from libpq's service file.

    Args:
        pool: the pool.
        settings: the tenant's.

    Raises:
        KeyError: the tenant has no such pool.
    """
    options = _options(pool, settings)
    check_options(settings.version, options)
    sections: dict[str, Mapping[str, Value]] = {"options": options, **dict(_module_sections(pool, settings))}
    return "\n".join(_section(name, values) for name, values in sections.items())


def database_port(pool: Pool, settings: OdooSettings) -> int:
    """Port by which a pool reaches the database: what LISTENs goes past PgBouncer, which pools transactions."""
    return settings.pooled_port if pool in HTTP_POOLS else settings.direct_port


def _section(name: str, values: Mapping[str, Value]) -> str:
    return "".join([f"[{name}]\n", *(f"{key} = {value}".rstrip() + "\n" for key, value in values.items())])


def _options(pool: Pool, settings: OdooSettings) -> dict[str, Value]:
    size = settings.pools[pool]
    return {
        **_processes(pool, size),
        **_limits(pool, size, settings),
        **_http(pool),
        **_database(pool, size, settings),
        **_data(pool, settings),
        "log_level": "info",
        "log_handler": ":INFO",
    }


def _processes(pool: Pool, size: PoolSize) -> dict[str, Value]:
    # Prefork everywhere: the threaded server (workers = 0) gives requests and jobs one second to end.
    if pool is Pool.CRON:
        # -1 and --no-http: prefork without HTTP workers (odoo/documentation, on_premise/deploy).
        return {
            "workers": -1,
            "max_cron_threads": size.workers,
            "limit_time_worker_cron": _CRON_WORKER_SECONDS,
        }
    return {"workers": size.workers, "max_cron_threads": 0}


def _limits(pool: Pool, size: PoolSize, settings: OdooSettings) -> dict[str, Value]:
    hard = size.worker_memory_mib * _BYTES_PER_MIB
    soft = int(hard * _SOFT_LIMIT)
    # Address space, not memory: Odoo compares them with a process's virtual size, and sets them as RLIMIT_AS.
    limits: dict[str, Value] = {"limit_memory_soft": soft, "limit_memory_hard": hard}
    if pool is Pool.WEBSOCKET and settings.since("18.0"):
        limits |= {"limit_memory_soft_gevent": soft, "limit_memory_hard_gevent": hard}
    return limits | {
        # Nobody waits for work in the background: only the clock ends it.
        "limit_time_cpu": LIMIT_TIME_CPU_SECONDS if pool is Pool.WEB else LIMIT_TIME_REAL_SECONDS,
        "limit_time_real": LIMIT_TIME_REAL_SECONDS,
        "limit_time_real_cron": LIMIT_TIME_REAL_SECONDS,
        "limit_request": _LIMIT_REQUEST,
    }


def _http(pool: Pool) -> dict[str, Value]:
    if pool is Pool.CRON:
        return {"http_enable": False}
    return {
        "http_enable": True,
        # The default differs from series to series.
        "http_interface": "0.0.0.0",  # noqa: S104 a pod has no other way in, and network policies guard that
        "http_port": HTTP_PORT,
        "gevent_port": WEBSOCKET_PORT,
        # Traefik sends X-Forwarded-Host; without it Odoo ignores the others.
        "proxy_mode": True,
        # Traefik does not serve files for Odoo.
        "x_sendfile": False,
    }


def _database(pool: Pool, size: PoolSize, settings: OdooSettings) -> dict[str, Value]:
    options: dict[str, Value] = {
        "db_host": settings.database_host,
        "db_port": database_port(pool, settings),
        "db_name": settings.database_name,
        "db_sslmode": "verify-full",
        "db_maxconn": size.db_maxconn,
        "dbfilter": f"^{re.escape(settings.database_name)}$",
        # Closes the database manager too.
        "list_db": False,
        # Empty: no master password opens anything. `False` is skipped by 19, which then takes its default, `admin`
        # (odoo/tools/config.py _load_file_options).
        "admin_passwd": "",
        "unaccent": True,
    }
    if pool is not Pool.CRON:
        options["db_maxconn_gevent"] = size.db_maxconn if pool is Pool.WEBSOCKET else GEVENT_CHILD_CONNECTIONS
    if settings.since("19.0"):
        options["db_app_name"] = application_name(pool)
    if pool is Pool.REPORTING and settings.reader_host and settings.since("18.0"):
        # Past PgBouncer: a few long readers gain nothing from it. Unset, the options must be absent: 18 and 19 read an
        # empty or a false one differently.
        options |= {"db_replica_host": settings.reader_host, "db_replica_port": settings.direct_port}
    return options


def application_name(pool: Pool) -> str:
    """What PostgreSQL shows a pool's connections as (pg_stat_activity); Odoo puts its process id in."""
    return f"odoo-{pool.value}-{{pid}}"


def _data(pool: Pool, settings: OdooSettings) -> dict[str, Value]:
    demo: dict[str, Value] = {"with_demo": False} if settings.since("19.0") else {"without_demo": "all"}
    return {
        "data_dir": "/var/lib/odoo",
        "server_wide_modules": ",".join(_server_wide_modules(pool, settings)),
        "transient_age_limit": 1.0,
        "osv_memory_count_limit": 0,
        **demo,
    }


def _server_wide_modules(pool: Pool, settings: OdooSettings) -> Iterator[str]:
    yield from default_server_wide_modules(settings.version)
    # Loaded before the server, it adds the runner to it.
    if pool is Pool.QUEUE:
        yield "queue_job"
    # In every pool: whoever ends a person's sessions must find them.
    if settings.sessions == "redis":
        yield "session_redis"


def _module_sections(pool: Pool, settings: OdooSettings) -> Iterator[tuple[str, Mapping[str, Value]]]:
    """Sections of modules: OCA queue_job and server_environment read them from Odoo's own file."""
    if settings.queue_jobs:
        yield "queue_job", _queue_job(pool, settings)
    if settings.attachments == "blob":
        yield f"fs_storage.{_STORAGE}", _blob_storage(settings)


def _queue_job(pool: Pool, settings: OdooSettings) -> dict[str, Value]:
    """queue_job/jobrunner: a root channel of 0 means no runner.

    The runner asks the queue pool's Service to run each job, and never asks for more at once than the pool has workers
    at its highest scale. While it is smaller, jobs wait in state `enqueued`, by which the pool grows. Each pod has a
    runner; a lock in the database lets one of them lead.
    """
    if pool is not Pool.QUEUE:
        return {"channels": "root:0"}
    size = settings.pools[pool]
    return {
        "channels": f"root:{size.workers * size.max_replicas}",
        "scheme": "http",
        "host": Pool.QUEUE.value,
        "port": HTTP_PORT,
        # It LISTENs and holds a lock of the session: past PgBouncer.
        "jobrunner_db_host": settings.database_host,
        "jobrunner_db_port": settings.direct_port,
    }


def _blob_storage(settings: OdooSettings) -> dict[str, Value]:
    """OCA fs_storage, fs_attachment and their *_environment modules over fsspec's adlfs."""
    account = str(urlsplit(settings.blob_account_url or "").hostname).partition(".")[0]
    # anon false: adlfs logs in by azure-identity's default chain, here the identity of a pod or a machine: no key, no
    # SAS. The identity has a role in the container only.
    options = {"account_name": account, "anon": False, "assume_container_exists": True}
    return {
        "protocol": "abfs",
        "options": json.dumps(options),
        # Its own name also while it is neutralised under another.
        "directory_path": f"{settings.blob_container}/{settings.database_name}",
        "use_as_default_for_attachments": True,
    }
