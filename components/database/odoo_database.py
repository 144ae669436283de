"""Azure Database for PostgreSQL, as Odoo and its auditors need it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import dbforpostgresql as postgresql

from components.base import Component
from components.customer_key import CustomerKey
from components.database.args import DatabaseServer, MaintenanceWindow, OdooDatabaseArgs, ReadReplica
from components.database.collation import CHARSET, COLLATION
from components.database.parameters import in_order


class OdooDatabase(Component):
    """A flexible server with a standby in another zone, in its own subnet, encrypted with a customer key.

    The server is `Updating` while it takes a database, a parameter, an administrator or a replica, and refuses the
    next: they are made one after another. Parameters that need a restart take effect with the next one, which Azure
    leaves to the operator.

    Attributes:
        server_id: ARM id of the primary.
        server_name: Azure name of the primary.
        host: host name of this server, primary or not.
        writer_host: what clients connect to: follows a promotion where there is a replica, else the same as `host`.
        reader_host: what reports connect to: the replica where there is one, else the same as `host`.
    """

    server_id: pulumi.Output[str]
    server_name: pulumi.Output[str]
    host: pulumi.Output[str]
    writer_host: pulumi.Output[str]
    reader_host: pulumi.Output[str]

    def __init__(self, name: str, args: OdooDatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__name = name
        self.__args = args
        self.__server = self.__primary()
        self.__changes: list[pulumi.Resource] = []
        self.__make_databases()
        self.__apply_parameters()
        self.__appoint_administrators()
        self.server_id = self.__server.id
        self.server_name = self.__server.name
        self.host = self.writer_host = self.reader_host = self.__server.fully_qualified_domain_name
        if args.replica:
            self.__replicate(args.replica)
        self.lock(f"{name}-lock", self.__server, "Holds the books.", depends_on=self.__changes)
        self.finish(
            {
                "server_id": self.server_id,
                "host": self.host,
                "writer_host": self.writer_host,
                "reader_host": self.reader_host,
            }
        )

    def __next(self) -> pulumi.ResourceOptions:
        """Options of the next change to the server: it waits for the one before."""
        return self.child(depends_on=self.__changes[-1:])

    def __primary(self) -> postgresql.Server:
        args = self.__args
        return postgresql.Server(
            f"{self.__name}-server",
            server_name=args.server.name,
            resource_group_name=self.placement.resource_group_name,
            location=self.placement.location,
            tags=self.placement.tags,
            create_mode=postgresql.CreateMode.CREATE,
            version=args.server.version,
            sku=postgresql.SkuArgs(name=args.server.sku_name, tier=args.server.tier),
            storage=_storage(args.server),
            high_availability=postgresql.HighAvailabilityArgs(mode=args.server.high_availability),
            backup=_backup(args),
            maintenance_window=_maintenance(args.maintenance),
            network=_network(args),
            auth_config=postgresql.AuthConfigArgs(
                active_directory_auth=postgresql.MicrosoftEntraAuth.ENABLED,
                # libpq knows no token that renews itself, so Odoo's role logs in with a password from the vault.
                password_auth=postgresql.PasswordBasedAuth.ENABLED,
                tenant_id=args.access.tenant_id,
            ),
            administrator_login=args.access.administrator_login,
            administrator_login_password=pulumi.Output.secret(args.access.administrator_password),
            identity=_identities(args.key, args.backup.geo_key),
            data_encryption=_encryption(args.key, args.backup.geo_key),
            opts=self.child(),
        )

    def __make_databases(self) -> None:
        for database_name in self.__args.databases:
            self.__changes.append(
                postgresql.Database(
                    f"{self.__name}-{database_name}",
                    database_name=database_name,
                    server_name=self.__server.name,
                    resource_group_name=self.placement.resource_group_name,
                    charset=CHARSET,
                    collation=COLLATION,
                    opts=self.__next(),
                )
            )

    def __apply_parameters(self) -> None:
        for parameter, value in in_order(self.__args.parameters):
            self.__changes.append(
                postgresql.Configuration(
                    f"{self.__name}-{parameter}",
                    configuration_name=parameter,
                    server_name=self.__server.name,
                    resource_group_name=self.placement.resource_group_name,
                    value=value,
                    source="user-override",
                    opts=self.__next(),
                )
            )

    def __appoint_administrators(self) -> None:
        for group, object_id in self.__args.access.entra_administrators.items():
            self.__changes.append(
                postgresql.AdministratorsMicrosoftEntra(
                    f"{self.__name}-administrators-{group}",
                    object_id=object_id,
                    principal_name=group,
                    # ARM's spelling; the SDK's enumeration of that name belongs to another resource type.
                    principal_type="Group",
                    tenant_id=self.__args.access.tenant_id,
                    server_name=self.__server.name,
                    resource_group_name=self.placement.resource_group_name,
                    opts=self.__next(),
                )
            )

    def __replicate(self, spec: ReadReplica) -> None:
        args = self.__args
        replica = postgresql.Server(
            f"{self.__name}-replica",
            server_name=spec.server_name,
            resource_group_name=self.placement.resource_group_name,
            location=self.placement.location,
            tags=self.placement.tags,
            create_mode=postgresql.CreateMode.REPLICA,
            source_server_resource_id=self.__server.id,
            sku=postgresql.SkuArgs(name=spec.sku_name, tier=spec.tier),
            storage=_storage(args.server),
            maintenance_window=_maintenance(args.maintenance),
            network=_network(args),
            # Backups are the primary's, so the replica has no use for the key of their second copy.
            identity=_identities(args.key),
            data_encryption=_encryption(args.key),
            opts=self.__next(),
        )
        endpoint = postgresql.VirtualEndpoint(
            f"{self.__name}-endpoint",
            virtual_endpoint_name=spec.virtual_endpoint_name,
            server_name=self.__server.name,
            resource_group_name=self.placement.resource_group_name,
            endpoint_type=postgresql.VirtualEndpointType.READ_WRITE,
            # The replica; the server that the endpoint belongs to is its writer
            # (learn.microsoft.com azure/postgresql/read-replica/concepts-read-replicas-virtual-endpoints).
            members=[replica.name],
            opts=self.child(depends_on=[replica]),
        )
        self.__changes += [replica, endpoint]
        self.writer_host = pulumi.Output.concat(endpoint.name, ".writer.postgres.database.azure.com")
        self.reader_host = pulumi.Output.concat(endpoint.name, ".reader.postgres.database.azure.com")


def _storage(server: DatabaseServer) -> postgresql.StorageArgs:
    return postgresql.StorageArgs(
        type=postgresql.StorageType.PREMIUM_LRS,
        storage_size_gb=server.storage_gib,
        tier=server.storage_tier,
        auto_grow=postgresql.StorageAutoGrow.ENABLED,
    )


def _backup(args: OdooDatabaseArgs) -> postgresql.BackupArgs:
    geo = postgresql.GeographicallyRedundantBackup
    return postgresql.BackupArgs(
        backup_retention_days=args.backup.retention_days,
        geo_redundant_backup=geo.ENABLED if args.backup.geo_key else geo.DISABLED,
    )


def _maintenance(window: MaintenanceWindow) -> postgresql.MaintenanceWindowArgs:
    return postgresql.MaintenanceWindowArgs(
        custom_window="Enabled", day_of_week=window.day_of_week, start_hour=window.start_hour, start_minute=0
    )


def _network(args: OdooDatabaseArgs) -> postgresql.NetworkArgs:
    # No publicNetworkAccess: a server inside a virtual network has none, and ARM refuses the property there.
    return postgresql.NetworkArgs(
        delegated_subnet_resource_id=args.network.subnet_id,
        private_dns_zone_arm_resource_id=args.network.private_dns_zone_id,
    )


def _identities(*keys: CustomerKey | None) -> postgresql.UserAssignedIdentityArgs:
    def as_map(ids: list[str]) -> Mapping[str, postgresql.UserIdentityArgs]:
        return {identity: postgresql.UserIdentityArgs() for identity in ids}

    return postgresql.UserAssignedIdentityArgs(
        type=postgresql.IdentityType.USER_ASSIGNED,
        user_assigned_identities=pulumi.Output.all(*(key.identity_id for key in keys if key)).apply(as_map),
    )


def _encryption(key: CustomerKey, geo_key: CustomerKey | None = None) -> postgresql.DataEncryptionArgs:
    return postgresql.DataEncryptionArgs(
        type=postgresql.DataEncryptionType.AZURE_KEY_VAULT,
        # Without a version, the server follows rotations.
        primary_key_uri=key.key_uri,
        primary_user_assigned_identity_id=key.identity_id,
        geo_backup_key_uri=geo_key.key_uri if geo_key else None,
        geo_backup_user_assigned_identity_id=geo_key.identity_id if geo_key else None,
    )
