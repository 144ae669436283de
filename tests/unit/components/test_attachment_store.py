"""Blobs for Odoo's attachments."""

from __future__ import annotations

import pytest

from components.attachment_store import AttachmentStore, AttachmentStoreArgs
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    customer_key,
    declare,
    names,
    one,
    placement,
    private_link,
    resolve,
    waits_for,
)
from tests.unit.components.mocked_azure import arm_id

ODOO_ID = "33333333-3333-4333-8333-333333333333"


def make_store(*, data_protected: bool = True, container_name: str | None = "attachments") -> AttachmentStore:
    return AttachmentStore(
        "attachments",
        AttachmentStoreArgs(
            placement=placement(data_protected=data_protected),
            account_name="sterpattachtestweu",
            key=customer_key("files"),
            private_link=private_link("privatelink.blob.core.windows.net"),
            writers={"odoo": ODOO_ID},
            container_name=container_name,
            restore_days=30,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_store)


def test_makes_one_container_in_one_account(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("storage:StorageAccount", "attachments-account"),
        ("storage:BlobServiceProperties", "attachments-service"),
        ("monitor:DiagnosticSetting", "attachments-service-logs"),
        ("storage:ManagementPolicy", "attachments-aging"),
        ("storage:BlobContainer", "attachments-container"),
        ("authorization:RoleAssignment", "attachments-odoo"),
        ("network:PrivateEndpoint", "attachments-endpoint"),
        ("network:PrivateDnsZoneGroup", "attachments-endpoint-dns"),
        ("authorization:ManagementLockByScope", "attachments-lock"),
    }


def test_account_takes_no_keys_and_nothing_from_outside(declared: list[Declared]) -> None:
    account = one(declared, "storage:StorageAccount").inputs
    assert account["allowSharedKeyAccess"] is False
    assert account["publicNetworkAccess"] == "Disabled"
    assert account["encryption"]["keySource"] == "Microsoft.Keyvault"
    # Attachments are deleted by Odoo itself: nothing here may be immutable.
    assert "immutableStorageWithVersioning" not in account


def test_attachments_go_back_to_any_moment_the_database_can_go_to(declared: list[Declared]) -> None:
    service = one(declared, "storage:BlobServiceProperties").inputs
    assert service["isVersioningEnabled"] is True
    assert service["restorePolicy"] == {"enabled": True, "days": 30}
    assert service["changeFeed"] == {"enabled": True, "retentionInDays": 31}
    for policy in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        assert service[policy] == {"enabled": True, "days": 31}


def test_old_versions_go_when_no_restore_reaches_them_and_attachments_never(declared: list[Declared]) -> None:
    (rule,) = one(declared, "storage:ManagementPolicy").inputs["policy"]["rules"]
    assert rule["definition"]["actions"] == {"version": {"delete": {"daysAfterCreationGreaterThan": 31}}}


def test_container_is_private_protected_and_waits_for_versioning(declared: list[Declared]) -> None:
    container = one(declared, "storage:BlobContainer")
    assert container.inputs["publicAccess"] == "None"
    assert container.protect
    assert "attachments-service" in container.depends_on


def test_odoo_writes_to_the_container_and_to_nothing_else(declared: list[Declared]) -> None:
    granted = one(declared, "authorization:RoleAssignment").inputs
    assert granted["scope"] == arm_id("Microsoft.storage/BlobContainer", "attachments")
    assert granted["principalId"] == ODOO_ID


def test_is_locked_last_and_only_while_data_is_protected(declared: list[Declared]) -> None:
    lock = one(declared, "authorization:ManagementLockByScope")
    assert lock.depends_on >= {"attachments-service", "attachments-aging", "attachments-container", "attachments-odoo"}
    released = declare(lambda: make_store(data_protected=False))
    assert not [each for each in released if each.protect or "Lock" in each.type]


def test_tells_where_attachments_go() -> None:
    def make() -> dict[str, object]:
        store = make_store()
        return {"url": store.account_url, "name": store.account_name}

    assert resolve(make) == {"url": "https://sterpattachtestweu.blob.core.windows.net", "name": "sterpattachtestweu"}


def test_a_store_of_tenants_has_no_container_of_its_own_and_the_same_account(declared: list[Declared]) -> None:
    shared = declare(lambda: make_store(container_name=None))
    assert names(declared) - names(shared) == {
        ("storage:BlobContainer", "attachments-container"),
        ("authorization:RoleAssignment", "attachments-odoo"),
    }
    assert one(shared, "storage:StorageAccount") == one(declared, "storage:StorageAccount")


def test_whoever_makes_a_container_in_it_waits_for_versioning() -> None:
    assert "attachments-service" in waits_for(lambda: make_store(container_name=None).account_name)


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
