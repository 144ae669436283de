"""`ops verify`: whether a database is fit for the Odoo that comes next."""

from __future__ import annotations

from typing import Any

import psycopg

from ops.errors import OpsError

_PENDING = "SELECT name || ' (' || state || ')' FROM ir_module_module WHERE state LIKE 'to %' ORDER BY name"
_INVALID_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1"


def has_modules(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether Odoo has begun to make its tables in the database."""
    row = connection.execute("SELECT to_regclass('public.ir_module_module')").fetchone()
    return row is not None and row[0] is not None


def pending_modules(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Modules that an update has begun with and not ended, with their states; none in a database without Odoo."""
    if not has_modules(connection):
        return []
    return [str(name) for (name,) in connection.execute(_PENDING)]


def base_version(connection: psycopg.Connection[tuple[Any, ...]]) -> str | None:
    """Version of Odoo's base module, e.g. `18.0.1.3`; None while it is not installed."""
    if not has_modules(connection):
        return None
    row = connection.execute(
        "SELECT latest_version FROM ir_module_module WHERE name = 'base' AND state = 'installed'"
    ).fetchone()
    return None if row is None else str(row[0])


def findings(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Everything that is wrong with the database, a line each."""
    found = [f"module {module} was left half-way" for module in pending_modules(connection)]
    if base_version(connection) is None:
        return [*found, "the module base is not installed"]
    found += [f"index {name} is invalid" for (name,) in connection.execute(_INVALID_INDEXES)]
    active = connection.execute("SELECT count(*) FROM ir_cron WHERE active").fetchone()
    if active is None or not active[0]:
        found.append("no scheduled action is active")
    return found


def verify(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Raises OpsError with all findings, if there are any."""
    if found := findings(connection):
        raise OpsError(f"the database is not healthy: {'; '.join(found)}")
