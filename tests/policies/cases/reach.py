from tests.policies.cases import Case, StackCase
from tests.policies.harness import Declared

ACCOUNT, CACHE, APP = "storage:StorageAccount", "redis:Redis", "web:WebApp"
AKS = "containerservice:ManagedCluster"


def _account(kind: str) -> Declared:
    return Declared(type=ACCOUNT, name="account", properties={"kind": kind})


def _part(token: str) -> Declared:
    return Declared(type=f"storage:{token}", name=token, uses={"accountName": ["account"]})


def _service(token: str) -> Declared:
    return Declared(type=token, name="service")


def _endpoint(group: str) -> Declared:
    return Declared(
        type="network:PrivateEndpoint",
        name="endpoint",
        properties={"privateLinkServiceConnections": [{"groupIds": [group], "name": "link"}]},
        uses={"privateLinkServiceConnections": ["service"]},
    )


def _zone(name: str) -> Declared:
    zone = f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/privatelink.{name}"
    return Declared(
        type="network:PrivateDnsZoneGroup",
        name="zone-group",
        properties={"privateDnsZoneConfigs": [{"name": "zone", "privateDnsZoneId": zone}]},
        uses={"privateEndpointName": ["endpoint"]},
    )


BLOBS, FILES, SHARE = (_part(name) for name in ("BlobServiceProperties", "FileServiceProperties", "FileShare"))

CASES = [
    Case(
        "azure-templates-refused",
        good=[("resources:ResourceGroup", {})],
        bad=[("resources:Deployment", {}), ("resources:AzureCliScript", {}), ("resources:Resource", {})],
    ),
    Case(
        "aks-managed-identity",
        good=[
            (AKS, {"identity": {"type": "UserAssigned", "userAssignedIdentities": ["/subscriptions/s/id"]}}),
            (AKS, {"identity": {"type": "SystemAssigned"}, "servicePrincipalProfile": {"clientId": "msi"}}),
        ],
        bad=[
            (AKS, {}),
            (AKS, {"identity": {"type": "None"}}),
            (AKS, {"servicePrincipalProfile": {"clientId": "77777777-7777-4777-8777-777777777777", "secret": "s"}}),
        ],
    ),
]
STACK_CASES = [
    StackCase(
        "platform-services-have-private-endpoints",
        good=[
            [_service(APP), _endpoint("sites"), _zone("azurewebsites.net")],
            [_service("synapse:Workspace"), _endpoint("Dev"), _zone("dev.azuresynapse.net")],
            # Each region has a zone of its own: which, nobody can tell from here.
            [_service("kusto:Cluster"), _endpoint("cluster"), _zone("westeurope.kusto.windows.net")],
        ],
        bad=[
            ([_service(APP)], {"service"}),
            ([_service(APP), _endpoint("sites")], {"endpoint"}),
            ([_service(APP), _endpoint("sites"), _zone("database.windows.net")], {"zone-group"}),
            ([_service("datafactory:Factory"), _endpoint("portal"), _zone("adf.azure.com")], {"service"}),
        ],
    ),
    StackCase(
        "storage-deletes-recoverable",
        good=[
            [_account("StorageV2"), BLOBS],
            [_account("StorageV2"), BLOBS, FILES, SHARE],
            [_account("FileStorage"), FILES],
        ],
        bad=[
            ([_account("StorageV2")], {"account"}),
            ([_account("BlockBlobStorage"), FILES], {"account"}),
            ([_account("StorageV2"), BLOBS, SHARE], {"account"}),
            ([_account("FileStorage"), SHARE], {"account"}),
        ],
    ),
]
