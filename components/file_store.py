"""Shared files over NFS, for Odoo's file store."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.nfs_share import nfs_share
from components.private_link import PrivateLink, private_endpoint
from components.storage_account import AccountAddress, hardened_account, soft_delete

PRIVATE_ZONE = "privatelink.file.core.windows.net"


@dataclass(frozen=True, kw_only=True)
class FileStoreArgs:
    """Where the account is, what is in it, and how it survives.

    Args:
        placement: where it goes.
        account_name: Azure name of the account, globally unique, 3 to 24 lower-case letters and digits.
        key: key that encrypts the files.
        private_link: where its private endpoint goes.
        share_name: name of the share, 3 to 63 lower-case letters, digits and hyphens; None for an account whose shares
            are made by the tenants that they belong to.
        quota_gib: provisioned size of the share in GiB, 100 to 102400; it also buys the throughput.
        sku_name: `Premium_ZRS` keeps three copies in three zones; `Premium_LRS` in one zone.
        deleted_share_days: days that a deleted share can be brought back, 1 to 365.
    """

    placement: Placement
    account_name: str
    key: CustomerKey
    private_link: PrivateLink
    share_name: str | None = None
    quota_gib: int = 100
    sku_name: str = "Premium_ZRS"
    deleted_share_days: int = 30


class FileStore(Component):
    """Premium NFS 4.1 shares that are reached through a private endpoint and over TLS only.

    The account requires secure transfer, so it refuses an NFS mount without TLS: clients mount with the AZNFS helper,
    or with `encryptInTransit: "true"` in Kubernetes
    (learn.microsoft.com azure/storage/files/encryption-in-transit-for-nfs-shares).

    Attributes:
        account_id: ARM id of the account.
        account_name: its Azure name; the host is `<account_name>.file.core.windows.net`. It resolves once the service
            keeps what is deleted.
        share_name: name of the share; its NFS path is `/<account_name>/<share_name>`. Empty where there is none.
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
        shares = self.__shares(name, account, service, args)
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=account.id,
            service_name=args.account_name,
            group_id="file",
            zone_names=(PRIVATE_ZONE,),
        )
        self.lock(f"{name}-lock", account, "Holds Odoo's attachments and sessions.", depends_on=[service, *shares])
        self.account_id = account.id
        self.account_name = pulumi.Output.all(account.name, service.id).apply(lambda known: str(known[0]))
        self.share_name = shares[0].name if shares else pulumi.Output.from_input("")
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

    def __shares(
        self,
        name: str,
        account: storage.StorageAccount,
        service: storage.FileServiceProperties,
        args: FileStoreArgs,
    ) -> list[storage.FileShare]:
        if args.share_name is None:
            return []
        address = AccountAddress(account_name=account.name, resource_group_name=self.placement.resource_group_name)
        return [nfs_share(self, f"{name}-share", address, args.share_name, args.quota_gib, [service])]
