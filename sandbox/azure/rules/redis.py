"""Azure Managed Redis. learn.microsoft.com azure/redis/overview, azure/redis/architecture"""

import re
from collections.abc import Iterator
from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

MANAGED_SKU: Final = re.compile(r"(Balanced_B|MemoryOptimized_M|ComputeOptimized_X|FlashOptimized_A)(\d+)")
NO_CLUSTER_LARGEST: Final = 20  # the SKUs of number 20 have 24 GB, the next ones more than the 25 GB allowed
DATABASE_NAME: Final = "default"
DATABASE_PORT: Final = 10000


@static("redisenterprise:RedisEnterprise")
def cluster(inputs: Object) -> Iterator[Failure]:
    """Managed SKUs have neither capacity nor zones: with high availability they spread over zones by themselves."""
    sku = str(dig(inputs, "sku", "name") or "")
    if MANAGED_SKU.fullmatch(sku):
        if dig(inputs, "sku", "capacity") is not None:
            yield Failure("sku.capacity", f"{sku} has a fixed size: leave it out")
        if known_items(inputs.get("zones")):
            yield Failure("zones", f"{sku} chooses its zones by itself: leave it out")


@stateful("redisenterprise:RedisEnterprise")
def cluster_changes(change: Change) -> None:
    """High availability stays; Flash is no neighbour of the other SKUs."""
    if change.old is None:
        return
    if (change.old.get("highAvailability", "Enabled"), change.new.get("highAvailability")) == ("Enabled", "Disabled"):
        raise ProviderError("BadRequest", "highAvailability can be turned on later, never off")
    skus = [str(dig(inputs, "sku", "name")) for inputs in (change.old, change.new)]
    if len({sku.startswith("Flash") for sku in skus}) > 1:
        raise ProviderError("BadRequest", f"{skus[0]} cannot be scaled to {skus[1]}")


@static("redisenterprise:Database")
def database(inputs: Object) -> Iterator[Failure]:
    """One database, named default, at one port; what modules and persistence ask for."""
    name = inputs.get("databaseName")
    if isinstance(name, str) and name != DATABASE_NAME:
        yield refuse("databaseName", name, f"{DATABASE_NAME!r}")
    port = inputs.get("port")
    if isinstance(port, int) and port != DATABASE_PORT:
        yield refuse("port", port, str(DATABASE_PORT))
    persistence = inputs.get("persistence") or {}
    if dig(persistence, "aofEnabled") and dig(persistence, "rdbEnabled"):
        yield Failure("persistence", "AOF or RDB, not both")
    for kind, frequency in (("aofEnabled", "aofFrequency"), ("rdbEnabled", "rdbFrequency")):
        if dig(persistence, kind) and frequency not in persistence:
            yield Failure(f"persistence.{frequency}", f"required with {kind}")
    modules = [str(dig(module, "name")) for module in known_items(inputs.get("modules"))]
    if "RediSearch" in modules:
        if inputs.get("clusteringPolicy") != "EnterpriseCluster":
            yield refuse("clusteringPolicy", inputs.get("clusteringPolicy"), "EnterpriseCluster with RediSearch")
        if inputs.get("evictionPolicy") != "NoEviction":
            yield refuse("evictionPolicy", inputs.get("evictionPolicy"), "NoEviction with RediSearch")


@stateful("redisenterprise:Database")
def database_fits(change: Change) -> None:
    """Without clustering a database has to fit one node; the policy can only be changed from there."""
    sku = str(dig(change.world.body(paths.parent_of(change.id) or "") or {}, "sku", "name"))
    size = MANAGED_SKU.fullmatch(sku)
    if change.new.get("clusteringPolicy") == "NoCluster" and size and int(size.group(2)) > NO_CLUSTER_LARGEST:
        raise ProviderError("BadRequest", f"clusteringPolicy NoCluster: {sku} is larger than 25 GB")
    if change.old is not None:
        policies = [inputs.get("clusteringPolicy", "OSSCluster") for inputs in (change.old, change.new)]
        if policies[0] not in ("NoCluster", policies[1]):
            raise ProviderError("BadRequest", f"clusteringPolicy {policies[0]} cannot become {policies[1]}")
