"""Key vaults: purge protection, names that outlive their vault, keys."""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, created, deletion, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.tenant import TENANT_ID
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig

VAULT: Final = "azure-native:keyvault:Vault"
SOFT_DELETE_DAYS: Final = range(7, 91)
DEFAULT_SOFT_DELETE_DAYS: Final = 90
RSA_SIZES: Final = (2048, 3072, 4096)
RECOVER: Final = "recover"


@static("keyvault:Vault")
def vault(inputs: Object) -> Iterator[Failure]:
    """learn.microsoft.com azure/key-vault/general/soft-delete-overview: purge protection is true or absent."""
    properties = inputs.get("properties", {})
    if dig(properties, "enablePurgeProtection") is False:
        yield refuse("properties.enablePurgeProtection", False, "true, or leave it out")
    if dig(properties, "enableSoftDelete") is False:
        yield refuse("properties.enableSoftDelete", False, "true: soft delete can no longer be turned off")
    days = dig(properties, "softDeleteRetentionInDays")
    if isinstance(days, int) and days not in SOFT_DELETE_DAYS:
        yield refuse("properties.softDeleteRetentionInDays", days, "7 to 90")
    tenant = dig(properties, "tenantId")
    if isinstance(tenant, str) and tenant.lower() != TENANT_ID:
        yield refuse("properties.tenantId", tenant, f"{TENANT_ID}, the tenant of the subscription")
    if dig(properties, "enableRbacAuthorization") is False and "accessPolicies" not in properties:
        yield Failure("properties.accessPolicies", "required when enableRbacAuthorization is false")


@stateful("keyvault:Vault")
def vault_changes(change: Change) -> None:
    """A name stays with a deleted vault until it is purged; protection stays on; retention stays as it is."""
    old, new = dig(change.old or {}, "properties") or {}, change.new.get("properties", {})
    if change.old is None:
        buried = change.world.store.buried(VAULT, paths.name_of(change.id))
        if buried and new.get("createMode") != RECOVER:
            raise ProviderError(
                "ConflictError",
                f"a vault of this name exists in deleted state ('{buried}'). Recover it with createMode 'recover' (or"
                " `az keyvault recover`), take another name, or purge it once its retention is over"
                " (in the sandbox: python -m sandbox.store --home DIR purge ID)",
            )
        return
    if old.get("enablePurgeProtection") and not new.get("enablePurgeProtection"):
        raise ProviderError("BadRequest", "enablePurgeProtection cannot be turned off once it is on")
    days = [item.get("softDeleteRetentionInDays", DEFAULT_SOFT_DELETE_DAYS) for item in (old, new)]
    if days[0] != days[1]:
        raise ProviderError("BadRequest", f"softDeleteRetentionInDays is fixed at creation: {days[0]}, found {days[1]}")


@created("keyvault:Vault")
def recovered(change: Change) -> None:
    change.world.store.unearth(change.id)


@deletion("keyvault:Vault")
def buried(world: World, identifier: str) -> None:
    """Soft delete: the vault is gone, its name is not."""
    entry = world.store.get(identifier)
    if entry is not None:
        world.store.bury(entry, paths.name_of(identifier))


@static("keyvault:Key")
def key(inputs: Object) -> Iterator[Failure]:
    """Sizes of RSA keys; curves of EC keys."""
    kind, size = str(dig(inputs, "properties", "kty") or ""), dig(inputs, "properties", "keySize")
    if kind.startswith("RSA") and isinstance(size, int) and size not in RSA_SIZES:
        yield refuse("properties.keySize", size, ", ".join(map(str, RSA_SIZES)))
    if kind.startswith("EC") and size is not None:
        yield Failure("properties.keySize", "an EC key has a curveName instead")


@stateful("keyvault:Key")
def hsm_keys(change: Change) -> None:
    """Keys in hardware need a premium vault."""
    kind = str(dig(change.new, "properties", "kty") or "")
    owner = change.world.body(paths.parent_of(change.id) or "") or {}
    if kind.endswith("-HSM") and str(dig(owner, "properties", "sku", "name")).lower() != "premium":
        raise ProviderError("BadParameter", f"{kind} keys need a vault of SKU premium")
