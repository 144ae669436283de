"""Role assignments: as narrow as they can be, each saying what it is for."""

from __future__ import annotations

from enum import Enum

import pulumi
from pulumi_azure_native import authorization

from components.base import Component


class Role(Enum):
    """Built-in roles in use, by id (learn.microsoft.com azure/role-based-access-control/built-in-roles)."""

    ACR_PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
    ACR_PUSH = "8311e382-0749-4cb8-b61a-304f252e45ec"
    AKS_CLUSTER_USER = "4abbcc35-e782-43d8-92c5-2d3f1bd2253f"
    AKS_RBAC_CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"
    AKS_RBAC_READER = "7f6c6a51-bcf8-42ba-9220-52d62157d7db"
    KEY_VAULT_CONTRIBUTOR = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
    KEY_VAULT_CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424"
    KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
    MANAGED_IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"
    MONITORING_DATA_READER = "b0d8363b-8ddd-447d-831f-62ca05bff136"
    MONITORING_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"
    NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
    PRIVATE_DNS_ZONE_CONTRIBUTOR = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
    READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    STORAGE_BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
    STORAGE_BLOB_DATA_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


PEOPLES_ROLES = frozenset({Role.AKS_CLUSTER_USER, Role.AKS_RBAC_CLUSTER_ADMIN, Role.AKS_RBAC_READER})
"""Those that components grant to groups of people; all others are granted to identities only."""


def grant(
    component: Component,
    name: str,
    role: Role,
    *,
    scope: pulumi.Input[str],
    principal_id: pulumi.Input[str],
    purpose: str,
    principal_type: authorization.PrincipalType = authorization.PrincipalType.SERVICE_PRINCIPAL,
) -> authorization.RoleAssignment:
    """Grants a role.

    Args:
        component: the component that owns the assignment.
        name: its Pulumi name.
        role: the built-in role.
        scope: ARM id of the narrowest resource that will do.
        principal_id: object id of the principal.
        purpose: what the grant is for, shown in the portal.
        principal_type: kind of the principal. Always sent: without it ARM looks the principal up and fails while a new
            identity still replicates (learn.microsoft.com azure/role-based-access-control/troubleshooting).
    """
    return authorization.RoleAssignment(
        name,
        scope=scope,
        principal_id=principal_id,
        principal_type=principal_type,
        role_definition_id=pulumi.Output.concat(
            "/subscriptions/",
            component.placement.subscription_id,
            "/providers/Microsoft.Authorization/roleDefinitions/",
            role.value,
        ),
        description=purpose,
        opts=component.child(),
    )
