"""What the Azure stand-in does with any resource: names, schema, comparisons, outputs, previews, halves, functions."""

import base64
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sandbox.azure import rulebook
from sandbox.azure.invokes import invoke
from sandbox.azure.tenant import SUBSCRIPTION_ID, TENANT_ID
from sandbox.cluster.clusters import Clusters
from sandbox.cluster.nodes import NodePool
from sandbox.provider.contract import Naming
from sandbox.provider.errors import PartialFailure, ProviderError
from sandbox.provider.sdk import Package
from sandbox.provider.values import UNKNOWN
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import GROUP, Azure, Object, changed, request

SDK = Package("pulumi_azure_native")
ACCOUNT = "storage:StorageAccount"


def test_a_name_left_out_is_made_up_once(azure: Azure) -> None:
    nameless = changed(bodies.ACCOUNT, "accountName", ...)
    first, _ = azure.checked(ACCOUNT, nameless)
    assert first["accountName"].startswith("logical")
    assert len(first["accountName"]) == len("logical") + 8
    again, _ = azure.checked(ACCOUNT, nameless, first, Naming(seed=b"other"))
    assert again["accountName"] == first["accountName"]


def test_children_are_named_after_their_resource_and_assignments_by_a_guid(azure: Azure) -> None:
    assert azure.checked("storage:BlobContainer", {"accountName": "st"})[0]["containerName"] == "logical"
    assignment = changed(bodies.role_assignment("p", "r", GROUP), "roleAssignmentName", ...)
    failures = azure.check("authorization:RoleAssignment", assignment | {"principalId": TENANT_ID})
    assert failures == []


def test_the_engines_autonaming_is_honoured(azure: Azure) -> None:
    nameless = changed(bodies.ACCOUNT, "accountName", ...)
    assert azure.checked(ACCOUNT, nameless, None, Naming(proposed="stproposed"))[0]["accountName"] == "stproposed"
    assert [f.path for f in azure.check(ACCOUNT, nameless, None, Naming(disabled=True))] == ["accountName"]


def test_the_location_comes_from_the_provider_or_the_group(azure: Azure) -> None:
    assert azure.checked(ACCOUNT, bodies.ACCOUNT)[0]["location"] == "westeurope"
    unconfigured = type(request(ACCOUNT))(request(ACCOUNT).type, "logical", {})
    inputs, _ = azure.provider.check(unconfigured, bodies.ACCOUNT | {"resourceGroupName": "rg"}, {}, Naming())
    assert inputs["location"] == "westeurope"


@pytest.mark.parametrize(
    ("path", "value", "finding", "word"),
    [
        ("acessTier", "Hot", "acessTier", "did you mean 'accessTier'"),
        ("kind", ..., "kind", "required"),
        ("kind", "StorageV3", "kind", "did you mean 'StorageV2'"),
        ("sku", "Standard_ZRS", "sku", "expected an object"),
        ("sku.nmae", "x", "sku.nmae", "did you mean 'name'"),
        ("enableHttpsTrafficOnly", "true", "enableHttpsTrafficOnly", "expected a boolean"),
        ("networkRuleSet", {"ipRules": [{}]}, "networkRuleSet.ipRules[0].iPAddressOrRange", "required"),
        ("tags", {"a": 1}, "tags.a", "expected a string"),
        ("tags", {"a": "Calling __str__ on an Output[T] is not supported"}, "tags.a", "unresolved Output"),
    ],
)  # fmt: skip
def test_inputs_are_checked_against_the_sdk_to_any_depth(
    azure: Azure, path: str, value: object, finding: str, word: str
) -> None:
    failures = azure.check(ACCOUNT, changed(bodies.ACCOUNT, path, value))
    assert [failure.path for failure in failures] == [finding]
    assert word in failures[0].reason


def test_equal_inputs_have_no_difference(azure: Azure) -> None:
    old = bodies.CLUSTER | {"location": "westeurope", "diskEncryptionSetID": f"{GROUP}/x"}
    new = changed(old, "agentPoolProfiles.0.availabilityZones", ["3", "1", "2"])
    new |= {"location": "West Europe", "diskEncryptionSetID": f"{GROUP}/x".upper().replace("/SUBS", "/subs", 1)}
    new["diskEncryptionSetID"] = "/subscriptions" + new["diskEncryptionSetID"][len("/subscriptions") :]
    assert azure.diff("containerservice:ManagedCluster", old, new).changes == []


