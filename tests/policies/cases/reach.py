from tests.policies.cases import Case, StackCase
from tests.policies.cases.links import endpoint, zone_group
from tests.policies.harness import Declared

ACCOUNT, CACHE, APP = "storage:StorageAccount", "redis:Redis", "web:WebApp"
AKS = "containerservice:ManagedCluster"


def _account(kind: str) -> Declared:
    return Declared(type=ACCOUNT, name="account", properties={"kind": kind})


def _part(token: str) -> Declared:
    return Declared(type=f"storage:{token}", name=token, uses={"accountName": ["account"]})


def _service(token: str) -> Declared:
    return Declared(type=token, name="service")


def _zone(name: str) -> Declared:
    return zone_group(f"privatelink.{name}")


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
            [_service(APP), endpoint("sites"), _zone("azurewebsites.net")],
            [_service("synapse:Workspace"), endpoint("Dev"), _zone("dev.azuresynapse.net")],
            # Each region has a zone of its own: which, nobody can tell from here.
            [_service("kusto:Cluster"), endpoint("cluster"), _zone("westeurope.kusto.windows.net")],
        ],
        bad=[
            ([_service(APP)], {"service"}),
            ([_service(APP), endpoint("sites")], {"endpoint"}),
            ([_service(APP), endpoint("sites"), _zone("database.windows.net")], {"zone-group"}),
            ([_service("datafactory:Factory"), endpoint("portal"), _zone("adf.azure.com")], {"service"}),
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
