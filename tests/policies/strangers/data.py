"""Databases, analytics and secrets."""

from __future__ import annotations

import pulumi
import pulumi_random as random
from pulumi_azure_native import (
    authorization,
    cosmosdb,
    keyvault,
    logic,
    resources,
    sql,
    storage,
    synapse,
    trafficmanager,
    web,
)

from tests.policies.strangers.shared import AZURE, group, password, principal

_BLOB_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
_BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
_PERSON = "66666666-6666-4666-8666-666666666666"


def _role(inside: resources.ResourceGroup, guid: str) -> pulumi.Output[str]:
    """The full id of a built-in role, of which only the subscription has to be found out."""
    return inside.id.apply(
        lambda found: f"/subscriptions/{found.split('/')[2]}/providers/Microsoft.Authorization/roleDefinitions/{guid}"
    )


def _documents(program: str, inside: resources.ResourceGroup, *regions: pulumi.Input[str]) -> cosmosdb.DatabaseAccount:
    return cosmosdb.DatabaseAccount(
        f"{program}-documents",
        resource_group_name=inside.name,
        database_account_offer_type=cosmosdb.DatabaseAccountOfferType.STANDARD,
        consistency_policy={"default_consistency_level": cosmosdb.DefaultConsistencyLevel.SESSION},
        locations=[{"location_name": region, "failover_priority": at} for at, region in enumerate(regions)],
    )


def cosmos() -> None:
    """Whatever is posted becomes a document (azure-ts-cosmosdb-logicapp)."""
    inside = group("cosmos")
    account = _documents("cosmos", inside, inside.location)
    database = cosmosdb.SqlResourceSqlDatabase(
        "cosmos-database", resource_group_name=inside.name, account_name=account.name, resource={"id": "sqldb"}
    )
    container = cosmosdb.SqlResourceSqlContainer(
        "cosmos-container",
        resource_group_name=inside.name,
        account_name=account.name,
        database_name=database.name,
        resource={"id": "container", "partition_key": {"paths": ["/myPartitionKey"], "kind": "Hash"}},
    )
    caller = authorization.get_client_config_output()
    api = pulumi.Output.concat(
        "/subscriptions/",
        caller.subscription_id,
        "/providers/Microsoft.Web/locations/",
        inside.location,
        "/managedApis/documentdb",
    )
    connection = web.Connection(
        "cosmos-connection",
        resource_group_name=inside.name,
        properties={
            "display_name": "cosmosdb_connection",
            "api": {"id": api},
            "parameter_values": {"databaseAccount": account.name, "accessKey": password()},
        },
    )
    path = pulumi.Output.concat("/dbs/", database.name, "/colls/", container.name, "/docs")
    logic.Workflow(
        "cosmos-workflow",
        resource_group_name=inside.name,
        definition={
            "$schema": "https://schema.management.azure.com/schemas/2016-06-01/workflowdefinition.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {"$connections": {"defaultValue": {}, "type": "Object"}},
            "triggers": {"Receive_post": {"type": "Request", "kind": "Http", "inputs": {"method": "POST"}}},
            "actions": {"write_body": {"type": "ApiConnection", "inputs": {"method": "post", "path": path}}},
        },
        parameters={"$connections": {"value": {"documentdb": {"connectionId": connection.id, "id": api}}}},
    )


def synapse_workspace() -> None:
    """A workspace that the whole Internet reaches, on a data lake (azure-py-synapse)."""
    inside = group("synapse")
    lake = storage.StorageAccount(
        "synapselake",
        resource_group_name=inside.name,
        access_tier=storage.AccessTier.HOT,
        enable_https_traffic_only=True,
        is_hns_enabled=True,
        kind=storage.Kind.STORAGE_V2,
        sku={"name": storage.SkuName.STANDARD_RAGRS},
    )
    storage.BlobContainer("synapse-users", resource_group_name=inside.name, account_name=lake.name)
    workspace = synapse.Workspace(
        "synapse-workspace",
        resource_group_name=inside.name,
        default_data_lake_storage={
            "account_url": pulumi.Output.concat("https://", lake.name, ".dfs.core.windows.net"),
            "filesystem": "users",
        },
        identity={"type": synapse.ResourceIdentityType.SYSTEM_ASSIGNED},
        sql_administrator_login="sqladminuser",
        sql_administrator_login_password=random.RandomPassword("synapse-password", length=12).result,
    )
    synapse.IpFirewallRule(
        "synapse-everybody",
        resource_group_name=inside.name,
        workspace_name=workspace.name,
        start_ip_address=AZURE,
        end_ip_address="255.255.255.255",
    )
    _lets(inside, "synapse-own", lake.id, workspace.identity.apply(principal), "ServicePrincipal")
    _lets(inside, "synapse-person", lake.id, pulumi.Output.from_input(_PERSON), "User")
    synapse.SqlPool(
        "synapse-sql",
        resource_group_name=inside.name,
        workspace_name=workspace.name,
        collation="SQL_Latin1_General_CP1_CI_AS",
        create_mode="Default",
        sku={"name": "DW100c"},
    )
    synapse.BigDataPool(
        "synapse-spark",
        resource_group_name=inside.name,
        workspace_name=workspace.name,
        auto_pause={"delay_in_minutes": 15, "enabled": True},
        node_count=3,
        node_size="Small",
        node_size_family="MemoryOptimized",
        spark_version="3.4",
    )


