"""The services that hold an environment's data, wired: registry, PostgreSQL, Redis, files, attachments, backups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.attachment_store import AttachmentStore, AttachmentStoreArgs
from components.backup_replication import BackupReplication, BackupReplicationArgs
from components.backup_store import BackupAging, BackupStore, BackupStoreArgs
from components.base import Placement
from components.database import (
    DatabaseAccess,
    DatabaseBackup,
    DatabaseNetwork,
    DatabaseServer,
    MaintenanceWindow,
    OdooDatabase,
    OdooDatabaseArgs,
    ReadReplica,
)
from components.file_store import FileStore, FileStoreArgs
from components.image_registry import ImageRegistry, ImageRegistryArgs, RegistryReplica
from components.network.subnets import SubnetKind
from components.session_cache import SessionCache, SessionCacheArgs
from components.storage_account import Immutability
from stacks.identities import Identities
from stacks.network import PrivateNetwork
from stacks.planning.plan import DatabasePlan, EnvironmentPlan, FoundationPlan
from stacks.planning.plan_tenant import ServerNames
from stacks.scalars import Attachments
from stacks.sections import Access
from stacks.settings import Settings
from stacks.vaults import ADMINISTRATION, ADMINISTRATOR_PASSWORD, OPERATIONS, Vaults

DATABASE_ADMINISTRATOR = "odoo_bootstrap"
"""Login of the one administrator with a password; people log in as members of an Entra group."""
ARCHIVE = "archive"
"""Container of exported backups of the books."""
ODOO = "odoo"
"""Name of the application's database, file share, and of its identity among the grants."""


@dataclass(frozen=True, kw_only=True)
class DataServices:
    """What the application stands on; `attachments` where they are kept as blobs."""

    registry: ImageRegistry
    database: OdooDatabase
    cache: SessionCache
    files: FileStore
    backups: BackupStore
    attachments: AttachmentStore | None


def data_services(
    name: str,
    settings: Settings,
    plan: EnvironmentPlan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    vaults: Vaults,
    tenant_id: pulumi.Input[str],
    people: Identities,
) -> DataServices:
    """Makes the registry, the database, the cache, the file store, the attachment store and the backup stores."""
    cache = SessionCache(
        f"{name}-cache",
        SessionCacheArgs(
            placement=placements["data"],
            cache_name=plan.names.cache,
            sku_name=plan.cache.sku_name,
            key=vaults.keys["cache"],
            private_link=network.link,
            high_availability=plan.cache.high_availability,
            users={ODOO: people.odoo.principal_id},
        ),
    )
    # Also where attachments are blobs: modules keep icons on disk, and attachments move between the two.
    files = FileStore(
        f"{name}-files",
        FileStoreArgs(
            placement=placements["data"],
            account_name=plan.names.file_storage,
            share_name=ODOO,
            quota_gib=plan.storage.file_share_gib,
            key=vaults.keys["files"],
            private_link=network.link,
            sku_name=plan.storage.file_storage_sku,
        ),
    )
    return DataServices(
        registry=image_registry(name, plan, placements["data"], network, vaults),
        database=database_server(
            f"{name}-database",
            plan.database,
            ServerNames(
                server=plan.names.database, replica=plan.names.database_replica, endpoint=plan.names.database_endpoint
            ),
            settings.access,
            placements["data"],
            network,
            vaults,
            tenant_id,
            zone=plan.names.database_zone,
            administrator_password=ADMINISTRATOR_PASSWORD,
            databases=(ODOO,),
        ),
        cache=cache,
        files=files,
        backups=_backups(name, plan, placements, network, vaults, people),
        attachments=(
            _attachments(name, plan, placements["data"], network, vaults, people)
            if settings.odoo.attachments is Attachments.BLOB
            else None
        ),
    )


def image_registry(
    name: str, plan: FoundationPlan, placement: Placement, network: PrivateNetwork, vaults: Vaults
) -> ImageRegistry:
    """The registry that all images come from.

    Args:
        name: prefix of the Pulumi names.
        plan: the plan.
        placement: where it goes.
        network: the network.
        vaults: its key.
    """
    return ImageRegistry(
        f"{name}-registry",
        ImageRegistryArgs(
            placement=placement,
            registry_name=plan.names.registry,
            key=vaults.keys["registry"],
            private_link=network.link,
            retention_days=plan.storage.untagged_image_days,
            zone_redundant=bool(plan.zones),
            replica=RegistryReplica(
                location=plan.recovery_region, zone_redundant=plan.storage.recovery_region_has_zones
            ),
        ),
    )


