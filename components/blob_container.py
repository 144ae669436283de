"""A container of blobs, in whoever's storage account, and who writes to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_azure_native import authorization, storage

from components.access import Role, grant
from components.base import Component
from components.storage_account import AccountAddress


def blob_container(
    component: Component,
    name: str,
    account: AccountAddress,
    container_name: str,
    depends_on: Sequence[pulumi.Resource] = (),
) -> storage.BlobContainer:
    """Makes a private container. What it keeps of overwritten and deleted blobs, and for how long, is its account's.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        account: the account.
        container_name: 3 to 63 lower-case letters, digits and single hyphens.
        depends_on: the account's blob service, where it is made here too.
    """
    return storage.BlobContainer(
        name,
        container_name=container_name,
        account_name=account.account_name,
        resource_group_name=account.resource_group_name,
        public_access=storage.PublicAccess.NONE,
        opts=component.child(depends_on=depends_on),
    )


def grant_writers(
    component: Component,
    name: str,
    container: storage.BlobContainer,
    writers: Mapping[str, pulumi.Input[str]],
    purpose: str,
) -> list[authorization.RoleAssignment]:
    """Lets service principals read and write blobs of one container, and of no other.

    Args:
        component: the component that owns the grants.
        name: prefix of their Pulumi names.
        container: the container.
        writers: object ids by what the principals are.
        purpose: what for, e.g. `read and write attachments`.
    """
    return [
        grant(
            component,
            f"{name}-{who}",
            Role.STORAGE_BLOB_DATA_CONTRIBUTOR,
            scope=container.id,
            principal_id=principal_id,
            purpose=f"Lets {who} {purpose}.",
        )
        for who, principal_id in writers.items()
    ]
