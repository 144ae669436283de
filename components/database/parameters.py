"""Server parameters: those of every Odoo database, and the order that all are applied in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

# Libraries must be loaded before the parameters that they bring, and PgBouncer be on before its own, so these go first
# (learn.microsoft.com azure/postgresql/extensions/how-to-load-libraries, connectivity/concepts-pgbouncer).
_FIRST = ("shared_preload_libraries", "azure.extensions", "pgbouncer.enabled")

FIXED_PARAMETERS: Mapping[str, str] = {
    # unaccent and trigram search are Odoo's; vector is for its assistants; the rest is for whoever looks into a
    # slow query.
    "azure.extensions": "btree_gin,pg_buffercache,pg_stat_statements,pg_trgm,pgaudit,pgstattuple,unaccent,vector",
    "shared_preload_libraries": "pg_stat_statements,pgaudit",
    # Encryption in transit.
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    # Audit trail: who connected, and who changed the schema or a role. Not the statements of the application: they
    # would carry personal data into the logs; Odoo keeps its own trail of those.
    "log_connections": "on",
    "log_disconnections": "on",
    "pgaudit.log": "ddl,role",
    "pgaudit.log_catalog": "off",
    # What slows the server down.
    "log_checkpoints": "on",
    "log_lock_waits": "on",
    "track_io_timing": "on",
    # Query Store: the slowest statements with their plans and waits, a month back, so that one close can be compared
    # with the one before (learn.microsoft.com azure/postgresql/monitor/concepts-query-store).
    "pg_qs.query_capture_mode": "top",
    "pg_qs.retention_period_in_days": "30",
    "pg_qs.store_query_plans": "on",
    "pgms_wait_sampling.query_capture_mode": "all",
    # Enhanced metrics, off by default (learn.microsoft.com azure/postgresql/monitor/concepts-monitoring).
    "metrics.collector_database_activity": "on",
    "metrics.autovacuum_diagnostics": "on",
}
"""Parameters that follow from no size: encryption in transit, audit, observability. With their values."""


def refuse_fixed(parameters: Mapping[str, str]) -> None:
    """Raises ValueError if a parameter is among the fixed ones, so that there is one place that decides on each."""
    if repeated := sorted(FIXED_PARAMETERS.keys() & parameters.keys()):
        raise ValueError(f"parameters fixed by OdooDatabase cannot be given: {', '.join(repeated)}")


def in_order(parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The fixed and the given parameters, in the order they are applied: the same on every run."""
    everything = {**FIXED_PARAMETERS, **parameters}
    yield from ((name, everything.pop(name)) for name in _FIRST if name in everything)
    yield from sorted(everything.items())
