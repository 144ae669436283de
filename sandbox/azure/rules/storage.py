"""Storage accounts, containers, shares and their policies.

learn.microsoft.com azure/storage/common/storage-account-overview, azure/storage/files/understanding-billing
"""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

STANDARD: Final = ("Standard_LRS", "Standard_ZRS", "Standard_GRS", "Standard_RAGRS", "Standard_GZRS", "Standard_RAGZRS")
SKUS_OF_KIND: Final = {
    "StorageV2": STANDARD,
    "BlockBlobStorage": ("Premium_LRS", "Premium_ZRS"),
    "FileStorage": (
        "Premium_LRS", "Premium_ZRS", "PremiumV2_LRS", "PremiumV2_ZRS", "StandardV2_LRS", "StandardV2_ZRS",
        "StandardV2_GRS", "StandardV2_GZRS",
    ),
}  # fmt: skip
RETENTION_DAYS: Final = range(1, 366)
IMMUTABILITY_DAYS: Final = range(1, 146001)
PREMIUM_SHARE_GIB: Final = range(100, 102401)
PREMIUM_V2_SHARE_GIB: Final = range(32, 262145)
SHARE_GIB: Final = range(1, 102401)


@static("storage:StorageAccount")
def account(inputs: Object) -> Iterator[Failure]:
    """Kinds and the SKUs they take; what cannot be had together."""
    kind, sku = inputs.get("kind"), dig(inputs, "sku", "name")
    allowed = SKUS_OF_KIND.get(str(kind))
    if isinstance(kind, str) and allowed is None and kind in ("Storage", "BlobStorage"):
        yield refuse("kind", kind, f"{', '.join(SKUS_OF_KIND)} ({kind} accounts cannot be made any more)")
    if allowed and isinstance(sku, str) and sku not in allowed:
        yield refuse("sku.name", sku, f"{', '.join(allowed)} for kind {kind}")
    if inputs.get("isHnsEnabled") and dig(inputs, "immutableStorageWithVersioning", "enabled"):
        yield Failure("immutableStorageWithVersioning", "not together with isHnsEnabled")
    if kind == "FileStorage" and "accessTier" in inputs:
        yield Failure("accessTier", "a FileStorage account has no access tier")
    customer_key = dig(inputs, "encryption", "keySource") == "Microsoft.Keyvault"
    if customer_key and "keyVaultProperties" not in inputs["encryption"]:
        yield Failure("encryption.keyVaultProperties", "required when keySource is Microsoft.Keyvault")


@stateful("storage:StorageAccount")
def account_changes(change: Change) -> None:
    """Zones come and go only by a conversion, not by an update; premium stays premium."""
    if change.old is None:
        return
    old, new = str(dig(change.old, "sku", "name")), str(dig(change.new, "sku", "name"))
    crosses_zones = ("ZRS" in old) != ("ZRS" in new)
    if old != new and (crosses_zones or old.partition("_")[0] != new.partition("_")[0]):
        raise ProviderError("StorageAccountSkuConversionNotAllowed", f"{old} cannot become {new} by an update")


@static("storage:BlobServiceProperties")
def blob_service(inputs: Object) -> Iterator[Failure]:
    """Retention periods; what point-in-time restore stands on."""
    for key in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        days = dig(inputs, key, "days")
        if isinstance(days, int) and days not in RETENTION_DAYS:
            yield refuse(f"{key}.days", days, "1 to 365")
    if dig(inputs, "restorePolicy", "enabled"):
        needs = {
            "isVersioningEnabled": inputs.get("isVersioningEnabled"),
            "changeFeed.enabled": dig(inputs, "changeFeed", "enabled"),
            "deleteRetentionPolicy.enabled": dig(inputs, "deleteRetentionPolicy", "enabled"),
        }
        for path, value in needs.items():
            if not value:
                yield Failure(path, "must be true for a restorePolicy")
        days, kept = dig(inputs, "restorePolicy", "days"), dig(inputs, "deleteRetentionPolicy", "days")
        if isinstance(days, int) and isinstance(kept, int) and days >= kept:
            yield refuse("restorePolicy.days", days, f"less than deleteRetentionPolicy.days ({kept})")


@static("storage:FileShare")
def share_inputs(inputs: Object) -> Iterator[Failure]:
    if inputs.get("enabledProtocols") != "NFS" and "rootSquash" in inputs:
        yield Failure("rootSquash", "only for shares of protocol NFS")


