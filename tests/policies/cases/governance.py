from typing import Any

from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

PG, ACCOUNT = "dbforpostgresql:Server", "storage:StorageAccount"
ROLE = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/providers/Microsoft.Authorization/roleDefinitions"
READER, OWNER = "acdd72a7-3385-48ef-bd42-f606fba81ae7", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CUSTOM = "0b5e8d1c-63a7-4f0e-9c58-2d4f7a1e6b93"
CLUSTER_ADMIN = "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b"
DIGEST = f"@sha256:{'0a' * 32}"
OURS = f"crodooprod.azurecr.io/odoo{DIGEST}"
ANALYSED_ABROAD = {"workspaceRegion": "uksouth"}
LOCK = "authorization:ManagementLockByScope"


def _assigned(kind: str, role: str, *actions: str) -> list[Declared]:
    """An assignment, and a custom role of the stack that allows these actions."""
    given = {"principalType": kind, "roleDefinitionId": f"{ROLE}/{role}"}
    custom = {"roleDefinitionId": CUSTOM, "permissions": [{"actions": list(actions)}]}
    return [
        Declared(type="authorization:RoleAssignment", name="assigned", properties=given),
        Declared(type="authorization:RoleDefinition", name="custom", properties=custom),
    ]


def _made(action: str) -> Declared:
    """A custom role once it is there: its GUID is its name."""
    return Declared(
        type="authorization:RoleDefinition", name=CUSTOM, properties={"permissions": [{"actions": [action]}]}
    )


def _in(location: str, **properties: Any) -> dict[str, Any]:
    return {"location": location, **properties}


def _pod(*images: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "image": image} for image in images]}}


def _app(image: str) -> dict[str, Any]:
    return {"template": {"containers": [{"name": "main", "image": image}]}}


def _locked(*locks: Declared, group: str = "group") -> list[Declared]:
    return [
        Declared(type="resources:ResourceGroup", name="group"),
        Declared(
            type=ACCOUNT,
            name="files",
            properties={"id": "/subscriptions/s/resourceGroups/group/x/files", "resourceGroupName": group},
            uses={"resourceGroupName": [group]},
        ),
        *locks,
    ]


def _lock(kind: str = LOCK, level: str = "CanNotDelete", **uses: list[str]) -> Declared:
    return Declared(type=kind, name="lock", properties={"level": level}, uses=uses)


CASES = [
    Case(
        "region-allowed",
        good=[
            (PG, {}),
            (PG, _in("West Europe")),
            ("monitor:ActionGroup", _in("Global")),
            ("cosmosdb:DatabaseAccount", _in("westeurope", locations=[{"locationName": "northeurope"}])),
        ],
        bad=[
            (PG, _in("eastus")),
            ("cosmosdb:DatabaseAccount", _in("westeurope", locations=[{"locationName": "East US"}])),
            (
                "network:FlowLog",
                {
                    "flowAnalyticsConfiguration": {
                        "networkWatcherFlowAnalyticsConfiguration": {"workspaceRegion": "uksouth"}
                    }
                },
            ),
        ],
    ),
    Case(
        "geo-copies-stay",
        good=[
            (PG, _in("westeurope", backup={"geoRedundantBackup": "Enabled"})),
            (PG, _in("eastus", backup={"geoRedundantBackup": "Disabled"})),
            (ACCOUNT, _in("italynorth", sku={"name": "Standard_ZRS"})),
        ],
        bad=[
            (PG, _in("uksouth", backup={"geoRedundantBackup": "Enabled"})),
            (ACCOUNT, _in("italynorth", sku={"name": "Standard_GZRS"})),
            (
                "recoveryservices:Vault",
                _in(
                    "Brazil South",
                    properties={"redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant"}},
                ),
            ),
        ],
    ),
    of(
        "pod-image-registry",
        "kubernetes:core/v1:Pod",
        [_pod(OURS, f"crodoo-a1b2c3.azurecr.io/traefik{DIGEST}")],
        [_pod(OURS, "docker.io/library/odoo"), _pod("crodooprod.azurecr.io.example.org/odoo"), _pod("odoo:18")],
    ),
    Case(
        "container-image-pinned",
        good=[
            ("app:ContainerApp", _app(OURS)),
            ("containerinstance:ContainerGroup", {"containers": [{"image": OURS}]}),
            ("web:WebApp", {"siteConfig": {"linuxFxVersion": f"DOCKER|{OURS}"}}),
            ("web:WebApp", {"siteConfig": {"linuxFxVersion": "PYTHON|3.12"}}),
        ],
        bad=[
            ("app:ContainerApp", _app("crodooprod.azurecr.io/odoo:latest")),
            ("app:Job", _app(f"docker.io/library/odoo{DIGEST}")),
            ("containerinstance:ContainerGroup", {"initContainers": [{"image": "odoo:18"}]}),
            ("web:WebApp", {"siteConfig": {"linuxFxVersion": "DOCKER|crodooprod.azurecr.io/odoo:18"}}),
            ("web:WebAppSlot", {"siteConfig": {"windowsFxVersion": f"docker|mcr.microsoft.com/odoo{DIGEST}"}}),
        ],
    ),
    of(
        "acr-anonymous-pull-off",
        "containerregistry:Registry",
        [{}, {"anonymousPullEnabled": False}],
        [{"anonymousPullEnabled": True}],
    ),
]


