"""Container registries. learn.microsoft.com azure/container-registry/container-registry-skus"""

from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.regions import normal, regions
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig

PREMIUM: Final = "Premium"
RETENTION_DAYS: Final = range(366)


@static("containerregistry:Registry")
def registry(inputs: Object) -> Iterator[Failure]:
    """Most of what keeps a registry private is Premium."""
    sku = dig(inputs, "sku", "name")
    premium_only = {
        "zoneRedundancy": inputs.get("zoneRedundancy") == "Enabled",
        "publicNetworkAccess": inputs.get("publicNetworkAccess") == "Disabled",
        "dataEndpointEnabled": inputs.get("dataEndpointEnabled") is True,
        "encryption": dig(inputs, "encryption", "status") == "enabled",
        "policies.retentionPolicy": dig(inputs, "policies", "retentionPolicy", "status") == "enabled",
    }
    for path, used in premium_only.items():
        if used and isinstance(sku, str) and sku != PREMIUM:
            yield Failure(path, f"needs sku.name {PREMIUM!r}, found {sku!r}")
    days = dig(inputs, "policies", "retentionPolicy", "days")
    if isinstance(days, int) and days not in RETENTION_DAYS:
        yield refuse("policies.retentionPolicy.days", days, "0 to 365")
    no_export = dig(inputs, "policies", "exportPolicy", "status") == "disabled"
    if no_export and inputs.get("publicNetworkAccess") not in ("Disabled", UNKNOWN):
        yield Failure("policies.exportPolicy.status", "can be disabled only with publicNetworkAccess 'Disabled'")
    if dig(inputs, "policies", "trustPolicy", "status") == "enabled":
        yield refuse("policies.trustPolicy.status", "enabled", "disabled (content trust is being retired)")
    place = inputs.get("location")
    region = regions().get(normal(place))
    if inputs.get("zoneRedundancy") == "Enabled" and region and not region["zones"]:
        yield Failure("zoneRedundancy", f"{place} has no availability zones")


@stateful("containerregistry:Replication")
def replication(change: Change) -> None:
    """A replica is elsewhere, and its registry is Premium."""
    owner = change.world.body(paths.parent_of(change.id) or "") or {}
    if dig(owner, "sku", "name") != PREMIUM:
        raise ProviderError("FeatureNotSupported", "geo-replication needs a Premium registry")
    if normal(owner.get("location")) == normal(change.new.get("location")):
        raise ProviderError("InvalidReplicationLocation", f"the registry itself is in {change.new.get('location')}")
