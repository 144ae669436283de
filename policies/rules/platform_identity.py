"""Platform services beside the databases and stores: Entra instead of keys and passwords."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Test, one_of
from policies.rules.catalog import AKS, APP_CONFIGURATION, IDENTITY, LEARN, MESSAGING, REALTIME, SQL_INSTANCE, VAULT


def _local_auth_off(
    service: str, title: str, tokens: frozenset[str], page: str, *, path: str = "disableLocalAuth"
) -> ResourceRule:
    return ResourceRule(
        id=f"{service}-local-auth-off",
        title=f"{title} take no keys",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=tokens,
        why="A key opens everything, never expires and names nobody.",
        remedy=f"Set {path} to true and give each identity its role.",
        url=f"{LEARN}/{page}",
        references=("MCSB IM-1", "MCSB IM-8", "PCI DSS 8.6"),
        check=must(path, IS_TRUE),
    )


def _no_shared_key(resource: Resource) -> Iterator[Finding]:
    modes = resource.at("allowedAuthenticationModes")
    yield from modes.must(IS_SET)
    for mode in modes.elements():
        yield from mode.must_not(one_of("SharedKey"), "a key names nobody")


def _no_management(resource: Resource) -> Iterator[Finding]:
    for right in resource.at("rights").elements():
        yield from right.must_not(one_of("Manage"), "such a key makes and deletes queues, topics and hubs")


def _no_access_policy(resource: Resource) -> Iterator[Finding]:
    if resource.type not in VAULT:
        yield Finding(message="access must be given by a role assignment instead of an access policy")
    policies = resource.at("properties.accessPolicies")
    yield from policies.must_not(IS_SET, "give roles instead")


def _is_managed(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("identity.type").must(one_of("SystemAssigned", "UserAssigned"))
    # "msi" stands for the managed identity (learn.microsoft.com rest/api/aks/managed-clusters/create-or-update).
    client = resource.at("servicePrincipalProfile.clientId")
    yield from client.must_if_set(Test("be msi or left out", lambda value: value == "msi"))


RULES = (
    ResourceRule(
        id="aks-managed-identity",
        title="Clusters act by a managed identity",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=AKS,
        why="A service principal's secret is in the state for whoever reads it, and the cluster stops when it ends.",
        remedy="Set identity.type to UserAssigned and leave servicePrincipalProfile out.",
        url=f"{LEARN}/aks/use-managed-identity",
        references=("MCSB IM-3", "CIS AKS 1.8 5.2.1"),
        check=_is_managed,
    ),
    _local_auth_off(
        "appconfig",
        "App Configuration stores",
        APP_CONFIGURATION,
        "azure-app-configuration/howto-disable-access-key-authentication",
    ),
    _local_auth_off("search", "AI Search services", types("search:Service"), "search/search-security-enable-roles"),
    _local_auth_off(
        "cognitive",
        "Accounts of Azure's AI services",
        types("cognitiveservices:Account"),
        "ai-services/disable-local-auth",
        path="properties.disableLocalAuth",
    ),
    _local_auth_off(
        "automation",
        "Automation accounts",
        types("automation:AutomationAccount"),
        "automation/disable-local-authentication",
    ),
    _local_auth_off(
        "eventgrid",
        "Event Grid topics and domains",
        types("eventgrid:Topic", "eventgrid:Domain"),
        "event-grid/authenticate-with-microsoft-entra-id",
    ),
    _local_auth_off(
        "messaging",
        "Service Bus and Event Hubs namespaces",
        MESSAGING,
        "service-bus-messaging/disable-local-authentication",
    ),
    _local_auth_off("realtime", "SignalR and Web PubSub", REALTIME, "azure-signalr/howto-disable-local-auth"),
    _local_auth_off(
        "iothub",
        "IoT hubs",
        types("iothub:IotHubResource"),
        "iot-hub/authenticate-authorize-azure-ad",
        path="properties.disableLocalAuth",
    ),
    _local_auth_off(
        "insights",
        "Application Insights components",
        types("applicationinsights:Component"),
        "azure-monitor/app/azure-ad-authentication",
    ),
    _local_auth_off(
        "redis-classic",
        "Caches of Azure Cache for Redis",
        types("redis:Redis"),
        "azure-cache-for-redis/cache-azure-active-directory-for-authentication",
        path="disableAccessKeyAuthentication",
    ),
    ResourceRule(
        id="batch-shared-key-off",
        title="Batch accounts take no account keys",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("batch:BatchAccount"),
        why="With the key anybody runs programs on the account's machines.",
        remedy="Set allowedAuthenticationModes to AAD, with TaskAuthenticationToken where tasks need it.",
        url=f"{LEARN}/batch/security-best-practices",
        references=("MCSB IM-1", "MCSB IM-8"),
        check=_no_shared_key,
    ),
    ResourceRule(
        id="synapse-entra-only",
        title="Synapse takes accounts of Entra only",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("synapse:Workspace"),
        why="People with database passwords cannot be locked out when they leave.",
        remedy="Set azureADOnlyAuthentication to true.",
        url=f"{LEARN}/synapse-analytics/sql/active-directory-authentication",
        references=("MCSB IM-1",),
        check=must("azureADOnlyAuthentication", IS_TRUE),
    ),
    ResourceRule(
        id="sql-instance-entra-only",
        title="SQL managed instances take accounts of Entra only",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=SQL_INSTANCE,
        why="People with database passwords cannot be locked out when they leave.",
        remedy="Set administrators.azureADOnlyAuthentication to true.",
        url=f"{LEARN}/azure-sql/database/authentication-azure-ad-only-authentication",
        references=("MCSB IM-1", "CIS Azure 3.0 5.1.4"),
        check=must("administrators.azureADOnlyAuthentication", IS_TRUE),
    ),
    ResourceRule(
        id="messaging-no-manage-key",
        title="No key manages a namespace of Service Bus or Event Hubs",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("eventhub:NamespaceAuthorizationRule", "servicebus:NamespaceAuthorizationRule"),
        why="Whoever has such a key reads and rewrites every message of the namespace.",
        remedy="Leave Manage out of rights; give identities a role instead of keys.",
        url=f"{LEARN}/service-bus-messaging/service-bus-sas",
        references=("MCSB IM-1", "MCSB PA-7"),
        check=_no_management,
    ),
    ResourceRule(
        id="vault-no-access-policies",
        title="Nobody gets into a key vault by an access policy",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=VAULT | types("keyvault:AccessPolicy"),
        why="A policy reaches every key or every secret of the vault, and no review of roles shows it.",
        remedy="Set properties.enableRbacAuthorization and assign roles on the vault or on single objects.",
        url=f"{LEARN}/key-vault/general/rbac-migration",
        references=("MCSB PA-7", "CIS Azure 6.0 8.3.6"),
        check=_no_access_policy,
    ),
    ResourceRule(
        id="storage-local-user-no-password",
        title="Local users of a storage account have neither password nor key of the account",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("storage:LocalUser"),
        why="SFTP takes passwords from anywhere that reaches the account, and no second factor.",
        remedy="Set hasSshPassword and hasSharedKey to false and give sshAuthorizedKeys.",
        url=f"{LEARN}/storage/blobs/secure-file-transfer-protocol-support",
        references=("MCSB IM-6",),
        check=all_of(must("hasSshPassword", IS_FALSE), must_if_set("hasSharedKey", IS_FALSE)),
    ),
)
