"""Rules over inputs alone: the accepted body passes, one change to it is refused at the right path."""

import pytest

from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import Azure, Object, changed

POOL = "agentPoolProfiles.0"
NSG: Object = {
    "networkSecurityGroupName": "nsg",
    "securityRules": [
        {
            "name": "allow",
            "priority": 100,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefix": "10.0.0.0/8",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRanges": ["5432", "6000-6100"],
        }
    ],
}
SECOND_RULE = {**NSG["securityRules"][0], "name": "again"}
BLOBS: Object = {
    "accountName": "st",
    "blobServicesName": "default",
    "isVersioningEnabled": True,
    "changeFeed": {"enabled": True},
    "deleteRetentionPolicy": {"enabled": True, "days": 30},
    "restorePolicy": {"enabled": True, "days": 29},
}
DATABASE: Object = {
    "clusterName": "amr",
    "databaseName": "default",
    "port": 10000,
    "clusteringPolicy": "OSSCluster",
    "persistence": {"aofEnabled": True, "aofFrequency": "1s"},
}
PARAMETER: Object = {
    "serverName": "psql",
    "configurationName": "work_mem",
    "value": "16384",
    "source": "user-override",
}
DCR: Object = {
    "dataCollectionRuleName": "dcr",
    "destinations": {"logAnalytics": [{"name": "logs", "workspaceResourceId": "/subscriptions/x"}]},
    "dataFlows": [{"streams": ["Microsoft-ContainerLogV2"], "destinations": ["logs"]}],
}
RULES: Object = {
    "ruleGroupName": "rules",
    "scopes": ["/subscriptions/x"],
    "interval": "PT1M",
    "rules": [{"alert": "Down", "expression": "up == 0"}],
}
BUDGET: Object = {
    "scope": "/subscriptions/x",
    "budgetName": "erp",
    "amount": 100,
    "category": "Cost",
    "timeGrain": "Monthly",
    "timePeriod": {"startDate": "2026-12-01"},
}
SETTING: Object = {
    "resourceUri": "/subscriptions/x",
    "name": "logs",
    "workspaceId": "/subscriptions/x",
    "logs": [{"categoryGroup": "audit", "enabled": True}],
}
POLICY: Object = {
    "accountName": "st",
    "managementPolicyName": "default",
    "policy": {"rules": [{"name": "a", "type": "Lifecycle", "definition": {"actions": {}}}]},
}
WINDOW: Object = {
    "resourceName": "aks",
    "configName": "default",
    "maintenanceWindow": {
        "durationHours": 4,
        "startTime": "02:00",
        "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}},
    },
}
PUBLIC_IP: Object = {
    "publicIpAddressName": "pip",
    "publicIPAllocationMethod": "Static",
    "sku": {"name": "Standard"},
}
GOOD: dict[str, Object] = {
    "network:VirtualNetwork": bodies.VNET,
    "network:NetworkSecurityGroup": NSG,
    "network:PublicIPAddress": PUBLIC_IP,
    "network:NatGateway": {"natGatewayName": "ng", "sku": {"name": "Standard"}, "idleTimeoutInMinutes": 5, "zones": ["1"]},
    "network:RouteTable": {
        "routeTableName": "rt",
        "routes": [{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.0.0.4"}],
    },
    "keyvault:Vault": bodies.VAULT,
    "keyvault:Key": bodies.KEY,
    "storage:StorageAccount": bodies.ACCOUNT,
    "storage:BlobServiceProperties": BLOBS,
    "storage:ManagementPolicy": POLICY,
    "dbforpostgresql:Server": bodies.SERVER,
    "dbforpostgresql:Configuration": PARAMETER,
    "redisenterprise:RedisEnterprise": bodies.REDIS,
    "redisenterprise:Database": DATABASE,
    "containerregistry:Registry": bodies.REGISTRY,
    "containerservice:ManagedCluster": bodies.CLUSTER,
    "containerservice:MaintenanceConfiguration": WINDOW,
    "monitor:DataCollectionRule": DCR,
    "monitor:DiagnosticSetting": SETTING,
    "monitor:ActionGroup": {"actionGroupName": "ag", "groupShortName": "erp", "enabled": True},
    "alertsmanagement:PrometheusRuleGroup": RULES,
    "operationalinsights:Workspace": {"workspaceName": "log-erp", "retentionInDays": 90},
    "consumption:Budget": BUDGET,
}

CASES: list[tuple[str, str, object, str]] = [
    # type, property to change, its new value (... removes it), property of the finding
    ("network:VirtualNetwork", "addressSpace.addressPrefixes.0", "10.1.0.1/16", "addressSpace.addressPrefixes[0]"),
    ("network:VirtualNetwork", "subnets.1.addressPrefix", "10.1.2.128/25", "subnets[2].addressPrefix"),
    ("network:VirtualNetwork", "subnets.1.addressPrefix", "10.2.0.0/24", "subnets[1].addressPrefix"),
    ("network:VirtualNetwork", "subnets.0.addressPrefix", "10.1.0.0/29", "subnets[0].addressPrefix"),
    ("network:VirtualNetwork", "subnets.3.addressPrefix", "10.1.3.0/29", "subnets[3].addressPrefix"),
    ("network:VirtualNetwork", "subnets.4.addressPrefix", "10.1.4.0/27", "subnets[4].addressPrefix"),
    ("network:VirtualNetwork", "subnets.1.name", "PG", "subnets[1].name"),
    ("network:VirtualNetwork", "subnets.0.delegations", [bodies.PG_DELEGATION, bodies.AKS_DELEGATION], "subnets[0].delegations"),
    ("network:VirtualNetwork", "subnets.4.networkSecurityGroup", {"id": "/x"}, "subnets[4].networkSecurityGroup"),
    ("network:VirtualNetwork", "virtualNetworkName", "v", "virtualNetworkName"),
    ("network:VirtualNetwork", "tags", {f"t{n}": "" for n in range(51)}, "tags"),
    ("network:VirtualNetwork", "tags", {"a/b": "c"}, "tags.a/b"),
    ("network:VirtualNetwork", "tags", {"owner": "x" * 257}, "tags.owner"),
    ("network:VirtualNetwork", "location", "westeuropa", "location"),
    ("network:NetworkSecurityGroup", "securityRules.0.priority", 99, "securityRules[0].priority"),
    ("network:NetworkSecurityGroup", "securityRules", [*NSG["securityRules"], SECOND_RULE], "securityRules[1].priority"),
    ("network:NetworkSecurityGroup", "securityRules.0.sourceAddressPrefix", ..., "securityRules[0].sourceAddressPrefix"),
    ("network:NetworkSecurityGroup", "securityRules.0.sourceAddressPrefixes", ["*"], "securityRules[0].sourceAddressPrefix"),
    ("network:NetworkSecurityGroup", "securityRules.0.sourcePortRange", "80-70", "securityRules[0].sourcePortRange"),
    ("network:NetworkSecurityGroup", "securityRules.0.sourcePortRange", ..., "securityRules[0].sourcePortRange"),
    ("network:PublicIPAddress", "sku.name", "Basic", "sku.name"),
    ("network:PublicIPAddress", "publicIPAllocationMethod", "Dynamic", "publicIPAllocationMethod"),
    ("network:NatGateway", "idleTimeoutInMinutes", 3, "idleTimeoutInMinutes"),
    ("network:NatGateway", "zones", ["1", "2"], "zones"),
    ("network:RouteTable", "routes.0.nextHopIpAddress", ..., "routes[0].nextHopIpAddress"),
    ("keyvault:Vault", "properties.enablePurgeProtection", False, "properties.enablePurgeProtection"),
    ("keyvault:Vault", "properties.softDeleteRetentionInDays", 6, "properties.softDeleteRetentionInDays"),
    ("keyvault:Vault", "properties.tenantId", "0" * 8 + "-0000-0000-0000-" + "0" * 12, "properties.tenantId"),
    ("keyvault:Vault", "properties.enableRbacAuthorization", False, "properties.accessPolicies"),
    ("keyvault:Vault", "vaultName", "kv--twice", "vaultName"),
    ("keyvault:Vault", "vaultName", "kv" + "x" * 23, "vaultName"),
    ("keyvault:Key", "properties.keySize", 1024, "properties.keySize"),
    ("keyvault:Key", "properties.kty", "EC", "properties.keySize"),
    ("storage:StorageAccount", "sku.name", "Premium_LRS", "sku.name"),
    ("storage:StorageAccount", "kind", "Storage", "kind"),
    ("storage:StorageAccount", "accountName", "st-finance", "accountName"),
    ("storage:StorageAccount", "encryption", {"keySource": "Microsoft.Keyvault"}, "encryption.keyVaultProperties"),
    ("storage:BlobServiceProperties", "restorePolicy.days", 30, "restorePolicy.days"),
    ("storage:BlobServiceProperties", "isVersioningEnabled", False, "isVersioningEnabled"),
    ("storage:BlobServiceProperties", "deleteRetentionPolicy.days", 366, "deleteRetentionPolicy.days"),
    ("storage:ManagementPolicy", "policy.rules", POLICY["policy"]["rules"] * 2, "policy.rules[1].name"),
    ("dbforpostgresql:Server", "sku.name", "GP_Standard_D4ds_v5", "sku.name"),
    ("dbforpostgresql:Server", "storage.storageSizeGB", 100, "storage.storageSizeGB"),
    ("dbforpostgresql:Server", "storage.type", "PremiumV2_LRS", "storage.iops"),
    ("dbforpostgresql:Server", "sku", {"name": "Standard_B2s", "tier": "Burstable"}, "highAvailability.mode"),
    ("dbforpostgresql:Server", "createMode", "Replica", "highAvailability.mode"),
    ("dbforpostgresql:Server", "backup.backupRetentionDays", 36, "backup.backupRetentionDays"),
    ("dbforpostgresql:Server", "administratorLogin", "admin", "administratorLogin"),
    ("dbforpostgresql:Server", "administratorLoginPassword", "lowercase", "administratorLoginPassword"),
    ("dbforpostgresql:Server", "administratorLoginPassword", ..., "administratorLoginPassword"),
    ("dbforpostgresql:Server", "authConfig", {"passwordAuth": "Disabled"}, "authConfig"),
    ("dbforpostgresql:Server", "maintenanceWindow.startHour", 24, "maintenanceWindow.startHour"),
    ("dbforpostgresql:Server", "network", {"delegatedSubnetResourceId": "/x"}, "network.privateDnsZoneArmResourceId"),
    ("dbforpostgresql:Server", "network", {"privateDnsZoneArmResourceId": "/x/other.zone"}, "network.privateDnsZoneArmResourceId"),
    ("dbforpostgresql:Configuration", "value", "16MB", "value"),
    ("dbforpostgresql:Configuration", "value", "4", "value"),
    ("dbforpostgresql:Configuration", "source", "system-default", "source"),
    ("dbforpostgresql:Configuration", "configurationName", "ssl", "configurationName"),
    ("redisenterprise:RedisEnterprise", "zones", ["1"], "zones"),
    ("redisenterprise:RedisEnterprise", "sku.capacity", 2, "sku.capacity"),
    ("redisenterprise:RedisEnterprise", "publicNetworkAccess", ..., "publicNetworkAccess"),
    ("redisenterprise:Database", "databaseName", "odoo", "databaseName"),
    ("redisenterprise:Database", "port", 6379, "port"),
    ("redisenterprise:Database", "persistence.rdbEnabled", True, "persistence"),
    ("redisenterprise:Database", "modules", [{"name": "RediSearch"}], "clusteringPolicy"),
    ("containerregistry:Registry", "sku.name", "Standard", "zoneRedundancy"),
    ("containerregistry:Registry", "publicNetworkAccess", "Enabled", "policies.exportPolicy.status"),
    ("containerregistry:Registry", "location", "ukwest", "zoneRedundancy"),
    ("containerregistry:Registry", "policies.trustPolicy", {"status": "enabled"}, "policies.trustPolicy.status"),
    ("containerservice:ManagedCluster", "dnsPrefix", ..., "dnsPrefix"),
    ("containerservice:ManagedCluster", "kubernetesVersion", "1.30", "kubernetesVersion"),
    ("containerservice:ManagedCluster", "supportPlan", "AKSLongTermSupport", "sku.tier"),
    ("containerservice:ManagedCluster", "aadProfile", ..., "aadProfile.managed"),
    ("containerservice:ManagedCluster", "oidcIssuerProfile", ..., "oidcIssuerProfile.enabled"),
    ("containerservice:ManagedCluster", "securityProfile.imageCleaner.intervalHours", 12, "securityProfile.imageCleaner.intervalHours"),
    ("containerservice:ManagedCluster", "addonProfiles", {"a": {"enabled": True, "config": {"k": "v"}}}, ""),
    ("containerservice:ManagedCluster", "networkProfile.podCidr", "172.16.128.0/17", "networkProfile.podCidr"),
    ("containerservice:ManagedCluster", "networkProfile.podCidr", "192.168.0.0/24", "networkProfile.podCidr"),
    ("containerservice:ManagedCluster", "networkProfile.dnsServiceIP", "172.17.0.10", "networkProfile.dnsServiceIP"),
    ("containerservice:ManagedCluster", "networkProfile.networkPlugin", "kubenet", "networkProfile.networkPlugin"),
    ("containerservice:ManagedCluster", "apiServerAccessProfile.privateDNSZone", "none", "apiServerAccessProfile.privateDNSZone"),
    ("containerservice:ManagedCluster", f"{POOL}.vmSize", "Standard_B4ms", "agentPoolProfiles[0].vmSize"),
    ("containerservice:ManagedCluster", f"{POOL}.vmSize", "Standard_D4s_v5", "agentPoolProfiles[0].osDiskType"),
    ("containerservice:ManagedCluster", f"{POOL}.osDiskSizeGB", 256, "agentPoolProfiles[0].osDiskSizeGB"),
    ("containerservice:ManagedCluster", f"{POOL}.availabilityZones", ["4"], "agentPoolProfiles[0].availabilityZones"),
    ("containerservice:ManagedCluster", f"{POOL}.name", "System-1", "agentPoolProfiles[0].name"),
    ("containerservice:ManagedCluster", f"{POOL}.mode", "User", "agentPoolProfiles"),
    ("containerservice:ManagedCluster", f"{POOL}.minCount", 5, "agentPoolProfiles[0].minCount"),
    ("containerservice:ManagedCluster", f"{POOL}.maxPods", 20, "agentPoolProfiles[0].maxPods"),
    ("containerservice:ManagedCluster", f"{POOL}.nodeTaints", ["broken"], "agentPoolProfiles[0].nodeTaints"),
    ("containerservice:MaintenanceConfiguration", "configName", "weekly", "configName"),
    ("containerservice:MaintenanceConfiguration", "maintenanceWindow.durationHours", 3, "maintenanceWindow.durationHours"),
    ("monitor:DataCollectionRule", "dataFlows.0.destinations", ["log"], "dataFlows[0].destinations"),
    ("monitor:DiagnosticSetting", "workspaceId", ..., "workspaceId"),
    ("monitor:DiagnosticSetting", "logs.0.category", "AuditEvent", "logs[0]"),
    ("monitor:ActionGroup", "groupShortName", "thirteen char", "groupShortName"),
    ("alertsmanagement:PrometheusRuleGroup", "interval", "PT16M", "interval"),
    ("alertsmanagement:PrometheusRuleGroup", "rules", RULES["rules"] * 21, "rules"),
    ("operationalinsights:Workspace", "retentionInDays", 7, "retentionInDays"),
    ("consumption:Budget", "timePeriod.startDate", "2026-12-02", "timePeriod.startDate"),
]  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_body_passes(azure: Azure, kind: str) -> None:
    assert azure.check(kind, GOOD[kind]) == []


@pytest.mark.parametrize(("kind", "path", "value", "finding"), [case for case in CASES if case[3]])
def test_a_bad_value_is_refused_at_its_path(azure: Azure, kind: str, path: str, value: object, finding: str) -> None:
    assert finding in {failure.path for failure in azure.check(kind, changed(GOOD[kind], path, value))}


@pytest.mark.parametrize("kind", GOOD)
def test_nothing_is_said_about_values_that_a_preview_does_not_know(azure: Azure, kind: str) -> None:
    for name in GOOD[kind]:
        assert azure.check(kind, changed(GOOD[kind], name, UNKNOWN)) == [], name
    for name, value in GOOD[kind].items():
        for inner in value if isinstance(value, dict) else ():
            assert azure.check(kind, changed(GOOD[kind], f"{name}.{inner}", UNKNOWN)) == [], f"{name}.{inner}"


def test_add_on_settings_are_texts(azure: Azure) -> None:
    config = {"azurepolicy": {"enabled": True, "config": {"version": "v2"}}}
    assert azure.check("containerservice:ManagedCluster", bodies.CLUSTER | {"addonProfiles": config}) == []


def test_geo_redundant_backup_needs_a_pair_and_a_second_key(azure: Azure) -> None:
    geo = changed(bodies.SERVER, "backup.geoRedundantBackup", "Enabled")
    encrypted = geo | {"dataEncryption": {"type": "AzureKeyVault", "primaryKeyURI": "https://x"}}
    assert azure.check("dbforpostgresql:Server", geo) == []
    assert [failure.path for failure in azure.check("dbforpostgresql:Server", geo | {"location": "italynorth"})] == [
        "backup.geoRedundantBackup"
    ]
    assert {failure.path for failure in azure.check("dbforpostgresql:Server", encrypted)} == {
        "dataEncryption.geoBackupKeyURI",
        "dataEncryption.geoBackupUserAssignedIdentityId",
    }
