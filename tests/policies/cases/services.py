from tests.policies.cases import Case, StackCase, of
from tests.policies.cases.links import endpoint, zone_group
from tests.policies.harness import Declared

PG, SA, VAULT = "dbforpostgresql:Server", "storage:StorageAccount", "keyvault:Vault"
ACR, MC, AP = "containerregistry:Registry", "containerservice:ManagedCluster", "containerservice:AgentPool"
WORKSPACE = "operationalinsights:Workspace"
OPEN, CLOSED = {"publicNetworkAccess": "Enabled"}, {"publicNetworkAccess": "Disabled"}


def _service(type_token: str, **properties: object) -> Declared:
    return Declared(type=type_token, name="service", properties=properties)


VAULT_ZONE = zone_group("privatelink.vaultcore.azure.net")
SHARE = Declared(type="storage:FileShare", name="share", uses={"accountName": ["service"]})
BLOB_ZONE, FILE_ZONE = (zone_group(f"privatelink.{kind}.core.windows.net") for kind in ("blob", "file"))
SETTING: dict[str, object] = {
    "workspaceId": "/subscriptions/s/law",
    "logs": [{"categoryGroup": "allLogs", "enabled": True}],
}


def _logs(properties: dict[str, object], of_resource: str = "service") -> Declared:
    return Declared(
        type="monitor:DiagnosticSetting", name="logs", properties=properties, uses={"resourceUri": [of_resource]}
    )


BLOB_SERVICE = Declared(type="storage:BlobServiceProperties", name="blobs", uses={"accountName": ["service"]})

CASES = [
    of(
        "aks-policy-addon",
        MC,
        [{"addonProfiles": {"azurepolicy": {"enabled": True}}}, {"addonProfiles": {"azurePolicy": {"enabled": True}}}],
        [{"addonProfiles": {"azurepolicy": {"enabled": False}}}, {"addonProfiles": {}}],
    ),
    of(
        "pg-public-access-off",
        PG,
        [{"network": CLOSED}, {"network": {"delegatedSubnetResourceId": "/subscriptions/s/subnet"}}],
        [{}, {"network": OPEN}],
    ),
    Case(
        "pg-firewall-closed",
        good=[("dbforpostgresql:FirewallRule", {"startIpAddress": "203.0.113.7", "endIpAddress": "203.0.113.7"})],
        bad=[
            ("dbforpostgresql:FirewallRule", {"startIpAddress": "0.0.0.0", "endIpAddress": "0.0.0.0"}),  # noqa: S104
            ("sql:FirewallRule", {"startIpAddress": "1.0.0.0", "endIpAddress": "255.255.255.255"}),
            ("synapse:IpFirewallRule", {"startIpAddress": "0.0.0.0", "endIpAddress": "255.255.255.255"}),  # noqa: S104
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
        "data-services-have-private-endpoints",
        good=[
            [_service(VAULT), endpoint("vault"), VAULT_ZONE],
            [
                _service(SA, kind="StorageV2"),
                Declared(type="network:FlowLog", name="f", uses={"storageId": ["service"]}),
            ],
            [_service(PG, network={"delegatedSubnetResourceId": "/subscriptions/s/subnet"})],
            [_service(SA, kind="StorageV2"), endpoint("blob"), BLOB_ZONE],
            [_service(SA, kind="FileStorage"), SHARE, endpoint("file"), FILE_ZONE],
            [_service("redis:Redis", subnetId="/subscriptions/s/subnet")],
            [
                _service("cosmosdb:DatabaseAccount"),
                endpoint("MongoDB"),
                zone_group("privatelink.mongo.cosmos.azure.com"),
            ],
        ],
        bad=[
            ([_service(VAULT)], {"service"}),
            ([_service(VAULT), endpoint("vault")], {"endpoint"}),
            ([_service(VAULT), endpoint("vault"), BLOB_ZONE], {"zone-group"}),
            ([_service(PG, network=CLOSED), endpoint("vault"), VAULT_ZONE], {"service"}),
            ([_service(SA, kind="StorageV2"), SHARE, endpoint("blob"), BLOB_ZONE], {"service"}),
            ([_service("redis:Redis"), endpoint("redisCache"), BLOB_ZONE], {"zone-group"}),
            ([_service("search:Service", subnetId="/subscriptions/s/subnet")], {"service"}),
            ([_service("cosmosdb:DatabaseAccount"), endpoint("Table"), BLOB_ZONE], {"zone-group"}),
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
