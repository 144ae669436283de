"""Identities, storage, vaults, registries, databases, caches."""

from typing import Final

from sandbox.azure import paths
from sandbox.azure.answerbook import answers, derived, location
from sandbox.azure.tenant import TENANT_ID
from sandbox.azure.world import World
from sandbox.provider.values import Object, dig
from sandbox.store import Entry

STORAGE_SERVICES: Final = ("blob", "dfs", "file", "queue", "table", "web")


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


@answers("storage:ObjectReplicationPolicy")
def _object_replication(entry: Entry, _: World) -> Object:
    """The destination's policy, made as `default`, is given ids; the source's is made with those."""
    name = paths.name_of(entry.id)
    return {
        "policyId": entry.guid("policy") if name == "default" else name,
        "rules": [
            {**rule, "ruleId": rule.get("ruleId") or entry.guid(f"rule {index}")}
            for index, rule in enumerate(entry.inputs.get("rules") or [])
        ],
    }


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
    uri, version = vault_object_uri(entry, "keys"), derived(entry, "version", 32)
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
        "properties": {
            **kept,
            "secretUri": uri,
            "secretUriWithVersion": f"{uri}/{derived(entry, str(entry.inputs), 32)}",
        }
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