@stateful("storage:FileShare")
def share(change: Change) -> None:
    """NFS needs SSD; the account's SKU bounds the size."""
    body = change.world.body(_account_of(change.id)) or {}
    sku = str(dig(body, "sku", "name"))
    if change.new.get("enabledProtocols") == "NFS" and not sku.startswith("Premium"):
        message = f"NFS shares need a premium FileStorage account, found {sku}"
        raise ProviderError("FeatureNotSupportedForAccount", message)
    quota = change.new.get("shareQuota")
    sizes = {"Premium": PREMIUM_SHARE_GIB, "PremiumV2": PREMIUM_V2_SHARE_GIB}.get(sku.partition("_")[0], SHARE_GIB)
    if isinstance(quota, int) and quota not in sizes:
        message = f"shareQuota: found {quota}, allowed: {sizes.start} to {sizes.stop - 1}"
        raise ProviderError("InvalidHeaderValue", message)


@stateful("storage:BlobContainer")
def container(change: Change) -> None:
    """Containers need blobs; version-level immutability needs versioning."""
    account_id = _account_of(change.id)
    body = change.world.body(account_id) or {}
    if body.get("kind") == "FileStorage":
        message = f"'{account_id}' is a FileStorage account and holds no blobs"
        raise ProviderError("FeatureNotSupportedForAccount", message)
    if dig(change.new, "immutableStorageWithVersioning", "enabled"):
        service = change.world.body(f"{account_id}/blobServices/default") or {}
        if not service.get("isVersioningEnabled") and not dig(body, "immutableStorageWithVersioning", "enabled"):
            raise ProviderError("BlobVersioningNotEnabled", "version-level immutability needs isVersioningEnabled")


@static("storage:ManagementPolicy")
def lifecycle(inputs: Object) -> Iterator[Failure]:
    """Rule names are unique; days do not go backwards from tier to tier."""
    seen: set[str] = set()
    for index, rule in enumerate(known_items(dig(inputs, "policy", "rules"))):
        name = str(rule.get("name"))
        if name in seen:
            yield Failure(f"policy.rules[{index}].name", f"a second rule named {name!r}")
        seen.add(name)
        if rule.get("type") not in (None, "Lifecycle"):
            yield refuse(f"policy.rules[{index}].type", rule.get("type"), "Lifecycle")


@stateful("storage:ManagementPolicy")
def archive_tier(change: Change) -> None:
    """The archive tier exists with LRS, GRS and RA-GRS only."""
    sku = str(dig(change.world.body(_account_of(change.id)) or {}, "sku", "name"))
    rules = known_items(dig(change.new, "policy", "rules"))
    archives = [rule for rule in rules if "tierToArchive" in str(dig(rule, "definition", "actions"))]
    if archives and "ZRS" in sku:
        raise ProviderError("InvalidRequestPropertyValue", f"tierToArchive: not on an account of {sku}")


@stateful("storage:ObjectReplicationPolicy")
def object_replication(change: Change) -> None:
    """Both sides keep versions; the source has a change feed."""
    for side in ("sourceAccount", "destinationAccount"):
        account_id = str(change.new.get(side))
        if not account_id.startswith("/"):
            account_id = f"{_account_of(change.id).rpartition('/')[0]}/{account_id}"
        service = change.world.body(f"{account_id}/blobServices/default") or {}
        if not service.get("isVersioningEnabled"):
            raise ProviderError("BlobVersioningNotEnabled", f"{side} '{account_id}' needs isVersioningEnabled")
        if side == "sourceAccount" and not dig(service, "changeFeed", "enabled"):
            raise ProviderError("ChangeFeedNotEnabled", f"{side} '{account_id}' needs changeFeed.enabled")


@static("storage:BlobContainerImmutabilityPolicy")
def immutability(inputs: Object) -> Iterator[Failure]:
    days = inputs.get("immutabilityPeriodSinceCreationInDays")
    if isinstance(days, int) and days not in IMMUTABILITY_DAYS:
        yield refuse("immutabilityPeriodSinceCreationInDays", days, "1 to 146000")


def _account_of(identifier: str) -> str:
    """The account's id in the id of something inside it."""
    head, _, rest = identifier.partition("/storageAccounts/")
    return f"{head}/storageAccounts/{rest.partition('/')[0]}" if rest else paths.parent_of(identifier) or ""
