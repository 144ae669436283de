from tests.policies.cases import Case, StackCase, of, switch

BLOBS, FILES = "storage:BlobServiceProperties", "storage:FileServiceProperties"
RECOVERY, BACKUP = "recoveryservices:Vault", "dataprotection:BackupVault"


def _settings(**security: object) -> dict[str, object]:
    return {"properties": {"securitySettings": security}}


def _restores(features: str, **state: object) -> dict[str, object]:
    return {"properties": {features: {"crossSubscriptionRestoreSettings": state}}}


def _kept(**policy: object) -> dict[str, object]:
    return {"deleteRetentionPolicy": policy, "containerDeleteRetentionPolicy": {"enabled": True, "days": 30}}


CASES = [
    of(
        "blob-soft-delete",
        BLOBS,
        [_kept(enabled=True, days=7), _kept(enabled=True, days=365, allowPermanentDelete=False)],
        [
            {},
            _kept(enabled=False, days=30),
            _kept(enabled=True, days=6),
            _kept(enabled=True, days=30, allowPermanentDelete=True),
            {"deleteRetentionPolicy": {"enabled": True, "days": 30}},
        ],
    ),
    of(
        "file-soft-delete",
        FILES,
        [{"shareDeleteRetentionPolicy": {"enabled": True, "days": 7}}],
        [{}, {"shareDeleteRetentionPolicy": {"enabled": False}}],
    ),
    Case(
        "vault-backups-soft-delete",
        good=[
            (
                RECOVERY,
                _settings(softDeleteSettings={"softDeleteState": "AlwaysON", "softDeleteRetentionPeriodInDays": 14}),
            ),
            (BACKUP, _settings(softDeleteSettings={"state": "On", "retentionDurationInDays": 30})),
        ],
        bad=[
            (RECOVERY, {}),
            (
                RECOVERY,
                _settings(softDeleteSettings={"softDeleteState": "Enabled", "softDeleteRetentionPeriodInDays": 13}),
            ),
            (BACKUP, _settings(softDeleteSettings={"state": "Off", "retentionDurationInDays": 30})),
        ],
    ),
    switch(
        "vault-backups-immutable",
        _settings(immutabilitySettings={"state": "Locked"}),
        _settings(immutabilitySettings={"state": "Unlocked"}),
        RECOVERY,
        BACKUP,
    ),
    Case(
        "vault-restores-stay",
        good=[
            (RECOVERY, _restores("restoreSettings", crossSubscriptionRestoreState="Disabled")),
            (BACKUP, _restores("featureSettings", state="PermanentlyDisabled")),
        ],
        bad=[
            (RECOVERY, {}),
            (RECOVERY, _restores("restoreSettings", crossSubscriptionRestoreState="Enabled")),
            (BACKUP, _restores("featureSettings", state="Enabled")),
        ],
    ),
    switch(
        "mysql-backup-days",
        {"backup": {"backupRetentionDays": 14}},
        {"backup": {"backupRetentionDays": 7}},
        "dbformysql:Server",
    ),
    switch("sql-backup-days", {"retentionDays": 35}, {"retentionDays": 13}, "sql:BackupShortTermRetentionPolicy"),
    switch(
        "cosmos-continuous-backup",
        {"backupPolicy": {"type": "Continuous"}},
        {"backupPolicy": {"type": "Periodic"}},
        "cosmosdb:DatabaseAccount",
    ),
    switch(
        "cosmos-zones",
        {"locations": [{"locationName": "westeurope", "isZoneRedundant": True}]},
        {"locations": [{"locationName": "westeurope", "isZoneRedundant": True}, {"locationName": "northeurope"}]},
        "cosmosdb:DatabaseAccount",
    ),
    switch(
        "appconfig-purge-protection",
        {"enablePurgeProtection": True},
        {"enablePurgeProtection": False},
        "appconfiguration:ConfigurationStore",
    ),
    switch(
        "hsm-purge-protection",
        {"properties": {"enablePurgeProtection": True}},
        {"properties": {"enableSoftDelete": True}},
        "keyvault:ManagedHsm",
    ),
]
STACK_CASES: list[StackCase] = []
