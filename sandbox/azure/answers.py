"""Read-only values that programs build upon, by type: addresses, host names, principals, URIs.

Shapes follow what the services return (host names: learn.microsoft.com azure/security/fundamentals/azure-domains);
GUIDs and addresses are derived from the resource's nonce, so they change when a resource is made anew.
"""

import hashlib
import ipaddress
from collections.abc import Callable
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.implied import private_endpoint_nic
from sandbox.azure.tenant import TENANT_ID
from sandbox.azure.world import World
from sandbox.provider.values import Object, dig
from sandbox.store import Entry

Answer = Callable[[Entry, World], Object]
_ANSWERS: dict[str, Answer] = {}
STORAGE_SERVICES: Final = ("blob", "dfs", "file", "queue", "table", "web")
STORAGE_KEY_BYTES: Final = 64


def answers(*types: str) -> Callable[[Answer], Answer]:
    def register(function: Answer) -> Answer:
        for name in types:
            _ANSWERS[f"azure-native:{name}"] = function
        return function

    return register


def answer(token: str, entry: Entry, world: World) -> Object:
    """The read-only outputs of a resource; nothing for types without any that matter."""
    function = _ANSWERS.get(token)
    return function(entry, world) if function else {}


def location(entry: Entry) -> str:
    return str(entry.inputs.get("location", "")).lower().replace(" ", "")


def _hex(entry: Entry, purpose: str, length: int) -> str:
    return hashlib.sha256(f"{entry.nonce}/{purpose}".encode()).hexdigest()[:length]


def public_address(entry: Entry) -> str:
    """An address of a documentation range (RFC 5737), stable for the resource."""
    return f"203.0.113.{int(_hex(entry, 'address', 2), 16) % 254 + 1}"


@answers("managedidentity:UserAssignedIdentity")
def _user_assigned_identity(entry: Entry, _: World) -> Object:
    return {"principalId": entry.guid("principal"), "clientId": entry.guid("client"), "tenantId": TENANT_ID}


@answers("storage:StorageAccount")
def _storage_account(entry: Entry, _: World) -> Object:
    name, sku = paths.name_of(entry.id), str(dig(entry.inputs, "sku", "name"))
    kind = entry.inputs.get("kind")
    services = {"FileStorage": ("file",), "BlockBlobStorage": ("blob", "dfs", "web")}.get(str(kind), STORAGE_SERVICES)
    result: Object = {
        "primaryEndpoints": {service: _storage_endpoint(name, service) for service in services},
        "primaryLocation": location(entry),
        "statusOfPrimary": "available",
    }
    if sku.startswith(("Standard_RA",)):
        names = [service for service in services if service != "file"]
        result["secondaryEndpoints"] = {service: _storage_endpoint(f"{name}-secondary", service) for service in names}
    return result


def _storage_endpoint(account: str, service: str) -> str:
    zone = "z1." if service == "web" else ""
    return f"https://{account}.{zone}{service}.core.windows.net/"


@answers("keyvault:Vault")
def _vault(entry: Entry, _: World) -> Object:
    properties = dict(entry.inputs.get("properties", {}))
    uri = f"https://{paths.name_of(entry.id).lower()}.vault.azure.net/"
    defaults = {"enableSoftDelete": True, "softDeleteRetentionInDays": 90, "provisioningState": "Succeeded"}
    return {"properties": {**defaults, **properties, "vaultUri": uri}}


def vault_object_uri(entry: Entry, collection: str) -> str:
    vault = paths.name_of(paths.parent_of(entry.id) or "").lower()
    return f"https://{vault}.vault.azure.net/{collection}/{paths.name_of(entry.id)}"


@answers("keyvault:Key")
def _key(entry: Entry, _: World) -> Object:
    uri, version = vault_object_uri(entry, "keys"), _hex(entry, "version", 32)
    properties = entry.inputs.get("properties", {})
    result: Object = {"keyUri": uri, "keyUriWithVersion": f"{uri}/{version}"}
    return result | {key: value for key, value in properties.items() if key != "attributes"} | _attributes(properties)


def _attributes(properties: Object) -> Object:
    given = properties.get("attributes")
    return {"attributes": given} if given else {}


@answers("keyvault:Secret")
def _secret(entry: Entry, _: World) -> Object:
    uri = vault_object_uri(entry, "secrets")
    kept = {key: value for key, value in entry.inputs.get("properties", {}).items() if key != "value"}
    return {
        "properties": {**kept, "secretUri": uri, "secretUriWithVersion": f"{uri}/{_hex(entry, str(entry.inputs), 32)}"}
    }


