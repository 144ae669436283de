"""Rules over inputs alone: the accepted body passes, one change to it is refused at the right path."""

import re

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
    "network:NatGateway": {
        "natGatewayName": "ng",
        "sku": {"name": "Standard"},
        "idleTimeoutInMinutes": 5,
        "zones": ["1"],
    },
    "network:RouteTable": {
        "routeTableName": "rt",
        "routes": [
            {
                "name": "out",
                "addressPrefix": "0.0.0.0/0",
                "nextHopType": "VirtualAppliance",
                "nextHopIpAddress": "10.0.0.4",
            }
        ],
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

AKS = "containerservice:ManagedCluster"
AKS_WINDOW = "containerservice:MaintenanceConfiguration"
GROUP_RULES = "network:NetworkSecurityGroup"
NETWORK = "network:VirtualNetwork"
SERVER = "dbforpostgresql:Server"
SAME = ""  # the finding is at the property that was changed

CASES: list[tuple[str, str, object, str]] = [
    # type, property to change, its new value (... removes it), property of the finding
    (NETWORK, "addressSpace.addressPrefixes.0", "10.1.0.1/16", SAME),
    (NETWORK, "subnets.1.addressPrefix", "10.1.2.128/25", "subnets[2].addressPrefix"),
    (NETWORK, "subnets.1.addressPrefix", "10.2.0.0/24", SAME),
    (NETWORK, "subnets.0.addressPrefix", "10.1.0.0/29", SAME),
    (NETWORK, "subnets.3.addressPrefix", "10.1.3.0/29", SAME),
    (NETWORK, "subnets.4.addressPrefix", "10.1.4.0/27", SAME),
    (NETWORK, "subnets.1.name", "PG", SAME),
    (NETWORK, "subnets.0.delegations", [bodies.PG_DELEGATION, bodies.AKS_DELEGATION], SAME),
    (NETWORK, "subnets.4.networkSecurityGroup", {"id": "/x"}, SAME),
    (NETWORK, "virtualNetworkName", "v", SAME),
    (NETWORK, "tags", {f"t{n}": "" for n in range(51)}, SAME),
    (NETWORK, "tags", {"a/b": "c"}, "tags.a/b"),
    (NETWORK, "tags", {"owner": "x" * 257}, "tags.owner"),
    (NETWORK, "location", "westeuropa", SAME),
    (GROUP_RULES, "securityRules.0.priority", 99, SAME),
    (GROUP_RULES, "securityRules", [*NSG["securityRules"], SECOND_RULE], "securityRules[1].priority"),
    (GROUP_RULES, "securityRules.0.sourceAddressPrefix", ..., SAME),
    (GROUP_RULES, "securityRules.0.sourceAddressPrefixes", ["*"], "securityRules[0].sourceAddressPrefix"),
    (GROUP_RULES, "securityRules.0.sourcePortRange", "80-70", SAME),
    (GROUP_RULES, "securityRules.0.sourcePortRange", ..., SAME),
    ("network:PublicIPAddress", "sku.name", "Basic", SAME),
    ("network:PublicIPAddress", "publicIPAllocationMethod", "Dynamic", SAME),
    ("network:NatGateway", "idleTimeoutInMinutes", 3, SAME),
    ("network:NatGateway", "zones", ["1", "2"], SAME),
    ("network:RouteTable", "routes.0.nextHopIpAddress", ..., SAME),
    ("keyvault:Vault", "properties.enablePurgeProtection", False, SAME),
    ("keyvault:Vault", "properties.softDeleteRetentionInDays", 6, SAME),
    ("keyvault:Vault", "properties.tenantId", "0" * 8 + "-0000-0000-0000-" + "0" * 12, SAME),
    ("keyvault:Vault", "properties.enableRbacAuthorization", False, "properties.accessPolicies"),
    ("keyvault:Vault", "vaultName", "kv--twice", SAME),
    ("keyvault:Vault", "vaultName", "kv" + "x" * 23, SAME),
    ("keyvault:Key", "properties.keySize", 1024, SAME),
    ("keyvault:Key", "properties.kty", "EC", "properties.keySize"),
    ("storage:StorageAccount", "sku.name", "Premium_LRS", SAME),
    ("storage:StorageAccount", "kind", "Storage", SAME),
    ("storage:StorageAccount", "accountName", "st-finance", SAME),
    ("storage:StorageAccount", "encryption", {"keySource": "Microsoft.Keyvault"}, "encryption.keyVaultProperties"),
    ("storage:BlobServiceProperties", "restorePolicy.days", 30, SAME),
    ("storage:BlobServiceProperties", "isVersioningEnabled", False, SAME),
    ("storage:BlobServiceProperties", "deleteRetentionPolicy.days", 366, SAME),
    ("storage:ManagementPolicy", "policy.rules", POLICY["policy"]["rules"] * 2, "policy.rules[1].name"),
    (SERVER, "sku.name", "GP_Standard_D4ds_v5", SAME),
    (SERVER, "storage.storageSizeGB", 100, SAME),
    (SERVER, "storage.type", "PremiumV2_LRS", "storage.iops"),
    (SERVER, "sku", {"name": "Standard_B2s", "tier": "Burstable"}, "highAvailability.mode"),
    (SERVER, "createMode", "Replica", "highAvailability.mode"),
    (SERVER, "backup.backupRetentionDays", 36, SAME),
    (SERVER, "administratorLogin", "admin", SAME),
    (SERVER, "administratorLoginPassword", "lowercase", SAME),
    (SERVER, "administratorLoginPassword", ..., SAME),
    (SERVER, "authConfig", {"passwordAuth": "Disabled"}, SAME),
    (SERVER, "maintenanceWindow.startHour", 24, SAME),
    (SERVER, "network", {"delegatedSubnetResourceId": "/x"}, "network.privateDnsZoneArmResourceId"),
    (SERVER, "network", {"privateDnsZoneArmResourceId": "/x/other.zone"}, "network.privateDnsZoneArmResourceId"),
    ("dbforpostgresql:Configuration", "value", "16MB", SAME),
    ("dbforpostgresql:Configuration", "value", "4", SAME),
    ("dbforpostgresql:Configuration", "source", "system-default", SAME),
    ("dbforpostgresql:Configuration", "configurationName", "ssl", SAME),
    ("redisenterprise:RedisEnterprise", "zones", ["1"], SAME),
    ("redisenterprise:RedisEnterprise", "sku.capacity", 2, SAME),
    ("redisenterprise:RedisEnterprise", "publicNetworkAccess", ..., SAME),
    ("redisenterprise:Database", "databaseName", "odoo", SAME),
    ("redisenterprise:Database", "port", 6379, SAME),
    ("redisenterprise:Database", "persistence.rdbEnabled", True, "persistence"),
    ("redisenterprise:Database", "modules", [{"name": "RediSearch"}], "clusteringPolicy"),
    ("containerregistry:Registry", "sku.name", "Standard", "zoneRedundancy"),
    ("containerregistry:Registry", "publicNetworkAccess", "Enabled", "policies.exportPolicy.status"),
    ("containerregistry:Registry", "location", "ukwest", "zoneRedundancy"),
    ("containerregistry:Registry", "policies.trustPolicy", {"status": "enabled"}, "policies.trustPolicy.status"),
    (AKS, "dnsPrefix", ..., SAME),
    (AKS, "kubernetesVersion", "1.30", SAME),
    (AKS, "supportPlan", "AKSLongTermSupport", "sku.tier"),
    (AKS, "aadProfile", ..., "aadProfile.managed"),
    (AKS, "oidcIssuerProfile", ..., "oidcIssuerProfile.enabled"),
    (AKS, "securityProfile.imageCleaner.intervalHours", 12, SAME),
    (AKS, "networkProfile.podCidr", "172.16.128.0/17", SAME),
    (AKS, "networkProfile.podCidr", "192.168.0.0/24", SAME),
    (AKS, "networkProfile.dnsServiceIP", "172.17.0.10", SAME),
    (AKS, "networkProfile.networkPlugin", "kubenet", SAME),
    (AKS, "apiServerAccessProfile.privateDNSZone", "none", SAME),
    (AKS, f"{POOL}.vmSize", "Standard_B4ms", SAME),
    (AKS, f"{POOL}.vmSize", "Standard_D4s_v5", "agentPoolProfiles[0].osDiskType"),
    (AKS, f"{POOL}.osDiskSizeGB", 256, SAME),
    (AKS, f"{POOL}.availabilityZones", ["4"], SAME),
    (AKS, f"{POOL}.name", "System-1", SAME),
    (AKS, f"{POOL}.mode", "User", "agentPoolProfiles"),
    (AKS, f"{POOL}.minCount", 5, SAME),
    (AKS, f"{POOL}.maxPods", 20, SAME),
    (AKS, f"{POOL}.nodeTaints", ["broken"], SAME),
    (AKS_WINDOW, "configName", "weekly", SAME),
    (AKS_WINDOW, "maintenanceWindow.durationHours", 3, SAME),
    ("monitor:DataCollectionRule", "dataFlows.0.destinations", ["log"], SAME),
    ("monitor:DiagnosticSetting", "workspaceId", ..., SAME),
    ("monitor:DiagnosticSetting", "logs.0.category", "AuditEvent", "logs[0]"),
    ("monitor:ActionGroup", "groupShortName", "thirteen char", SAME),
    ("alertsmanagement:PrometheusRuleGroup", "interval", "PT16M", SAME),
    ("alertsmanagement:PrometheusRuleGroup", "rules", RULES["rules"] * 21, SAME),
    ("operationalinsights:Workspace", "retentionInDays", 7, SAME),
    ("consumption:Budget", "timePeriod.startDate", "2026-12-02", SAME),]  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_body_passes(azure: Azure, kind: str) -> None:
    assert azure.check(kind, GOOD[kind]) == []


@pytest.mark.parametrize(("kind", "path", "value", "finding"), CASES)
def test_a_bad_value_is_refused_at_its_path(azure: Azure, kind: str, path: str, value: object, finding: str) -> None:
    where = finding or re.sub(r"\.(\d+)", r"[\1]", path)
    assert where in {failure.path for failure in azure.check(kind, changed(GOOD[kind], path, value))}


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
