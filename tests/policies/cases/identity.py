from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

MC, VM, VMSS = "containerservice:ManagedCluster", "compute:VirtualMachine", "compute:VirtualMachineScaleSet"
ROLE, FEDERATION = "authorization:RoleAssignment", "managedidentity:FederatedIdentityCredential"
SA, ACR = "storage:StorageAccount", "containerregistry:Registry"
ROLES = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions"
CONTRIBUTOR = f"{ROLES}/b24988ac-6180-42a0-ab88-20f7382dd24c"
SECRETS_USER = f"{ROLES}/4633458b-17de-408a-b874-0445c86b69e6"
DELEGATOR = f"{ROLES}/f58310d9-a9f6-439a-9e8d-f62e7b41a168"
EXACT = {"audiences": ["api://AzureADTokenExchange"], "subject": "system:serviceaccount:odoo-es:web"}
ALL_TAGS = {
    "application": "odoo",
    "environment": "prod",
    "owner": "finance-platform@acme.example",
    "business-unit": "Group Finance",
    "cost-center": "CC-4711",
    "data-classification": "confidential",
    "criticality": "mission-critical",
    "managed-by": "pulumi",
}
SSH = {"linuxConfiguration": {"disablePasswordAuthentication": True}}


def _permitting(*actions: str) -> dict[str, object]:
    return {"permissions": [{"actions": list(actions)}]}


def _tagged(name: str, **tags: str) -> Declared:
    return Declared(type="resources:ResourceGroup", name=name, properties={"tags": tags})


