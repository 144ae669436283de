"""An NFS share, in whoever's storage account."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_azure_native import storage

from components.base import Component
from components.storage_account import AccountAddress


def nfs_share(
    component: Component,
    name: str,
    account: AccountAddress,
    share_name: str,
    quota_gib: int,
    depends_on: Sequence[pulumi.Resource] = (),
) -> storage.FileShare:
    """Makes a premium NFS 4.1 share.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        account: the account, of kind `FileStorage`.
        share_name: 3 to 63 lower-case letters, digits and single hyphens.
        quota_gib: provisioned size in GiB, 100 to 102400; it also buys the throughput.
        depends_on: the account's file service, where it is made here too.
    """
    return storage.FileShare(
        name,
        share_name=share_name,
        account_name=account.account_name,
        resource_group_name=account.resource_group_name,
        enabled_protocols=storage.EnabledProtocols.NFS,
        access_tier=storage.ShareAccessTier.PREMIUM,
        share_quota=quota_gib,
        # A new share belongs to root. The CSI driver opens it to Odoo's user (uid 100, gid 101) as root at the first
        # mount; squashed, it could not, and Odoo could never write. Only nodes of the private network can mount, and
        # admission control lets no pod run as root.
        root_squash=storage.RootSquashType.NO_ROOT_SQUASH,
        opts=component.child(depends_on=depends_on),
    )