def _lets(
    inside: resources.ResourceGroup, name: str, scope: pulumi.Output[str], who: pulumi.Output[str], kind: str
) -> None:
    authorization.RoleAssignment(
        name,
        role_assignment_name=random.RandomUuid(f"{name}-id").result,
        scope=scope,
        principal_id=who,
        principal_type=kind,
        role_definition_id=_role(inside, _BLOB_CONTRIBUTOR),
    )


def vault_access() -> None:
    """An app without passwords: a vault, an identity and a server that admits it (azure-ts-msi-keyvault-rbac)."""
    inside = group("vault")
    account = storage.StorageAccount(
        "vaultsa",
        resource_group_name=inside.name,
        kind=storage.Kind.STORAGE_V2,
        sku={"name": storage.SkuName.STANDARD_LRS},
    )
    caller = authorization.get_client_config_output()
    server = sql.Server(
        "vault-sql",
        resource_group_name=inside.name,
        administrator_login="manualadmin",
        administrator_login_password=random.RandomPassword("vault-password", length=16).result,
        version="12.0",
    )
    vault = keyvault.Vault(
        "vault-store",
        resource_group_name=inside.name,
        properties={
            "sku": {"family": keyvault.SkuFamily.A, "name": keyvault.SkuName.STANDARD},
            "tenant_id": caller.tenant_id,
            "access_policies": [
                {
                    "tenant_id": caller.tenant_id,
                    "object_id": caller.object_id,
                    "permissions": {"secrets": ["delete", "get", "list", "set"]},
                }
            ],
        },
    )
    secret = keyvault.Secret(
        "vault-secret", resource_group_name=inside.name, vault_name=vault.name, properties={"value": password()}
    )
    plan = web.AppServicePlan(
        "vault-plan", resource_group_name=inside.name, kind="App", sku={"tier": "Basic", "name": "B1"}
    )
    reference = secret.properties.apply(lambda found: f"@Microsoft.KeyVault(SecretUri={found.secret_uri_with_version})")
    app = web.WebApp(
        "vault-app",
        resource_group_name=inside.name,
        server_farm_id=plan.id,
        identity={"type": web.ManagedServiceIdentityType.SYSTEM_ASSIGNED},
        site_config={"app_settings": [{"name": "WEBSITE_RUN_FROM_ZIP", "value": reference}]},
    )
    identity = app.identity.apply(principal)
    # The sandbox knows no addresses of apps.
    way_out = app.outbound_ip_addresses.apply(lambda found: (found or "203.0.113.7").split(",")[0])
    sql.ServerAzureADAdministrator(
        "vault-administrator",
        resource_group_name=inside.name,
        server_name=server.name,
        administrator_name="ActiveDirectory",
        administrator_type="ActiveDirectory",
        login="adadmin",
        sid=identity,
        tenant_id=caller.tenant_id,
    )
    sql.FirewallRule(
        "vault-firewall",
        resource_group_name=inside.name,
        server_name=server.name,
        start_ip_address=way_out,
        end_ip_address=way_out,
    )
    authorization.RoleAssignment(
        "vault-reads", scope=account.id, principal_id=identity, role_definition_id=_role(inside, _BLOB_READER)
    )


def shortener() -> None:
    """Documents in two regions behind a traffic manager (azure-ts-serverless-url-shortener-global)."""
    inside = group("short")
    _documents("short", inside, "westeurope", "northeurope")
    profile = trafficmanager.Profile(
        "short-traffic",
        resource_group_name=inside.name,
        location="global",
        traffic_routing_method="Performance",
        dns_config={"relative_name": "short-links", "ttl": 60},
        monitor_config={"protocol": "HTTP", "port": 80, "path": "/api/ping"},
    )
    for at, region in enumerate(("westeurope", "northeurope")):
        trafficmanager.Endpoint(
            f"short-endpoint-{region}",
            resource_group_name=inside.name,
            profile_name=profile.name,
            endpoint_type="ExternalEndpoints",
            endpoint_location=region,
            priority=at + 1,
            target=f"{region}.example.org",
        )