@pytest.mark.parametrize(
    ("kind", "body", "path", "value", "replaced", "first"),
    [
        (ACCOUNT, bodies.ACCOUNT, "sku.name", "Standard_GZRS", False, False),
        (ACCOUNT, bodies.ACCOUNT, "isHnsEnabled", True, True, True),
        (ACCOUNT, bodies.ACCOUNT, "accountName", "stother", True, False),
        (ACCOUNT, bodies.ACCOUNT, "location", "northeurope", True, True),
        ("dbforpostgresql:Server", bodies.SERVER, "backup.geoRedundantBackup", "Enabled", True, True),
        ("dbforpostgresql:Server", bodies.SERVER, "backup.backupRetentionDays", 14, False, False),
    ],
)
def test_a_fixed_property_means_a_new_resource(
    azure: Azure, kind: str, body: Object, path: str, value: object, replaced: bool, first: bool
) -> None:
    verdict = azure.diff(kind, body, changed(body, path, value))
    assert [where for where, _ in verdict.changes] == [path]
    assert bool(verdict.replaces) is replaced
    assert verdict.delete_before_replace is first


def test_outputs_are_the_inputs_and_what_azure_adds(azure: Azure) -> None:
    vnet = azure.make("network:VirtualNetwork", bodies.VNET)
    outputs = azure.outputs(vnet)
    assert vnet == f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
    assert outputs["name"] == "vnet"
    assert outputs["type"] == "Microsoft.Network/virtualNetworks"
    assert outputs["provisioningState"] == "Succeeded"
    assert outputs["subnets"][0]["id"] == f"{vnet}/subnets/pg"
    assert outputs["addressSpace"] == bodies.VNET["addressSpace"]


def test_secrets_do_not_come_back(azure: Azure) -> None:
    server = azure.make("dbforpostgresql:Server", bodies.SERVER)
    azure.make("keyvault:Vault", bodies.VAULT)
    secret = {"vaultName": "kv-finance", "secretName": "s", "properties": {"value": "hidden"}}
    made = azure.make("keyvault:Secret", secret)
    assert bodies.SERVER["administratorLoginPassword"] not in json.dumps(azure.outputs(server))
    assert "hidden" not in json.dumps(azure.outputs(made))
    assert azure.outputs(made)["properties"]["secretUri"] == "https://kv-finance.vault.azure.net/secrets/s"
    assert azure.outputs(server)["fullyQualifiedDomainName"] == "psql-finance.postgres.database.azure.com"


def test_identities_have_principals_that_stay(azure: Azure) -> None:
    identity, principal = bodies.identity(azure)
    both = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": [identity]}
    account = azure.make(ACCOUNT, bodies.ACCOUNT | {"identity": both})
    shown = azure.outputs(account)["identity"]
    assert shown["userAssignedIdentities"][identity]["principalId"] == principal
    updated = azure.change(ACCOUNT, account, tags={"a": "b"})
    assert updated["identity"] == shown


def test_a_preview_knows_the_inputs_and_nothing_else(azure: Azure) -> None:
    vnet = changed(bodies.VNET, "subnets.0.natGateway", {"id": UNKNOWN})
    outputs = azure.provider.preview(request("network:VirtualNetwork"), vnet, {})
    assert outputs["name"] == "vnet"
    assert outputs["subnets"][0]["addressPrefix"] == "10.1.0.0/28"
    assert outputs["subnets"][0]["id"] is UNKNOWN
    assert outputs["subnets"][0]["natGateway"]["id"] is UNKNOWN
    assert outputs["etag"] is UNKNOWN
    assert outputs["provisioningState"] is UNKNOWN


