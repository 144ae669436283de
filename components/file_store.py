"""Shared files over NFS, for Odoo's file store."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint
from components.storage_account import hardened_account, soft_delete

PRIVATE_ZONE = "privatelink.file.core.windows.net"


@dataclass(frozen=True, kw_only=True)
class FileStoreArgs:
    """How large the share is and how it survives.

    Args:
        placement: where it goes.
        account_name: Azure name of the account, globally unique, 3 to 24 lower-case letters and digits.
        share_name: name of the share, 3 to 63 lower-case letters, digits and hyphens.
        quota_gib: provisioned size in GiB, 100 to 102400; it also buys the throughput.
        key: key that encrypts the files.
        private_link: where its private endpoint goes.
        sku_name: `Premium_ZRS` keeps three copies in three zones; `Premium_LRS` in one zone.
        deleted_share_days: days that a deleted share can be brought back, 1 to 365.
    """

    placement: Placement
    account_name: str
    share_name: str
    quota_gib: int
    key: CustomerKey
    private_link: PrivateLink
    sku_name: str = "Premium_ZRS"
    deleted_share_days: int = 30


class FileStore(Component):
    """A premium NFS 4.1 share that is reached through its private endpoint and over TLS only.

    The account requires secure transfer, so it refuses an NFS mount without TLS: clients mount with the AZNFS helper,
    or with `encryptInTransit: "true"` in Kubernetes
    (learn.microsoft.com azure/storage/files/encryption-in-transit-for-nfs-shares).

    Attributes:
        account_id: ARM id of the account.
        account_name: its Azure name; the host is `<account_name>.file.core.windows.net`.
        share_name: name of the share; its NFS path is `/<account_name>/<share_name>`.
    """

    account_id: pulumi.Output[str]
    account_name: pulumi.Output[str]
    share_name: pulumi.Output[str]

    def __init__(self, name: str, args: FileStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        account = hardened_account(
            self,
            f"{name}-account",
            account_name=args.account_name,
            kind=storage.Kind.FILE_STORAGE,
            sku_name=args.sku_name,
            key=args.key,
        )
        service = self.__service(name, account, args.deleted_share_days)
        share = self.__share(name, account, service, args)
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=account.id,
            service_name=args.account_name,
            group_id="file",
            zone_names=(PRIVATE_ZONE,),
        )
        self.lock(f"{name}-lock", account, "Holds Odoo's attachments and sessions.", depends_on=[service, share])
        self.account_id = account.id
        self.account_name = account.name
        self.share_name = share.name
        self.finish({"account_id": self.account_id, "account_name": self.account_name, "share_name": self.share_name})

    def __service(
        self, name: str, account: storage.StorageAccount, deleted_share_days: int
    ) -> storage.FileServiceProperties:
        return storage.FileServiceProperties(
            f"{name}-service",
            file_services_name="default",
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            share_delete_retention_policy=soft_delete(deleted_share_days),
            # Nothing is served over SMB; whoever adds such a share gets the strictest settings
            # (learn.microsoft.com azure/storage/files/files-smb-protocol).
            protocol_settings=storage.ProtocolSettingsArgs(
                smb=storage.SmbSettingArgs(
                    versions="SMB3.1.1",
                    authentication_methods="Kerberos",
                    kerberos_ticket_encryption="AES-256",
                    channel_encryption="AES-256-GCM",
                )
            ),
            opts=self.child(),
        )

    def __share(
        self,
        name: str,
        account: storage.StorageAccount,
        service: storage.FileServiceProperties,
        args: FileStoreArgs,
    ) -> storage.FileShare:
        return storage.FileShare(
            f"{name}-share",
            share_name=args.share_name,
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            enabled_protocols=storage.EnabledProtocols.NFS,
            access_tier=storage.ShareAccessTier.PREMIUM,
            share_quota=args.quota_gib,
            # A new share belongs to root. The CSI driver opens it to Odoo's user (uid 100, gid 101) as root at the
            # first mount; squashed, it could not, and Odoo could never write. Only nodes of the private network can
            # mount, and admission control lets no pod run as root.
            root_squash=storage.RootSquashType.NO_ROOT_SQUASH,
            opts=self.child(depends_on=[service]),
        )
