"""PostgreSQL Flexible Server: what a server can be, and what it can become.

learn.microsoft.com azure/postgresql: compute-storage/concepts-storage, high-availability/concepts-high-availability,
read-replica/concepts-read-replicas, network/concepts-networking-private, configure-maintain/concepts-version-policy
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.regions import pair_of
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules import postgresql_sizes as sizes
from sandbox.azure.rules.network import POSTGRESQL_DELEGATION
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig, known_items

RETIRED_VERSIONS: Final = ("11", "12", "13")
BACKUP_DAYS: Final = range(7, 36)
RESERVED_LOGINS: Final = (
    "azure_superuser", "azuresu", "azure_pg_admin", "admin", "administrator", "root", "guest", "public",
)  # fmt: skip
PASSWORD_LENGTHS: Final = range(8, 129)
PASSWORD_KINDS: Final = (r"[a-z]", r"[A-Z]", r"\d", r"[^a-zA-Z\d]")
PASSWORD_KINDS_NEEDED: Final = 3
WINDOW: Final = {"dayOfWeek": range(7), "startHour": range(24), "startMinute": range(60)}
COPIES: Final = ("Replica", "PointInTimeRestore", "GeoRestore", "ReviveDropped")
PRIVATE_SUFFIX: Final = ".postgres.database.azure.com"


@static("dbforpostgresql:Server")
def compute_and_storage(inputs: Object) -> Iterator[Failure]:
    """SKUs by tier; disk sizes by type."""
    tier, name = dig(inputs, "sku", "tier"), dig(inputs, "sku", "name")
    allowed = sizes.SKUS.get(str(tier))
    if allowed and isinstance(name, str) and name not in allowed:
        yield refuse("sku.name", name, f"for tier {tier}: {', '.join(sorted(allowed))}")
    disk, size = inputs.get("storage") or {}, dig(inputs, "storage", "storageSizeGB")
    kind = dig(disk, "type") or "Premium_LRS"
    if kind == "Premium_LRS" and isinstance(size, int) and size not in sizes.PREMIUM_GIB:
        yield refuse("storage.storageSizeGB", size, ", ".join(map(str, sizes.PREMIUM_GIB)))
    if kind == "PremiumV2_LRS":
        yield from _premium_v2(disk, size, tier)


def _premium_v2(disk: Object, size: Any, tier: Any) -> Iterator[Failure]:
    if tier == "Burstable":
        yield refuse("storage.type", "PremiumV2_LRS", "Premium_LRS on Burstable")
    if dig(disk, "autoGrow") == "Enabled":
        yield refuse("storage.autoGrow", "Enabled", "Disabled with PremiumV2_LRS")
    for key in ("iops", "throughput"):
        if key not in disk:
            yield Failure(f"storage.{key}", "required with PremiumV2_LRS")
    iops, throughput = dig(disk, "iops"), dig(disk, "throughput")
    if not isinstance(size, int):
        return
    if size not in sizes.PREMIUM_V2_GIB:
        yield refuse("storage.storageSizeGB", size, "1 to 65536")
    most = max(sizes.PREMIUM_V2_FREE_IOPS, min(sizes.PREMIUM_V2_MOST_IOPS, sizes.PREMIUM_V2_IOPS_A_GIB * size))
    if isinstance(iops, int) and not sizes.PREMIUM_V2_FREE_IOPS <= iops <= most:
        yield refuse("storage.iops", iops, f"{sizes.PREMIUM_V2_FREE_IOPS} to {most} for {size} GiB")
    if isinstance(throughput, int) and throughput > sizes.PREMIUM_V2_MOST_MBPS:
        yield refuse("storage.throughput", throughput, f"at most {sizes.PREMIUM_V2_MOST_MBPS}")


@static("dbforpostgresql:Server")
def availability_and_backup(inputs: Object) -> Iterator[Failure]:
    """High availability and replicas need a tier that has them; backups are kept for 7 to 35 days."""
    mode, tier = dig(inputs, "highAvailability", "mode"), dig(inputs, "sku", "tier")
    if mode in ("ZoneRedundant", "SameZone"):
        if tier == "Burstable":
            yield refuse("highAvailability.mode", mode, "Disabled on tier Burstable")
        if inputs.get("createMode") == "Replica":
            yield refuse("highAvailability.mode", mode, "Disabled on a replica")
        zones = (inputs.get("availabilityZone"), dig(inputs, "highAvailability", "standbyAvailabilityZone"))
        # The SDK sends "" for zones that are left to Azure.
        if all(zones) and UNKNOWN not in zones and (zones[0] == zones[1]) == (mode == "ZoneRedundant"):
            other = "another" if mode == "ZoneRedundant" else "the same"
            yield refuse("highAvailability.standbyAvailabilityZone", zones[1], f"{other} zone as {zones[0]}, by {mode}")
    if inputs.get("createMode") == "Replica" and tier == "Burstable":
        yield refuse("sku.tier", tier, "GeneralPurpose or MemoryOptimized for a replica")
    days = dig(inputs, "backup", "backupRetentionDays")
    if isinstance(days, int) and days not in BACKUP_DAYS:
        yield refuse("backup.backupRetentionDays", days, "7 to 35")


@static("dbforpostgresql:Server")
def geo_redundant_backup(inputs: Object) -> Iterator[Failure]:
    """It needs a paired region and, with a customer-managed key, a second key there."""
    if dig(inputs, "backup", "geoRedundantBackup") == "Enabled":
        if isinstance(inputs.get("location"), str) and pair_of(inputs["location"]) is None:
            yield Failure("backup.geoRedundantBackup", f"{inputs['location']} has no paired region")
        encryption = inputs.get("dataEncryption") or {}
        for key in ("geoBackupKeyURI", "geoBackupUserAssignedIdentityId"):
            if "primaryKeyURI" in encryption and key not in encryption:
                yield Failure(f"dataEncryption.{key}", "required: geo-redundant backup with a customer-managed key")


@static("dbforpostgresql:Server")
def logins(inputs: Object) -> Iterator[Failure]:
    """Some way to log in, and an administrator that PostgreSQL does not know already."""
    auth = inputs.get("authConfig") or {}
    password_login = auth.get("passwordAuth", "Enabled") == "Enabled"
    if not password_login and auth.get("activeDirectoryAuth") != "Enabled":
        yield Failure("authConfig", "at least one of passwordAuth and activeDirectoryAuth must be Enabled")
    if inputs.get("createMode", "Default") not in COPIES and password_login:
        for key in ("administratorLogin", "administratorLoginPassword"):
            if key not in inputs:
                yield Failure(key, "required with passwordAuth")
    login, password = inputs.get("administratorLogin"), inputs.get("administratorLoginPassword")
    if isinstance(login, str) and (login.lower() in RESERVED_LOGINS or login.lower().startswith("pg_")):
        yield refuse("administratorLogin", login, f"none of {', '.join(RESERVED_LOGINS)}, nothing with pg_ in front")
    if isinstance(password, str) and not _is_strong(password):
        yield Failure("administratorLoginPassword", "8 to 128 characters of three of: lower, upper, digits, others")


@static("dbforpostgresql:Server")
def network_and_window(inputs: Object) -> Iterator[Failure]:
    """One of the two ways in, and when Microsoft may work on the server."""
    network = inputs.get("network") or {}
    if "delegatedSubnetResourceId" in network:
        if "privateDnsZoneArmResourceId" not in network:
            yield Failure("network.privateDnsZoneArmResourceId", "required with delegatedSubnetResourceId")
        if network.get("publicNetworkAccess") == "Enabled":
            allowed = "Disabled or left out with delegatedSubnetResourceId"
            yield refuse("network.publicNetworkAccess", "Enabled", allowed)
    zone = network.get("privateDnsZoneArmResourceId")
    if isinstance(zone, str):
        yield from _zone(paths.name_of(zone).lower(), inputs)
    for key, values in WINDOW.items():
        value = dig(inputs, "maintenanceWindow", key)
        if isinstance(value, int) and value not in values:
            yield refuse(f"maintenanceWindow.{key}", value, f"0 to {values.stop - 1}")


def _zone(name: str, inputs: Object) -> Iterator[Failure]:
    where = "network.privateDnsZoneArmResourceId"
    if not name.endswith(PRIVATE_SUFFIX):
        yield refuse(where, name, f"a zone whose name ends with {PRIVATE_SUFFIX}")
    elif name == f"{inputs.get('serverName')}{PRIVATE_SUFFIX}":
        yield refuse(where, name, "a zone of another name than the server's own")


def _is_strong(password: str) -> bool:
    kinds = sum(re.search(kind, password) is not None for kind in PASSWORD_KINDS)
    return len(password) in PASSWORD_LENGTHS and kinds >= PASSWORD_KINDS_NEEDED


@stateful("dbforpostgresql:Server")
def subnet_is_delegated(change: Change) -> None:
    """A VNet-integrated server lives in a subnet of its own kind."""
    subnet = dig(change.new, "network", "delegatedSubnetResourceId")
    if not subnet:
        return
    body = change.world.body(subnet) or {}
    services = [str(dig(item, "serviceName")).lower() for item in known_items(body.get("delegations"))]
    if POSTGRESQL_DELEGATION.lower() not in services:
        raise ProviderError("SubnetNotDelegated", f"subnet '{subnet}' must be delegated to {POSTGRESQL_DELEGATION}")


@stateful("dbforpostgresql:Server")
def new_server(change: Change) -> None:
    if change.old is None:
        version = str(change.new.get("version"))
        if version in RETIRED_VERSIONS and change.new.get("createMode") not in COPIES:
            raise ProviderError("VersionNotSupported", f"version {version} is retired: no new servers of it")
        if change.new.get("createMode") in COPIES and not change.new.get("sourceServerResourceId"):
            message = f"createMode {change.new['createMode']} needs sourceServerResourceId"
            raise ProviderError("MissingParameter", message)
    source = change.new.get("sourceServerResourceId")
    if change.old is None and change.new.get("createMode") == "Replica" and source:
        primary = change.world.body(str(source)) or {}
        sizes_of = [dig(item, "storage", "storageSizeGB") or 0 for item in (change.new, primary)]
        if sizes_of[0] and sizes_of[0] < sizes_of[1]:
            message = f"storage.storageSizeGB: a replica needs what its primary has, {sizes_of[1]} or more"
            raise ProviderError("ReplicaStorageTooSmall", message)


@stateful("dbforpostgresql:Server")
def server_changes(change: Change) -> None:
    """Storage only grows, versions only rise, one big change at a time."""
    if change.old is None:
        return
    old, new = change.old, change.new
    before, after = dig(old, "storage", "storageSizeGB") or 0, dig(new, "storage", "storageSizeGB") or 0
    if after < before:
        message = f"storage.storageSizeGB: {before} can grow, not shrink to {after}"
        raise ProviderError("StorageSizeCannotBeReduced", message)
    if dig(old, "storage", "type") != dig(new, "storage", "type"):
        message = "storage.type is fixed at creation: restore to a server of the other type"
        raise ProviderError("StorageTypeCannotBeChanged", message)
    versions = [str(item.get("version", "0")) for item in (old, new)]
    if versions[1].isdigit() and int(versions[1]) < int(versions[0]):
        raise ProviderError("VersionDowngrade", f"version {versions[0]} cannot become {versions[1]}")
    modes = [dig(item, "highAvailability", "mode") for item in (old, new)]
    if old.get("sku") != new.get("sku") and modes[0] != modes[1]:
        raise ProviderError("OperationNotAllowed", "sku and highAvailability.mode cannot be changed together")
    if len({"primaryKeyURI" in (item.get("dataEncryption") or {}) for item in (old, new)}) > 1:
        raise ProviderError("DataEncryptionCannotBeChanged", "service- or customer-managed keys: fixed at creation")
    zones = [dig(item, "network", "privateDnsZoneArmResourceId") for item in (old, new)]
    if zones[0] != zones[1] and dig(new, "highAvailability", "mode") in ("ZoneRedundant", "SameZone"):
        raise ProviderError(
            "OperationNotAllowed", "the private DNS zone cannot be changed while high availability is on"
        )
