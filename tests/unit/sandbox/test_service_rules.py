"""Rules over what exists, of services: refused before what they need is there, accepted after."""

import pytest

from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import Azure, Object, changed, refused, tried

NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"


def _with_key(azure: Azure, principal: str | None) -> str:
    azure.make("keyvault:Vault", bodies.VAULT)
    key = azure.make("keyvault:Key", bodies.KEY)
    if principal:
        azure.make("authorization:RoleAssignment", bodies.role_assignment(principal, bodies.CRYPTO_USER, key))
    return str(azure.outputs(key)["keyUri"])


@pytest.mark.parametrize("granted", [True, False])
def test_a_customer_key_needs_an_identity_that_may_use_it(azure: Azure, granted: bool) -> None:
    identity, principal = bodies.identity(azure)
    uri = _with_key(azure, principal if granted else None)
    encryption = {"type": "AzureKeyVault", "primaryKeyURI": uri, "primaryUserAssignedIdentityId": identity}
    server = bodies.SERVER | {"dataEncryption": encryption}
    if granted:
        azure.make("dbforpostgresql:Server", server)
    else:
        refused("Forbidden", lambda: azure.make("dbforpostgresql:Server", server))
    missing = changed(server, "dataEncryption.primaryKeyURI", uri + "x")
    refused("KeyVaultKeyNotFound", lambda: azure.make("dbforpostgresql:Server", missing | {"serverName": "other"}))


def test_a_vault_keeps_its_name_after_its_deletion(azure: Azure) -> None:
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    azure.delete("keyvault:Vault", vault)
    refused("ConflictError", lambda: azure.make("keyvault:Vault", bodies.VAULT))
    assert azure.make("keyvault:Vault", changed(bodies.VAULT, "properties.createMode", "recover")) == vault


def test_purge_protection_stays_on(azure: Azure) -> None:
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    off = changed(bodies.VAULT, "properties.enablePurgeProtection", ...)["properties"]
    refused("enablePurgeProtection", lambda: azure.change("keyvault:Vault", vault, properties=off))


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("storage.storageSizeGB", 64, "StorageSizeCannotBeReduced"),
        ("version", "16", "VersionDowngrade"),
        ("storage.storageSizeGB", 256, ""),
        ("sku.name", "Standard_D8ds_v5", ""),
    ],
)
def test_a_server_grows_only(azure: Azure, path: str, value: object, code: str) -> None:
    server = azure.make("dbforpostgresql:Server", bodies.SERVER)
    new = changed(bodies.SERVER, path, value)
    if code:
        refused(code, lambda: azure.change("dbforpostgresql:Server", server, **new))
    else:
        azure.change("dbforpostgresql:Server", server, **new)
        assert {name: azure.entry(server).inputs[name] for name in new} == new


def test_a_server_in_a_network_needs_a_delegated_subnet(azure: Azure) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    zone = azure.make(
        "privatedns:PrivateZone", {"privateZoneName": "erp.postgres.database.azure.com", "location": "global"}
    )
    for subnet, code in (("nodes", "SubnetNotDelegated"), ("pg", "")):
        network = {"delegatedSubnetResourceId": f"{bodies.SUBNETS}/{subnet}", "privateDnsZoneArmResourceId": zone}
        server = bodies.SERVER | {"network": network}
        tried(azure, code, "dbforpostgresql:Server", server)


def test_a_cluster_needs_its_network_and_its_permissions(azure: Azure) -> None:
    vnet = azure.make("network:VirtualNetwork", bodies.VNET)
    identity, principal = bodies.identity(azure, "id-aks")
    own: Object = {"type": "UserAssigned", "userAssignedIdentities": [identity]}
    cluster = changed(bodies.CLUSTER, "agentPoolProfiles.0.vnetSubnetID", f"{bodies.SUBNETS}/nodes") | {"identity": own}
    api = bodies.CLUSTER["apiServerAccessProfile"] | {
        "enableVnetIntegration": True,
        "subnetId": f"{bodies.SUBNETS}/nodes",
    }
    wrong = cluster | {"apiServerAccessProfile": api}
    refused("InvalidApiServerSubnet", lambda: azure.make("containerservice:ManagedCluster", wrong))
    right = changed(wrong, "apiServerAccessProfile.subnetId", f"{bodies.SUBNETS}/api")
    refused("LinkedAuthorizationFailed", lambda: azure.make("containerservice:ManagedCluster", right))
    azure.make("authorization:RoleAssignment", bodies.role_assignment(principal, NETWORK_CONTRIBUTOR, vnet))
    natless = changed(right, "networkProfile.outboundType", "userAssignedNATGateway")
    refused("InvalidUserAssignedNATGateway", lambda: azure.make("containerservice:ManagedCluster", natless))
    routeless = changed(right, "networkProfile.outboundType", "userDefinedRouting")
    refused("MissingDefaultRoute", lambda: azure.make("containerservice:ManagedCluster", routeless))
    overlapping = changed(right, "networkProfile.podCidr", "10.1.0.0/18")
    refused("CIDRAlreadyInUse", lambda: azure.make("containerservice:ManagedCluster", overlapping))
    few = changed(right, "agentPoolProfiles.0.count", 1)
    refused("count: found 1, allowed: 2 to 4", lambda: azure.make("containerservice:ManagedCluster", few))
    made = azure.make("containerservice:ManagedCluster", right)
    refused("one step up", lambda: azure.change("containerservice:ManagedCluster", made, kubernetesVersion="1.37"))
    azure.change("containerservice:ManagedCluster", made, kubernetesVersion="1.36")
    assert azure.outputs(made)["kubernetesVersion"] == "1.36"


