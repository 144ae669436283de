"""`ops bootstrap` and `ops settle`: roles and database before Odoo initialises it, and what is left to do after."""

from __future__ import annotations

from ops.errors import OpsError
from ops.release import ensure_journal, record_release
from ops.roles import ensure_roles
from ops.server import administrator
from ops.service_file import write_service_file
from ops.settings import Settings
from ops.tenant_database import ensure_database, ensure_extensions, ensure_monitoring, is_initialised

INITIALISE = "initialise"
"""File in the work folder: the Odoo container that comes next has a database to initialise."""


def bootstrap(settings: Settings) -> list[str]:
    """Makes roles, passwords, database, extensions and journal as they shall be, and returns what it changed.

    A database without Odoo is left to the Odoo container that comes next. Its image is written down already: should the
    Job stop half-way, the next one finds no Odoo in the database and begins again.
    """
    changes: list[str] = []
    with administrator(settings, "postgres", changes) as server:
        ensure_roles(server, settings)
        ensure_database(server, settings, settings.database)
    with administrator(settings, settings.database, changes) as server:
        ensure_extensions(server, settings)
        ensure_monitoring(server, settings)
        ensure_journal(server, settings)
        if not is_initialised(server):
            record_release(server, settings.digest)
            (settings.work / INITIALISE).touch()
    write_service_file(settings)
    return changes


def settle(settings: Settings) -> list[str]:
    """After Odoo's turn: makes sure that it is in the database, and lets the monitor read its new tables."""
    changes: list[str] = []
    with administrator(settings, settings.database, changes) as server:
        if not is_initialised(server):
            raise OpsError("Odoo has not been initialised in the database: see the log of the container `initialise`")
        ensure_monitoring(server, settings)
    return changes
