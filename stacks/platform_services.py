"""The services that a platform's tenants share, wired: registry, PostgreSQL, Redis, files, attachments, backups.

All are empty: each tenant makes what it has in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.attachment_store import AttachmentStore, AttachmentStoreArgs
from components.backup_store import BackupStore, BackupStoreArgs
from components.base import Placement
from components.database import OdooDatabase
from components.file_store import FileStore, FileStoreArgs
from components.image_registry import ImageRegistry
from components.session_cache import SessionCache, SessionCacheArgs
from stacks.data_services import backup_rules, database_server, image_registry
from stacks.network import PrivateNetwork
from stacks.planning.plan_tenant import PlatformPlan
from stacks.platform_identities import PlatformIdentities
from stacks.settings import PlatformSettings
from stacks.vaults import ADMINISTRATION, Vaults, administrator_secret


@dataclass(frozen=True, kw_only=True)
class PlatformServices:
    """What tenants share; the servers of databases by index."""

    registry: ImageRegistry
    servers: Mapping[int, OdooDatabase]
    cache: SessionCache
    files: FileStore
    attachments: AttachmentStore
    backups: BackupStore


def platform_services(
    name: str,
    settings: PlatformSettings,
    plan: PlatformPlan,
    placements: Mapping[str, Placement],
    network: PrivateNetwork,
    vaults: Vaults,
    tenant_id: pulumi.Input[str],
    people: PlatformIdentities,
) -> PlatformServices:
    """Makes them.

    Args:
        name: prefix of the Pulumi names.
        settings: the platform's settings.
        plan: its plan.
        placements: placement by purpose.
        network: the network.
        vaults: keys, and the administrators' passwords.
        tenant_id: Entra tenant.
        people: the platform's identities.
    """
    placement = placements["data"]
    return PlatformServices(
        registry=image_registry(name, plan, placement, network, vaults),
        servers={
            index: database_server(
                f"{name}-database-{index + 1:02d}",
                server.database,
                server.names,
                settings.access,
                placement,
                network,
                vaults,
                tenant_id,
                zone=plan.names.database_zone,
                administrator_password=administrator_secret(index),
                databases=(),
            )
            for index, server in enumerate(plan.servers)
        },
        cache=SessionCache(
            f"{name}-cache",
            SessionCacheArgs(
                placement=placement,
                cache_name=plan.names.cache,
                sku_name=plan.cache.sku_name,
                key=vaults.keys["cache"],
                private_link=network.link,
                high_availability=plan.cache.high_availability,
                users={},
            ),
        ),
        files=FileStore(
            f"{name}-files",
            FileStoreArgs(
                placement=placement,
                account_name=plan.names.file_storage,
                key=vaults.keys["files"],
                private_link=network.link,
                sku_name=plan.storage.file_storage_sku,
            ),
        ),
        attachments=AttachmentStore(
            f"{name}-attachments",
            AttachmentStoreArgs(
                placement=placement,
                account_name=plan.names.attachment_storage,
                sku_name=plan.storage.backup_sku,
                key=vaults.keys["attachments"],
                private_link=network.link,
                container_name=None,
                # Attachments go back as far as the databases they belong to.
                restore_days=settings.recovery.backup_retention_days,
            ),
        ),
        backups=_backups(name, plan, placement, network, vaults, people),
    )


def _backups(
    name: str,
    plan: PlatformPlan,
    placement: Placement,
    network: PrivateNetwork,
    vaults: Vaults,
    people: PlatformIdentities,
) -> BackupStore:
    """Geo-redundant: a replication container by container would be a list of tenants."""
    immutability, aging = backup_rules(plan)
    return BackupStore(
        f"{name}-backups",
        BackupStoreArgs(
            placement=placement,
            account_name=plan.names.backup_storage,
            sku_name=plan.storage.backup_sku,
            key=vaults.keys["backups"],
            private_link=network.link,
            containers={},
            # It restores tenants' backups.
            readers={ADMINISTRATION: people.administration.principal_id},
            immutability=immutability,
            aging=aging,
        ),
    )
