"""Application secrets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from components.secret_store import SecretStore, SecretStoreArgs
from components.vault_secret import SecretSpec
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

READER_ID = "33333333-3333-4333-8333-333333333333"
EXPIRES_ON = datetime(2027, 5, 1, tzinfo=UTC)


SECRETS = {
    "postgres-odoo": SecretSpec(readers={"odoo": READER_ID}),
    "smtp": SecretSpec(content_type="smtp-password", value="given by the operator"),
}


def make_store(
    expires_on: datetime = EXPIRES_ON,
    secrets: Mapping[str, SecretSpec] = SECRETS,
    readers: Mapping[str, str] | None = None,
) -> SecretStore:
    return SecretStore(
        "secrets",
        SecretStoreArgs(
            placement=placement(),
            vault_name="kv-app-test-weu",
            tenant_id=TENANT_ID,
            private_link=private_link("privatelink.vaultcore.azure.net"),
            secrets=secrets,
            expires_on=expires_on,
            readers=readers or {},
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_store)


def test_generates_a_password_only_where_none_is_given(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("keyvault:Vault", "secrets-vault"),
        ("monitor:DiagnosticSetting", "secrets-vault-logs"),
        ("network:PrivateEndpoint", "secrets-vault-endpoint"),
        ("network:PrivateDnsZoneGroup", "secrets-vault-endpoint-dns"),
        ("keyvault:Secret", "secrets-postgres-odoo"),
        ("index/randomPassword:RandomPassword", "secrets-postgres-odoo-value"),
        ("keyvault:Secret", "secrets-smtp"),
        ("authorization:RoleAssignment", "secrets-postgres-odoo-odoo"),
        ("authorization:ManagementLockByScope", "secrets-lock"),
    }


@pytest.mark.parametrize(
    ("secret", "value", "content_type"),
    [
        ("postgres-odoo", "generated-secrets-postgres-odoo-value", "password"),
        ("smtp", "given by the operator", "smtp-password"),
    ],
)
def test_secrets_expire_say_what_they_are_and_are_secret_in_the_state(
    declared: list[Declared], secret: str, value: str, content_type: str
) -> None:
    kept = one(declared, "keyvault:Secret", f"secrets-{secret}")
    assert kept.secrets == {"properties"}
    assert kept.inputs["properties"] == {
        "value": value,
        "contentType": content_type,
        "attributes": {"enabled": True, "expires": 1809129600},
    }


def test_a_later_expiry_date_renews_generated_passwords() -> None:
    def keepers(expires_on: datetime) -> object:
        declared = declare(lambda: make_store(expires_on))
        return next(each for each in declared if each.type.startswith("random:")).inputs["keepers"]

    assert keepers(EXPIRES_ON) == keepers(EXPIRES_ON)
    assert keepers(EXPIRES_ON) != keepers(datetime(2028, 5, 1, tzinfo=UTC))


def test_a_password_with_an_occasion_of_its_own_is_renewed_by_nothing_else() -> None:
    def keepers(expires_on: datetime, renewed_with: str) -> object:
        spec = SecretSpec(renewed_with=renewed_with)
        declared = declare(lambda: make_store(expires_on, {"turn": spec}))
        return next(each for each in declared if each.type.startswith("random:")).inputs["keepers"]

    assert keepers(EXPIRES_ON, "generation 1") == keepers(datetime(2028, 5, 1, tzinfo=UTC), "generation 1")
    assert keepers(EXPIRES_ON, "generation 1") != keepers(EXPIRES_ON, "generation 3")


def test_lines_that_change_places_stay_what_they_are() -> None:
    def keys(lines: Mapping[str, str]) -> tuple[str, Mapping[str, object]]:
        declared = declare(lambda: make_store(secrets={"keys": SecretSpec(lines=lines)}))
        made = {each.name: each.inputs["keepers"] for each in declared if each.type.startswith("random:")}
        return one(declared, "keyvault:Secret").inputs["properties"]["value"], made

    before, made_before = keys({"a": "1", "b": "2"})
    after, made_after = keys({"b": "2", "a": "1"})
    assert before == "generated-secrets-keys-value-a\ngenerated-secrets-keys-value-b"
    assert after == "generated-secrets-keys-value-b\ngenerated-secrets-keys-value-a"
    assert made_after == made_before


def test_passwords_need_no_escaping_anywhere(declared: list[Declared]) -> None:
    password = next(each for each in declared if each.type.startswith("random:")).inputs
    assert password["special"] is False
    assert password["length"] >= 32


def test_a_reader_reads_one_secret_not_the_vault(declared: list[Declared]) -> None:
    (granted,) = of_type(declared, "authorization:RoleAssignment")
    assert granted.inputs["scope"] == arm_id("Microsoft.keyvault/Secret", "postgres-odoo")
    assert granted.inputs["principalId"] == READER_ID
    assert granted.inputs["roleDefinitionId"].endswith("4633458b-17de-408a-b874-0445c86b69e6")


def test_a_vault_of_tenants_has_readers_of_all_of_it_and_no_secret_of_its_own() -> None:
    declared = declare(lambda: make_store(secrets={}, readers={"operations": READER_ID}))
    assert not of_type(declared, "keyvault:Secret")
    granted = one(declared, "authorization:RoleAssignment", "secrets-operations")
    assert granted.inputs["scope"] == arm_id("Microsoft.keyvault/Vault", "kv-app-test-weu")
    assert "secrets-operations" in one(declared, "authorization:ManagementLockByScope").depends_on


def test_hands_out_values_and_where_to_find_them() -> None:
    def outputs() -> dict[str, object]:
        store = make_store()
        return {"uri": store.vault_uri, "name": store.vault_name, **store.values}

    found = resolve(outputs)
    assert found["uri"] == "https://kv-app-test-weu.vault.azure.net/"
    assert found["name"] == "kv-app-test-weu"
    assert found["smtp"] == "given by the operator"
    assert found["postgres-odoo"].startswith("generated-")


def test_refuses_an_expiry_date_without_a_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        declare(lambda: make_store(datetime(2027, 5, 1)))  # noqa: DTZ001 that is the mistake


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
