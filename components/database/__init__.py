"""The PostgreSQL servers that hold the books."""

from components.database.args import (
    DatabaseAccess,
    DatabaseBackup,
    DatabaseNetwork,
    DatabaseServer,
    MaintenanceWindow,
    OdooDatabaseArgs,
    ReadReplica,
)
from components.database.odoo_database import OdooDatabase
from components.database.shared_database import SharedDatabase, SharedDatabaseArgs

__all__ = [
    "DatabaseAccess",
    "DatabaseBackup",
    "DatabaseNetwork",
    "DatabaseServer",
    "MaintenanceWindow",
    "OdooDatabase",
    "OdooDatabaseArgs",
    "ReadReplica",
    "SharedDatabase",
    "SharedDatabaseArgs",
]
