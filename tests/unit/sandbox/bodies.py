"""Inputs that Azure accepts, as starting points for ones that it refuses."""

from typing import Any

from tests.unit.sandbox.harness import GROUP, TENANT, Azure

Object = dict[str, Any]
NETWORK = f"{GROUP}/providers/Microsoft.Network"
SUBNETS = f"{NETWORK}/virtualNetworks/vnet/subnets"
CRYPTO_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
PG_DELEGATION = {"name": "pg", "serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}
AKS_DELEGATION = {"name": "aks", "serviceName": "Microsoft.ContainerService/managedClusters"}

VNET: Object = {
    "virtualNetworkName": "vnet",
    "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]},
    "subnets": [
        {"name": "pg", "addressPrefix": "10.1.0.0/28", "delegations": [PG_DELEGATION]},
        {"name": "endpoints", "addressPrefix": "10.1.1.0/24"},
        {"name": "nodes", "addressPrefix": "10.1.2.0/24"},
        {"name": "api", "addressPrefix": "10.1.3.0/28", "delegations": [AKS_DELEGATION]},
        {"name": "AzureFirewallSubnet", "addressPrefix": "10.1.4.0/26"},
    ],
}
VAULT: Object = {
    "vaultName": "kv-finance",
    "properties": {
        "tenantId": TENANT,
        "sku": {"family": "A", "name": "premium"},
        "enablePurgeProtection": True,
        "enableRbacAuthorization": True,
        "softDeleteRetentionInDays": 90,
    },
}
KEY: Object = {"vaultName": "kv-finance", "keyName": "pg", "properties": {"kty": "RSA", "keySize": 3072}}
ACCOUNT: Object = {"accountName": "stfinance", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}}
SERVER: Object = {
    "serverName": "psql-finance",
    "version": "17",
    "administratorLogin": "odoo",
    "administratorLoginPassword": "Correct-Horse-9",
    "sku": {"name": "Standard_D4ds_v5", "tier": "GeneralPurpose"},
    "storage": {"storageSizeGB": 128},
    "backup": {"backupRetentionDays": 35, "geoRedundantBackup": "Disabled"},
    "highAvailability": {"mode": "ZoneRedundant"},
    "maintenanceWindow": {"customWindow": "Enabled", "dayOfWeek": 0, "startHour": 2, "startMinute": 0},
}
REDIS: Object = {
    "clusterName": "amr-finance",
    "sku": {"name": "Balanced_B10"},
    "publicNetworkAccess": "Disabled",
    "highAvailability": "Enabled",
}
REGISTRY: Object = {
    "registryName": "crfinance",
    "sku": {"name": "Premium"},
    "publicNetworkAccess": "Disabled",
    "zoneRedundancy": "Enabled",
    "policies": {"retentionPolicy": {"status": "enabled", "days": 15}, "exportPolicy": {"status": "disabled"}},
}
CLUSTER: Object = {
    "resourceName": "aks",
    "dnsPrefix": "erp",
    "kubernetesVersion": "1.35",
    "sku": {"name": "Base", "tier": "Standard"},
    "identity": {"type": "SystemAssigned"},
    "disableLocalAccounts": True,
    "aadProfile": {"managed": True},
    "oidcIssuerProfile": {"enabled": True},
    "securityProfile": {
        "workloadIdentity": {"enabled": True},
        "imageCleaner": {"enabled": True, "intervalHours": 168},
    },
    "apiServerAccessProfile": {"enablePrivateCluster": True, "enablePrivateClusterPublicFQDN": False},
    "networkProfile": {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkDataplane": "cilium",
        "networkPolicy": "cilium",
        "podCidr": "192.168.0.0/16",
        "serviceCidr": "172.16.0.0/16",
        "dnsServiceIP": "172.16.0.10",
    },
    "agentPoolProfiles": [
        {
            "name": "system",
            "mode": "System",
            "vmSize": "Standard_D4ads_v5",
            "osDiskType": "Ephemeral",
            "osDiskSizeGB": 128,
            "availabilityZones": ["1", "2", "3"],
            "enableAutoScaling": True,
            "minCount": 2,
            "maxCount": 4,
            "count": 2,
            "maxPods": 50,
            "nodeTaints": ["CriticalAddonsOnly=true:NoSchedule"],
        }
    ],
}


def role_assignment(
    principal: str, role: str, scope: str, name: str = "0b6f4a1e-6a3f-4d0e-9a5c-1f2e3d4c5b6a"
) -> Object:
    return {
        "roleAssignmentName": name,
        "principalId": principal,
        "principalType": "ServicePrincipal",
        "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{role}",
        "scope": scope,
    }


def endpoint(target: str, group: str) -> Object:
    return {
        "privateEndpointName": "pep",
        "subnet": {"id": f"{NETWORK}/virtualNetworks/vnet/subnets/endpoints"},
        "privateLinkServiceConnections": [{"name": "to", "privateLinkServiceId": target, "groupIds": [group]}],
    }


def identity(azure: Azure, name: str = "id-keys") -> tuple[str, str]:
    """A user-assigned identity: its id and its principal."""
    made = azure.make("managedidentity:UserAssignedIdentity", {"resourceName": name})
    return made, str(azure.outputs(made)["principalId"])