CASES = [
    of(
        "rbac-no-owner-to-apps",
        ROLE,
        [
            {"principalType": "ServicePrincipal", "roleDefinitionId": SECRETS_USER},
            {"principalType": "Group", "roleDefinitionId": CONTRIBUTOR},
            {"principalType": "ServicePrincipal", "roleDefinitionId": DELEGATOR, "condition": "@Resource[...]"},
        ],
        [
            {"principalType": "ServicePrincipal", "roleDefinitionId": CONTRIBUTOR},
            {"roleDefinitionId": CONTRIBUTOR.upper()},
            {"principalType": "ServicePrincipal", "roleDefinitionId": DELEGATOR},
        ],
    ),
    of(
        "rbac-principal-type-set",
        ROLE,
        [{"principalType": "ServicePrincipal"}, {"principalType": "Group"}],
        [{}, {"principalType": "User"}],
    ),
    of(
        "role-no-wildcards",
        "authorization:RoleDefinition",
        [_permitting("Microsoft.Storage/storageAccounts/read", "Microsoft.Storage/storageAccounts/*")],
        [
            _permitting("*"),
            _permitting("Microsoft.Storage/*"),
            _permitting("Microsoft.Authorization/roleAssignments/write"),
        ],
    ),
    of(
        "fed-credential-exact",
        FEDERATION,
        [EXACT],
        [
            {},
            {**EXACT, "subject": "system:serviceaccount:odoo:default"},
            {**EXACT, "subject": "repo:acme/*"},
            {**EXACT, "audiences": ["sts.example"]},
            {"subject": EXACT["subject"]},
        ],
    ),
    of(
        "pg-entra-auth-on",
        "dbforpostgresql:Server",
        [{"authConfig": {"activeDirectoryAuth": "Enabled"}}, {"createMode": "Replica"}],
        [{}, {"authConfig": {"passwordAuth": "Enabled"}}],
    ),
    of(
        "redis-keys-off",
        "redisenterprise:Database",
        [{"accessKeysAuthentication": "Disabled"}],
        [{"clientProtocol": "Encrypted"}, {"accessKeysAuthentication": "Enabled"}],
    ),
    of("storage-shared-key-off", SA, [{"allowSharedKeyAccess": False}], [{}, {"allowSharedKeyAccess": True}]),
    of(
        "storage-local-users-off",
        SA,
        [{"isLocalUserEnabled": False}],
        [{}, {"isLocalUserEnabled": False, "isSftpEnabled": True}],
    ),
    of(
        "vault-rbac-explicit",
        "keyvault:Vault",
        [{"properties": {"enableRbacAuthorization": True}}],
        [{}, {"properties": {"enableRbacAuthorization": False}}],
    ),
    of(
        "acr-admin-off",
        ACR,
        [{}, {"adminUserEnabled": False}],
        [{"adminUserEnabled": True}, {"anonymousPullEnabled": True}],
    ),
    of("aks-local-accounts-off", MC, [{"disableLocalAccounts": True}], [{}, {"disableLocalAccounts": False}]),
    of(
        "aks-entra-azure-rbac",
        MC,
        [{"aadProfile": {"managed": True, "enableAzureRBAC": True}}],
        [
            {"aadProfile": {"managed": True}},
            {"aadProfile": {"managed": True, "enableAzureRBAC": True}, "enableRBAC": False},
        ],
    ),
    of(
        "aks-run-command-off",
        MC,
        [{"apiServerAccessProfile": {"disableRunCommand": True}}],
        [{}, {"apiServerAccessProfile": {"enablePrivateCluster": True}}],
    ),
    of(
        "aks-workload-identity",
        MC,
        [{"oidcIssuerProfile": {"enabled": True}, "securityProfile": {"workloadIdentity": {"enabled": True}}}],
        [{}, {"oidcIssuerProfile": {"enabled": True}}],
    ),
    Case(
        "vm-ssh-keys-only",
        good=[
            (VM, {"osProfile": SSH}),
            (VMSS, {"virtualMachineProfile": {"osProfile": SSH}}),
            (VM, {"osProfile": {"windowsConfiguration": {"timeZone": "UTC"}}}),
        ],
        bad=[(VM, {}), (VM, {"osProfile": {**SSH, "adminPassword": "hunter2"}}), (VMSS, {"osProfile": SSH})],
    ),
    of(
        "sql-entra-only",
        "sql:Server",
        [{"administrators": {"azureADOnlyAuthentication": True}}],
        [{}, {"administrators": {"login": "dba"}}],
    ),
    of(
        "cosmos-local-auth-off",
        "cosmosdb:DatabaseAccount",
        [{"disableLocalAuth": True}],
        [{}, {"disableLocalAuth": False}],
    ),
    Case(
        "tags-required",
        good=[
            ("resources:ResourceGroup", {"tags": ALL_TAGS}),
            ("network:SecurityRule", {}),  # takes no tags
            ("kubernetes:core/v1:Namespace", {}),
            ("future:Thing", {"name": "no location, so not a tracked resource"}),
        ],
        bad=[
            ("resources:ResourceGroup", {}),
            ("storage:StorageAccount", {"tags": {**ALL_TAGS, "owner": ""}}),
            ("future:Thing", {"location": "westeurope"}),
        ],
    ),
    Case(
        "tags-format",
        good=[("resources:ResourceGroup", {"tags": ALL_TAGS}), ("kubernetes:core/v1:Namespace", {})],
        bad=[
            ("resources:ResourceGroup", {"tags": {**ALL_TAGS, "data-classification": "secret"}}),
            ("resources:ResourceGroup", {"tags": {**ALL_TAGS, "environment": "Prod 1"}}),
        ],
    ),
    Case(
        "tags-fit-azure",
        good=[("resources:ResourceGroup", {"tags": ALL_TAGS}), ("kubernetes:core/v1:Namespace", {})],
        bad=[
            ("resources:ResourceGroup", {"tags": {f"tag-{number}": "x" for number in range(51)}}),
            ("resources:ResourceGroup", {"tags": {"cost/center": "x"}}),
            ("resources:ResourceGroup", {"tags": {"owner": "x" * 257}}),
        ],
    ),
    Case(
        "tags-no-secrets",
        good=[("resources:ResourceGroup", {"tags": ALL_TAGS}), ("kubernetes:core/v1:Namespace", {})],
        bad=[
            ("resources:ResourceGroup", {"tags": {"admin-password": "x"}}),
            ("resources:ResourceGroup", {"tags": {"link": "https://x.blob.core.windows.net/b?sv=1&sig=abc"}}),
        ],
    ),
    Case(
        "redis-classic-refused",
        good=[("redisenterprise:RedisEnterprise", {})],
        bad=[("redis:Redis", {}), ("cache:Redis", {}), ("cache/v20230401:Redis", {})],
    ),
    Case(
        "retired-databases-refused",
        good=[("dbforpostgresql:Server", {})],
        bad=[("dbforpostgresql:SingleServer", {}), ("dbformariadb:Server", {})],
    ),
]
STACK_CASES = [
    StackCase(
        "tags-agree",
        good=[[_tagged("a", environment="prod"), _tagged("b", environment="prod"), _tagged("c")], []],
        bad=[
            (
                [_tagged("a", environment="prod"), _tagged("b", environment="prod"), _tagged("c", environment="test")],
                {"c"},
            )
        ],
    )
]
