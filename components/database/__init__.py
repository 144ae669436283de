"""The PostgreSQL server that holds the books."""

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

__all__ = [
    "DatabaseAccess",
    "DatabaseBackup",
    "DatabaseNetwork",
    "DatabaseServer",
    "MaintenanceWindow",
    "OdooDatabase",
    "OdooDatabaseArgs",
    "ReadReplica",
]
