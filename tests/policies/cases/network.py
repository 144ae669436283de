from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

PG, SA, VAULT = "dbforpostgresql:Server", "storage:StorageAccount", "keyvault:Vault"
ACR, MC, AP = "containerregistry:Registry", "containerservice:ManagedCluster", "containerservice:AgentPool"
VNET, SUBNET = "network:VirtualNetwork", "network:Subnet"
NSG, SECURITY_RULE = "network:NetworkSecurityGroup", "network:SecurityRule"
WORKSPACE = "operationalinsights:Workspace"
OPEN, CLOSED = {"publicNetworkAccess": "Enabled"}, {"publicNetworkAccess": "Disabled"}
NSG_ID = {"networkSecurityGroup": {"id": "/subscriptions/s/nsg"}}
GATEWAY = {"name": "GatewaySubnet"}

NARROW = {
    "name": "pooler",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "sourceAddressPrefix": "10.40.4.0/24",
    "destinationAddressPrefix": "10.40.8.0/28",
    "destinationPortRange": "5432",
    "description": "PgBouncer to PostgreSQL",
}
WIDE = {
    "name": "ranges",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "*",
    "sourceAddressPrefixes": ["10.0.0.0/8", "0.0.0.0/0"],
    "destinationAddressPrefix": "*",
    "destinationPortRanges": ["20-25", "5400-5500"],
}
WEB_FROM_INTERNET = {**NARROW, "sourceAddressPrefix": "Internet", "destinationPortRange": "443"}
DENY_ALL = {**WIDE, "access": "Deny", "destinationPortRanges": ["*"]}
ANY_TO_ANY = {**WIDE, "direction": "Outbound", "destinationPortRanges": ["*"]}


def _service(type_token: str, **properties: object) -> Declared:
    return Declared(type=type_token, name="service", properties=properties)


def _endpoint(group: str) -> Declared:
    return Declared(
        type="network:PrivateEndpoint",
        name="endpoint",
        properties={"privateLinkServiceConnections": [{"groupIds": [group], "name": "link"}]},
        uses={"privateLinkServiceConnections": ["service"]},
    )


def _zone_group(zone: str) -> Declared:
    zone_id = f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/{zone}"
    return Declared(
        type="network:PrivateDnsZoneGroup",
        name="zone-group",
        properties={"privateDnsZoneConfigs": [{"name": "zone", "privateDnsZoneId": zone_id}]},
        uses={"privateEndpointName": ["endpoint"]},
    )


VAULT_ZONE = _zone_group("privatelink.vaultcore.azure.net")
SHARE = Declared(type="storage:FileShare", name="share", uses={"accountName": ["service"]})
BLOB_ZONE, FILE_ZONE = (_zone_group(f"privatelink.{kind}.core.windows.net") for kind in ("blob", "file"))
ADDRESS = Declared(type="network:PublicIPAddress", name="address")
NAT = Declared(type="network:NatGateway", name="nat", uses={"publicIpAddresses": ["address"]})
NIC = Declared(type="network:NetworkInterface", name="nic", uses={"ipConfigurations": ["address"]})
SETTING = {"workspaceId": "/subscriptions/s/law", "logs": [{"categoryGroup": "allLogs", "enabled": True}]}


def _logs(properties: dict[str, object], of_resource: str = "service") -> Declared:
    return Declared(
        type="monitor:DiagnosticSetting", name="logs", properties=properties, uses={"resourceUri": [of_resource]}
    )


BLOB_SERVICE = Declared(type="storage:BlobServiceProperties", name="blobs", uses={"accountName": ["service"]})

