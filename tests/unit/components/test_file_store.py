"""Shared files over NFS."""

from __future__ import annotations

import pytest

from components.file_store import FileStore, FileStoreArgs
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


def make_store(share_name: str | None = "odoo-filestore") -> FileStore:
    return FileStore(
        "files",
        FileStoreArgs(
            placement=placement(),
            account_name="sterpfilestestweu",
            share_name=share_name,
            quota_gib=512,
            key=customer_key("files"),
            private_link=private_link("privatelink.file.core.windows.net"),
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_store)


def test_makes_one_share_in_one_account(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("storage:StorageAccount", "files-account"),
        ("storage:FileServiceProperties", "files-service"),
        ("monitor:DiagnosticSetting", "files-service-logs"),
        ("storage:FileShare", "files-share"),
        ("network:PrivateEndpoint", "files-endpoint"),
        ("network:PrivateDnsZoneGroup", "files-endpoint-dns"),
        ("authorization:ManagementLockByScope", "files-lock"),
    }


def test_share_is_nfs_that_the_csi_driver_can_hand_to_odoo(declared: list[Declared]) -> None:
    share = one(declared, "storage:FileShare")
    assert share.protect
    assert share.inputs["enabledProtocols"] == "NFS"
    assert share.inputs["shareQuota"] == 512
    assert share.inputs["rootSquash"] == "NoRootSquash"


def test_plain_nfs_is_refused_because_secure_transfer_is_required(declared: list[Declared]) -> None:
    account = one(declared, "storage:StorageAccount").inputs
    assert account["enableHttpsTrafficOnly"] is True
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert (account["kind"], account["sku"]["name"]) == ("FileStorage", "Premium_ZRS")


def test_account_takes_no_keys_no_users_and_nothing_from_outside(declared: list[Declared]) -> None:
    account = one(declared, "storage:StorageAccount")
    assert account.protect
    assert account.inputs["publicNetworkAccess"] == "Disabled"
    assert account.inputs["networkRuleSet"] == {"defaultAction": "Deny", "bypass": "None"}
    for refused in (
        "allowSharedKeyAccess",
        "allowBlobPublicAccess",
        "allowCrossTenantReplication",
        "isLocalUserEnabled",
        "isSftpEnabled",
    ):
        assert account.inputs[refused] is False, refused
    assert account.inputs["defaultToOAuthAuthentication"] is True
    assert account.inputs["allowedCopyScope"] == "AAD"


def test_account_is_encrypted_twice_and_follows_rotations(declared: list[Declared]) -> None:
    key = customer_key("files")
    encryption = one(declared, "storage:StorageAccount").inputs["encryption"]
    assert encryption["keySource"] == "Microsoft.Keyvault"
    assert encryption["keyVaultProperties"] == {"keyName": "files", "keyVaultUri": key.vault_uri}
    assert encryption["encryptionIdentity"] == {"encryptionUserAssignedIdentity": key.identity_id}
    assert encryption["requireInfrastructureEncryption"] is True
    assert encryption["services"]["file"] == {"enabled": True, "keyType": "Account"}


def test_a_deleted_share_can_be_brought_back_and_the_lock_covers_it(declared: list[Declared]) -> None:
    service = one(declared, "storage:FileServiceProperties").inputs
    assert service["shareDeleteRetentionPolicy"] == {"enabled": True, "days": 30}
    assert one(declared, "authorization:ManagementLockByScope").depends_on >= {"files-account", "files-share"}


def test_a_store_of_tenants_has_no_share_of_its_own_and_the_same_account(declared: list[Declared]) -> None:
    shared = declare(lambda: make_store(None))
    assert names(declared) - names(shared) == {("storage:FileShare", "files-share")}
    assert one(shared, "storage:StorageAccount") == one(declared, "storage:StorageAccount")
    assert "files-service" in waits_for(lambda: make_store(None).account_name)


@pytest.mark.parametrize("share_name", ["odoo-filestore", None])
def test_tells_which_share_there_is(share_name: str | None) -> None:
    assert resolve(lambda: {"share": make_store(share_name).share_name}) == {"share": share_name or ""}


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
