"""Customer-managed keys and the identities that use them."""

from __future__ import annotations

import pytest

from components.encryption_keys import EncryptionKeys, EncryptionKeysArgs
from tests.unit.components.harness import (
    Declared,
    arm_findings,
    declare,
    names,
    of_type,
    one,
    placement,
    private_link,
    resolve,
)
from tests.unit.components.mocked_azure import TENANT_ID, arm_id


def make_keys(*, data_protected: bool = True, direct_purposes: tuple[str, ...] = ()) -> EncryptionKeys:
    return EncryptionKeys(
        "keys",
        EncryptionKeysArgs(
            placement=placement(data_protected=data_protected),
            vault_name="kv-erp-test-weu",
            tenant_id=TENANT_ID,
            private_link=private_link("privatelink.vaultcore.azure.net"),
            purposes=("database", "files"),
            direct_purposes=direct_purposes,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_keys)


def test_makes_a_key_an_identity_and_a_grant_per_purpose_and_nothing_else(declared: list[Declared]) -> None:
    per_purpose = {
        (type_, f"keys-{purpose}-{part}")
        for purpose in ("database", "files")
        for type_, part in (
            ("keyvault:Key", "key"),
            ("managedidentity:UserAssignedIdentity", "identity"),
            ("authorization:RoleAssignment", "use"),
        )
    }
    assert names(declared) == per_purpose | {
        ("keyvault:Vault", "keys-vault"),
        ("monitor:DiagnosticSetting", "keys-vault-logs"),
        ("network:PrivateEndpoint", "keys-vault-endpoint"),
        ("network:PrivateDnsZoneGroup", "keys-vault-endpoint-dns"),
        ("authorization:ManagementLockByScope", "keys-lock"),
    }


def test_vault_is_closed_and_cannot_be_purged(declared: list[Declared]) -> None:
    vault = one(declared, "keyvault:Vault").inputs["properties"]
    assert vault["sku"] == {"family": "A", "name": "premium"}
    assert vault["enableRbacAuthorization"] is True
    assert vault["enablePurgeProtection"] is True
    assert vault["softDeleteRetentionInDays"] == 90
    assert vault["publicNetworkAccess"] == "Disabled"
    assert vault["networkAcls"] == {"defaultAction": "Deny", "bypass": "AzureServices"}


def test_vault_and_keys_are_protected(declared: list[Declared]) -> None:
    assert {each.name for each in declared if each.protect} == {"keys-vault", "keys-database-key", "keys-files-key"}


def test_lock_waits_for_the_grants_so_that_it_goes_before_them(declared: list[Declared]) -> None:
    lock = one(declared, "authorization:ManagementLockByScope")
    assert lock.inputs["level"] == "CanNotDelete"
    assert lock.depends_on >= {"keys-vault", "keys-database-use", "keys-files-use"}


def test_no_lock_and_no_protection_where_data_is_given_up() -> None:
    declared = declare(lambda: make_keys(data_protected=False))
    assert not of_type(declared, "authorization:ManagementLockByScope")
    assert not any(each.protect for each in declared)


def test_keys_are_hardware_keys_that_only_wrap_and_rotate_before_they_expire(declared: list[Declared]) -> None:
    key = one(declared, "keyvault:Key", "keys-database-key").inputs["properties"]
    assert (key["kty"], key["keySize"], key["keyOps"]) == ("RSA-HSM", 3072, ["wrapKey", "unwrapKey"])
    assert key["rotationPolicy"] == {
        "attributes": {"expiryTime": "P13M"},
        "lifetimeActions": [
            {"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P11M"}},
            {"action": {"type": "notify"}, "trigger": {"timeBeforeExpiry": "P30D"}},
        ],
    }


def test_a_key_that_encrypts_directly_does_only_that() -> None:
    declared = declare(lambda: make_keys(direct_purposes=("files",)))
    assert one(declared, "keyvault:Key", "keys-files-key").inputs["properties"]["keyOps"] == ["encrypt", "decrypt"]
    assert one(declared, "keyvault:Key", "keys-database-key").inputs["properties"]["keyOps"] == ["wrapKey", "unwrapKey"]


def test_an_identity_may_use_its_own_key_only(declared: list[Declared]) -> None:
    grants = of_type(declared, "authorization:RoleAssignment")
    assert {each.inputs["scope"] for each in grants} == {
        arm_id("Microsoft.keyvault/Key", "database"),
        arm_id("Microsoft.keyvault/Key", "files"),
    }
    for each in grants:
        purpose = each.name.split("-")[1]
        assert each.depends_on == {f"keys-{purpose}-key", f"keys-{purpose}-identity"}
        assert each.inputs["roleDefinitionId"].endswith("e147488a-f6f5-4113-8e2d-b22465e65bf6")
        assert purpose in each.inputs["description"]


def test_hands_out_keys_without_and_with_a_version() -> None:
    def outputs() -> dict[str, object]:
        key = make_keys().keys["database"]
        return {"uri": key.key_uri, "versioned": key.versioned_key_uri, "vault": key.vault_uri, "name": key.key_name}

    found = resolve(outputs)
    assert found["uri"] == "https://kv-erp-test-weu.vault.azure.net/keys/database"
    assert found["versioned"].startswith(f"{found['uri']}/")
    assert found["vault"] == "https://kv-erp-test-weu.vault.azure.net/"
    assert found["name"] == "database"


def test_tells_where_further_keys_can_be_made() -> None:
    def outputs() -> dict[str, object]:
        keys = make_keys()
        return {"id": keys.vault_id, "name": keys.vault_name, "uri": keys.vault_uri}

    assert resolve(outputs) == {
        "id": arm_id("Microsoft.keyvault/Vault", "kv-erp-test-weu"),
        "name": "kv-erp-test-weu",
        "uri": "https://kv-erp-test-weu.vault.azure.net/",
    }


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