def test_the_preview_of_an_update_keeps_what_does_not_change(azure: Azure) -> None:
    vnet = azure.make("network:VirtualNetwork", bodies.VNET)
    olds = azure.outputs(vnet)
    outputs = azure.provider.preview(request("network:VirtualNetwork"), bodies.VNET | {"tags": {"a": UNKNOWN}}, olds)
    assert outputs["subnets"] == olds["subnets"]
    assert outputs["tags"] == {"a": UNKNOWN}


def test_drift_is_read_and_a_deleted_resource_is_gone(azure: Azure) -> None:
    account = azure.make(ACCOUNT, bodies.ACCOUNT | {"tags": {"owner": "finance"}})
    inputs = azure.entry(account).inputs
    azure.store.set_property(account, "tags.owner", "somebody")
    read = azure.provider.read(request(ACCOUNT), account, inputs, {})
    assert read is not None
    assert read[0]["tags"] == read[1]["tags"] == {"owner": "somebody"}
    azure.store.delete(account)
    assert azure.provider.read(request(ACCOUNT), account, inputs, {}) is None


def test_an_import_knows_the_inputs_from_the_id(azure: Azure) -> None:
    account = azure.make(ACCOUNT, bodies.ACCOUNT)
    read = azure.provider.read(request(ACCOUNT), account, {}, {})
    assert read is not None
    assert read[1]["accountName"] == "stfinance"
    assert read[1]["resourceGroupName"] == "rg"


def test_a_create_that_fails_half_way_is_there_and_can_be_completed(azure: Azure) -> None:
    with pytest.raises(PartialFailure) as raised:
        azure.make(ACCOUNT, bodies.ACCOUNT, fault="provisioning failed")
    identifier = raised.value.id
    assert raised.value.reasons == ["provisioning failed"]
    assert azure.outputs(identifier)["provisioningState"] == "Failed"
    assert azure.change(ACCOUNT, identifier)["provisioningState"] == "Succeeded"


def test_a_create_that_was_never_answered_is_made_again(azure: Azure) -> None:
    inputs, _ = azure.checked(ACCOUNT, bodies.ACCOUNT)
    unheard, _ = azure.provider.create(request(ACCOUNT), inputs, None)
    assert azure.make(ACCOUNT, bodies.ACCOUNT) == unheard
    with pytest.raises(ProviderError, match="already existing"):
        azure.make(ACCOUNT, bodies.ACCOUNT)


def test_a_group_goes_with_everything_in_it(azure: Azure) -> None:
    azure.make("keyvault:Vault", bodies.VAULT)
    azure.make("keyvault:Key", bodies.KEY)
    azure.delete("resources:ResourceGroup", GROUP)
    assert azure.store.all() == []


def test_two_parameters_at_once_find_the_server_busy(azure: Azure) -> None:
    server = azure.make("dbforpostgresql:Server", bodies.SERVER)
    with rulebook.busy("azure-native:dbforpostgresql:Configuration", {}, f"{server}/configurations/work_mem"):
        assert code_of(lambda: configure_alone(azure)) == "ServerIsBusy"
    assert configure_alone(azure) == "made"


def test_two_federated_credentials_at_once_are_one_too_many(azure: Azure) -> None:
    identity = azure.make("managedidentity:UserAssignedIdentity", {"resourceName": "id-odoo"})

    def trust() -> None:
        credential = {
            "resourceName": "id-odoo",
            "federatedIdentityCredentialResourceName": "one",
            "issuer": "https://issuer.example/",
            "subject": "system:serviceaccount:one:odoo",
            "audiences": ["api://AzureADTokenExchange"],
        }
        azure.make("managedidentity:FederatedIdentityCredential", credential)

    other = f"{identity}/federatedIdentityCredentials/other"
    with rulebook.busy("azure-native:managedidentity:FederatedIdentityCredential", {}, other):
        assert code_of(trust) == "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
    trust()


def code_of(change: Callable[[], object]) -> str:
    """The code that a change is refused with."""
    with pytest.raises(ProviderError) as refusal:
        change()
    return refusal.value.code


def configure_alone(azure: Azure) -> str:
    alone = {"serverName": "psql-finance", "configurationName": "lock_timeout", "value": "1", "source": "user-override"}
    azure.make("dbforpostgresql:Configuration", alone)
    return "made"


