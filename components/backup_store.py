"""Backups: versioned, immutable blobs that age into cheaper tiers, and their copy in another region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import storage

from components.access import Role, grant
from components.base import Component, Placement
from components.blob_container import blob_container, grant_writers
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint
from components.storage_account import AccountAddress, Immutability, hardened_account, soft_delete

PRIVATE_ZONE = "privatelink.blob.core.windows.net"


@dataclass(frozen=True, kw_only=True)
class BackupAging:
    """When backups become cheaper, and when they go. Days since they were written.

    There is no archive tier: zone-redundant accounts have none, object replication stops at an archived blob, and it
    takes up to fifteen hours to read one, longer than a recovery may last
    (learn.microsoft.com azure/storage/blobs/access-tiers-overview, object-replication-overview).

    Args:
        cool_after_days: to the cool tier, which bills at least 30 days.
        cold_after_days: to the cold tier, which bills at least 90 days.
        delete_after_days: deleted. Not before they are mutable again.
        undelete_days: days that a deleted blob or container can still be brought back, 1 to 365.
    """

    cool_after_days: int
    cold_after_days: int
    delete_after_days: int
    undelete_days: int


@dataclass(frozen=True, kw_only=True)
class BackupStoreArgs:
    """What is kept, for how long, and who writes it.

    Args:
        placement: where the account goes.
        account_name: Azure name, globally unique, 3 to 24 lower-case letters and digits.
        sku_name: redundancy, e.g. `Standard_ZRS`; `Standard_RAGZRS` keeps a copy of all of it in the paired region.
        key: key that encrypts the backups; of a vault in this region, so that a copy can be read without the other.
        private_link: where the account's private endpoint goes.
        containers: containers by name, each with the service principals that write to it: object ids by what they are.
            None may write to a container that is the destination of a replication. Empty where the tenants that they
            belong to make them.
        immutability: for how long nobody can change or delete a backup.
        aging: tiers and retention.
        readers: object ids of those that read the backups of all containers, by what they are.
    """

    placement: Placement
    account_name: str
    sku_name: str
    key: CustomerKey
    private_link: PrivateLink
    containers: Mapping[str, Mapping[str, pulumi.Input[str]]]
    immutability: Immutability
    aging: BackupAging
    readers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.aging.delete_after_days < self.immutability.days:
            raise ValueError(
                f"backups cannot be deleted after {self.aging.delete_after_days} days: they are immutable for "
                f"{self.immutability.days}"
            )


class BackupStore(Component):
    """A private storage account for backups, in which nothing can be changed or deleted before its time.

    Every overwrite keeps the version before it, and each version is immutable from its creation on. Point-in-time
    restore of the account is left off: it does not go with immutability.

    Attributes:
        account_id: ARM id of the account.
        account_name: its Azure name. It resolves once versioning and change feed are on.
        blob_endpoint: URL of its blobs, with a closing slash.
        containers: names of the containers; likewise.
    """

    account_id: pulumi.Output[str]
    account_name: pulumi.Output[str]
    blob_endpoint: pulumi.Output[str]
    containers: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: BackupStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        account = hardened_account(
            self,
            f"{name}-account",
            account_name=args.account_name,
            kind=storage.Kind.STORAGE_V2,
            sku_name=args.sku_name,
            key=args.key,
            immutability=args.immutability,
        )
        service = self.__service(name, account, args.aging)
        aging = self.__aging(name, account, service, args.aging)
        address = AccountAddress(account_name=account.name, resource_group_name=args.placement.resource_group_name)
        containers = {
            each: blob_container(self, f"{name}-{each}", address, each, [service]) for each in args.containers
        }
        grants = [*self.__writers(name, containers, args), *self.__readers(name, account, args)]
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=account.id,
            service_name=args.account_name,
            group_id="blob",
            zone_names=(PRIVATE_ZONE,),
        )
        contents = [service, aging, *containers.values(), *grants]
        self.lock(f"{name}-lock", account, "Holds the backups of the books.", depends_on=contents)
        self.account_id = account.id
        self.account_name = pulumi.Output.all(account.name, service.id).apply(lambda known: str(known[0]))
        self.blob_endpoint = account.primary_endpoints.apply(lambda endpoints: endpoints.blob)
        self.containers = {each: container.name for each, container in containers.items()}
        self.finish({"account_id": self.account_id, "account_name": self.account_name})

    def __service(
        self, name: str, account: storage.StorageAccount, aging: BackupAging
    ) -> storage.BlobServiceProperties:
        return storage.BlobServiceProperties(
            f"{name}-service",
            blob_services_name="default",
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            is_versioning_enabled=True,
            change_feed=storage.ChangeFeedArgs(enabled=True, retention_in_days=aging.delete_after_days),
            delete_retention_policy=soft_delete(aging.undelete_days),
            container_delete_retention_policy=soft_delete(aging.undelete_days),
            opts=self.child(),
        )

    def __aging(
        self,
        name: str,
        account: storage.StorageAccount,
        service: storage.BlobServiceProperties,
        aging: BackupAging,
    ) -> storage.ManagementPolicy:
        return storage.ManagementPolicy(
            f"{name}-aging",
            management_policy_name="default",
            account_name=account.name,
            resource_group_name=self.placement.resource_group_name,
            policy=storage.ManagementPolicySchemaArgs(rules=[_aging_rule(aging)]),
            opts=self.child(depends_on=[service]),
        )

    def __readers(self, name: str, account: storage.StorageAccount, args: BackupStoreArgs) -> list[pulumi.Resource]:
        return [
            grant(
                self,
                f"{name}-reader-{who}",
                Role.STORAGE_BLOB_DATA_READER,
                scope=account.id,
                principal_id=principal_id,
                purpose=f"Lets {who} read backups, to restore one.",
            )
            for who, principal_id in args.readers.items()
        ]

    def __writers(
        self, name: str, containers: Mapping[str, storage.BlobContainer], args: BackupStoreArgs
    ) -> list[pulumi.Resource]:
        return [
            granted
            for each, container in containers.items()
            for granted in grant_writers(
                self,
                f"{name}-{each}",
                container,
                args.containers[each],
                f"write backups to {each}; what is written there is immutable",
            )
        ]


def _aging_rule(aging: BackupAging) -> storage.ManagementPolicyRuleArgs:
    def written(days: int) -> storage.DateAfterModificationArgs:
        return storage.DateAfterModificationArgs(days_after_modification_greater_than=days)

    def created(days: int) -> storage.DateAfterCreationArgs:
        return storage.DateAfterCreationArgs(days_after_creation_greater_than=days)

    return storage.ManagementPolicyRuleArgs(
        name="age-backups",
        type=storage.RuleType.LIFECYCLE,
        enabled=True,
        definition=storage.ManagementPolicyDefinitionArgs(
            filters=storage.ManagementPolicyFilterArgs(blob_types=["blockBlob"]),
            actions=storage.ManagementPolicyActionArgs(
                base_blob=storage.ManagementPolicyBaseBlobArgs(
                    tier_to_cool=written(aging.cool_after_days),
                    tier_to_cold=written(aging.cold_after_days),
                    delete=written(aging.delete_after_days),
                ),
                version=storage.ManagementPolicyVersionArgs(
                    tier_to_cool=created(aging.cool_after_days),
                    tier_to_cold=created(aging.cold_after_days),
                    delete=created(aging.delete_after_days),
                ),
            ),
        ),
    )