def _granted(scope: str, *issuers: str, kind: str = "ServicePrincipal") -> list[Declared]:
    """A role for an identity that trusts the tokens of these issuers."""
    trusts = [
        Declared(
            type="managedidentity:FederatedIdentityCredential",
            name=f"trust-{at}",
            properties={"issuer": issuer},
            uses={"resourceName": ["identity"]},
        )
        for at, issuer in enumerate(issuers)
    ]
    assigned = Declared(
        type="authorization:RoleAssignment",
        name="assigned",
        properties={"principalType": kind, "scope": scope},
        uses={"principalId": ["identity"]},
    )
    return [Declared(type="managedidentity:UserAssignedIdentity", name="identity"), *trusts, assigned]


PIPELINE, CLUSTER = "https://token.actions.githubusercontent.com", "https://westeurope.oic.prod-aks.azure.com/t/c/"

STACK_CASES = [
    StackCase(
        "rbac-scope-narrow",
        good=[
            _granted("/subscriptions/s/resourceGroups/g"),
            _granted("/subscriptions/s", kind="Group"),
            _granted("/subscriptions/s", PIPELINE),
            _granted("/subscriptions/s", "https://vstoken.dev.azure.com/acme"),
        ],
        bad=[
            (_granted("/subscriptions/s"), {"assigned"}),
            (_granted("/providers/Microsoft.Management/managementGroups/m"), {"assigned"}),
            (_granted("/subscriptions/s", CLUSTER), {"assigned"}),
            (_granted("/subscriptions/s", PIPELINE, CLUSTER), {"assigned"}),
        ],
    ),
    StackCase(
        "rbac-no-standing-write-for-people",
        good=[
            _assigned("Group", READER.upper()),
            _assigned("ServicePrincipal", OWNER),
            _assigned("Group", CUSTOM, "*/read", "Microsoft.CostManagement/Query/action"),
            [*_assigned("Group", CUSTOM)[:1], _made("*/read")],
        ],
        bad=[
            (_assigned("Group", OWNER), {"assigned"}),
            (_assigned("User", CLUSTER_ADMIN), {"assigned"}),
            ([*_assigned("Group", CUSTOM)[:1], _made("*")], {"assigned"}),
            (_assigned("ForeignGroup", CUSTOM, "*/read", "Microsoft.Compute/virtualMachines/write"), {"assigned"}),
        ],
    ),
    StackCase(
        "rbac-roles-listed",
        good=[
            _assigned("ServicePrincipal", READER.upper()),
            _assigned("Group", OWNER),
            _assigned("ServicePrincipal", CUSTOM, "*/read"),
            [*_assigned("ServicePrincipal", CUSTOM)[:1], _made("*/read")],
        ],
        bad=[
            (_assigned("ServicePrincipal", OWNER), {"assigned"}),
            (_assigned("Device", CLUSTER_ADMIN), {"assigned"}),
            (_assigned("ServicePrincipal", CUSTOM)[:1], {"assigned"}),
        ],
    ),
    StackCase(
        "data-has-lock",
        good=[
            _locked(_lock(scope=["files"])),
            _locked(_lock(scope=["group"])),
            _locked(_lock("authorization:ManagementLockAtResourceGroupLevel", resourceGroupName=["group"])),
            _locked(_lock("authorization:ManagementLockAtSubscriptionLevel", "ReadOnly")),
            [Declared(type=PG, name="replica", properties={"createMode": "Replica"})],
            [
                Declared(type=PG, name="books", protect=True),
                Declared(type=PG, name="copy", uses={"sourceServerResourceId": ["books"]}),
            ],
        ],
        bad=[
            (_locked(), {"files"}),
            (_locked(_lock(level="NotSpecified", scope=["files"])), {"files"}),
            (_locked(_lock(scope=["group"]), group="another"), {"files"}),
        ],
    ),
]
