"""Built-in policies over SQL, MySQL, Cosmos DB and the classic Redis: none of them is this platform's own.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions, and
MicrosoftDocs/azure-docs, includes/policy/reference/bycat (2026-11-22).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

SQL: tuple[AzurePolicy, ...] = (
    built_in(
        "sql-public-access",
        "1b8ca024-1d5c-4dec-8995-b1a932b41780",
        1,
        "Public network access on Azure SQL Database should be disabled",
        "sql-public-access-off",
    ),
    built_in(
        "sql-private-link",
        "7698e800-9299-47a6-b3b6-5a0fee576eed",
        1,
        "Private endpoint connections on Azure SQL Database should be enabled",
        "data-services-have-private-endpoints",
        effects=AUDIT,
    ),
    built_in(
        "sql-tls-version",
        "32e6bbec-16b6-44c2-be37-c5b672d103cf",
        2,
        "Azure SQL Database should be running TLS version 1.2 or newer",
        "sql-min-tls",
    ),
    built_in(
        "sql-entra-only",
        "b3a22bc9-66de-45fb-98fa-00f5df42f41a",
        1,
        "Azure SQL Database should have Microsoft Entra-only authentication enabled",
        "sql-entra-only",
    ),
    built_in(
        "sql-entra-only-from-start",
        "abda6d70-9778-44e7-84a8-06713e6db027",
        1,
        "Azure SQL Database should have Microsoft Entra-only authentication enabled during creation",
        "sql-entra-only",
    ),
    built_in(
        "sql-cmk",
        "0a370ff3-6cab-4e85-8995-295fd854c5b8",
        2,
        "SQL servers should use customer-managed keys to encrypt data at rest",
        "sql-cmk",
        effects=AUDIT,
    ),
    # No slip of the pen: Azure's name of this one has a k in it.
    built_in(
        "sql-encryption",
        "17k78e20-9358-41c9-923c-fb736d382a12",
        2,
        "Transparent Data Encryption on SQL databases should be enabled",
        "sql-tde-on",
        effects=EXISTS,
    ),
    built_in(
        "sql-audit",
        "a6fb4358-5bf4-4ad7-ba82-2cd2f41ce5e9",
        2,
        "Auditing on SQL server should be enabled",
        "sql-audited",
        effects=EXISTS,
    ),
    built_in(
        "sql-audit-retention",
        "89099bee-89e0-4b26-a5f4-165451757743",
        3,
        "SQL servers with auditing to storage account destination should be configured with 90 days "
        "retention or higher",
        "sql-audited",
        effects=EXISTS,
    ),
    built_in(
        "sql-threats",
        "abfb4388-5bf4-4ad7-ba82-2cd2f41ceae9",
        2,
        "Azure Defender for SQL should be enabled for unprotected Azure SQL servers",
        "sql-threats-watched",
        effects=EXISTS,
    ),
)

SQL_INSTANCES: tuple[AzurePolicy, ...] = (
    built_in(
        "sql-instance-public-access",
        "9dfea752-dd46-4766-aed1-c355fa93fb91",
        1,
        "Azure SQL Managed Instances should disable public network access",
        "sql-instance-public-endpoint-off",
    ),
    built_in(
        "sql-instance-tls-version",
        "a8793640-60f7-487c-b5c3-1d37215905c4",
        1,
        "SQL Managed Instance should have the minimal TLS version of 1.2",
        "sql-instance-min-tls",
        effects=AUDIT,
    ),
    built_in(
        "sql-instance-entra-only",
        "0c28c3fb-c244-42d5-a9bf-f35f2999577b",
        1,
        "Azure SQL Managed Instance should have Microsoft Entra-only authentication enabled",
        "sql-instance-entra-only",
    ),
    built_in(
        "sql-instance-entra-only-from-start",
        "78215662-041e-49ed-a9dd-5385911b3a1f",
        1,
        "Azure SQL Managed Instances should have Microsoft Entra-only authentication enabled during creation",
        "sql-instance-entra-only",
    ),
    built_in(
        "sql-instance-cmk",
        "ac01ad65-10e5-46df-bdd9-6b0cad13e1d2",
        2,
        "SQL managed instances should use customer-managed keys to encrypt data at rest",
        "sql-cmk",
        effects=AUDIT,
    ),
)

COSMOS: tuple[AzurePolicy, ...] = (
    built_in(
        "cosmos-public-access",
        "797b37f7-06b8-444c-b1ad-fc62867f335a",
        1,
        "Azure Cosmos DB should disable public network access",
        "cosmos-public-access-off",
    ),
    built_in(
        "cosmos-private-link",
        "58440f8a-10c5-4151-bdce-dfbaad4a20b7",
        1,
        "CosmosDB accounts should use private link",
        "data-services-have-private-endpoints",
        effects=AUDIT,
    ),
    built_in(
        "cosmos-firewall",
        "862e97cf-49fc-4a5c-9de4-40d4e2e7c8eb",
        2,
        "Azure Cosmos DB accounts should have firewall rules",
        "cosmos-firewall-closed",
    ),
    built_in(
        "cosmos-data-centers",
        "12339a85-a25c-4f17-9f82-4766f13f5c4c",
        1,
        "Azure Cosmos DB accounts should not allow traffic from all Azure data centers",
        "cosmos-firewall-closed",
    ),
    # This one spells its effects in small letters.
    built_in(
        "cosmos-cmk",
        "1f905d99-2ab7-462c-a6b0-f709acca6c8f",
        1,
        "Azure Cosmos DB accounts should use customer-managed keys to encrypt data at rest",
        "cosmos-cmk",
        effects=("deny", "audit"),
    ),
    built_in(
        "cosmos-local-auth",
        "5450f5bd-9c72-4390-a9c4-a7aba4edfdd2",
        1,
        "Cosmos DB database accounts should have local authentication methods disabled",
        "cosmos-local-auth-off",
    ),
    built_in(
        "cosmos-zones",
        "44c5a1f9-7ef6-4c38-880c-273e8f7a3c24",
        1,
        "[Preview]: Cosmos Database Accounts should be Zone Redundant",
        "cosmos-zones",
        effects=AUDIT,
        preview=True,
    ),
)

OTHERS: tuple[AzurePolicy, ...] = (
    built_in(
        "mysql-public-access",
        "c9299215-ae47-4f50-9c54-8a392f68a052",
        2,
        "Public network access should be disabled for MySQL flexible servers",
        "mysql-public-access-off",
        "pg-firewall-closed",
    ),
    built_in(
        "redis-classic-public-access",
        "470baccb-7e51-4549-8b1a-3e5be069f663",
        1,
        "Azure Cache for Redis should disable public network access",
        "redis-classic-public-access-off",
    ),
    built_in(
        "redis-classic-access-keys",
        "3827af20-8f80-4b15-8300-6db0873ec901",
        1,
        "Azure Cache for Redis should not use access keys for authentication",
        "redis-classic-local-auth-off",
    ),
    built_in(
        "redis-classic-tls",
        "22bee202-a82f-4305-9a2a-6d7f44d4dedb",
        1,
        "Only secure connections to your Azure Cache for Redis should be enabled",
        "redis-classic-encrypted",
    ),
)

POLICIES = (*SQL, *SQL_INSTANCES, *COSMOS, *OTHERS)
