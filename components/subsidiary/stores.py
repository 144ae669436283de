"""What a tenant keeps in the platform's stores: its share, its containers, its login to the cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.base import Component
from components.blob_container import blob_container, grant_writers
from components.nfs_share import nfs_share
from components.session_cache import CacheAddress, cache_user
from components.storage_account import AccountAddress
from components.subsidiary.args import SubsidiaryArgs
from components.subsidiary.people import ODOO, OPERATIONS, People

_READABLE, _DIGEST = 40, 16
"""Parts of a name of at most 60 characters."""


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What the tenant keeps outside of its database.

    Args:
        share: its file share.
        attachments: its container of attachments.
        archive: its container of backups.
        resources: all that must be there before it runs.
    """

    share: storage.FileShare
    attachments: storage.BlobContainer
    archive: storage.BlobContainer
    resources: tuple[pulumi.Resource, ...]


def declare_stores(component: Component, name: str, args: SubsidiaryArgs, people: People) -> Stores:
    """Declares the share, the containers and the login to the cache, and who may write.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        people: its identities.
    """
    stores, names = args.platform.stores, args.names
    share = nfs_share(
        component, f"{name}-share", _account(args, stores.files_account), names.share, args.allowance.share_gib
    )
    attachments = blob_container(
        component, f"{name}-attachments", _account(args, stores.attachments_account), names.attachments
    )
    archive = blob_container(component, f"{name}-archive", _account(args, stores.backups_account), names.archive)
    odoo, operations = {ODOO: people.odoo.principal_id}, {OPERATIONS: people.operations.principal_id}
    # The jobs that initialise and update the database run Odoo too.
    writers = grant_writers(
        component, f"{name}-attachments", attachments, {**odoo, **operations}, "read and write attachments"
    )
    archivists = grant_writers(
        component, f"{name}-archive", archive, operations, "write backups; what is written is immutable"
    )
    user = cache_user(
        component,
        f"{name}-cache",
        CacheAddress(cache_name=stores.cache_name, resource_group_name=stores.resource_group_name),
        cache_user_name(args.tenant),
        people.odoo.principal_id,
    )
    component.lock(f"{name}-share-lock", share, "Holds the file store.")
    component.lock(f"{name}-attachments-lock", attachments, "Holds the attachments.", writers)
    component.lock(f"{name}-archive-lock", archive, "Holds the backups of the books.", archivists)
    return Stores(
        share=share,
        attachments=attachments,
        archive=archive,
        resources=(share, attachments, archive, *writers, *archivists, user),
    )


def cache_user_name(tenant: str) -> str:
    """A name that no other tenant's login to the cache has: letters and digits only, so without the hyphens.

    Args:
        tenant: the tenant's name.
    """
    digest = hashlib.sha256(tenant.encode()).hexdigest()
    return f"{tenant.replace('-', '')[:_READABLE]}{digest[:_DIGEST]}"


def _account(args: SubsidiaryArgs, account_name: pulumi.Input[str]) -> AccountAddress:
    return AccountAddress(account_name=account_name, resource_group_name=args.platform.stores.resource_group_name)
