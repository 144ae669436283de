"""Built-in policies over what holds data: databases, storage.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

_ENDPOINTS = "data-services-have-private-endpoints"

POSTGRES: tuple[AzurePolicy, ...] = (
    built_in(
        "postgres-public-access",
        "5e1de0e3-42cb-4ebc-a86d-61d0c619ca48",
        3,
        "Public network access should be disabled for PostgreSQL flexible servers",
        "pg-public-access-off",
        "pg-firewall-closed",
    ),
    built_in(
        "postgres-cmk",
        "12c74c95-0efd-48da-b8d9-2a7d68470c92",
        1,
        "PostgreSQL flexible servers should use customer-managed keys to encrypt data at rest",
        "pg-cmk",
    ),
    built_in(
        "postgres-tls-version",
        "a43d5475-c569-45ce-a268-28fa79f4e87a",
        1,
        "PostgreSQL flexible servers should be running TLS version 1.2 or newer",
        "pg-tls-minimum",
        effects=EXISTS,
    ),
    built_in(
        "postgres-tls",
        "c29c38cb-74a7-4505-9a06-e588ab86620a",
        1,
        "Enforce SSL connection should be enabled for PostgreSQL flexible servers",
        "pg-tls-required",
        effects=EXISTS,
    ),
    built_in(
        "postgres-entra-administrator",
        "ce39a96d-bf09-4b60-8c32-e85d52abea0f",
        1,
        "A Microsoft Entra administrator should be provisioned for PostgreSQL flexible servers",
        "pg-entra-auth-on",
        effects=EXISTS,
    ),
    built_in(
        "postgres-geo-backup",
        "cee2f9fd-3968-44be-a863-bd62c9884423",
        1,
        "Geo-redundant backup should be enabled for Azure Database for PostgreSQL flexible servers",
        "pg-geo-backup",
        effects=AUDIT,
    ),
    built_in(
        "postgres-zones",
        "493c215d-2553-4976-bc81-57d2c04fc8c1",
        1,
        "[Preview]: Azure Database for PostgreSQL Flexible Server should be Zone Resilient",
        "pg-standby-zone",
        effects=AUDIT,
        preview=True,
    ),
)

REDIS: tuple[AzurePolicy, ...] = (
    built_in(
        "redis-cmk",
        "09aa11bb-87ec-409f-bf0b-49b7c1561a87",
        1,
        "Azure Cache for Redis Enterprise should use customer-managed keys for encrypting disk data",
        "redis-cmk",
    ),
    built_in(
        "redis-private-link",
        "960e650e-9ce3-4316-9590-8ee2c016ca2f",
        1,
        "Azure Cache for Redis Enterprise should use private link",
        "redis-public-access-off",
        _ENDPOINTS,
        effects=EXISTS,
    ),
)

STORAGE: tuple[AzurePolicy, ...] = (
    built_in(
        "storage-public-access",
        "b2982f36-99f2-4db5-8eff-283140c09693",
        1,
        "Storage accounts should disable public network access",
        "storage-public-access-off",
    ),
    built_in(
        "storage-network-rules",
        "34c877ad-507e-4c82-993e-3452a6e0ad3c",
        1,
        "Storage accounts should restrict network access",
        "storage-default-deny",
    ),
    built_in(
        "storage-private-link",
        "6edd7eda-6dd8-40f7-810d-67160c639cd9",
        2,
        "Storage accounts should use private link",
        _ENDPOINTS,
        effects=EXISTS,
    ),
    built_in(
        "storage-anonymous",
        "4fa4b6c0-31ca-4c0d-b10d-24b96f62a751",
        3,
        "Storage account public access should be disallowed",
        "storage-anonymous-off",
        "storage-container-private",
    ),
    built_in(
        "storage-cmk",
        "6fac406b-40ca-413b-bf8e-0bf964659c25",
        1,
        "Storage accounts should use customer-managed key for encryption",
        "storage-cmk",
        effects=AUDIT,
    ),
    built_in(
        "storage-infrastructure-encryption",
        "4733ea7b-a883-42fe-8cac-97454c2a9e4a",
        1,
        "Storage accounts should have infrastructure encryption",
        "storage-infrastructure-encryption",
    ),
    built_in(
        "storage-secure-transfer",
        "404c3081-a854-4457-ae30-26a93ef643f9",
        2,
        "Secure transfer to storage accounts should be enabled",
        "storage-https-only",
    ),
    built_in(
        "storage-tls-version",
        "fe83a0eb-a853-422d-aac2-1bffd182c5d0",
        1,
        "Storage accounts should have the specified minimum TLS version",
        "storage-min-tls",
        minimumTlsVersion="TLS1_2",
    ),
    built_in(
        "storage-shared-key",
        "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54",
        2,
        "Storage accounts should prevent shared key access",
        "storage-shared-key-off",
    ),
    built_in(
        "storage-cross-tenant",
        "92a89a79-6c52-4a7e-a03f-61306fc49312",
        1,
        "Storage accounts should prevent cross tenant object replication",
        "storage-cross-tenant-off",
    ),
)

POLICIES = (*POSTGRES, *REDIS, *STORAGE)