def _attachments(
    name: str, plan: EnvironmentPlan, placement: Placement, network: PrivateNetwork, vaults: Vaults, people: Identities
) -> AttachmentStore:
    return AttachmentStore(
        f"{name}-attachments",
        AttachmentStoreArgs(
            placement=placement,
            account_name=plan.names.attachment_storage,
            sku_name=plan.storage.backup_sku,
            key=vaults.keys["attachments"],
            private_link=network.link,
            # The jobs that initialise and update the database run Odoo too.
            writers={ODOO: people.odoo.principal_id, OPERATIONS: people.operations.principal_id},
            # Attachments go back as far as the database they belong to.
            restore_days=plan.database.backup_retention_days,
        ),
    )


def database_server(  # noqa: PLR0913 one caller's worth of named values
    name: str,
    size: DatabasePlan,
    names: ServerNames,
    access: Access,
    placement: Placement,
    network: PrivateNetwork,
    vaults: Vaults,
    tenant_id: pulumi.Input[str],
    *,
    zone: str,
    administrator_password: str,
    databases: tuple[str, ...],
) -> OdooDatabase:
    """A PostgreSQL server in the private network.

    Args:
        name: its Pulumi name.
        size: what it is.
        names: its Azure names.
        access: who administers it.
        placement: where it goes.
        network: the network.
        vaults: its keys, and the administrator's password.
        tenant_id: Entra tenant.
        zone: name of the private DNS zone of the servers.
        administrator_password: name of the secret.
        databases: databases to make on it.
    """
    return OdooDatabase(
        name,
        OdooDatabaseArgs(
            placement=placement,
            server=DatabaseServer(
                name=names.server,
                version=size.postgres_version,
                sku_name=size.sku_name,
                tier=size.sku_tier,
                storage_gib=size.storage_gib,
                storage_tier=size.storage_tier,
                high_availability=size.high_availability,
            ),
            network=DatabaseNetwork(
                subnet_id=network.spoke.subnet_ids[SubnetKind.DATABASE],
                private_dns_zone_id=network.zones.zone_ids[zone],
            ),
            key=vaults.keys["database"],
            access=DatabaseAccess(
                tenant_id=tenant_id,
                entra_administrators={access.database_administrators_name: access.database_administrators},
                administrator_login=DATABASE_ADMINISTRATOR,
                administrator_password=vaults.secrets.values[administrator_password],
            ),
            backup=DatabaseBackup(
                retention_days=size.backup_retention_days,
                geo_key=vaults.recovery_keys["database"] if size.geo_redundant_backup else None,
            ),
            maintenance=MaintenanceWindow(day_of_week=size.maintenance_day, start_hour=size.maintenance_hour),
            databases=databases,
            parameters=size.parameters,
            replica=ReadReplica(
                server_name=names.replica,
                sku_name=size.sku_name,
                tier=size.sku_tier,
                virtual_endpoint_name=names.endpoint,
            )
            if size.read_replica
            else None,
        ),
    )


def backup_rules(plan: FoundationPlan) -> tuple[Immutability, BackupAging]:
    """How long backups cannot be changed, and where they go as they age."""
    storage = plan.storage
    return Immutability(days=storage.archive_days, locked=storage.archive_locked), BackupAging(
        cool_after_days=storage.cool_after_days,
        cold_after_days=storage.cold_after_days,
        delete_after_days=storage.delete_after_days,
        undelete_days=storage.undelete_days,
    )


def _backups(
    name: str,
    plan: EnvironmentPlan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    vaults: Vaults,
    people: Identities,
) -> BackupStore:
    immutability, aging = backup_rules(plan)
    source = BackupStore(
        f"{name}-backups",
        BackupStoreArgs(
            placement=placements["data"],
            account_name=plan.names.backup_storage,
            sku_name=plan.storage.backup_sku,
            key=vaults.keys["backups"],
            private_link=network.link,
            containers={ARCHIVE: {OPERATIONS: people.operations.principal_id}},
            immutability=immutability,
            aging=aging,
            readers={ADMINISTRATION: people.administration.principal_id},
        ),
    )
    destination = BackupStore(
        f"{name}-recovery-backups",
        BackupStoreArgs(
            placement=placements["recovery"],
            account_name=plan.names.recovery_backup_storage,
            sku_name=plan.storage.recovery_backup_sku,
            key=vaults.recovery_keys["backups"],
            private_link=network.link,
            containers={ARCHIVE: {}},
            immutability=immutability,
            aging=aging,
        ),
    )
    BackupReplication(
        f"{name}-backup-replication",
        BackupReplicationArgs(
            placement=placements["data"],
            source=source,
            destination=destination,
            destination_resource_group_name=placements["recovery"].resource_group_name,
            containers=(ARCHIVE,),
        ),
    )
    return source