def test_redis_keeps_high_availability_and_its_policy(azure: Azure) -> None:
    cluster = azure.make("redisenterprise:RedisEnterprise", bodies.REDIS)
    refused(
        "highAvailability",
        lambda: azure.change("redisenterprise:RedisEnterprise", cluster, highAvailability="Disabled"),
    )
    database = azure.make("redisenterprise:Database", {"clusterName": "amr-finance", "databaseName": "default"})
    refused(
        "clusteringPolicy", lambda: azure.change("redisenterprise:Database", database, clusteringPolicy="NoCluster")
    )


@pytest.mark.parametrize(
    ("sku", "allowed"), [("Standard_RAGZRS", False), ("Standard_GZRS", True), ("Standard_LRS", False)]
)
def test_an_account_changes_redundancy_within_its_zones(azure: Azure, sku: str, allowed: bool) -> None:
    account = azure.make("storage:StorageAccount", bodies.ACCOUNT)
    if allowed or "ZRS" in sku:
        azure.change("storage:StorageAccount", account, sku={"name": sku})
        assert azure.outputs(account)["sku"]["name"] == sku
    else:
        refused("SkuConversionNotAllowed", lambda: azure.change("storage:StorageAccount", account, sku={"name": sku}))


def test_nfs_shares_need_a_premium_account(azure: Azure) -> None:
    azure.make("storage:StorageAccount", bodies.ACCOUNT)
    files = {"accountName": "stfiles", "kind": "FileStorage", "sku": {"name": "Premium_ZRS"}}
    azure.make("storage:StorageAccount", files)
    share: Object = {"accountName": "stfinance", "shareName": "odoo", "enabledProtocols": "NFS", "shareQuota": 100}
    refused("FeatureNotSupportedForAccount", lambda: azure.make("storage:FileShare", share))
    refused("shareQuota", lambda: azure.make("storage:FileShare", share | {"accountName": "stfiles", "shareQuota": 99}))
    assert azure.store.exists(azure.make("storage:FileShare", share | {"accountName": "stfiles"}))


def test_a_diagnostic_setting_names_what_the_resource_has_once(azure: Azure) -> None:
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    workspace = azure.make("operationalinsights:Workspace", {"workspaceName": "log-erp"})
    setting: Object = {
        "resourceUri": vault,
        "name": "logs",
        "workspaceId": workspace,
        "logs": [{"category": "AuditEvent", "enabled": True}],
    }
    wrong = changed(setting, "logs.0.category", "kube-audit")
    refused("not supported", lambda: azure.make("monitor:DiagnosticSetting", wrong))
    azure.make("monitor:DiagnosticSetting", setting)
    refused("already used", lambda: azure.make("monitor:DiagnosticSetting", setting | {"name": "again"}))


def test_a_replica_of_a_registry_is_elsewhere(azure: Azure) -> None:
    azure.make("containerregistry:Registry", bodies.REGISTRY)
    replica = {"registryName": "crfinance", "replicationName": "replica"}
    refused("InvalidReplicationLocation", lambda: azure.make("containerregistry:Replication", replica))
    made = azure.make("containerregistry:Replication", replica | {"location": "northeurope"})
    assert azure.outputs(made)["location"] == "northeurope"


def test_a_firewall_lives_in_its_own_subnet(azure: Azure) -> None:
    azure.make("network:VirtualNetwork", bodies.VNET)
    firewall: Object = {
        "azureFirewallName": "afw",
        "ipConfigurations": [{"name": "ip", "subnet": {"id": f"{bodies.SUBNETS}/nodes"}}],
    }
    refused("SubnetNameIsInvalid", lambda: azure.make("network:AzureFirewall", firewall))
    right = changed(firewall, "ipConfigurations.0.subnet.id", f"{bodies.SUBNETS}/AzureFirewallSubnet")
    made = azure.make("network:AzureFirewall", right)
    assert azure.outputs(made)["ipConfigurations"][0]["privateIPAddress"] == "10.1.4.4"


def test_virtual_endpoints_and_administrators_belong_to_their_server(azure: Azure) -> None:
    azure.make("dbforpostgresql:Server", bodies.SERVER)
    endpoint: Object = {"serverName": "psql-finance", "virtualEndpointName": "erp", "endpointType": "ReadWrite"}
    refused("members", lambda: azure.make("dbforpostgresql:VirtualEndpoint", endpoint | {"members": ["other"]}))
    azure.make("dbforpostgresql:VirtualEndpoint", endpoint | {"members": ["psql-finance"]})
    administrator = {"serverName": "psql-finance", "objectId": "11111111-2222-3333-4444-555555555555"}
    refused("activeDirectoryAuth", lambda: azure.make("dbforpostgresql:Administrator", administrator))
