"""What an Odoo database server is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Placement
from components.customer_key import CustomerKey
from components.database.parameters import refuse_fixed


@dataclass(frozen=True, kw_only=True)
class DatabaseServer:
    """The primary server.

    Args:
        name: Azure name, globally unique, 3 to 63 lower-case letters, digits and hyphens.
        version: major version of PostgreSQL, e.g. `17`.
        sku_name: e.g. `Standard_E8ads_v5`.
        tier: `Burstable`, `GeneralPurpose` or `MemoryOptimized`; must be the SKU's.
        storage_gib: 32 to 32767, one of the sizes of premium disks. It grows by itself and never shrinks. A replica has
            the same.
        storage_tier: performance tier of the disk, e.g. `P30`; not below the size's own.
        high_availability: `ZoneRedundant` keeps a standby in another zone, `SameZone` in the same, `Disabled` none.
    """

    name: str
    version: str
    sku_name: str
    tier: str
    storage_gib: int
    storage_tier: str
    high_availability: str = "ZoneRedundant"


@dataclass(frozen=True, kw_only=True)
class DatabaseNetwork:
    """Where the servers are in the network. Fixed at creation.

    Args:
        subnet_id: subnet delegated to `Microsoft.DBforPostgreSQL/flexibleServers`.
        private_dns_zone_id: zone of the servers' names; it ends in `.postgres.database.azure.com`.
    """

    subnet_id: pulumi.Input[str]
    private_dns_zone_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class DatabaseAccess:
    """Who administers the server.

    Args:
        tenant_id: Entra tenant of the administrators.
        entra_administrators: object ids of Entra groups by the groups' names. People log in as these, with a token.
        administrator_login: name of the one administrator with a password, for the bootstrap of roles. Fixed.
        administrator_password: its password, a secret kept in the secret store.
    """

    tenant_id: pulumi.Input[str]
    entra_administrators: Mapping[str, str]
    administrator_login: str
    administrator_password: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class MaintenanceWindow:
    """When Azure may patch the server, in UTC.

    Args:
        day_of_week: 0 is Sunday.
        start_hour: 0 to 23; the window lasts one hour.
    """

    day_of_week: int
    start_hour: int


@dataclass(frozen=True, kw_only=True)
class ReadReplica:
    """A second server that can be read from and promoted, beside the primary in the same subnet.

    Same region: a replica in the recovery region needs a delegated subnet and a key there; what survives the loss of
    the region are the geo-redundant backups.

    Args:
        server_name: Azure name, as the primary's.
        sku_name: e.g. `Standard_E4ads_v5`; for a switch-over as large as the primary's.
        tier: `GeneralPurpose` or `MemoryOptimized`.
        virtual_endpoint_name: globally unique name; clients connect to `<it>.writer.postgres.database.azure.com` and
            `<it>.reader.postgres.database.azure.com`, which follow a promotion.
    """

    server_name: str
    sku_name: str
    tier: str
    virtual_endpoint_name: str


@dataclass(frozen=True, kw_only=True)
class DatabaseBackup:
    """How far back the server can be restored to any second.

    Args:
        retention_days: 7 to 35.
        geo_key: key and identity of the paired region, which encrypt a second copy of the backups there; None for no
            second copy. Fixed at creation: without its own key the copy cannot be made from an encrypted server
            (learn.microsoft.com azure/postgresql/security/security-data-encryption).
    """

    retention_days: int
    geo_key: CustomerKey | None = None


@dataclass(frozen=True, kw_only=True)
class OdooDatabaseArgs:
    """What the database server is.

    Args:
        placement: where it goes.
        server: the primary server.
        network: where it is in the network.
        key: key that encrypts it; of a vault in its region.
        access: who administers it.
        backup: retention and geo-redundancy.
        maintenance: when Azure may patch it.
        databases: names of the databases; empty for a server whose tenants each make their own (`SharedDatabase`).
        parameters: server parameters that follow from the size and the workload. Those that never change are the
            component's own (`components.database.parameters`) and cannot be given.
        replica: read replica; None for none.
    """

    placement: Placement
    server: DatabaseServer
    network: DatabaseNetwork
    key: CustomerKey
    access: DatabaseAccess
    backup: DatabaseBackup
    maintenance: MaintenanceWindow
    databases: tuple[str, ...]
    parameters: Mapping[str, str]
    replica: ReadReplica | None = None

    def __post_init__(self) -> None:
        refuse_fixed(self.parameters)
