"""The vault of the ingress's certificates."""

from __future__ import annotations

import pytest

from components.certificate_vault import CertificateVault, CertificateVaultArgs, grant_certificate
from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one, placement, private_link
from tests.unit.components.mocked_azure import TENANT_ID, arm_id

INGRESS_ID = "33333333-3333-4333-8333-333333333333"
VAULT_ID = arm_id("Microsoft.keyvault/Vault", "kv-erp-test-c")


def make_vault(reader_principal_id: str | None = INGRESS_ID) -> CertificateVault:
    return CertificateVault(
        "certificates",
        CertificateVaultArgs(
            placement=placement(),
            vault_name="kv-erp-test-c",
            tenant_id=TENANT_ID,
            private_link=private_link("privatelink.vaultcore.azure.net"),
            reader_principal_id=reader_principal_id,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(make_vault)


def test_the_ingress_and_nobody_else_reads_it(declared: list[Declared]) -> None:
    (granted,) = of_type(declared, "authorization:RoleAssignment")
    assert granted.inputs["principalId"] == INGRESS_ID
    assert granted.inputs["scope"] == VAULT_ID
    assert granted.inputs["roleDefinitionId"].endswith("4633458b-17de-408a-b874-0445c86b69e6")


def test_where_tenants_have_an_ingress_each_nobody_reads_all_of_it() -> None:
    assert not of_type(declare(lambda: make_vault(None)), "authorization:RoleAssignment")


def test_a_tenants_ingress_reads_its_own_certificate_only() -> None:
    def make() -> None:
        vault = make_vault(None)
        grant_certificate(vault, "acme-certificate", vault.vault_id, "erp-acme", INGRESS_ID)

    granted = one(declare(make), "authorization:RoleAssignment", "acme-certificate").inputs
    assert granted["scope"] == f"{VAULT_ID}/secrets/erp-acme"
    assert granted["principalId"] == INGRESS_ID
    assert granted["roleDefinitionId"].endswith("4633458b-17de-408a-b874-0445c86b69e6")


def test_it_declares_no_certificate_that_a_renewal_would_change(declared: list[Declared]) -> None:
    assert of_type(declared, "keyvault:Secret") == of_type(declared, "keyvault:Key") == []


def test_it_is_locked(declared: list[Declared]) -> None:
    assert one(declared, "authorization:ManagementLockByScope").inputs["scope"] == VAULT_ID


def test_arm_accepts_it(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []
