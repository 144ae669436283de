"""Built-in policies over configuration, automation, AI and analytics: none of them is this platform's own.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions, and
MicrosoftDocs/azure-docs, includes/policy/reference/bycat (2026-11-22).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

OPERATIONS: tuple[AzurePolicy, ...] = (
    built_in(
        "app-configuration-public-access",
        "3d9f5e4c-9947-4579-9539-2a7695fbc187",
        1,
        "App Configuration should disable public network access",
        "appconfig-public-access-off",
    ),
    built_in(
        "app-configuration-cmk",
        "967a4b4b-2da9-43c1-b7d0-f98d0d74d0b1",
        1,
        "App Configuration should use a customer-managed key",
        "appconfig-cmk",
    ),
    built_in(
        "app-configuration-local-auth",
        "b08ab3ca-1062-4db3-8803-eec9cae605d6",
        1,
        "App Configuration stores should have local authentication methods disabled",
        "appconfig-local-auth-off",
    ),
    built_in(
        "automation-public-access",
        "955a914f-bf86-4f0e-acd5-e0766b0efcb6",
        1,
        "Automation accounts should disable public network access",
        "automation-public-access-off",
    ),
    built_in(
        "app-configuration-private-link",
        "ca610c1d-041c-4332-9d88-7ed3094967c7",
        1,
        "App Configuration should use private link",
        "platform-services-have-private-endpoints",
        effects=EXISTS,
    ),
    built_in(
        "automation-private-link",
        "0c2b3618-68a8-4034-a150-ff4abc873462",
        1,
        "Private endpoint connections on Automation Accounts should be enabled",
        "platform-services-have-private-endpoints",
        effects=EXISTS,
    ),
    built_in(
        "batch-private-link",
        "009a0c92-f5b4-4776-9b66-4ed2b4775563",
        1,
        "Private endpoint connections on Batch accounts should be enabled",
        "platform-services-have-private-endpoints",
        effects=EXISTS,
    ),
    built_in(
        "automation-local-auth",
        "48c5f1cb-14ad-4797-8e3b-f78ab3f8d700",
        1,
        "Azure Automation account should have local authentication method disabled",
        "automation-local-auth-off",
    ),
    built_in(
        "automation-cmk",
        "56a5ee18-2ae6-4810-86f7-18e39ce5629b",
        1,
        "Azure Automation accounts should use customer-managed keys to encrypt data at rest",
        "automation-cmk",
    ),
    built_in(
        "automation-variables",
        "3657f5a0-770e-44a3-b44e-9431ba1e9735",
        1,
        "Automation account variables should be encrypted",
        "automation-variables-encrypted",
    ),
    built_in(
        "batch-cmk",
        "99e9ccd8-3db9-4592-b0d1-14b1715a4d8a",
        1,
        "Azure Batch account should use customer-managed keys to encrypt data",
        "batch-cmk",
    ),
    built_in(
        "batch-local-auth",
        "6f68b69f-05fe-49cd-b361-777ee9ca7e35",
        1,
        "Batch accounts should have local authentication methods disabled",
        "batch-shared-key-off",
    ),
    built_in(
        "batch-public-access",
        "74c5a0ae-5e48-4738-b093-65e23a060488",
        1,
        "Public network access should be disabled for Batch accounts",
        "batch-public-access-off",
    ),
    built_in(
        "file-sync-public-access",
        "21a8cd35-125e-4d13-b82d-2e19b7208bb7",
        1,
        "Public network access should be disabled for Azure File Sync",
        "file-sync-public-access-off",
    ),
    built_in(
        "hsm-public-access",
        "19ea9d63-adee-4431-a95e-1913c6c1c75f",
        1,
        "[Preview]: Azure Key Vault Managed HSM should disable public network access",
        "hsm-public-access-off",
        preview=True,
    ),
    built_in(
        "hsm-purge-protection",
        "c39ba22d-4428-4149-b981-70acb31fc383",
        1,
        "Azure Key Vault Managed HSM should have purge protection enabled",
        "hsm-purge-protection",
    ),
)

INTELLIGENCE: tuple[AzurePolicy, ...] = (
    built_in(
        "search-public-access",
        "ee980b6d-0eca-4501-8d54-f6290fd512c3",
        1,
        "Azure AI Search services should disable public network access",
        "search-public-access-off",
    ),
    built_in(
        "search-local-auth",
        "6300012e-e9a4-4649-b41f-a85f5c43be91",
        1,
        "Azure AI Search services should have local authentication methods disabled",
        "search-local-auth-off",
    ),
    built_in(
        "search-cmk",
        "76a56461-9dc0-40f0-82f5-2453283afa2f",
        2,
        "Azure AI Search services should use customer-managed keys to encrypt data at rest",
        "search-cmk",
        effects=EXISTS,
    ),
    built_in(
        "ai-local-auth",
        "71ef260a-8f18-47b7-abcb-62d0673d94dc",
        1,
        "Azure AI Services resources should have key access disabled (disable local authentication)",
        "cognitive-local-auth-off",
    ),
    built_in(
        "ai-network-rules",
        "037eea7a-bd0a-46c5-9a66-03aea78705d3",
        3,
        "Azure AI Services resources should restrict network access",
        "cognitive-public-access-off",
    ),
    built_in(
        "ai-cmk",
        "67121cc7-ff39-4ab8-b7e3-95b84dab487d",
        2,
        "Azure AI Services resources should encrypt data at rest with a customer-managed key (CMK)",
        "cognitive-cmk",
    ),
    built_in(
        "machine-learning-public-access",
        "438c38d2-3772-465a-a9cc-7a6666a275ce",
        2,
        "Azure Machine Learning Workspaces should disable public network access",
        "analytics-public-access-off",
    ),
    built_in(
        "machine-learning-cmk",
        "ba769a63-b8cc-4b2d-abf6-ac33c7204be8",
        1,
        "Azure Machine Learning workspaces should be encrypted with a customer-managed key",
        "ml-cmk",
    ),
)

ANALYTICS: tuple[AzurePolicy, ...] = (
    built_in(
        "synapse-public-access",
        "38d8df46-cf4e-4073-8e03-48c24b29de0d",
        1,
        "Azure Synapse workspaces should disable public network access",
        "analytics-public-access-off",
    ),
    built_in(
        "synapse-cmk",
        "f7d52b2d-e161-4dfa-a82b-55e564167385",
        1,
        "Azure Synapse workspaces should use customer-managed keys to encrypt data at rest",
        "synapse-cmk",
    ),
    built_in(
        "synapse-entra-only",
        "6ea81a52-5ca7-4575-9669-eaa910b7edf8",
        1,
        "Synapse Workspaces should have Microsoft Entra-only authentication enabled",
        "synapse-entra-only",
    ),
    built_in(
        "synapse-entra-only-from-start",
        "2158ddbe-fefa-408e-b43f-d4faef8ff3b8",
        1,
        "Synapse Workspaces should use only Azure Active Directory identities for authentication",
        "synapse-entra-only",
    ),
    built_in(
        "databricks-public-access",
        "0e7849de-b939-4c50-ab48-fc6b0f5eeba2",
        1,
        "Azure Databricks Workspaces should disable public network access",
        "analytics-public-access-off",
    ),
    built_in(
        "databricks-public-addresses",
        "51c1490f-3319-459c-bbbc-7f391bbed753",
        1,
        "Azure Databricks Clusters should disable public IP",
        "databricks-no-public-ip",
    ),
    built_in(
        "data-explorer-public-access",
        "43bc7be6-5e69-4b0d-a2bb-e815557ca673",
        1,
        "Public network access on Azure Data Explorer should be disabled",
        "analytics-public-access-off",
    ),
    built_in(
        "purview-private-link",
        "9259053b-ddb8-40ab-842a-0aef19d0ade4",
        1,
        "Azure Purview accounts should use private link",
        "analytics-public-access-off",
        effects=AUDIT,
    ),
    built_in(
        "data-factory-public-access",
        "1cf164be-6819-4a50-b8fa-4bcaa4f98fb6",
        1,
        "Public network access on Azure Data Factory should be disabled",
        "datafactory-public-access-off",
    ),
    built_in(
        "data-factory-cmk",
        "4ec52d6d-beb7-40c4-9a9e-fe753254690e",
        1,
        "Azure data factories should be encrypted with a customer-managed key",
        "datafactory-cmk",
    ),
)

POLICIES = (*OPERATIONS, *INTELLIGENCE, *ANALYTICS)
