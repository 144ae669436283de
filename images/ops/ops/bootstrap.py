"""`ops bootstrap`: what only the administrator may make, before Odoo's own roles take over."""

from __future__ import annotations

from ops.roles import ensure_passwords, ensure_roles
from ops.server import as_administrator
from ops.settings import AdministratorSettings
from ops.tenant_database import ensure_database, ensure_extensions


def bootstrap(settings: AdministratorSettings) -> list[str]:
    """Makes roles, database, passwords and extensions as they shall be, and returns what it changed."""
    changes: list[str] = []
    with as_administrator(settings, "postgres", changes) as server:
        ensure_roles(server, settings)
        ensure_database(server, settings, settings.database)
        ensure_passwords(server, settings)
    with as_administrator(settings, settings.database, changes) as server:
        ensure_extensions(server, settings)
    return changes
