"""Encryption with customer-managed keys: the key is there, its vault is protected, and the identity may use it.

Each service's page on customer-managed keys, e.g. learn.microsoft.com
azure/storage/common/customer-managed-keys-overview and azure/postgresql/security/security-data-encryption.
"""

import re
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.regions import normal, pair_of
from sandbox.azure.rulebook import Change, stateful
from sandbox.azure.rules.authorization import role_id
from sandbox.azure.rules.keyvault import VAULT
from sandbox.azure.world import World
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import dig
from sandbox.store import Entry

KEY_URI: Final = re.compile(
    r"https://(?P<vault>[\w-]+)\.vault\.azure\.net/+keys/(?P<key>[\w-]+)(/\w*)?/?", re.IGNORECASE
)
MAY_WRAP: Final = (
    "Key Vault Crypto Service Encryption User",
    "Key Vault Crypto User",
    "Key Vault Crypto Officer",
    "Key Vault Administrator",
)


@stateful("storage:StorageAccount")
def storage_account(change: Change) -> None:
    key = dig(change.new, "encryption", "keyVaultProperties")
    if dig(change.new, "encryption", "keySource") == "Microsoft.Keyvault" and isinstance(key, dict):
        uri = f"{str(key.get('keyVaultUri')).rstrip('/')}/keys/{key.get('keyName')}"
        identity = dig(change.new, "encryption", "encryptionIdentity", "encryptionUserAssignedIdentity")
        _refuse_without_access(change.world, uri, identity, change.id)


@stateful("dbforpostgresql:Server")
def postgresql_server(change: Change) -> None:
    encryption = change.new.get("dataEncryption") or {}
    if not encryption.get("primaryKeyURI"):
        return
    world, place = change.world, change.new.get("location")
    primary = encryption.get("primaryUserAssignedIdentityId")
    _refuse_without_access(world, encryption["primaryKeyURI"], primary, change.id)
    if dig(change.new, "backup", "geoRedundantBackup") != "Enabled":
        return
    uri, identity = encryption.get("geoBackupKeyURI"), encryption.get("geoBackupUserAssignedIdentityId")
    vault = _refuse_without_access(world, uri, identity, change.id)
    if normal(vault.inputs.get("location")) != pair_of(place):
        raise ProviderError(
            "InvalidParameterValue",
            f"the vault of geoBackupKeyURI is in {vault.inputs.get('location')}, allowed: {pair_of(place)}, the pair"
            f" of {place}",
        )


@stateful("containerregistry:Registry")
def registry(change: Change) -> None:
    key = dig(change.new, "encryption", "keyVaultProperties")
    if isinstance(key, dict) and dig(change.new, "encryption", "status") == "enabled":
        client = str(key.get("identity")).lower()
        attached = dig(change.new, "identity", "userAssignedIdentities") or []
        identity = next((text for text in attached if _output(change.world, text, "clientId") == client), None)
        _refuse_without_access(change.world, key.get("keyIdentifier"), identity, change.id)


@stateful("redisenterprise:RedisEnterprise")
def redis(change: Change) -> None:
    key = dig(change.new, "encryption", "customerManagedKeyEncryption")
    if isinstance(key, dict):
        identity = dig(key, "keyEncryptionKeyIdentity", "userAssignedIdentityResourceId")
        _refuse_without_access(change.world, key.get("keyEncryptionKeyUrl"), identity, change.id)


@stateful("compute:DiskEncryptionSet")
def disk_encryption_set(change: Change) -> None:
    """With an identity of its own the set is made first and gets its access later; a given identity needs it now."""
    attached = dig(change.new, "identity", "userAssignedIdentities")
    if attached:
        _refuse_without_access(change.world, dig(change.new, "activeKey", "keyUrl"), attached[0], change.id)


def _refuse_without_access(world: World, uri: Any, identity: Any, user: str) -> Entry:
    """The vault of a key, if the key exists and the identity may wrap with it."""
    match = KEY_URI.fullmatch(str(uri))
    vault = _vault(world, match.group("vault")) if match else None
    if match is None or vault is None:
        raise ProviderError("KeyVaultKeyNotFound", f"'{user}': found key {uri!r}, allowed: the URI of a key of a vault")
    key = f"{vault.id}/keys/{match.group('key')}"
    if not world.exists(key):
        raise ProviderError("KeyVaultKeyNotFound", f"'{user}': vault '{vault.id}' has no key {match.group('key')!r}")
    if not dig(vault.inputs, "properties", "enablePurgeProtection"):
        message = f"'{user}': the key's vault '{vault.id}' needs purge protection"
        raise ProviderError("KeyVaultNotPurgeProtected", message)
    if not identity:
        raise ProviderError("IdentityMissing", f"'{user}': a customer-managed key needs a user-assigned identity")
    principal = _output(world, identity, "principalId")
    roles = [role_id(name) for name in MAY_WRAP]
    if not any(world.has_role(principal, role, key) for role in roles) and not _has_policy(vault, principal):
        raise ProviderError(
            "Forbidden",
            f"'{user}': identity '{paths.name_of(str(identity))}' may not use key '{key}': it needs the role"
            f" {MAY_WRAP[0]!r} there before this resource is made (depends_on the role assignment)",
        )
    return vault


def _vault(world: World, name: str) -> Entry | None:
    vaults = world.store.of_type(VAULT)
    return next((entry for entry in vaults if paths.name_of(entry.id).lower() == name.lower()), None)


def _output(world: World, identity: Any, name: str) -> str:
    entry = world.get(str(identity))
    return str(entry.outputs.get(name, "")).lower() if entry else ""


def _has_policy(vault: Entry, principal: str) -> bool:
    policies = dig(vault.inputs, "properties", "accessPolicies") or []
    return any(str(policy.get("objectId")).lower() == principal for policy in policies)