def call(azure: Azure, token: str, arguments: Object) -> Object:
    return invoke(azure.provider.world, SDK, f"azure-native:{token}", arguments, SUBSCRIPTION_ID)


def test_functions_tell_who_asks_and_what_exists(azure: Azure) -> None:
    assert call(azure, "authorization:getClientConfig", {})["tenantId"] == TENANT_ID
    arguments = {"resourceGroupName": "rg", "vaultName": "kv-finance"}
    with pytest.raises(ProviderError, match="ResourceNotFound"):
        call(azure, "keyvault:getVault", arguments)
    vault = azure.make("keyvault:Vault", bodies.VAULT)
    assert call(azure, "keyvault:getVault", arguments)["id"] == vault


def test_keys_are_refused_where_they_are_off(azure: Azure) -> None:
    azure.make(ACCOUNT, bodies.ACCOUNT)
    azure.make(ACCOUNT, bodies.ACCOUNT | {"accountName": "stclosed", "allowSharedKeyAccess": False})
    assert (
        len(
            call(azure, "storage:listStorageAccountKeys", {"resourceGroupName": "rg", "accountName": "stfinance"})[
                "keys"
            ]
        )
        == 2
    )
    with pytest.raises(ProviderError, match="KeyBasedAuthenticationNotPermitted"):
        call(azure, "storage:listStorageAccountKeys", {"resourceGroupName": "rg", "accountName": "stclosed"})


def test_the_kubeconfig_logs_in_with_kubelogin_at_the_private_name(azure: Azure) -> None:
    arguments = {"resourceGroupName": "rg", "resourceName": "aks"}
    with pytest.raises(ProviderError, match="ResourceNotFound"):
        call(azure, "containerservice:listManagedClusterUserCredentials", arguments)
    cluster = azure.make("containerservice:ManagedCluster", bodies.CLUSTER)
    answer = call(azure, "containerservice:listManagedClusterUserCredentials", arguments)
    config = json.loads(base64.b64decode(answer["kubeconfigs"][0]["value"]))
    assert config["users"][0]["user"]["exec"]["command"] == "kubelogin"
    assert azure.outputs(cluster)["privateFQDN"] in config["clusters"][0]["cluster"]["server"]
    with pytest.raises(ProviderError, match="local accounts"):
        call(azure, "containerservice:listManagedClusterAdminCredentials", arguments)


class Asked(Clusters):
    """Clusters that do not run, and remember which pools they were to have nodes of."""

    def __init__(self, folder: Path, *, started: bool) -> None:
        super().__init__(folder)
        self.pools: list[list[str]] = []
        self._started = started

    def has(self, key: str) -> bool:
        return self._started

    def kubeconfig(self, key: str, name: str, pools: Callable[[], Sequence[NodePool]]) -> str | None:
        self.pools.append([pool.name for pool in pools()])
        return None


@pytest.mark.parametrize("started", [True, False])
def test_nodes_follow_each_change_of_a_pool_once_a_cluster_was_started(
    azure: Azure, tmp_path: Path, started: bool
) -> None:
    clusters = Asked(tmp_path, started=started)
    azure.provider.world.clusters = clusters
    azure.make("containerservice:ManagedCluster", bodies.CLUSTER)
    pool = {"resourceName": "aks", "agentPoolName": "tenant", "vmSize": "Standard_D4ads_v5", "count": 1, "mode": "User"}
    made = azure.make("containerservice:AgentPool", pool)
    azure.change("containerservice:AgentPool", made, count=2)
    azure.delete("containerservice:AgentPool", made)
    assert clusters.pools == ([["system", "tenant"]] * 2 + [["system"]] if started else [])


def test_provider_settings_are_checked(azure: Azure) -> None:
    assert azure.provider.check_config({"location": "westeurope"}) == []
    assert "location" in azure.provider.check_config({"locaton": "x"})[0].reason


def test_latency_scales_the_usual_durations(azure: Azure) -> None:
    assert azure.provider.duration_seconds(request("keyvault:Vault"), "create") == 0
    azure.provider._latency = 0.01
    assert azure.provider.duration_seconds(request("keyvault:Vault"), "create") == pytest.approx(1.5)