@answers("dbforpostgresql:Server")
def _postgresql_server(entry: Entry, _: World) -> Object:
    network = dict(entry.inputs.get("network", {}))
    injected = "delegatedSubnetResourceId" in network
    network.setdefault("publicNetworkAccess", "Disabled" if injected else "Enabled")
    mode = dig(entry.inputs, "highAvailability", "mode") or "Disabled"
    version = str(entry.inputs.get("version", ""))
    return {
        "fullyQualifiedDomainName": f"{paths.name_of(entry.id)}.postgres.database.azure.com",
        "state": "Ready",
        "network": network,
        "highAvailability": {
            **entry.inputs.get("highAvailability", {}),
            "mode": mode,
            "state": "NotEnabled" if mode == "Disabled" else "Healthy",
        },
        "minorVersion": {"16": "10", "17": "6", "18": "1"}.get(version, "1"),
    }


@answers("containerregistry:Registry")
def _registry(entry: Entry, _: World) -> Object:
    return {"loginServer": f"{paths.name_of(entry.id).lower()}.azurecr.io"}


@answers("network:PublicIPAddress")
def _public_ip(entry: Entry, _: World) -> Object:
    return {"ipAddress": public_address(entry)}


@answers("operationalinsights:Workspace")
def _workspace(entry: Entry, _: World) -> Object:
    return {"customerId": entry.guid("customer")}


@answers("monitor:DataCollectionEndpoint")
def _data_collection_endpoint(entry: Entry, _: World) -> Object:
    host = f"{paths.name_of(entry.id).lower()}-{_hex(entry, 'endpoint', 4)}.{location(entry)}-1"
    return {
        "immutableId": f"dce-{_hex(entry, 'immutable', 32)}",
        "logsIngestion": {"endpoint": f"https://{host}.ingest.monitor.azure.com"},
        "metricsIngestion": {"endpoint": f"https://{host}.metrics.ingest.monitor.azure.com"},
        "configurationAccess": {"endpoint": f"https://{host}.handler.control.monitor.azure.com"},
    }


@answers("monitor:DataCollectionRule")
def _data_collection_rule(entry: Entry, _: World) -> Object:
    return {"immutableId": f"dcr-{_hex(entry, 'immutable', 32)}"}


@answers("monitor:AzureMonitorWorkspace")
def _monitor_workspace(entry: Entry, _: World) -> Object:
    name, region = paths.name_of(entry.id).lower(), location(entry)
    label = f"{name}-{_hex(entry, 'query', 4)}"
    managed = (
        f"{paths.subscription_of(entry.id)}/resourceGroups/MA_{name}_{region}_managed/providers/Microsoft.Insights"
    )
    return {
        "accountId": entry.guid("account"),
        "metrics": {
            "prometheusQueryEndpoint": f"https://{label}.{region}.prometheus.monitor.azure.com",
            "internalId": f"mac_{entry.guid('account')}",
        },
        "defaultIngestionSettings": {
            "dataCollectionEndpointResourceId": f"{managed}/dataCollectionEndpoints/{name}",
            "dataCollectionRuleResourceId": f"{managed}/dataCollectionRules/{name}",
        },
    }


@answers("redisenterprise:RedisEnterprise")
def _redis(entry: Entry, _: World) -> Object:
    return {
        "hostName": f"{paths.name_of(entry.id).lower()}.{location(entry)}.redis.azure.net",
        "resourceState": "Running",
        "redisVersion": "7.4",
    }


@answers("redisenterprise:Database")
def _redis_database(_: Entry, __: World) -> Object:
    return {"resourceState": "Running", "redisVersion": "7.4"}


@answers("dashboard:Grafana")
def _grafana(entry: Entry, _: World) -> Object:
    properties = dict(entry.inputs.get("properties", {}))
    host = f"{paths.name_of(entry.id).lower()}-{_hex(entry, 'host', 8)}.{location(entry)[:3]}.grafana.azure.com"
    return {"properties": {**properties, "endpoint": f"https://{host}", "provisioningState": "Succeeded"}}


@answers("network:PrivateEndpoint")
def _private_endpoint(entry: Entry, world: World) -> Object:
    connections = entry.inputs.get("privateLinkServiceConnections") or []
    result: Object = {
        "networkInterfaces": [{"id": private_endpoint_nic(entry)}],
        "customDnsConfigs": [
            {"fqdn": fqdn, "ipAddresses": [private_address(entry, world)]}
            for connection in connections
            for fqdn in _private_names(str(connection.get("privateLinkServiceId", "")))
        ],
    }
    result["privateLinkServiceConnections"] = [
        {
            **connection,
            "id": f"{entry.id}/privateLinkServiceConnections/{connection.get('name', 'default')}",
            "provisioningState": "Succeeded",
            "privateLinkServiceConnectionState": {"status": "Approved", "description": "Auto-approved"},
        }
        for connection in connections
    ]
    return result


