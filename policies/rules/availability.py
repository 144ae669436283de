"""What keeps data and its services there when a disk, a building or a region is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceCheck, ResourceRule, StackRule, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, at_least, one_of
from policies.rules.catalog import (
    AKS,
    AKS_POOL,
    LEARN,
    POSTGRES,
    REDIS_CLUSTER,
    RESILIENCE,
    STORAGE_ACCOUNT,
    pools,
)

_ACCOUNT = "storage:StorageAccount"
_REGISTRIES = types("containerregistry:Registry", "containerregistry:Replication")
_NETWORK = types("network:AzureFirewall", "network:BastionHost", "network:PublicIPAddress")


def _of_primaries(check: ResourceCheck) -> ResourceCheck:
    """A check of PostgreSQL servers that are no replicas, which have neither backups nor a standby of their own."""
    return lambda resource: () if resource.at("createMode").may_meet(one_of("Replica")) else check(resource)


def _keeps_backups(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("backup.backupRetentionDays").must(at_least(resource.config["days"], " days"))


def _pools_span_zones(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from pool.at("availabilityZones").must(IS_SET)


def _blobs_are_versioned(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    for service in graph.of("storage:BlobServiceProperties"):
        account = graph.target(service, "accountName", _ACCOUNT)
        # Flow logs are appended to by the minute: each would be a version.
        if account and any(log.refers_to(account, log.at("storageId")) for log in graph.of("network:FlowLog")):
            continue
        for finding in _versions(service, config["days"]):
            yield service.finding(finding.message)


def _versions(service: Node, days: int) -> Iterator[Finding]:
    yield from service.at("isVersioningEnabled").must(IS_TRUE)
    yield from service.at("changeFeed.enabled").must(IS_TRUE)
    yield from service.at("changeFeed.retentionInDays").must_if_set(at_least(days, " days"))
    if service.at("restorePolicy").is_set():
        yield from service.at("restorePolicy.enabled").must(IS_TRUE)
        yield from service.at("restorePolicy.days").must(at_least(days, " days"))


def _ages_slowly(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("policy.rules").elements():
        for kind in ("baseBlob", "snapshot", "version"):
            for _, days in rule.at(f"definition.actions.{kind}.delete").entries():
                yield from days.must(at_least(resource.config["days"], " days"))


def _stays_immutable(resource: Resource) -> Iterator[Finding]:
    archive = resource.at("immutableStorageWithVersioning")
    if not archive.is_set() or not archive.known():
        return
    yield from archive.at("enabled").must(IS_TRUE)
    yield from archive.at("immutabilityPolicy.state").must(one_of("Unlocked", "Locked"))
    days = archive.at("immutabilityPolicy.immutabilityPeriodSinceCreationInDays")
    yield from days.must(at_least(resource.config["days"], " days"))


RULES = (
    ResourceRule(
        id="pg-backup-days",
        title="PostgreSQL servers keep backups for two weeks",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=POSTGRES,
        why="What went wrong before a holiday is noticed after it.",
        remedy="Set backup.backupRetentionDays to 14 or more, up to 35.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-backup-restore",
        references=("MCSB BR-1", "DORA 12", "ISO 27001 8.13"),
        config_schema={"days": {"type": "integer", "minimum": 7, "maximum": 35, "default": 14}},
        check=_of_primaries(_keeps_backups),
    ),
    ResourceRule(
        id="pg-geo-backup",
        title="Backups of PostgreSQL servers are in two regions",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=POSTGRES,
        why="A region that is lost takes backups that are only there along.",
        remedy="Set backup.geoRedundantBackup to Enabled; it can only be chosen when the server is made.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-backup-restore",
        references=("MCSB BR-2", "DORA 12", "ISO 27001 8.13"),
        check=_of_primaries(must("backup.geoRedundantBackup", one_of("Enabled"))),
    ),
    ResourceRule(
        id="pg-standby-zone",
        title="PostgreSQL servers have a standby in another zone",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=POSTGRES,
        why="A standby in the same building stops with it.",
        remedy="Set highAvailability.mode to ZoneRedundant.",
        url=f"{LEARN}/reliability/reliability-postgresql-flexible-server",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_of_primaries(must("highAvailability.mode", one_of("ZoneRedundant"))),
    ),
    ResourceRule(
        id="redis-replicated",
        title="Managed Redis has a replica",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=REDIS_CLUSTER,
        why="Without one, patching the cache logs everybody out.",
        remedy="Set highAvailability to Enabled.",
        url=f"{LEARN}/redis/high-availability",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=must("highAvailability", one_of("Enabled")),
    ),
    ResourceRule(
        id="acr-zones",
        title="Registries are in several zones",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=_REGISTRIES,
        why="A cluster that moves to other machines needs its images just then.",
        remedy="Set zoneRedundancy to Enabled; it can only be chosen when the registry, or its replica, is made.",
        url=f"{LEARN}/container-registry/zone-redundancy",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=must("zoneRedundancy", one_of("Enabled")),
    ),
    ResourceRule(
        id="pool-zones",
        title="Node pools span zones",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=AKS | AKS_POOL,
        why="Pods that are spread over machines of one building are not spread.",
        remedy="Set availabilityZones of every pool; they can only be chosen when the pool is made.",
        url=f"{LEARN}/aks/availability-zones",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_pools_span_zones,
    ),
    ResourceRule(
        id="network-zones",
        title="Firewalls, Bastion and public addresses span zones",
        family=RESILIENCE,
        severity=Severity.LOW,
        types=_NETWORK,
        why="The way in and the way out of a network that is in three buildings must be, too.",
        remedy="Set zones.",
        url=f"{LEARN}/reliability/availability-zones-service-support",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=must("zones", IS_SET),
    ),
    StackRule(
        id="blob-versioned",
        title="What is overwritten in a blob is kept as a version, and written down",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=types("network:FlowLog", _ACCOUNT, "storage:BlobServiceProperties"),
        why="Soft delete brings back what was deleted, and nothing that was overwritten, as by ransomware.",
        remedy="Set isVersioningEnabled and changeFeed.enabled to true, and let a ManagementPolicy delete old ones.",
        url=f"{LEARN}/storage/blobs/versioning-overview",
        references=("MCSB BR-2", "ISO 27001 8.13"),
        config_schema={"days": {"type": "integer", "minimum": 1, "default": 14}},
        check=_blobs_are_versioned,
    ),
    ResourceRule(
        id="storage-immutable-stays",
        title="An account that is meant to be immutable is, for a month at least",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="Whoever gets hold of the account's administrator deletes the backups first.",
        remedy="Keep immutableStorageWithVersioning enabled, its policy not Disabled, of 30 days or more.",
        url=f"{LEARN}/storage/blobs/immutable-version-level-worm-policies",
        references=("MCSB BR-2", "DORA 12", "ISO 27001 5.33"),
        config_schema={"days": {"type": "integer", "minimum": 1, "default": 30}},
        check=_stays_immutable,
    ),
    ResourceRule(
        id="blob-ages-slowly",
        title="Nothing deletes blobs, or versions of them, within a month",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=types("storage:ManagementPolicy"),
        why="A policy that deletes after a day empties an account of backups in a day.",
        remedy="Let actions named delete wait for 30 days or more.",
        url=f"{LEARN}/storage/blobs/lifecycle-management-overview",
        references=("MCSB BR-2", "DORA 12", "ISO 27001 8.13"),
        config_schema={"days": {"type": "integer", "minimum": 1, "default": 30}},
        check=_ages_slowly,
    ),
)
