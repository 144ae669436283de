"""Disk encryption sets, and how a service waits for the grant on its key."""

from __future__ import annotations

from components.disk_encryption import DiskEncryption, DiskEncryptionArgs
from tests.unit.components.harness import arm_findings, customer_key, declare, names, one, placement
from tests.unit.components.test_encryption_keys import make_keys


def test_encrypts_twice_and_follows_rotations() -> None:
    key = customer_key("disks")
    declared = declare(
        lambda: DiskEncryption("disks", DiskEncryptionArgs(placement=placement(), set_name="des-erp-test", key=key))
    )
    assert names(declared) == {("compute:DiskEncryptionSet", "disks-set")}
    encryption_set = one(declared, "compute:DiskEncryptionSet")
    assert encryption_set.inputs["encryptionType"] == "EncryptionAtRestWithPlatformAndCustomerKeys"
    assert encryption_set.inputs["rotationToLatestKeyVersionEnabled"] is True
    assert encryption_set.inputs["activeKey"]["keyUrl"] == key.versioned_key_uri
    assert encryption_set.ignore_changes == ("activeKey.keyUrl",)
    assert arm_findings(declared) == []


def test_waits_for_the_grant_of_its_key_and_for_no_other() -> None:
    declared = declare(
        lambda: DiskEncryption(
            "disks",
            DiskEncryptionArgs(placement=placement(), set_name="des-erp-test", key=make_keys().keys["files"]),
        )
    )
    waits_for = one(declared, "compute:DiskEncryptionSet").depends_on
    assert "keys-files-use" in waits_for
    assert "keys-database-use" not in waits_for
