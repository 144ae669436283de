"""What the pipeline that deploys may do: with the types of resources that stacks are made of, and no other."""

from __future__ import annotations

from components.access_model.roles import CustomRole

_NETWORK = "Microsoft.Network"
_INSIGHTS = "Microsoft.Insights"
_STORAGE = "Microsoft.Storage/storageAccounts"
_CLUSTER = "Microsoft.ContainerService/managedClusters"
_MACHINES = "Microsoft.Compute/virtualMachineScaleSets"


def _all_of(*types: str) -> tuple[str, ...]:
    return tuple(f"{each}/*" for each in types)


DEPLOYER = CustomRole(
    key="deployer",
    title="Deployer",
    purpose="What deploys the stacks: their types of resources and no others; hands out no roles, lists no keys.",
    writes=True,
    actions={
        "Sees everything but secrets": ("*/read",),
        "Groups, their budgets, and the locks over what holds data": _all_of(
            "Microsoft.Authorization/locks",
            "Microsoft.Consumption/budgets",
            "Microsoft.Resources/subscriptions/resourceGroups",
        ),
        "The network": _all_of(
            *(
                f"{_NETWORK}/{kind}"
                for kind in (
                    "azureFirewalls",
                    "bastionHosts",
                    "firewallPolicies",
                    "loadBalancers",
                    "natGateways",
                    "networkSecurityGroups",
                    "networkWatchers",
                    "privateDnsZones",
                    "privateEndpoints",
                    "publicIPAddresses",
                    "publicIPPrefixes",
                    "routeTables",
                    "virtualNetworks",
                )
            )
        ),
        "Keys, secrets and identities": _all_of(
            "Microsoft.Compute/diskEncryptionSets",
            "Microsoft.KeyVault/vaults",
            "Microsoft.ManagedIdentity/userAssignedIdentities",
        ),
        "Databases, caches, files, blobs and images": _all_of(
            "Microsoft.Cache/redisEnterprise",
            "Microsoft.ContainerRegistry/registries",
            "Microsoft.DBforPostgreSQL/flexibleServers",
            _STORAGE,
        ),
        "What Odoo runs on": _all_of(
            _CLUSTER,
            _MACHINES,
            "Microsoft.Maintenance/configurationAssignments",
            "Microsoft.Maintenance/maintenanceConfigurations",
        ),
        "Logs, metrics and alerts": _all_of(
            "Microsoft.AlertsManagement/prometheusRuleGroups",
            *(
                f"{_INSIGHTS}/{kind}"
                for kind in (
                    "actionGroups",
                    "activityLogAlerts",
                    "autoscaleSettings",
                    "dataCollectionEndpoints",
                    "dataCollectionRuleAssociations",
                    "dataCollectionRules",
                    "diagnosticSettings",
                    "privateLinkScopes",
                )
            ),
            "Microsoft.Monitor/accounts",
            "Microsoft.OperationalInsights/workspaces",
        ),
    },
    not_actions={
        "Keys and passwords that name nobody": (
            "Microsoft.Cache/redisEnterprise/databases/listKeys/action",
            "Microsoft.Cache/redisEnterprise/databases/regenerateKey/action",
            "Microsoft.ContainerRegistry/registries/listCredentials/action",
            "Microsoft.ContainerRegistry/registries/regenerateCredential/action",
            "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
            "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
            f"{_STORAGE}/listAccountSas/action",
            f"{_STORAGE}/listKeys/action",
            f"{_STORAGE}/listServiceSas/action",
            f"{_STORAGE}/regenerateKey/action",
            f"{_CLUSTER}/listClusterAdminCredential/action",
        ),
        "Commands in pods and machines, past the network": (
            f"{_CLUSTER}/runcommand/action",
            f"{_MACHINES}/virtualMachines/runCommand/action",
            f"{_MACHINES}/virtualMachines/runCommands/write",
        ),
        "A way to PostgreSQL from the Internet": ("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write",),
    },
)
