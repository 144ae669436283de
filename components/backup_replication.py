"""Copies every backup to another region."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import storage

from components.backup_store import BackupStore
from components.base import Component, Placement

# The service then picks the id (learn.microsoft.com azure/storage/blobs/object-replication-overview).
NEW_POLICY_ID = "default"
# Blobs that are there before the policy are copied too.
SINCE_EVER = "1601-01-01T00:00:00Z"


@dataclass(frozen=True, kw_only=True)
class BackupReplicationArgs:
    """From where to where.

    Args:
        placement: resource group of the source.
        source: the store that is written to.
        destination: the store in the other region, with containers of the same names. Nobody else can write to these
            any more.
        destination_resource_group_name: its resource group.
        containers: names of the containers to copy, at most 10.
    """

    placement: Placement
    source: BackupStore
    destination: BackupStore
    destination_resource_group_name: pulumi.Input[str]
    containers: tuple[str, ...]


class BackupReplication(Component):
    """Object replication between two backup stores.

    It works with immutability: new blobs and versions are copied, and each is immutable from then on in both accounts.
    There is no service level for how soon (learn.microsoft.com azure/storage/blobs/object-replication-overview).

    Attributes:
        policy_id: id of the policy, the same in both accounts.
    """

    policy_id: pulumi.Output[str]

    def __init__(self, name: str, args: BackupReplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        receiving = storage.ObjectReplicationPolicy(
            f"{name}-receiving",
            object_replication_policy_id=NEW_POLICY_ID,
            account_name=args.destination.account_name,
            resource_group_name=args.destination_resource_group_name,
            source_account=args.source.account_id,
            destination_account=args.destination.account_id,
            rules=[_rule(args, container) for container in args.containers],
            opts=self.child(),
        )
        storage.ObjectReplicationPolicy(
            f"{name}-sending",
            object_replication_policy_id=receiving.policy_id,
            account_name=args.source.account_name,
            resource_group_name=args.placement.resource_group_name,
            source_account=args.source.account_id,
            destination_account=args.destination.account_id,
            rules=[_rule(args, container, _rule_id(receiving, container)) for container in args.containers],
            opts=self.child(),
        )
        self.policy_id = receiving.policy_id
        self.finish({"policy_id": self.policy_id})


def _rule(
    args: BackupReplicationArgs, container: str, rule_id: pulumi.Input[str] | None = None
) -> storage.ObjectReplicationPolicyRuleArgs:
    return storage.ObjectReplicationPolicyRuleArgs(
        rule_id=rule_id,
        source_container=args.source.containers[container],
        destination_container=args.destination.containers[container],
        filters=storage.ObjectReplicationPolicyFilterArgs(min_creation_time=SINCE_EVER),
    )


def _rule_id(receiving: storage.ObjectReplicationPolicy, container: str) -> pulumi.Output[str]:
    return receiving.rules.apply(
        lambda rules: next(rule.rule_id for rule in rules or () if rule.rule_id and rule.source_container == container)
    )
