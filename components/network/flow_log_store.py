"""Where flow logs are kept, and the identity that writes them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import managedidentity, storage

from components.access import Role, grant
from components.backup_store import PRIVATE_ZONE
from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint
from components.storage_account import hardened_account, soft_delete


@dataclass(frozen=True, kw_only=True)
class FlowLogStoreArgs:
    """Arguments of `FlowLogStore`.

    Args:
        placement: where it goes: the network's region.
        account_name: Azure name, globally unique, 3 to 24 lower-case letters and digits.
        sku_name: redundancy, e.g. `Standard_ZRS`.
        key: key that encrypts the logs.
        private_link: where its private endpoint goes.
        retention_days: days that the network watcher keeps logs; deleted ones can be brought back as long, 1 to 365.
    """

    placement: Placement
    account_name: str
    sku_name: str
    key: CustomerKey
    private_link: PrivateLink
    retention_days: int


class FlowLogStore(Component):
    """A storage account that Network Watcher writes to, as a trusted service with an identity of its own.

    The identity is needed since the account takes no keys
    (learn.microsoft.com azure/network-watcher/vnet-flow-logs-managed-identity). Auditors read the raw logs by its
    private endpoint; everybody else asks the workspace that they are analysed in.

    Attributes:
        account_id: ARM id of the account.
        writer_id: ARM id of the identity that writes. It resolves once it may.
    """

    account_id: pulumi.Output[str]
    writer_id: pulumi.Output[str]

    def __init__(self, name: str, args: FlowLogStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        account = hardened_account(
            self,
            f"{name}-account",
            account_name=args.account_name,
            kind=storage.Kind.STORAGE_V2,
            sku_name=args.sku_name,
            key=args.key,
            trusted_services=True,
        )
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=account.id,
            service_name=args.account_name,
            group_id="blob",
            zone_names=(PRIVATE_ZONE,),
        )
        service = self._service(name, args, account)
        writer = self._writer(name, args)
        may_write = grant(
            self,
            f"{name}-write",
            Role.STORAGE_BLOB_DATA_CONTRIBUTOR,
            scope=account.id,
            principal_id=writer.principal_id,
            purpose="Network Watcher writes the flow logs as this identity.",
        )
        self.account_id = account.id
        self.writer_id = pulumi.Output.all(writer.id, may_write.id).apply(lambda ids: str(ids[0]))
        self.lock(f"{name}-lock", account, "Holds the record of who talked to whom.", depends_on=[service, may_write])
        self.finish({"accountId": self.account_id})

    def _service(
        self, name: str, args: FlowLogStoreArgs, account: storage.StorageAccount
    ) -> storage.BlobServiceProperties:
        return storage.BlobServiceProperties(
            f"{name}-service",
            blob_services_name="default",
            account_name=account.name,
            resource_group_name=args.placement.resource_group_name,
            delete_retention_policy=soft_delete(args.retention_days),
            container_delete_retention_policy=soft_delete(args.retention_days),
            opts=self.child(),
        )

    def _writer(self, name: str, args: FlowLogStoreArgs) -> managedidentity.UserAssignedIdentity:
        return managedidentity.UserAssignedIdentity(
            f"{name}-writer",
            resource_name_=f"id-{args.account_name}-writer",
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            opts=self.child(),
        )
