"""What is made through a service's own API, past ARM."""

from __future__ import annotations

import pytest

from sandbox.provider.errors import ProviderError
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import Azure

SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


def test_a_certificate_can_be_granted_that_arm_has_not_seen_and_a_vault_that_is_not_there_cannot(azure: Azure) -> None:
    _, principal = bodies.identity(azure)
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    scope = f"{vault}/secrets/imported"
    granted = azure.make("authorization:RoleAssignment", bodies.role_assignment(principal, SECRETS_USER, scope))
    assert azure.entry(granted).inputs["scope"] == scope
    nowhere = bodies.role_assignment(principal, SECRETS_USER, scope.replace(bodies.VAULT["vaultName"], "kv-nowhere"))
    with pytest.raises(ProviderError, match="kv-nowhere"):
        azure.make("authorization:RoleAssignment", nowhere)
