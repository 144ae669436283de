"""Rules that a change of our own stacks called for: backups, zones, clusters, reach, alerts."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import Case, StackCase, of, switch
from tests.policies.harness import Declared

POSTGRES, AKS, POOL = "dbforpostgresql:Server", "containerservice:ManagedCluster", "containerservice:AgentPool"
ACCOUNT, BLOBS = "storage:StorageAccount", "storage:BlobServiceProperties"
REPLICA = {"createMode": "Replica"}
TRUSTED = {"securityProfile": {"enableSecureBoot": True, "enableVTPM": True}}
WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/logs"


def _immutable(days: int = 30, state: str = "Unlocked", enabled: bool = True) -> dict[str, Any]:
    policy = {"state": state, "immutabilityPeriodSinceCreationInDays": days}
    return {"immutableStorageWithVersioning": {"enabled": enabled, "immutabilityPolicy": policy}}


def _ages(days: int) -> dict[str, Any]:
    actions = {"version": {"delete": {"daysAfterCreationGreaterThan": days}, "tierToCool": {"days": 1}}}
    return {"policy": {"rules": [{"definition": {"actions": actions}}]}}


def _observed(enabled: bool) -> dict[str, Any]:
    parts = {"observability": {"enabled": True}, "security": {"enabled": enabled}}
    return {"networkProfile": {"advancedNetworking": {"enabled": True, **parts}}}


def _monitored(auth: str) -> dict[str, Any]:
    config = {"logAnalyticsWorkspaceResourceID": WORKSPACE, "useAADAuth": auth}
    return {
        "azureMonitorProfile": {"metrics": {"enabled": True}},
        "addonProfiles": {"omsagent": {"enabled": True, "config": config}},
    }


def _rotated(value: str) -> dict[str, Any]:
    addon = {"enabled": True, "config": {"enableSecretRotation": value}}
    return {"addonProfiles": {"azureKeyvaultSecretsProvider": addon}}


def _kms(access: str) -> dict[str, Any]:
    service = {"enabled": True, "keyVaultNetworkAccess": access, "keyVaultResourceId": "/vault", "keyId": "https://key"}
    return {"securityProfile": {"azureKeyVaultKms": service}}


def _upgrades(channel: str, nodes: str) -> dict[str, Any]:
    return {"autoUpgradeProfile": {"upgradeChannel": channel, "nodeOSUpgradeChannel": nodes}}


def _defended(enabled: bool) -> dict[str, Any]:
    defender = {"securityMonitoring": {"enabled": enabled}, "logAnalyticsWorkspaceResourceId": WORKSPACE}
    return {"securityProfile": {"defender": defender}}


def _flow_analysis(enabled: bool) -> dict[str, Any]:
    analysis = {"enabled": enabled, "workspaceResourceId": WORKSPACE}
    return {"flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": analysis}}


def _alerting(**rule: Any) -> dict[str, Any]:
    return {"enabled": True, "rules": [{"alert": "Slow", "enabled": True, **rule}]}


def _lifetime(period: str) -> dict[str, Any]:
    return {"properties": {"rotationPolicy": {"attributes": {"expiryTime": period}}}}


CASES = [
    of(
        "pg-backup-days",
        POSTGRES,
        [{"backup": {"backupRetentionDays": 14}}, REPLICA],
        [{}, {"backup": {"backupRetentionDays": 7}}],
    ),
    of(
        "pg-geo-backup",
        POSTGRES,
        [{"backup": {"geoRedundantBackup": "Enabled"}}, REPLICA],
        [{}, {"backup": {"geoRedundantBackup": "Disabled"}}],
    ),
    of(
        "pg-standby-zone",
        POSTGRES,
        [{"highAvailability": {"mode": "ZoneRedundant"}}, REPLICA],
        [{}, {"highAvailability": {"mode": "SameZone"}}],
    ),
    switch(
        "redis-replicated",
        {"highAvailability": "Enabled"},
        {"highAvailability": "Disabled"},
        "redisenterprise:RedisEnterprise",
    ),
    switch(
        "acr-zones",
        {"zoneRedundancy": "Enabled"},
        {"zoneRedundancy": "Disabled"},
        "containerregistry:Registry",
        "containerregistry:Replication",
    ),
    Case(
        "pool-zones",
        good=[(AKS, {"agentPoolProfiles": [{"availabilityZones": ["1", "2"]}]}), (POOL, {"availabilityZones": ["1"]})],
        bad=[(AKS, {"agentPoolProfiles": [{}]}), (POOL, {}), (POOL, {"availabilityZones": []})],
    ),
    switch(
        "network-zones",
        {"zones": ["1", "2", "3"]},
        {"zones": []},
        "network:AzureFirewall",
        "network:BastionHost",
        "network:PublicIPAddress",
    ),
    of(
        "storage-immutable-stays",
        ACCOUNT,
        [{}, _immutable(), _immutable(400, "Locked")],
        [_immutable(29), _immutable(state="Disabled"), _immutable(enabled=False)],
    ),
    of("blob-ages-slowly", "storage:ManagementPolicy", [{}, _ages(30)], [_ages(1)]),
    Case(
        "pool-trusted-launch",
        good=[(AKS, {"agentPoolProfiles": [TRUSTED]}), (POOL, TRUSTED)],
        bad=[(AKS, {"agentPoolProfiles": [{}]}), (POOL, {}), (POOL, {"securityProfile": {"enableSecureBoot": True}})],
    ),
    switch("aks-disks-cmk", {"diskEncryptionSetID": "/set"}, {"diskEncryptionSetID": ""}, AKS),
    of("aks-kms-private", AKS, [{}, _kms("Private")], [_kms("Public")]),
    of("aks-secrets-renewed", AKS, [{}, _rotated("true")], [_rotated("false")]),
    of(
        "aks-upgrades-itself",
        AKS,
        [_upgrades("patch", "NodeImage"), _upgrades("stable", "SecurityPatch")],
        [{}, _upgrades("none", "NodeImage"), _upgrades("patch", "Unmanaged")],
    ),
    switch(
        "aks-images-cleaned",
        {"securityProfile": {"imageCleaner": {"enabled": True}}},
        {"securityProfile": {"imageCleaner": {"enabled": False}}},
        AKS,
    ),
    switch(
        "aks-nodes-untouched",
        {"nodeResourceGroupProfile": {"restrictionLevel": "ReadOnly"}},
        {"nodeResourceGroupProfile": {"restrictionLevel": "Unrestricted"}},
        AKS,
    ),
    of(
        "aks-public-access-off",
        AKS,
        [{}, {"publicNetworkAccess": "Disabled"}],
        [
            {"publicNetworkAccess": "Enabled"},
            {"apiServerAccessProfile": {"enablePrivateClusterPublicFQDN": True}},
        ],
    ),
    switch("aks-monitored", _monitored("true"), _monitored("false"), AKS),
    switch("aks-defender", _defended(True), _defended(False), AKS),
    switch("aks-flows-observed", _observed(True), _observed(False), AKS),
    of(
        "diagnostics-sent",
        "monitor:DiagnosticSetting",
        [
            {"workspaceId": WORKSPACE, "logs": [{"categoryGroup": "audit", "enabled": True}]},
            {"storageAccountId": "/account", "metrics": [{"category": "AllMetrics", "enabled": True}]},
        ],
        [
            {},
            {"workspaceId": WORKSPACE},
            {"logs": [{"enabled": True}]},
            {"workspaceId": WORKSPACE, "logs": [{"enabled": False}]},
        ],
    ),
    of(
        "alerts-reach-somebody",
        "monitor:ActionGroup",
        [{"enabled": True, "emailReceivers": [{"emailAddress": "a@acme.example"}]}],
        [{"enabled": True}, {"enabled": False, "emailReceivers": [{"emailAddress": "a@acme.example"}]}],
    ),
    Case(
        "alerts-on",
        good=[
            ("monitor:MetricAlert", {"enabled": True}),
            ("alertsmanagement:PrometheusRuleGroup", _alerting(actions=[{"actionGroupId": "/group"}])),
        ],
        bad=[
            ("monitor:MetricAlert", {"enabled": False}),
            ("alertsmanagement:PrometheusRuleGroup", _alerting()),
            ("alertsmanagement:PrometheusRuleGroup", _alerting(actions=[{}])),
            ("alertsmanagement:PrometheusRuleGroup", _alerting(actions=[{"actionGroupId": "/group"}], enabled=False)),
        ],
    ),
    switch("flow-log-analysed", _flow_analysis(True), _flow_analysis(False), "network:FlowLog"),
    switch("workspace-kept", {"retentionInDays": 90}, {"retentionInDays": 30}, "operationalinsights:Workspace"),
    switch(
        "workspace-local-auth-off",
        {"features": {"disableLocalAuth": True, "enableLogAccessUsingOnlyResourcePermissions": True}},
        {"features": {"disableLocalAuth": False, "enableLogAccessUsingOnlyResourcePermissions": True}},
        "operationalinsights:Workspace",
    ),
    switch(
        "disk-set-double",
        {"encryptionType": "EncryptionAtRestWithPlatformAndCustomerKeys"},
        {"encryptionType": "EncryptionAtRestWithCustomerKey"},
        "compute:DiskEncryptionSet",
    ),
    of("key-lifetime", "keyvault:Key", [{}, _lifetime("P13M")], [_lifetime("P10Y"), _lifetime("long")]),
    switch("key-in-hardware", {"properties": {"kty": "RSA-HSM"}}, {"properties": {"kty": "RSA"}}, "keyvault:Key"),
    of(
        "vault-no-side-doors",
        "keyvault:Vault",
        [{}, {"properties": {"enabledForDeployment": False}}],
        [
            {"properties": {"enabledForDeployment": True}},
            {"properties": {"enabledForDiskEncryption": True}},
            {"properties": {"enabledForTemplateDeployment": True}},
        ],
    ),
    switch(
        "lock-holds",
        {"level": "CanNotDelete"},
        {"level": "NotSpecified"},
        "authorization:ManagementLockByScope",
    ),
    switch(
        "storage-identity-first",
        {"defaultToOAuthAuthentication": True},
        {"defaultToOAuthAuthentication": False},
        ACCOUNT,
    ),
    switch(
        "acr-untagged-leave",
        {"policies": {"retentionPolicy": {"status": "enabled"}}},
        {"policies": {"retentionPolicy": {"status": "disabled"}}},
        "containerregistry:Registry",
    ),
]


def _parameters(**changes: str) -> list[Declared]:
    values = {
        "shared_preload_libraries": "pg_stat_statements,pgaudit",
        "pgaudit.log": "ddl,role",
        "log_connections": "on",
        "log_disconnections": "on",
        "log_checkpoints": "on",
    } | {name.replace("__", "."): value for name, value in changes.items()}
    return [
        Declared(
            type="dbforpostgresql:Configuration",
            name=name,
            properties={"serverName": "books", "configurationName": name, "value": value},
            uses={"serverName": ["books"]},
        )
        for name, value in values.items()
        if value
    ]


BOOKS = Declared(type=POSTGRES, name="books", properties={"id": "/books"})
COPY = Declared(type=POSTGRES, name="copy", properties={"createMode": "Replica", "sourceServerResourceId": "/books"})
NETWORK = Declared(type="network:VirtualNetwork", name="spoke", properties={"id": "/spoke"})
STORE = Declared(type=ACCOUNT, name="flows", properties={"id": "/flows"})
FLOWS = Declared(
    type="network:FlowLog",
    name="log",
    properties={"targetResourceId": "/spoke", "storageId": "/flows"},
    uses={"targetResourceId": ["spoke"], "storageId": ["flows"]},
)
SENT = Declared(
    type="monitor:DiagnosticSetting",
    name="logs",
    properties={"resourceUri": "/spoke"},
    uses={"resourceUri": ["spoke"]},
)


def _blobs(account: str, **properties: Any) -> Declared:
    return Declared(
        type=BLOBS, name="blobs", properties={"accountName": account, **properties}, uses={"accountName": [account]}
    )


FEED = {"enabled": True}
KEPT = _blobs("flows", isVersioningEnabled=True, changeFeed=FEED)
STACK_CASES = [
    StackCase(
        "pg-audited",
        good=[[BOOKS, COPY, *_parameters()], [BOOKS, *_parameters(pgaudit__log="WRITE")]],
        bad=[
            ([BOOKS], {"books"}),
            ([BOOKS, *_parameters(pgaudit__log="none")], {"books"}),
            ([BOOKS, *_parameters(log_connections="off")], {"books"}),
            ([BOOKS, *_parameters(shared_preload_libraries="")], {"books"}),
        ],
    ),
    StackCase("network-flows-logged", good=[[NETWORK, FLOWS]], bad=[([NETWORK], {"spoke"})]),
    StackCase(
        "network-parts-logged",
        good=[[NETWORK, SENT]],
        bad=[([NETWORK], {"spoke"})],
    ),
    StackCase(
        "blob-versioned",
        good=[[STORE, KEPT], [STORE, FLOWS, _blobs("flows")]],
        bad=[
            ([STORE, _blobs("flows")], {"blobs"}),
            (
                [STORE, _blobs("flows", isVersioningEnabled=True, changeFeed=FEED, restorePolicy={"enabled": False})],
                {"blobs"},
            ),
            ([STORE, _blobs("flows", isVersioningEnabled=True, changeFeed={"enabled": False})], {"blobs"}),
        ],
    ),
]