CASES = [
    of(
        "pg-public-access-off",
        PG,
        [{"network": CLOSED}, {"network": {"delegatedSubnetResourceId": "/subscriptions/s/subnet"}}],
        [{}, {"network": OPEN}],
    ),
    of(
        "pg-firewall-closed",
        "dbforpostgresql:FirewallRule",
        [{"startIpAddress": "203.0.113.7", "endIpAddress": "203.0.113.7"}],
        [
            {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"},  # noqa: S104
            {"startIpAddress": "1.0.0.0", "endIpAddress": "255.255.255.255"},
        ],
    ),
    of("redis-public-access-off", "redisenterprise:RedisEnterprise", [CLOSED], [{}, OPEN]),
    of(
        "storage-public-access-off",
        SA,
        [CLOSED, {"publicNetworkAccess": "SecuredByPerimeter"}],
        [{}, OPEN],
    ),
    of(
        "storage-default-deny",
        SA,
        [{"networkRuleSet": {"bypass": "AzureServices", "defaultAction": "Deny"}}],
        [{}, {"networkRuleSet": {"bypass": "AzureServices"}}, {"networkRuleSet": {"defaultAction": "Allow"}}],
    ),
    of("storage-anonymous-off", SA, [{"allowBlobPublicAccess": False}], [{}, {"allowBlobPublicAccess": True}]),
    of(
        "storage-container-private", "storage:BlobContainer", [{}, {"publicAccess": "None"}], [{"publicAccess": "Blob"}]
    ),
    of(
        "storage-cross-tenant-off",
        SA,
        [{"allowCrossTenantReplication": False, "allowedCopyScope": "PrivateLink"}],
        [{}, {"allowCrossTenantReplication": True, "allowedCopyScope": "AAD"}],
    ),
    of(
        "vault-public-access-off",
        VAULT,
        [{"properties": {"publicNetworkAccess": "disabled", "networkAcls": {"defaultAction": "Deny"}}}],
        [{}, {"properties": {"publicNetworkAccess": "Disabled"}}],
    ),
    of("acr-public-access-off", ACR, [CLOSED], [{}, OPEN]),
    of(
        "acr-export-off",
        ACR,
        [{"policies": {"exportPolicy": {"status": "disabled"}}, "dataEndpointEnabled": True}],
        [{}, {"policies": {"exportPolicy": {"status": "enabled"}}, "dataEndpointEnabled": True}],
    ),
    of(
        "aks-private-api",
        MC,
        [{"apiServerAccessProfile": {"enablePrivateCluster": True, "enablePrivateClusterPublicFQDN": False}}],
        [
            {},
            {"apiServerAccessProfile": {"authorizedIPRanges": ["203.0.113.7/32"]}},
            {"apiServerAccessProfile": {"enablePrivateCluster": True, "enablePrivateClusterPublicFQDN": True}},
        ],
    ),
    of(
        "aks-egress-controlled",
        MC,
        [{"networkProfile": {"outboundType": "userDefinedRouting"}}],
        [{}, {"networkProfile": {"outboundType": "loadBalancer"}}],
    ),
    of(
        "aks-network-policy",
        MC,
        [{"networkProfile": {"networkPolicy": "cilium"}}],
        [{}, {"networkProfile": {"networkPolicy": "azure"}}],
    ),
    Case(
        "pool-no-public-ip",
        good=[(AP, {}), (MC, {"agentPoolProfiles": [{"enableNodePublicIP": False}]})],
        bad=[
            (AP, {"enableNodePublicIP": True}),
            (AP, {"nodePublicIPPrefixID": "/subscriptions/s/prefix"}),
            (MC, {"agentPoolProfiles": [{"name": "web", "enableNodePublicIP": True}]}),
        ],
    ),
    of("sql-public-access-off", "sql:Server", [CLOSED], [{}, OPEN]),
    of("cosmos-public-access-off", "cosmosdb:DatabaseAccount", [CLOSED], [{}, OPEN]),
    of("app-public-access-off", "web:WebApp", [CLOSED], [{}, OPEN]),
    Case(
        "messaging-public-access-off",
        good=[("servicebus:Namespace", CLOSED), ("eventhub:Namespace", CLOSED)],
        bad=[("servicebus:Namespace", {}), ("eventhub:Namespace", OPEN)],
    ),
    Case(
        "subnet-has-nsg",
        good=[
            (VNET, {"subnets": [{"name": "nodes", **NSG_ID}, GATEWAY, {"name": "AzureFirewallSubnet"}]}),
            (SUBNET, {"subnetName": "nodes", **NSG_ID}),
            (VNET, {}),
        ],
        bad=[
            (VNET, {"subnets": [{"name": "nodes"}, {"name": "AzureBastionSubnet", **NSG_ID}]}),
            (SUBNET, {"subnetName": "AzureBastionSubnet"}),
            (SUBNET, {}),
        ],
    ),
    Case(
        "subnet-private-outbound",
        good=[
            (VNET, {"subnets": [{"name": "nodes", "defaultOutboundAccess": False}, GATEWAY]}),
            (SUBNET, {"name": "AzureBastionSubnet"}),
        ],
        bad=[(VNET, {"subnets": [{"name": "nodes"}]}), (SUBNET, {"name": "nodes", "defaultOutboundAccess": True})],
    ),
    Case(
        "subnet-pe-policies-on",
        good=[
            (VNET, {"subnets": [{"name": "endpoints", "privateEndpointNetworkPolicies": "Enabled"}, GATEWAY]}),
            (SUBNET, {"name": "db", "delegations": [{"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}]}),
        ],
        bad=[(VNET, {"subnets": [{"name": "endpoints"}]}), (SUBNET, {"privateEndpointNetworkPolicies": "Disabled"})],
    ),
    Case(
        "nsg-no-admin-from-internet",
        good=[
            (NSG, {"securityRules": [NARROW, WEB_FROM_INTERNET, DENY_ALL]}),
            (SECURITY_RULE, NARROW),
            (NSG, {}),
            (SECURITY_RULE, {**WIDE, "direction": "Outbound"}),
        ],
        bad=[
            (NSG, {"securityRules": [NARROW, WIDE]}),
            (SECURITY_RULE, {**NARROW, "sourceAddressPrefix": "Internet"}),
            (SECURITY_RULE, {**NARROW, "sourceAddressPrefix": "*", "destinationPortRange": "*"}),
        ],
    ),
    Case(
        "nsg-no-any-any",
        good=[(NSG, {"securityRules": [NARROW, WIDE, DENY_ALL]}), (SECURITY_RULE, WEB_FROM_INTERNET)],
        bad=[(NSG, {"securityRules": [ANY_TO_ANY]}), (SECURITY_RULE, {**ANY_TO_ANY, "direction": "Inbound"})],
    ),
    Case(
        "nsg-rules-described",
        good=[(NSG, {"securityRules": [NARROW]}), (SECURITY_RULE, NARROW)],
        bad=[(NSG, {"securityRules": [WIDE]}), (SECURITY_RULE, {})],
    ),
    of(
        "nic-no-public-ip",
        "network:NetworkInterface",
        [{"ipConfigurations": [{"name": "a", "subnet": {"id": "x"}}]}, {}],
        [{"ipConfigurations": [{"name": "a", "publicIPAddress": {"id": "/subscriptions/s/pip"}}]}],
    ),
    of(
        "vmss-no-public-ip",
        "compute:VirtualMachineScaleSet",
        [{}],
        [
            {
                "virtualMachineProfile": {
                    "networkProfile": {
                        "networkInterfaceConfigurations": [
                            {"name": "n", "ipConfigurations": [{"publicIPAddressConfiguration": {"name": "p"}}]}
                        ]
                    }
                }
            }
        ],
    ),
    Case(
        "route-no-bypass",
        good=[
            ("network:RouteTable", {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance"}]}),
            ("network:Route", {"addressPrefix": "203.0.113.0/24", "nextHopType": "Internet"}),
        ],
        bad=[
            ("network:RouteTable", {"routes": [{"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}]}),
            ("network:Route", {"addressPrefix": "::/0", "nextHopType": "Internet"}),
        ],
    ),
    of(
        "disk-network-closed",
        "compute:Disk",
        [{**CLOSED, "networkAccessPolicy": "DenyAll"}],
        [{}, {**CLOSED, "networkAccessPolicy": "AllowAll"}],
    ),
    of(
        "bastion-hardened",
        "network:BastionHost",
        [{}, {"enableShareableLink": False}],
        [{"enableShareableLink": True}, {"enableIpConnect": True}],
    ),
    of(
        "workspace-public-access-off",
        WORKSPACE,
        [{"publicNetworkAccessForIngestion": "Disabled", "publicNetworkAccessForQuery": "Disabled"}],
        [{}, {"publicNetworkAccessForIngestion": "Disabled", "publicNetworkAccessForQuery": "Enabled"}],
    ),
    Case(
        "monitor-workspace-public-access-off",
        good=[("monitor:AzureMonitorWorkspace", CLOSED), ("dashboard:Grafana", {"properties": CLOSED})],
        bad=[("monitor:AzureMonitorWorkspace", {}), ("dashboard:Grafana", {"properties": OPEN})],
    ),
    of(
        "monitor-link-scope-closed",
        "monitor:PrivateLinkScope",
        [{"accessModeSettings": {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "PrivateOnly"}}],
        [{}, {"accessModeSettings": {"ingestionAccessMode": "PrivateOnly", "queryAccessMode": "Open"}}],
    ),
    of(
        "pe-approved-inside",
        "network:PrivateEndpoint",
        [{"privateLinkServiceConnections": [{"name": "a"}]}],
        [{"manualPrivateLinkServiceConnections": [{"name": "a"}]}],
    ),
]
STACK_CASES = [
    StackCase(
        "pip-allowed-purpose",
        good=[[ADDRESS, NAT], []],
        bad=[([ADDRESS], {"address"}), ([ADDRESS, NIC], {"address"}), ([ADDRESS, NAT, NIC], {"address"})],
    ),
    StackCase(
        "data-services-have-private-endpoints",
        good=[
            [_service(VAULT), _endpoint("vault"), VAULT_ZONE],
            [_service(PG, network={"delegatedSubnetResourceId": "/subscriptions/s/subnet"})],
            [_service(SA, kind="StorageV2"), _endpoint("blob"), BLOB_ZONE],
            [_service(SA, kind="FileStorage"), SHARE, _endpoint("file"), FILE_ZONE],
        ],
        bad=[
            ([_service(VAULT)], {"service"}),
            ([_service(VAULT), _endpoint("vault")], {"endpoint"}),
            ([_service(VAULT), _endpoint("vault"), BLOB_ZONE], {"zone-group"}),
            ([_service(PG, network=CLOSED), _endpoint("vault"), VAULT_ZONE], {"service"}),
            ([_service(SA, kind="StorageV2"), SHARE, _endpoint("blob"), BLOB_ZONE], {"service"}),
        ],
    ),
    StackCase(
        "data-services-are-logged",
        good=[
            [_service(VAULT), _logs(SETTING)],
            [_service(SA), BLOB_SERVICE, _logs(SETTING, "blobs")],
        ],
        bad=[
            ([_service(VAULT)], {"service"}),
            ([_service(VAULT), _logs({"workspaceId": "/subscriptions/s/law"})], {"service"}),
            ([_service(VAULT), _logs({"logs": SETTING["logs"]})], {"service"}),
            ([_service(VAULT), _logs({**SETTING, "logs": [{"enabled": False}]})], {"service"}),
        ],
    ),
]
