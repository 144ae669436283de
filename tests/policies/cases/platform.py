from tests.policies.cases import Case, StackCase, of, switch

OPEN, CLOSED = {"publicNetworkAccess": "Enabled"}, {"publicNetworkAccess": "Disabled"}


def _closed(rule: str, *types: str) -> Case:
    return switch(f"{rule}-public-access-off", CLOSED, OPEN, *types)


def _closed_below(rule: str, type_token: str, below: str = "properties") -> Case:
    return switch(f"{rule}-public-access-off", {below: CLOSED}, {below: OPEN}, type_token)


CASES = [
    _closed("appconfig", "appconfiguration:ConfigurationStore"),
    _closed("search", "search:Service"),
    _closed_below("cognitive", "cognitiveservices:Account"),
    _closed("datafactory", "datafactory:Factory"),
    switch(
        "automation-public-access-off",
        {"publicNetworkAccess": False},
        {"publicNetworkAccess": True},
        "automation:AutomationAccount",
    ),
    _closed("eventgrid", "eventgrid:Topic", "eventgrid:Domain", "eventgrid:Namespace"),
    _closed(
        "analytics",
        "databricks:Workspace",
        "kusto:Cluster",
        "machinelearningservices:Workspace",
        "purview:Account",
        "synapse:Workspace",
    ),
    _closed("batch", "batch:BatchAccount"),
    _closed_below("iothub", "iothub:IotHubResource"),
    _closed("realtime", "signalrservice:SignalR", "webpubsub:WebPubSub"),
    _closed("relay", "relay:Namespace"),
    _closed_below("recovery-vault", "recoveryservices:Vault"),
    _closed_below("collection-endpoint", "monitor:DataCollectionEndpoint", "networkAcls"),
    _closed_below("hsm", "keyvault:ManagedHsm"),
    switch(
        "file-sync-public-access-off",
        {"incomingTrafficPolicy": "AllowVirtualNetworksOnly"},
        {"incomingTrafficPolicy": "AllowAllTraffic"},
        "storagesync:StorageSyncService",
    ),
    of(
        "mysql-public-access-off",
        "dbformysql:Server",
        [{"network": CLOSED}, {"network": {"delegatedSubnetResourceId": "/subscriptions/s/subnet"}}],
        [{}, {"network": OPEN}],
    ),
    of("redis-classic-public-access-off", "redis:Redis", [CLOSED, {"subnetId": "/subscriptions/s/subnet"}], [{}, OPEN]),
    of(
        "apim-public-access-off",
        "apimanagement:ApiManagementService",
        [CLOSED, {"virtualNetworkType": "Internal"}],
        [{}, {"virtualNetworkType": "External"}, OPEN],
    ),
    of(
        "container-env-public-access-off",
        "app:ManagedEnvironment",
        [CLOSED, {"vnetConfiguration": {"internal": True}}],
        [{}, {"vnetConfiguration": {"internal": False}}, OPEN],
    ),
    of(
        "container-group-private",
        "containerinstance:ContainerGroup",
        [{}, {"ipAddress": {"type": "Private"}}],
        [{"ipAddress": {"type": "Public"}}],
    ),
    of(
        "sql-instance-public-endpoint-off",
        "sql:ManagedInstance",
        [{}, {"publicDataEndpointEnabled": False}],
        [{"publicDataEndpointEnabled": True}],
    ),
    of(
        "cosmos-firewall-closed",
        "cosmosdb:DatabaseAccount",
        [{}, {"ipRules": [{"ipAddressOrRange": "203.0.113.7"}]}],
        [{"ipRules": [{"ipAddressOrRange": "203.0.113.7"}, {"ipAddressOrRange": "0.0.0.0"}]}],  # noqa: S104
    ),
    switch(
        "sql-outbound-restricted",
        {"restrictOutboundNetworkAccess": "Enabled"},
        {"restrictOutboundNetworkAccess": "Disabled"},
        "sql:Server",
    ),
    switch(
        "cognitive-outbound-restricted",
        {"properties": {"restrictOutboundNetworkAccess": True}},
        {"properties": {"restrictOutboundNetworkAccess": False}},
        "cognitiveservices:Account",
    ),
    switch(
        "databricks-no-public-ip",
        {"parameters": {"enableNoPublicIp": {"value": True}}},
        {"parameters": {"enableNoPublicIp": {"value": False}}},
        "databricks:Workspace",
    ),
    of(
        "logic-callers-limited",
        "logic:Workflow",
        [
            {"definition": {"triggers": {"nightly": {"type": "Recurrence"}}}},
            {
                "definition": {"triggers": {"called": {"type": "Request"}}},
                "accessControl": {"triggers": {"allowedCallerIpAddresses": []}},
            },
            {
                "definition": {"triggers": {"called": {"type": "Request"}}},
                "accessControl": {"triggers": {"allowedCallerIpAddresses": [{"addressRange": "203.0.113.0/28"}]}},
            },
        ],
        [{"definition": {"triggers": {"called": {"type": "Request"}}}}],
    ),
    Case(
        "storage-website-refused",
        good=[("storage:StorageAccount", {})],
        bad=[
            ("storage:StorageAccountStaticWebsite", {}),
            ("storage:StorageAccountStaticWebsite", {"indexDocument": "a"}),
        ],
    ),
]
STACK_CASES: list[StackCase] = []