def _private_names(target: str) -> list[str]:
    name = paths.name_of(target).lower()
    suffix = {
        "microsoft.keyvault/vaults": "vault.azure.net",
        "microsoft.containerregistry/registries": "azurecr.io",
        "microsoft.dbforpostgresql/flexibleservers": "postgres.database.azure.com",
        "microsoft.storage/storageaccounts": "blob.core.windows.net",
    }.get(paths.arm_type(target).lower())
    return [f"{name}.{suffix}"] if suffix else []


def private_address(entry: Entry, world: World) -> str:
    """An address inside the endpoint's subnet: the first four are Azure's own."""
    prefix = dig(world.body(str(dig(entry.inputs, "subnet", "id"))) or {}, "addressPrefix")
    if not isinstance(prefix, str):
        return "10.255.255.4"
    network = ipaddress.ip_network(prefix, strict=False)
    offset = 4 + int(_hex(entry, "private", 4), 16) % max(1, network.num_addresses - 5)
    return str(network[offset])


@answers("network:AzureFirewall")
def _firewall(entry: Entry, world: World) -> Object:
    configurations: list[Any] = []
    for configuration in entry.inputs.get("ipConfigurations") or []:
        prefix = dig(world.body(str(dig(configuration, "subnet", "id"))) or {}, "addressPrefix")
        network = ipaddress.ip_network(str(prefix), strict=False) if prefix else None
        address = {"privateIPAddress": str(network[4])} if network else {}
        identifier = f"{entry.id}/azureFirewallIpConfigurations/{configuration.get('name')}"
        configurations.append({**configuration, **address, "id": identifier, "provisioningState": "Succeeded"})
    return {"ipConfigurations": configurations} if configurations else {}


@answers("containerservice:ManagedCluster")
def _cluster(entry: Entry, world: World) -> Object:
    name, region, inputs = paths.name_of(entry.id), location(entry), entry.inputs
    prefix = str(inputs.get("dnsPrefix") or inputs.get("fqdnSubdomain") or name)
    label = f"{prefix}-{_hex(entry, 'fqdn', 8)}"
    made_up = f"MC_{paths.name_of(paths.group_of(entry.id) or '')}_{name}_{region}"
    group = str(inputs.get("nodeResourceGroup") or made_up)
    zone = "private" if dig(inputs, "apiServerAccessProfile", "enableVnetIntegration") else "privatelink"
    result: Object = {
        "nodeResourceGroup": group,
        "powerState": {"code": "Running"},
        "currentKubernetesVersion": str(inputs.get("kubernetesVersion", "")),
        "azurePortalFQDN": f"{label}.portal.hcp.{region}.azmk8s.io",
        "resourceUID": _hex(entry, "uid", 24),
    }
    if dig(inputs, "apiServerAccessProfile", "enablePrivateCluster"):
        result["privateFQDN"] = f"{label}.{entry.guid('zone')}.{zone}.{region}.azmk8s.io"
    if dig(inputs, "apiServerAccessProfile", "enablePrivateClusterPublicFQDN") is not False:
        result["fqdn"] = f"{label}.hcp.{region}.azmk8s.io"
    if dig(inputs, "oidcIssuerProfile", "enabled"):
        issuer = f"https://{region}.oic.prod-aks.azure.com/{TENANT_ID}/{entry.guid('issuer')}/"
        result["oidcIssuerProfile"] = {**inputs["oidcIssuerProfile"], "issuerURL": issuer}
    result["identityProfile"] = inputs.get("identityProfile") or {"kubeletidentity": _kubelet(entry, group, name)}
    addons = inputs.get("addonProfiles")
    if addons:
        result["addonProfiles"] = {
            key: {**value, **_addon_identity(entry, group, name, key, value)} for key, value in addons.items()
        }
    return result


def _kubelet(entry: Entry, group: str, name: str) -> Object:
    return _managed(entry, group, f"{name}-agentpool", "kubelet")


def _addon_identity(entry: Entry, group: str, name: str, addon: str, profile: Object) -> Object:
    with_identity = addon in ("azureKeyvaultSecretsProvider", "omsagent", "azurepolicy", "ingressApplicationGateway")
    if not with_identity or not profile.get("enabled"):
        return {}
    return {"identity": _managed(entry, group, f"{addon.lower()}-{name}", addon)}


def _managed(entry: Entry, group: str, name: str, purpose: str) -> Object:
    identities = f"{paths.subscription_of(entry.id)}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity"
    return {
        "resourceId": f"{identities}/userAssignedIdentities/{name}",
        "clientId": entry.guid(f"{purpose}/client"),
        "objectId": entry.guid(f"{purpose}/object"),
    }
