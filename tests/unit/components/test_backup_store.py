"""Backups and their copy in another region."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from components.access import Role
from components.backup_replication import BackupReplication, BackupReplicationArgs
from components.backup_store import BackupAging, BackupStore, BackupStoreArgs
from components.storage_account import Immutability
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    customer_key,
    declare,
    names,
    of_type,
    one,
    placement,
    private_link,
    resolve,
    waits_for,
)
from tests.unit.components.mocked_azure import RESOURCE_GROUP, arm_id

JOB_ID = "33333333-3333-4333-8333-333333333333"
RECOVERY_GROUP = "rg-erp-test-neu"
AGING = BackupAging(cool_after_days=7, cold_after_days=37, delete_after_days=400, undelete_days=30)


def make_store(
    name: str = "backups",
    account_name: str = "sterpbackuptestweu",
    *,
    location: str = "westeurope",
    writers: Mapping[str, str] | None = None,
    immutability: Immutability = Immutability(days=35),  # noqa: B008 it is frozen
    sku_name: str = "Standard_ZRS",
    containers: Mapping[str, Mapping[str, str]] | None = None,
    readers: Mapping[str, str] | None = None,
) -> BackupStore:
    return BackupStore(
        name,
        BackupStoreArgs(
            placement=placement(location),
            account_name=account_name,
            sku_name=sku_name,
            key=customer_key("backups"),
            private_link=private_link("privatelink.blob.core.windows.net"),
            containers={"database": writers or {}, "files": {}} if containers is None else containers,
            immutability=immutability,
            aging=AGING,
            readers=readers or {},
        ),
    )


def make_pair() -> BackupReplication:
    return BackupReplication(
        "replication",
        BackupReplicationArgs(
            placement=placement(),
            source=make_store(writers={"backup-job": JOB_ID}),
            destination=make_store("copy", "sterpbackuptestneu", location="northeurope"),
            destination_resource_group_name=RECOVERY_GROUP,
            containers=("database", "files"),
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: make_store(writers={"backup-job": JOB_ID}))


def test_makes_one_account_with_its_containers(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("storage:StorageAccount", "backups-account"),
        ("storage:BlobServiceProperties", "backups-service"),
        ("monitor:DiagnosticSetting", "backups-service-logs"),
        ("storage:ManagementPolicy", "backups-aging"),
        ("storage:BlobContainer", "backups-database"),
        ("storage:BlobContainer", "backups-files"),
        ("authorization:RoleAssignment", "backups-database-backup-job"),
        ("network:PrivateEndpoint", "backups-endpoint"),
        ("network:PrivateDnsZoneGroup", "backups-endpoint-dns"),
        ("authorization:ManagementLockByScope", "backups-lock"),
    }


@pytest.mark.parametrize(("locked", "state"), [(False, "Unlocked"), (True, "Locked")])
def test_every_version_is_immutable_from_its_creation(locked: bool, state: str) -> None:
    declared = declare(lambda: make_store(immutability=Immutability(days=35, locked=locked)))
    assert one(declared, "storage:StorageAccount").inputs["immutableStorageWithVersioning"] == {
        "enabled": True,
        "immutabilityPolicy": {
            "immutabilityPeriodSinceCreationInDays": 35,
            "state": state,
            "allowProtectedAppendWrites": False,
        },
    }


def test_overwrites_and_deletions_can_be_undone(declared: list[Declared]) -> None:
    service = one(declared, "storage:BlobServiceProperties").inputs
    assert service["isVersioningEnabled"] is True
    assert service["changeFeed"]["enabled"] is True
    for policy in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        assert service[policy] == {"enabled": True, "days": 30}
    assert "restorePolicy" not in service


def test_current_and_old_versions_age_alike(declared: list[Declared]) -> None:
    (rule,) = one(declared, "storage:ManagementPolicy").inputs["policy"]["rules"]
    actions = rule["definition"]["actions"]
    after = {"tierToCool": 7, "tierToCold": 37, "delete": 400}
    assert actions["baseBlob"] == {name: {"daysAfterModificationGreaterThan": days} for name, days in after.items()}
    assert actions["version"] == {name: {"daysAfterCreationGreaterThan": days} for name, days in after.items()}


def test_refuses_to_delete_what_is_still_immutable() -> None:
    with pytest.raises(ValueError, match="immutable for 401"):
        make_store(immutability=Immutability(days=401))


def test_containers_are_private_protected_and_wait_for_versioning(declared: list[Declared]) -> None:
    for container in of_type(declared, "storage:BlobContainer"):
        assert container.inputs["publicAccess"] == "None"
        assert container.protect
        assert "backups-service" in container.depends_on


def test_a_reader_reads_all_containers_and_writes_none() -> None:
    shared = declare(lambda: make_store(containers={}, readers={"operations": JOB_ID}))
    granted = one(shared, "authorization:RoleAssignment", "backups-reader-operations").inputs
    assert granted["scope"] == arm_id("Microsoft.storage/StorageAccount", "sterpbackuptestweu")
    assert granted["principalId"] == JOB_ID
    assert granted["roleDefinitionId"].endswith(Role.STORAGE_BLOB_DATA_READER.value)


def test_a_store_of_tenants_is_immutable_all_the_same_and_is_copied_to_the_paired_region() -> None:
    shared = declare(lambda: make_store(sku_name="Standard_RAGZRS", containers={}))
    assert not of_type(shared, "storage:BlobContainer")
    assert not of_type(shared, "authorization:RoleAssignment")
    account = one(shared, "storage:StorageAccount").inputs
    assert account["sku"] == {"name": "Standard_RAGZRS"}
    assert (
        account["immutableStorageWithVersioning"]["immutabilityPolicy"]["immutabilityPeriodSinceCreationInDays"] == 35
    )
    assert arm_findings(shared) == []


def test_whoever_makes_a_container_in_it_waits_for_versioning() -> None:
    assert "backups-service" in waits_for(lambda: make_store(containers={}).account_name)


def test_a_writer_writes_to_its_container_only(declared: list[Declared]) -> None:
    (granted,) = of_type(declared, "authorization:RoleAssignment")
    assert granted.inputs["scope"] == arm_id("Microsoft.storage/BlobContainer", "database")
    assert granted.inputs["principalId"] == JOB_ID


def test_tells_where_backups_go() -> None:
    assert resolve(lambda: {"url": make_store().blob_endpoint}) == {
        "url": "https://sterpbackuptestweu.blob.core.windows.net/"
    }


def test_the_copy_is_announced_to_the_receiver_first_and_the_sender_takes_its_ids() -> None:
    declared = declare(make_pair)
    receiving = one(declared, "storage:ObjectReplicationPolicy", "replication-receiving")
    sending = one(declared, "storage:ObjectReplicationPolicy", "replication-sending")
    assert receiving.inputs["objectReplicationPolicyId"] == "default"
    assert (receiving.inputs["accountName"], receiving.inputs["resourceGroupName"]) == (
        "sterpbackuptestneu",
        RECOVERY_GROUP,
    )
    assert (sending.inputs["accountName"], sending.inputs["resourceGroupName"]) == (
        "sterpbackuptestweu",
        RESOURCE_GROUP,
    )
    assert sending.inputs["objectReplicationPolicyId"] != "default"
    assert "replication-receiving" in sending.depends_on
    rule_ids = {each["sourceContainer"]: each["ruleId"] for each in sending.inputs["rules"]}
    assert rule_ids.keys() == {"database", "files"}
    assert len(set(rule_ids.values())) == 2
    assert not any("ruleId" in each for each in receiving.inputs["rules"])


def test_the_copy_includes_what_is_there_already_and_names_whole_ids() -> None:
    declared = declare(make_pair)
    for policy in of_type(declared, "storage:ObjectReplicationPolicy"):
        # Account names alone are refused where replication across tenants is.
        assert policy.inputs["sourceAccount"].startswith("/subscriptions/")
        assert policy.inputs["destinationAccount"].startswith("/subscriptions/")
        for rule in policy.inputs["rules"]:
            assert rule["filters"] == {"minCreationTime": "1601-01-01T00:00:00Z"}


def test_containers_of_both_sides_are_there_before_the_policies() -> None:
    receiving = one(declare(make_pair), "storage:ObjectReplicationPolicy", "replication-receiving")
    assert receiving.depends_on >= {"backups-database", "backups-files", "copy-database", "copy-files"}


def test_arm_accepts_it() -> None:
    assert arm_findings(declare(make_pair)) == []
