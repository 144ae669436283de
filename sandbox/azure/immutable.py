"""Properties that are fixed when a resource is made: a change of one means a new resource.

`*` holds for every type, next to all parts of its id. Names below an object are given as paths.
Sources: the SDK's own descriptions of its arguments and the services' pages on what can be changed later.
"""

from typing import Final

EVERYWHERE: Final = ("location", "extendedLocation")

FIXED: Final[dict[str, tuple[str, ...]]] = {
    # learn.microsoft.com azure/postgresql/configure-maintain/concepts-limits, network/concepts-networking-private
    "dbforpostgresql:Server": (
        "administratorLogin",
        "backup.geoRedundantBackup",
        "network.delegatedSubnetResourceId",
        "sourceServerResourceId",
        "pointInTimeUTC",
        "dataEncryption.type",
    ),
    "dbforpostgresql:Database": ("charset", "collation"),
    "storage:StorageAccount": (
        "kind",
        "isHnsEnabled",
        "enableNfsV3",
        "immutableStorageWithVersioning",
        "encryption.requireInfrastructureEncryption",
        "encryption.services.queue.keyType",
        "encryption.services.table.keyType",
        "dnsEndpointType",
    ),
    "storage:FileShare": ("enabledProtocols",),
    "storage:BlobContainer": (
        "immutableStorageWithVersioning",
        "defaultEncryptionScope",
        "denyEncryptionScopeOverride",
    ),
    "keyvault:Vault": ("properties.tenantId",),
    "keyvault:Key": ("properties.kty", "properties.keySize", "properties.curveName"),
    "containerregistry:Registry": ("encryption", "zoneRedundancy"),
    "containerregistry:Replication": ("zoneRedundancy",),
    # learn.microsoft.com azure/redis/architecture
    "redisenterprise:RedisEnterprise": ("zones",),
    "redisenterprise:Database": ("port", "modules"),
    "redisenterprise:AccessPolicyAssignment": ("user", "accessPolicyName"),
    "containerservice:ManagedCluster": (
        "dnsPrefix",
        "fqdnSubdomain",
        "nodeResourceGroup",
        "networkProfile.networkPlugin",
        "networkProfile.serviceCidr",
        "networkProfile.dnsServiceIP",
        "apiServerAccessProfile.enablePrivateCluster",
        "apiServerAccessProfile.privateDNSZone",
        "apiServerAccessProfile.subnetId",
        "linuxProfile",
        "windowsProfile.adminUsername",
        "diskEncryptionSetID",
    ),
    "containerservice:AgentPool": (
        "availabilityZones",
        "vnetSubnetID",
        "podSubnetID",
        "osDiskType",
        "osDiskSizeGB",
        "osType",
        "enableEncryptionAtHost",
        "enableFIPS",
        "enableUltraSSD",
        "enableNodePublicIP",
        "maxPods",
        "vmSize",
        "kubeletDiskType",
        "linuxOSConfig",
        "kubeletConfig",
        "scaleSetPriority",
        "scaleSetEvictionPolicy",
        "proximityPlacementGroupID",
        "type",
    ),
    "containerservice:TrustedAccessRoleBinding": ("sourceResourceId",),
    "authorization:RoleAssignment": (
        "principalId",
        "principalType",
        "roleDefinitionId",
        "scope",
        "condition",
        "conditionVersion",
        "delegatedManagedIdentityResourceId",
    ),
    # The provider's own: a schedule is made anew with every change.
    "authorization:PimRoleEligibilitySchedule": (
        "principalId",
        "roleDefinitionId",
        "condition",
        "conditionVersion",
        "justification",
        "scheduleInfo",
        "ticketInfo",
    ),
    "authorization:PolicyAssignment": ("scope",),
    "network:Subnet": ("defaultOutboundAccess",),
    "network:PublicIPAddress": ("sku", "zones", "publicIPAddressVersion", "publicIPPrefix"),
    "network:PublicIPPrefix": ("sku", "zones", "prefixLength", "publicIPAddressVersion"),
    "network:NatGateway": ("sku", "zones"),
    "network:AzureFirewall": ("zones",),
    "network:BastionHost": ("zones", "enablePrivateOnlyBastion"),
    "network:PrivateEndpoint": ("subnet", "privateLinkServiceConnections", "customNetworkInterfaceName"),
    "network:VirtualNetworkPeering": ("remoteVirtualNetwork",),
    "network:FlowLog": ("targetResourceId",),
    "privatedns:VirtualNetworkLink": ("virtualNetwork",),
    "monitor:DataCollectionRuleAssociation": ("resourceUri",),
    "monitor:DataCollectionRule": ("kind",),
    "monitor:DataCollectionEndpoint": ("kind",),
    # learn.microsoft.com rest/api/consumption/budgets: the start date and the grain of a budget stay
    "consumption:Budget": ("timePeriod.startDate", "timeGrain", "category"),
    "dataprotection:BackupInstance": ("properties.dataSourceInfo", "properties.objectType"),
    "dataprotection:BackupVault": ("properties.storageSettings",),
    "compute:Disk": ("zones", "hyperVGeneration", "osType", "creationData"),
    "compute:VirtualMachine": (
        "zones",
        "osProfile.adminUsername",
        "osProfile.customData",
        "storageProfile.imageReference",
    ),
    # learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes
    "compute:VirtualMachineScaleSet": ("orchestrationMode", "platformFaultDomainCount"),
}


def fixed_properties(token: str, path_parameters: list[str]) -> tuple[str, ...]:
    """The property paths of a type whose change means a replacement."""
    return (*EVERYWHERE, *path_parameters, *FIXED.get(token.partition(":")[2], ()))
