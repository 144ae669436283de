"""Backups, and what was deleted: kept long enough, and out of the reach of whoever deleted it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Value, at_least, one_of
from policies.rules.catalog import APP_CONFIGURATION, COSMOS, HSM, LEARN, MYSQL, RESILIENCE

_BACKUP_VAULT = types("dataprotection:BackupVault")
_VAULTS = _BACKUP_VAULT | types("recoveryservices:Vault")
_BLOBS, _FILES = types("storage:BlobServiceProperties"), types("storage:FileServiceProperties")
_DELETED_REFERENCES = ("MCSB BR-2", "DORA 12", "ISO 27001 8.13")


def _days(default: int) -> Mapping[str, dict[str, Any]]:
    return {"days": {"type": "integer", "minimum": 1, "default": default}}


def _is_kept(policy: Value, days: int) -> Iterator[Finding]:
    yield from policy.at("enabled").must(IS_TRUE)
    yield from policy.at("days").must(at_least(days, " days"))
    yield from policy.at("allowPermanentDelete").must_not(IS_TRUE, "whoever deletes would delete for good")


def _blobs_are_kept(resource: Resource) -> Iterator[Finding]:
    for name in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
        yield from _is_kept(resource.at(name), resource.config["days"])


def _shares_are_kept(resource: Resource) -> Iterator[Finding]:
    yield from _is_kept(resource.at("shareDeleteRetentionPolicy"), resource.config["days"])


def _backups_are_kept(resource: Resource) -> Iterator[Finding]:
    settings = resource.at("properties.securitySettings.softDeleteSettings")
    if resource.type in _BACKUP_VAULT:
        yield from settings.at("state").must(one_of("On", "AlwaysOn"))
        days = settings.at("retentionDurationInDays")
    else:
        yield from settings.at("softDeleteState").must(one_of("Enabled", "AlwaysON"))
        days = settings.at("softDeleteRetentionPeriodInDays")
    yield from days.must(at_least(resource.config["days"], " days"))


def _restores_stay(resource: Resource) -> Iterator[Finding]:
    features = "featureSettings" if resource.type in _BACKUP_VAULT else "restoreSettings"
    state = "state" if resource.type in _BACKUP_VAULT else "crossSubscriptionRestoreState"
    setting = resource.at(f"properties.{features}.crossSubscriptionRestoreSettings.{state}")
    yield from setting.must(one_of("Disabled", "PermanentlyDisabled"))


def _enough_days(path: str) -> Any:
    def check(resource: Resource) -> Iterator[Finding]:
        yield from resource.at(path).must(at_least(resource.config["days"], " days"))

    return check


def _in_several_zones(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("locations").must(IS_SET)
    for location in resource.at("locations").elements():
        yield from location.at("isZoneRedundant").must(IS_TRUE)


RULES = (
    ResourceRule(
        id="blob-soft-delete",
        title="Deleted blobs and containers can be brought back",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=_BLOBS,
        why="One wrong command, or one attacker, deletes all attachments otherwise.",
        remedy="Enable deleteRetentionPolicy and containerDeleteRetentionPolicy, without allowPermanentDelete.",
        url=f"{LEARN}/storage/blobs/soft-delete-blob-overview",
        references=(*_DELETED_REFERENCES, "CIS Azure 6.0 9.2.1", "CIS Azure 6.0 9.2.2"),
        config_schema=_days(7),
        check=_blobs_are_kept,
    ),
    ResourceRule(
        id="file-soft-delete",
        title="Deleted file shares can be brought back",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=_FILES,
        why="One wrong command, or one attacker, deletes a whole share otherwise.",
        remedy="Enable shareDeleteRetentionPolicy with a week or more.",
        url=f"{LEARN}/storage/files/storage-files-prevent-file-share-deletion",
        references=(*_DELETED_REFERENCES, "CIS Azure 6.0 9.1.1"),
        config_schema=_days(7),
        check=_shares_are_kept,
    ),
    ResourceRule(
        id="vault-backups-soft-delete",
        title="Backups that were deleted can be brought back",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=_VAULTS,
        why="Attackers delete the backups first.",
        remedy="Switch soft delete on in properties.securitySettings.softDeleteSettings, for two weeks or more.",
        url=f"{LEARN}/backup/secure-by-default",
        references=_DELETED_REFERENCES,
        config_schema=_days(14),
        check=_backups_are_kept,
    ),
    ResourceRule(
        id="vault-backups-immutable",
        title="Nobody shortens or deletes backups before their time",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=_VAULTS,
        why="Only a locked vault withstands its own administrator.",
        remedy="Set properties.securitySettings.immutabilitySettings.state to Locked, which cannot be taken back.",
        url=f"{LEARN}/backup/backup-azure-immutable-vault-concept",
        references=("MCSB BR-2", "DORA 12", "ISO 27001 5.33"),
        check=must("properties.securitySettings.immutabilitySettings.state", one_of("Locked")),
    ),
    ResourceRule(
        id="vault-restores-stay",
        title="Backups are restored in their own subscription only",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=_VAULTS,
        why="A restore elsewhere is a way out for a copy of everything.",
        remedy="Disable crossSubscriptionRestoreSettings (in restoreSettings or featureSettings of the vault).",
        url=f"{LEARN}/backup/backup-azure-arm-restore-vms",
        references=("MCSB DP-2", "MCSB BR-2"),
        check=_restores_stay,
    ),
    ResourceRule(
        id="mysql-backup-days",
        title="MySQL servers keep backups for two weeks",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=MYSQL,
        why="What went wrong before a holiday is noticed after it.",
        remedy="Set backup.backupRetentionDays to 14 or more, up to 35.",
        url=f"{LEARN}/mysql/flexible-server/concepts-backup-restore",
        references=("MCSB BR-1", "DORA 12", "ISO 27001 8.13"),
        config_schema=_days(14),
        check=_enough_days("backup.backupRetentionDays"),
    ),
    ResourceRule(
        id="sql-backup-days",
        title="SQL databases keep backups for two weeks",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=types("sql:BackupShortTermRetentionPolicy"),
        why="What went wrong before a holiday is noticed after it.",
        remedy="Set retentionDays to 14 or more, up to 35.",
        url=f"{LEARN}/azure-sql/database/automated-backups-overview",
        references=("MCSB BR-1", "DORA 12", "ISO 27001 8.13"),
        config_schema=_days(14),
        check=_enough_days("retentionDays"),
    ),
    ResourceRule(
        id="cosmos-continuous-backup",
        title="Cosmos DB is restored to any second",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=COSMOS,
        why="The default keeps two copies of the last eight hours, and support has to restore them.",
        remedy="Set backupPolicy.type to Continuous.",
        url=f"{LEARN}/cosmos-db/continuous-backup-restore-introduction",
        references=("MCSB BR-1", "DORA 12"),
        check=must("backupPolicy.type", one_of("Continuous")),
    ),
    ResourceRule(
        id="cosmos-zones",
        title="Cosmos DB survives the loss of a zone",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=COSMOS,
        why="A region without zone redundancy stops with one building.",
        remedy="Set isZoneRedundant on each of locations; it can only be chosen when the location is added.",
        url=f"{LEARN}/reliability/reliability-cosmos-db-nosql",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_in_several_zones,
    ),
    ResourceRule(
        id="appconfig-purge-protection",
        title="App Configuration stores are protected from purging",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=APP_CONFIGURATION,
        why="A purged store takes the configuration of every application along.",
        remedy="Set enablePurgeProtection to true.",
        url=f"{LEARN}/azure-app-configuration/concept-soft-delete",
        references=("MCSB BR-2",),
        check=must("enablePurgeProtection", IS_TRUE),
    ),
    ResourceRule(
        id="hsm-purge-protection",
        title="Managed HSMs are protected from purging",
        family=RESILIENCE,
        severity=Severity.CRITICAL,
        types=HSM,
        why="A purged HSM takes everything encrypted with its keys along.",
        remedy="Set properties.enablePurgeProtection to true.",
        url=f"{LEARN}/key-vault/managed-hsm/recovery",
        references=("MCSB DP-8", "DORA 12"),
        check=must("properties.enablePurgeProtection", IS_TRUE),
    ),
)
