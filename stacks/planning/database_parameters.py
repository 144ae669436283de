"""Server parameters of PostgreSQL that follow from its size and from the connections Odoo makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from stacks.planning.database_sizing import DatabaseHardware
from stacks.planning.ledger import Ledger
from stacks.planning.plan_odoo import ConnectionPlan

PAGE_KIB = 8
KIB_PER_GIB = 1024 * 1024
KIB_PER_MIB = 1024
# Odoo stops a request after limit_time_real, 20 minutes: a transaction idle for longer has lost its owner.
IDLE_IN_TRANSACTION_MS = 1_800_000
SLOW_STATEMENT_MS = {True: 1000, False: 500}
"""By whether it is production."""
# Of servers with many databases there are more, each with less memory.
MOST_VACUUM_WORKERS = {False: 10, True: 16}
VACUUM_MEMORY_PARTS = {False: 64, True: 128}
"""Both by whether there are many databases."""
DATABASES_PER_VACUUM_WORKER = 2
# Our own estimate of Odoo: 1,000 tables with their indexes and sequences; an upgrade or a dump locks them all.
LOCKS_PER_DATABASE = 5000
DEFAULT_LOCKS = 64
NAPTIME_SECONDS = 60

_PARAMETERS = "learn.microsoft.com azure/postgresql/flexible-server/concepts-server-parameters"
_PGBOUNCER = "learn.microsoft.com azure/postgresql/flexible-server/concepts-pgbouncer"
_RESOURCE = "postgresql.org docs/17/runtime-config-resource.html"
_VACUUM = "postgresql.org docs/17/runtime-config-vacuum.html"
_WAL = "postgresql.org docs/17/runtime-config-wal.html"
_LOGGING = "postgresql.org docs/17/runtime-config-logging.html"


@dataclass(frozen=True, kw_only=True)
class ServerLoad:
    """What a server is set up for.

    Args:
        max_connections: connections that it takes.
        pool_size: PgBouncer's server connections for each role and database.
        max_clients: clients that PgBouncer takes.
        busy: workers that sort at the same time.
        databases: tenants whose databases are on it.
    """

    max_connections: int
    pool_size: int
    max_clients: int
    busy: int
    databases: int = 1


def one_tenant(connections: ConnectionPlan) -> ServerLoad:
    """What a server with one tenant is set up for."""
    return ServerLoad(
        max_connections=connections.max_connections,
        pool_size=connections.pool_size,
        max_clients=connections.max_clients,
        busy=connections.pool_size,
    )


def _clamp(value: float, low: int, high: int) -> int:
    return max(low, min(int(value), high))


def plan_parameters(
    hardware: DatabaseHardware, load: ServerLoad, ledger: Ledger, *, production: bool
) -> Mapping[str, str]:
    """Parameters by name, in their base units (8 KiB pages, KiB, MiB, ms), in the order of their names."""
    parameters = {
        **_connections(load, ledger),
        **_memory(hardware, load, ledger),
        **_write_ahead_log(hardware, ledger),
        **_autovacuum(hardware, load.databases, ledger),
        **_logging(hardware, ledger, production=production),
    }
    if load.databases > 1:
        parameters |= _many_databases(load, ledger)
    return dict(sorted(parameters.items()))


def _note(ledger: Ledger, parameters: Mapping[str, str], name: str, because: str, source: str) -> None:
    ledger.note(f"database.parameters.{name}", parameters[name], because, source)


def _connections(load: ServerLoad, ledger: Ledger) -> dict[str, str]:
    parameters = {
        "max_connections": str(load.max_connections),
        "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
        "pgbouncer.enabled": "true",
        "pgbouncer.pool_mode": "transaction",
        "pgbouncer.default_pool_size": str(load.pool_size),
        "pgbouncer.max_client_conn": str(load.max_clients),
        "metrics.pgbouncer_diagnostics": "on",
    }
    reasons = {
        "max_connections": ("Both login roles of each tenant at their limits, others and a reserve.", _PARAMETERS),
        "idle_in_transaction_session_timeout": (
            "Odoo ends a request after 20 minutes; a transaction idle for 30 has lost its owner and keeps its locks.",
            "odoo.com documentation: administration/on_premise/deploy (limit_time_real)",
        ),
        "pgbouncer.enabled": (
            "HTTP and job workers share connections; a failover does not meet hundreds of them.",
            _PGBOUNCER,
        ),
        "pgbouncer.pool_mode": (
            "Odoo's workers keep no state in a session; what does (LISTEN, advisory locks) connects directly.",
            _PGBOUNCER,
        ),
        "pgbouncer.default_pool_size": (
            "For each role and database: one for each HTTP and job worker that the close keeps busy.",
            _PGBOUNCER,
        ),
        "pgbouncer.max_client_conn": ("All that workers may open, and a fifth more.", _PGBOUNCER),
        "metrics.pgbouncer_diagnostics": ("Clients that wait for a connection show in the metrics.", _PGBOUNCER),
    }
    for name, (because, source) in reasons.items():
        _note(ledger, parameters, name, because, source)
    return parameters


def _memory(hardware: DatabaseHardware, load: ServerLoad, ledger: Ledger) -> dict[str, str]:
    memory_kib = hardware.size.memory_gib * KIB_PER_GIB
    vacuum_parts = VACUUM_MEMORY_PARTS[load.databases > 1]
    work_kib = _clamp(memory_kib / 4 / (2 * load.busy), 4 * KIB_PER_MIB, 256 * KIB_PER_MIB)
    parameters = {
        "shared_buffers": str(memory_kib // 4 // PAGE_KIB),
        "effective_cache_size": str(memory_kib * 7 // 10 // PAGE_KIB),
        "work_mem": str(work_kib // KIB_PER_MIB * KIB_PER_MIB),
        "maintenance_work_mem": str(_clamp(memory_kib / 32, 256 * KIB_PER_MIB, 2_097_151)),
        "autovacuum_work_mem": str(_clamp(memory_kib / vacuum_parts, 65_536, KIB_PER_GIB)),
        "random_page_cost": "1.1",
    }
    gib = hardware.size.memory_gib
    reasons = {
        "shared_buffers": f"A quarter of {gib} GiB; in pages of 8 KiB.",
        "effective_cache_size": f"Seven tenths of {gib} GiB: what all caches hold; in pages of 8 KiB.",
        "work_mem": f"A quarter of {gib} GiB for two sorts of each of {load.busy} workers; in KiB.",
        "maintenance_work_mem": f"A thirty-second of {gib} GiB, 2 GiB at most; in KiB.",
        "autovacuum_work_mem": f"1/{vacuum_parts} of {gib} GiB for each vacuum worker, 1 GiB at most; in KiB.",
        "random_page_cost": "On SSD a page anywhere costs as much as the next one.",
    }
    for name, because in reasons.items():
        _note(ledger, parameters, name, because, _RESOURCE)
    return parameters


def _write_ahead_log(hardware: DatabaseHardware, ledger: Ledger) -> dict[str, str]:
    max_wal_mib = _clamp(hardware.storage_gib * 1024 / 16, 4096, 32768)
    parameters = {"max_wal_size": str(max_wal_mib), "min_wal_size": str(max_wal_mib // 4)}
    because = (
        f"A sixteenth of the disk of {hardware.storage_gib} GiB, 4 to 32 GiB: fewer checkpoints at the close; in MiB."
    )
    _note(ledger, parameters, "max_wal_size", because, _WAL)
    _note(
        ledger,
        parameters,
        "min_wal_size",
        "A quarter of max_wal_size is recycled rather than made again; in MiB.",
        _WAL,
    )
    return parameters


def _autovacuum(hardware: DatabaseHardware, databases: int, ledger: Ledger) -> dict[str, str]:
    vcores = hardware.size.vcores
    workers = _clamp(max(vcores / 4, databases / DATABASES_PER_VACUUM_WORKER), 3, MOST_VACUUM_WORKERS[databases > 1])
    parameters = {
        "autovacuum_max_workers": str(workers),
        "autovacuum_vacuum_cost_limit": str(_clamp(vcores * 100, 400, 3000)),
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_analyze_scale_factor": "0.02",
    }
    reasons = {
        "autovacuum_max_workers": f"One for four of {vcores} processors"
        + (f", and for two of {databases} databases" if databases > 1 else "")
        + f", 3 to {MOST_VACUUM_WORKERS[databases > 1]}.",
        "autovacuum_vacuum_cost_limit": f"100 for each of {vcores} processors: vacuum keeps up with them.",
        "autovacuum_vacuum_scale_factor": "Journal items are many million rows: after a twentieth, not a fifth.",
        "autovacuum_analyze_scale_factor": "Statistics follow the postings of the close: after a fiftieth of the rows.",
    }
    for name, because in reasons.items():
        _note(ledger, parameters, name, because, _VACUUM)
    return parameters


def _many_databases(load: ServerLoad, ledger: Ledger) -> dict[str, str]:
    locks = max(ceil(load.databases * LOCKS_PER_DATABASE / load.max_connections), DEFAULT_LOCKS)
    parameters = {"autovacuum_naptime": str(NAPTIME_SECONDS), "max_locks_per_transaction": str(locks)}
    because = (
        f"Each of {load.databases} databases is visited so often: a worker starts every "
        f"{NAPTIME_SECONDS / load.databases:.0f} s; in s."
    )
    _note(ledger, parameters, "autovacuum_naptime", because, _VACUUM)
    because = (
        f"All {load.databases} databases may be upgraded or dumped at once: {LOCKS_PER_DATABASE} locks each, of "
        f"{load.max_connections} times as many as this."
    )
    _note(ledger, parameters, "max_locks_per_transaction", because, "postgresql.org docs/17/runtime-config-locks.html")
    return parameters


def _logging(hardware: DatabaseHardware, ledger: Ledger, *, production: bool) -> dict[str, str]:
    temporary_kib = int(hardware.size.memory_gib * KIB_PER_GIB / 256)
    parameters = {
        "log_min_duration_statement": str(SLOW_STATEMENT_MS[production]),
        "log_autovacuum_min_duration": "10000",
        "log_temp_files": str(temporary_kib),
    }
    reasons = {
        "log_min_duration_statement": "Slower statements deserve a look, faster ones would fill the log; in ms.",
        "log_autovacuum_min_duration": "Vacuums of more than 10 seconds; in ms.",
        "log_temp_files": "Sorts that spilled more than a 256th of the memory to the disk; in KiB.",
    }
    for name, because in reasons.items():
        _note(ledger, parameters, name, because, _LOGGING)
    return parameters
