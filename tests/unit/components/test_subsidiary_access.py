"""Who may touch a tenant: what its identities may do, whom they trust, and which passwords pods see."""

from __future__ import annotations

import pytest
import yaml

from components.subsidiary.stores import cache_user_name
from tests.unit.components.harness import Declared, of_type, one
from tests.unit.components.mocked_azure import arm_id
from tests.unit.components.subsidiary_example import CERTIFICATES_ID, SCALER_ID, declared_subsidiary, grants, principal

pytestmark = pytest.mark.stacks

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_subsidiary()


def test_an_identity_may_do_what_its_pods_need_and_nothing_else(declared: list[Declared]) -> None:
    odoo, operations, ingress = (principal(f"id-erp-acme-es-{who}") for who in ("odoo", "operations", "ingress"))

    def secret(name: str) -> str:
        return arm_id("Microsoft.keyvault/Secret", f"acme-es-{name}")

    def container(name: str) -> str:
        return arm_id("Microsoft.storage/BlobContainer", name)

    assert grants(declared) == {
        (odoo, SECRETS_USER, secret("database-service")),
        (odoo, SECRETS_USER, secret("session-key")),
        (odoo, BLOB_CONTRIBUTOR, container("attachments-acme-es")),
        (operations, SECRETS_USER, secret("database-service")),
        (operations, BLOB_CONTRIBUTOR, container("attachments-acme-es")),
        (operations, BLOB_CONTRIBUTOR, container("archive-acme-es")),
        (ingress, SECRETS_USER, f"{CERTIFICATES_ID}/secrets/acme-es"),
        (SCALER_ID, SECRETS_USER, secret("database-monitor")),
    }


def test_each_identity_trusts_one_service_account_of_the_tenants_namespaces(declared: list[Declared]) -> None:
    trusts = of_type(declared, "managedidentity:FederatedIdentityCredential")
    assert {(each.inputs["resourceName"], each.inputs["subject"]) for each in trusts} == {
        ("id-erp-acme-es-odoo", "system:serviceaccount:acme-es:odoo"),
        ("id-erp-acme-es-operations", "system:serviceaccount:acme-es:operations"),
        ("id-erp-acme-es-ingress", "system:serviceaccount:acme-es-ingress:traefik"),
    }
    assert {each.inputs["resourceGroupName"] for each in trusts} == {"rg-erp-acme-es"}


def test_no_pod_of_its_own_sees_a_password_but_its_login(declared: list[Declared]) -> None:
    mounted: dict[str, set[str]] = {}
    for each in declared:
        if each.type.endswith(":SecretProviderClass"):
            wanted = yaml.safe_load(each.inputs["spec"]["parameters"]["objects"])["array"]
            namespace = mounted.setdefault(each.inputs["metadata"]["namespace"], set())
            namespace |= {yaml.safe_load(entry)["objectName"] for entry in wanted}
    assert mounted == {
        "acme-es": {"acme-es-database-service", "acme-es-session-key"},
        "acme-es-ingress": {"acme-es"},
        "platform-operations": {
            "database-administrator-0",
            "acme-es-database-blue",
            "acme-es-database-green",
            "acme-es-database-monitor",
        },
    }


def test_its_login_to_the_cache_has_a_name_that_azure_takes_and_nobody_else_has(declared: list[Declared]) -> None:
    user = one(declared, "redisenterprise:AccessPolicyAssignment").inputs
    assert user["user"] == {"objectId": principal("id-erp-acme-es-odoo")}
    tenants = ["acme-es", "acmees", "acme-e-s", "a" * 63, "a" * 62 + "b"]
    user_names = [cache_user_name(tenant) for tenant in tenants]
    assert len(set(user_names)) == len(tenants)
    assert all(name.isalnum() and len(name) <= 60 for name in user_names)
