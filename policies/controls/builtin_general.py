"""Built-in policies over resources of any type, their places and their logs.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy, FromSettings
from policies.controls.shorthand import EXISTS, built_in

# Storage and Redis have their logs at their services and databases, not at the account and the cluster.
_DATA = [
    "Microsoft.Cache/redisEnterprise/databases",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.DBforPostgreSQL/flexibleServers",
    "Microsoft.DocumentDB/databaseAccounts",
    "Microsoft.KeyVault/vaults",
    "Microsoft.RecoveryServices/vaults",
]
_PLATFORM = [
    "Microsoft.ApiManagement/service",
    "Microsoft.AppConfiguration/configurationStores",
    "Microsoft.Automation/automationAccounts",
    "Microsoft.Batch/batchAccounts",
    "Microsoft.CognitiveServices/accounts",
    "Microsoft.DataFactory/factories",
    "Microsoft.DBforMySQL/flexibleServers",
    "Microsoft.EventHub/namespaces",
    "Microsoft.KeyVault/managedHSMs",
    "Microsoft.Network/applicationGateways",
    "Microsoft.Network/azureFirewalls",
    "Microsoft.Network/bastionHosts",
    "Microsoft.Network/virtualNetworkGateways",
    "Microsoft.Search/searchServices",
    "Microsoft.ServiceBus/namespaces",
]


PLACES: tuple[AzurePolicy, ...] = (
    built_in(
        "allowed-regions",
        "e56962a6-4747-49cd-b67b-bf8b01975c4c",
        1,
        "Allowed locations",
        "region-allowed",
        listOfAllowedLocations=FromSettings.ALLOWED_REGIONS,
    ),
    built_in(
        "allowed-regions-of-groups",
        "e765b5de-1225-4ba3-bd56-1ac6695af988",
        1,
        "Allowed locations for resource groups",
        "region-allowed",
        listOfAllowedLocations=FromSettings.ALLOWED_REGIONS,
    ),
)

RETIRED: tuple[AzurePolicy, ...] = (
    built_in(
        "retired-redis",
        "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        2,
        "Not allowed resource types",
        "redis-classic-refused",
        listOfResourceTypesNotAllowed=["Microsoft.Cache/Redis"],
    ),
    built_in(
        "retired-databases",
        "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        2,
        "Not allowed resource types",
        "retired-databases-refused",
        listOfResourceTypesNotAllowed=["Microsoft.DBforPostgreSQL/servers", "Microsoft.DBforMariaDB/servers"],
    ),
    built_in(
        "retired-mysql",
        "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        2,
        "Not allowed resource types",
        "mysql-single-server-refused",
        listOfResourceTypesNotAllowed=["Microsoft.DBforMySQL/servers"],
    ),
    built_in(
        "retired-front-door",
        "6c112d4e-5bc7-47ae-a041-ea2d9dccd749",
        2,
        "Not allowed resource types",
        "frontdoor-classic-refused",
        listOfResourceTypesNotAllowed=["Microsoft.Network/frontDoors"],
    ),
)

LOGS: tuple[AzurePolicy, ...] = (
    built_in(
        "data-logs",
        "7f89b1eb-583c-429a-8828-af049802c1d9",
        2,
        "Audit diagnostic setting for selected resource types",
        "data-services-are-logged",
        effects=EXISTS,
        effect_parameter="",
        listOfResourceTypes=_DATA,
        metricsEnabled=False,
    ),
    built_in(
        "platform-logs",
        "7f89b1eb-583c-429a-8828-af049802c1d9",
        2,
        "Audit diagnostic setting for selected resource types",
        "platform-services-are-logged",
        effects=EXISTS,
        effect_parameter="",
        listOfResourceTypes=_PLATFORM,
        metricsEnabled=False,
    ),
    built_in(
        "workspace-public-access",
        "6c53d030-cc64-46f0-906d-2bc061cd1334",
        1,
        "Log Analytics workspaces should block log ingestion and querying from public networks",
        "workspace-public-access-off",
    ),
    built_in(
        "workspace-local-auth",
        "e15effd4-2278-4c65-a0da-4d6f6d1890e2",
        1,
        "Log Analytics Workspaces should block non-Azure Active Directory based ingestion.",
        "workspace-local-auth-off",
    ),
    built_in(
        "monitor-link-scope",
        "a499fed8-bcc8-4195-b154-641f14743757",
        1,
        "Azure Monitor Private Link Scope should block access to non private link resources",
        "monitor-link-scope-closed",
    ),
    built_in(
        "grafana-public-access",
        "e8775d5a-73b7-4977-a39b-833ef0114628",
        1,
        "Azure Managed Grafana workspaces should disable public network access",
        "monitor-workspace-public-access-off",
    ),
)

PEOPLE: tuple[AzurePolicy, ...] = (
    built_in(
        "few-owners",
        "4f11b553-d42e-4e3a-89be-32ca364cad4c",
        3,
        "A maximum of 3 owners should be designated for your subscription",
        "rbac-no-standing-write-for-people",
        effects=EXISTS,
    ),
)

POLICIES = (*PLACES, *RETIRED, *LOGS, *PEOPLE)
