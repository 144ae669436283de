"""Identities of workloads."""

from __future__ import annotations

import pulumi

from components.workload_identity import (
    ServiceAccountTrust,
    ServiceAccountTrustArgs,
    WorkloadIdentity,
    WorkloadIdentityArgs,
)
from tests.unit.components.harness import arm_findings, declare, names, one, placement, resolve

ISSUER = "https://oidc.example/aks-erp-test-weu/"


def make_identity() -> WorkloadIdentity:
    return WorkloadIdentity("app", WorkloadIdentityArgs(placement=placement(), identity_name="id-erp-odoo"))


def make_trust() -> ServiceAccountTrust:
    return ServiceAccountTrust(
        "trust",
        ServiceAccountTrustArgs(
            placement=placement(),
            identity_name="id-erp-odoo",
            issuer_url=ISSUER,
            namespace="odoo",
            service_account="worker",
        ),
    )


def test_an_identity_is_made_without_any_rights() -> None:
    declared = declare(make_identity)
    assert names(declared) == {("managedidentity:UserAssignedIdentity", "app-identity")}
    assert one(declared, "managedidentity:UserAssignedIdentity").inputs["tags"] == placement().tags
    assert arm_findings(declared) == []


def test_it_is_known_by_two_ids_that_must_not_be_confused() -> None:
    def outputs() -> dict[str, pulumi.Input[str]]:
        made = make_identity()
        return {"name": made.identity_name, "client": made.client_id, "principal": made.principal_id}

    found = resolve(outputs)
    assert found["name"] == "id-erp-odoo"
    assert found["client"] != found["principal"]


def test_one_service_account_of_one_cluster_is_trusted() -> None:
    declared = declare(make_trust)
    assert names(declared) == {("managedidentity:FederatedIdentityCredential", "trust-credential")}
    credential = one(declared, "managedidentity:FederatedIdentityCredential").inputs
    assert credential["resourceName"] == "id-erp-odoo"
    assert credential["issuer"] == ISSUER
    assert credential["subject"] == "system:serviceaccount:odoo:worker"
    assert credential["audiences"] == ["api://AzureADTokenExchange"]
    assert arm_findings(declared) == []
