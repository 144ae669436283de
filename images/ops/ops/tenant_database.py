"""The tenant's database: its owner, who may connect, its extensions, and what the monitor may read."""

from __future__ import annotations

from collections.abc import Mapping

from psycopg import sql

from ops.errors import OpsError
from ops.health import has_modules
from ops.server import Server
from ops.settings import AdministratorSettings, Settings

EXTENSIONS: Mapping[str, str] = {"pg_trgm": "public", "unaccent": "unaccent_schema"}
"""Extensions that Odoo uses, with their schemas."""

MONITORED: Mapping[str, tuple[str, ...]] = {
    "queue_job": (
        "id",
        "uuid",
        "channel",
        "state",
        "priority",
        "eta",
        "date_created",
        "date_enqueued",
        "date_started",
        "date_done",
        "exec_time",
        "retry",
        "max_retries",
        "exc_name",
        "company_id",
    ),
    "ir_cron": ("id", "cron_name", "active", "nextcall", "lastcall", "failure_count", "first_failure_date"),
    "ir_cron_trigger": ("id", "cron_id", "call_at"),
    "ir_module_module": ("id", "name", "state", "latest_version"),
    "bus_bus": ("id", "create_date"),
}
"""Columns that the monitor may read: when and whether, never what. Some exist in some versions of Odoo only."""

BASE = "base"
"""The module that every database of Odoo has."""


def close_databases(server: Server) -> None:
    """Closes every database that the administrator has the owner's rights to, to all roles but its own.

    PostgreSQL lets everybody connect to a database unless it is told otherwise: `postgres` and `template1` are among
    them. Azure keeps `azure_sys` and `azure_maintenance` for itself.

    Args:
        server: the administrator, connected to any database.
    """
    found = server.connection.execute(
        "SELECT datname FROM pg_database WHERE datallowconn AND pg_has_role(datdba, 'USAGE')"
        " AND has_database_privilege('public', oid, 'CONNECT, TEMPORARY') ORDER BY datname"
    ).fetchall()
    for (database,) in found:
        server.change(
            f"closed {database} to all roles but its own",
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            name=sql.Identifier(database),
        )


def ensure_database(server: Server, settings: AdministratorSettings, database: str) -> None:
    """Makes a database if there is none, gives it to the owner, and says who may connect and how often.

    Args:
        server: the administrator, connected to another database.
        settings: whose database it is.
        database: its name.
    """
    name, owner = sql.Identifier(database), sql.Identifier(settings.owner)
    found = server.value("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", database)
    if found is None:
        server.change(
            f"made the database {database}",
            "CREATE DATABASE {name} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'",
            name=name,
            owner=owner,
        )
    elif found != settings.owner:
        server.change(
            f"{database} belongs to {settings.owner}",
            "ALTER DATABASE {name} OWNER TO {owner}",
            name=name,
            owner=owner,
        )
    limit = settings.database_connection_limit
    if server.value("SELECT datconnlimit FROM pg_database WHERE datname = %s", database) != limit:
        server.change(
            f"{database} takes {limit} connections",
            "ALTER DATABASE {name} CONNECTION LIMIT {limit}",
            name=name,
            limit=sql.Literal(limit),
        )
    close_databases(server)
    # Odoo's bus and cron connect to `postgres`: they LISTEN there.
    for role, granted in ((settings.monitor, database), (settings.owner, "postgres")):
        ensure_connect(server, role, granted)


def ensure_connect(server: Server, role: str, database: str) -> None:
    """Lets a role connect to a database."""
    if not server.value("SELECT has_database_privilege(%s, %s, 'CONNECT')", role, database):
        server.change(
            f"{role} may connect to {database}",
            "GRANT CONNECT ON DATABASE {name} TO {role}",
            name=sql.Identifier(database),
            role=sql.Identifier(role),
        )


def ensure_extensions(server: Server, settings: AdministratorSettings) -> None:
    """Makes Odoo's extensions in the database that the administrator is connected to.

    The administrator makes them, for Azure lets nobody else
    (learn.microsoft.com azure/postgresql/extensions/errors-extensions).
    """
    for extension, schema in EXTENSIONS.items():
        if server.value("SELECT 1 FROM pg_extension WHERE extname = %s", extension) is None:
            _refuse_unavailable(server, extension)
            if server.value("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema) is None:
                server.change(
                    f"made the schema {schema}",
                    "CREATE SCHEMA {schema} AUTHORIZATION {owner}",
                    schema=sql.Identifier(schema),
                    owner=sql.Identifier(settings.owner),
                )
            server.change(
                f"made the extension {extension}",
                "CREATE EXTENSION {extension} WITH SCHEMA {schema}",
                extension=sql.Identifier(extension),
                schema=sql.Identifier(schema),
            )
    _ensure_indexable_unaccent(server, settings)


def _refuse_unavailable(server: Server, extension: str) -> None:
    allowed = server.value("SELECT current_setting('azure.extensions', true)")
    if allowed is not None and extension not in {name.strip().lower() for name in allowed.split(",")}:
        raise OpsError(f"the server does not allow the extension {extension}: add it to its parameter azure.extensions")
    if server.value("SELECT 1 FROM pg_available_extensions WHERE name = %s", extension) is None:
        raise OpsError(f"the server does not have the extension {extension}; Odoo needs it")


def _ensure_indexable_unaccent(server: Server, settings: Settings) -> None:
    """Odoo indexes unaccented text if `public.unaccent(text)` is immutable, which the extension's own is not."""
    query = (
        "SELECT 1 FROM pg_proc WHERE proname = 'unaccent' AND pronargs = 1 AND pronamespace = 'public'::regnamespace"
    )
    if server.value(query) is not None:
        return
    owner = sql.Identifier(settings.owner)
    server.connection.execute(sql.SQL("SET ROLE {owner}").format(owner=owner))
    server.change(
        "made an unaccent that can be indexed",
        "CREATE FUNCTION public.unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        " RETURN unaccent_schema.unaccent('unaccent_schema.unaccent'::regdictionary, $1)",
    )
    server.connection.execute("RESET ROLE")


def ensure_monitoring(server: Server, settings: Settings) -> None:
    """Lets the monitor read the state of queues, in the database that the server is connected to.

    Whoever has the owner's rights can. Tables come and go with Odoo's modules, so it is done again after each upgrade.
    """
    monitor = settings.monitor
    for table, columns in MONITORED.items():
        missing = [
            column
            for (column,) in server.connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = ANY(%s)"
                " AND NOT has_column_privilege(%s, attrelid, attnum, 'SELECT') ORDER BY attname",
                (f"public.{table}", list(columns), monitor),
            )
        ]
        if missing:
            server.change(
                f"{monitor} may read {', '.join(missing)} of {table}",
                "GRANT SELECT ({columns}) ON public.{table} TO {monitor}",
                columns=sql.SQL(", ").join(map(sql.Identifier, missing)),
                table=sql.Identifier(table),
                monitor=sql.Identifier(monitor),
            )


def installed_modules(server: Server) -> set[str]:
    """Modules of Odoo that are installed in the database that the server is connected to."""
    if not has_modules(server.connection):
        return set()
    found = server.connection.execute("SELECT name FROM ir_module_module WHERE state IN ('installed', 'to upgrade')")
    return {str(name) for (name,) in found}
