"""Azure as the tests of components mock it: its ids, and what it answers to registrations and invokes."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from pulumi.runtime import mocks, rpc

SUBSCRIPTION_ID = "11111111-1111-4111-8111-111111111111"
TENANT_ID = "22222222-2222-4222-8222-222222222222"
RESOURCE_GROUP = "rg-erp-test-weu"
KUBECONFIG = "kind: Config\n"
_GROUP_ID = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{RESOURCE_GROUP}"


def arm_id(provider_type: str, name: str) -> str:
    """ARM id of a resource in the group of the tests, e.g. of `Microsoft.Network/virtualNetworks`."""
    return f"{_GROUP_ID}/providers/{provider_type}/{name}"


def id_of(*words: str) -> uuid.UUID:
    """The UUID that these words stand for."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "/".join(words))


def in_clear(value: Any) -> Any:
    """A registered value with its secrets shown, and whole numbers as integers."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            return in_clear(value["value"])
        return {key: in_clear(each) for key, each in value.items()}
    if isinstance(value, list):
        return [in_clear(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


class MockedAzure(mocks.Mocks):
    """Answers as Azure would: ids, names, and the outputs that components pass on."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        assert args.token in _INVOKES, f"components do not invoke {args.token}"
        return _INVOKES[args.token], []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = in_clear(args.inputs)
        if args.typ == "pulumi:pulumi:StackReference":
            return str(inputs["name"]), {**inputs, "outputs": {}}  # of a stack that was never deployed
        if not args.custom:
            return None, inputs
        if args.typ == "random:index/randomPassword:RandomPassword":
            return "none", {**inputs, "result": f"generated-{args.name}"}
        module, _, kind = args.typ.removeprefix("azure-native:").partition(":")
        azure_name = _azure_name(kind, inputs) or args.name
        outputs = OUTPUTS.get(args.typ.removeprefix("azure-native:"), _no_outputs)(azure_name, inputs)
        state = {**inputs, "name": azure_name, **_identities(inputs), **outputs}
        return arm_id(f"Microsoft.{module}/{kind}", azure_name), state


def _azure_name(kind: str, inputs: Mapping[str, Any]) -> str | None:
    """The input that names the resource itself, not the resource it is in."""
    candidates = [
        key for key in inputs if key.endswith("Name") and (key != "resourceGroupName" or kind == "ResourceGroup")
    ]
    own = [key for key in candidates if kind.lower().endswith(key.removesuffix("Name").lower())]
    chosen = own or candidates
    return str(inputs[chosen[0]]) if len(chosen) == 1 else None


def _identities(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Most types take the ids of user-assigned identities as a list, and all show them as a map."""
    identity = inputs.get("identity")
    if not isinstance(identity, dict) or not isinstance(identity.get("userAssignedIdentities"), list):
        return {}
    return {"identity": {**identity, "userAssignedIdentities": {id_: {} for id_ in identity["userAssignedIdentities"]}}}


def _no_outputs(_name: str, _inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _vault(name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": {**inputs["properties"], "vaultUri": f"https://{name}.vault.azure.net/"}}


def _key(name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    uri = f"https://{inputs['vaultName']}.vault.azure.net/keys/{name}"
    return {"keyUri": uri, "keyUriWithVersion": f"{uri}/{id_of(uri).hex}"}


def _identity(name: str, _inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "clientId": str(id_of(name, "client")),
        "principalId": str(id_of(name, "principal")),
        "tenantId": TENANT_ID,
    }


def _replication_policy(_name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    rules = [{**rule, "ruleId": str(id_of(rule["sourceContainer"], "rule"))} for rule in inputs["rules"]]
    return {"policyId": str(id_of(inputs["destinationAccount"], "policy")), "rules": rules}


_INVOKES: Mapping[str, dict[str, Any]] = {
    "azure-native:authorization:getClientConfig": {
        "clientId": str(id_of("deployer", "client")),
        "objectId": str(id_of("deployer", "object")),
        "subscriptionId": SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
    },
    "azure-native:containerservice:listManagedClusterUserCredentials": {
        "kubeconfigs": [{"name": "clusterUser", "value": base64.b64encode(KUBECONFIG.encode()).decode()}]
    },
}
OUTPUTS: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "authorization:PolicyAssignment": lambda name, inputs: (
        {"identity": {**inputs["identity"], "principalId": str(id_of(name, "principal"))}}
        if "identity" in inputs
        else {}
    ),
    "containerregistry:Registry": lambda name, _: {"loginServer": f"{name}.azurecr.io"},
    "containerservice:ManagedCluster": lambda name, inputs: {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {}},
        "oidcIssuerProfile": {**inputs["oidcIssuerProfile"], "issuerURL": f"https://oidc.example/{name}/"},
    },
    "dbforpostgresql:Server": lambda name, _: {"fullyQualifiedDomainName": f"{name}.postgres.database.azure.com"},
    "keyvault:Key": _key,
    "keyvault:Vault": _vault,
    "kubernetes:core/v1:Service": lambda _, inputs: (
        {"status": {"loadBalancer": {"ingress": [{"ip": "10.40.8.4"}]}}} if inputs["spec"].get("type") else {}
    ),
    "managedidentity:UserAssignedIdentity": _identity,
    "monitor:DataCollectionEndpoint": lambda name, _: {
        "metricsIngestion": {"endpoint": f"https://{name}.metrics.ingest.monitor.azure.com"}
    },
    "monitor:DataCollectionRule": lambda name, _: {"immutableId": f"dcr-{id_of(name).hex}"},
    "network:LoadBalancer": lambda _, inputs: {
        "frontendIPConfigurations": [
            {**each, "privateIPAddress": "10.40.3.20"} for each in inputs["frontendIPConfigurations"]
        ]
    },
    "network:PublicIPAddress": lambda _name, _inputs: {"ipAddress": "203.0.113.20"},
    "network:PublicIPPrefix": lambda _, inputs: {"ipPrefix": f"203.0.113.64/{inputs['prefixLength']}"},
    "redisenterprise:RedisEnterprise": lambda name, inputs: {
        "hostName": f"{name}.{inputs['location']}.redis.azure.net"
    },
    "storage:ObjectReplicationPolicy": _replication_policy,
    "storage:StorageAccount": lambda name, _: {"primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"}},
}
