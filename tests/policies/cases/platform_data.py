from tests.policies.cases import Case, StackCase, of, switch
from tests.policies.harness import Declared

OWN_KEY, PLATFORM_KEY = {"keySource": "Microsoft.KeyVault"}, {"keySource": "Microsoft.Automation"}
KEY_URI = "https://kv-a.vault.azure.net/keys/data"
WITH_URI = {"keyVaultProperties": {"keyUri": KEY_URI}}
BLOBS, FILES = "storage:BlobServiceProperties", "storage:FileServiceProperties"
RECOVERY, BACKUP = "recoveryservices:Vault", "dataprotection:BackupVault"


def _settings(**security: object) -> dict[str, object]:
    return {"properties": {"securitySettings": security}}


def _with(type_token: str, name: str, uses: str = "", /, **properties: object) -> Declared:
    return Declared(type=type_token, name=name, properties=properties, uses={uses: ["service"]} if uses else {})


SERVER = _with("sql:Server", "service")
SETTING: dict[str, object] = {"workspaceId": "/subscriptions/s/law", "logs": [{"categoryGroup": "allLogs"}]}

CASES = [
    switch(
        "mysql-cmk",
        {"dataEncryption": {"type": "AzureKeyVault"}},
        {"dataEncryption": {"type": "SystemManaged"}},
        "dbformysql:Server",
    ),
    of("cosmos-cmk", "cosmosdb:DatabaseAccount", [{"keyVaultKeyUri": KEY_URI}], [{}, {"keyVaultKeyUri": ""}]),
    switch(
        "cognitive-cmk",
        {"properties": {"encryption": OWN_KEY}},
        {"properties": {"encryption": {"keySource": "Microsoft.CognitiveServices"}}},
        "cognitiveservices:Account",
    ),
    switch(
        "search-cmk",
        {"encryptionWithCmk": {"enforcement": "Enabled"}},
        {"encryptionWithCmk": {"enforcement": "Unspecified"}},
        "search:Service",
    ),
    switch(
        "datafactory-cmk",
        {"encryption": {"keyName": "data", "vaultBaseUrl": "https://kv-a.vault.azure.net"}},
        {"encryption": {"vaultBaseUrl": "https://kv-a.vault.azure.net"}},
        "datafactory:Factory",
    ),
    switch("automation-cmk", {"encryption": OWN_KEY}, {"encryption": PLATFORM_KEY}, "automation:AutomationAccount"),
    switch(
        "appconfig-cmk",
        {"encryption": {"keyVaultProperties": {"keyIdentifier": KEY_URI}}},
        {"encryption": {}},
        "appconfiguration:ConfigurationStore",
    ),
    switch(
        "messaging-cmk",
        {"encryption": OWN_KEY},
        {"encryption": {"requireInfrastructureEncryption": True}},
        "servicebus:Namespace",
        "eventhub:Namespace",
    ),
    switch("recovery-vault-cmk", {"properties": {"encryption": WITH_URI}}, {"properties": {}}, RECOVERY),
    switch("backup-vault-cmk", _settings(encryptionSettings=WITH_URI), _settings(), BACKUP),
    switch(
        "container-group-cmk",
        {"encryptionProperties": {"keyName": "data"}},
        {"encryptionProperties": {}},
        "containerinstance:ContainerGroup",
    ),
    switch(
        "ml-cmk",
        {"encryption": {"status": "Enabled"}},
        {"encryption": {"status": "Disabled"}},
        "machinelearningservices:Workspace",
    ),
    switch(
        "synapse-cmk",
        {"encryption": {"cmk": {"key": {"keyVaultUrl": KEY_URI, "name": "data"}}}},
        {"encryption": {}},
        "synapse:Workspace",
    ),
    switch(
        "batch-cmk", {"encryption": OWN_KEY}, {"encryption": {"keySource": "Microsoft.Batch"}}, "batch:BatchAccount"
    ),
    switch(
        "snapshot-cmk",
        {"encryption": {"diskEncryptionSetId": "/subscriptions/s/set"}},
        {"encryption": {"type": "EncryptionAtRestWithPlatformKey"}},
        "compute:Snapshot",
    ),
    switch("sql-tde-on", {"state": "Enabled"}, {"state": "Disabled"}, "sql:TransparentDataEncryption"),
    switch("automation-variables-encrypted", {"isEncrypted": True}, {"isEncrypted": False}, "automation:Variable"),
    of(
        "mysql-tls-required",
        "dbformysql:Configuration",
        [
            {"configurationName": "require_secure_transport", "value": "ON"},
            {"configurationName": "tls_version", "value": "TLSv1.2,TLSv1.3"},
            {"configurationName": "tls_version", "value": "TLSv1.2"},
            {"configurationName": "max_connections", "value": "200"},
        ],
        [
            {"configurationName": "require_secure_transport", "value": "OFF"},
            {"configurationName": "require_secure_transport"},
            {"configurationName": "tls_version", "value": "TLSv1,TLSv1.2"},
            {"configurationName": "tls_version", "value": "TLSv1.1,TLSv1.2"},
        ],
    ),
    switch(
        "messaging-min-tls",
        {"minimumTlsVersion": "1.2"},
        {"minimumTlsVersion": "1.1"},
        "servicebus:Namespace",
        "eventhub:Namespace",
    ),
    switch(
        "eventgrid-min-tls",
        {"minimumTlsVersionAllowed": "1.2"},
        {"minimumTlsVersionAllowed": "1.0"},
        "eventgrid:Topic",
        "eventgrid:Domain",
        "eventgrid:Namespace",
    ),
    switch("sql-instance-min-tls", {"minimalTlsVersion": "1.2"}, {"minimalTlsVersion": "1.0"}, "sql:ManagedInstance"),
    switch(
        "iothub-min-tls",
        {"properties": {"minTlsVersion": "1.2"}},
        {"properties": {"minTlsVersion": "1.0"}},
        "iothub:IotHubResource",
    ),
    of(
        "redis-classic-encrypted",
        "redis:Redis",
        [{"minimumTlsVersion": "1.2"}, {"minimumTlsVersion": "1.2", "enableNonSslPort": False}],
        [{}, {"minimumTlsVersion": "1.1"}, {"minimumTlsVersion": "1.2", "enableNonSslPort": True}],
    ),
    of(
        "container-app-https-only",
        "app:ContainerApp",
        [{}, {"configuration": {"ingress": {"allowInsecure": False}}}],
        [{"configuration": {"ingress": {"allowInsecure": True}}}],
    ),
    of(
        "apim-old-protocols-off",
        "apimanagement:ApiManagementService",
        [{}, {"customProperties": {"Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols.Tls10": "False"}}],
        [
            {"customProperties": {f"Microsoft.WindowsAzure.ApiManagement.Gateway.Security.{name}": "True"}}
            for name in ("Protocols.Tls10", "Backend.Protocols.Ssl30", "Ciphers.TripleDes168")
        ],
    ),
    of(
        "apim-https-only",
        "apimanagement:Api",
        [{}, {"protocols": ["https", "wss"]}],
        [{"protocols": ["http", "https"]}, {"protocols": ["ws"]}],
    ),
    of(
        "apim-backend-verified",
        "apimanagement:Backend",
        [{}, {"tls": {"validateCertificateChain": True, "validateCertificateName": True}}],
        [{"tls": {"validateCertificateChain": False}}, {"tls": {"validateCertificateName": False}}],
    ),
    of(
        "storage-sas-expires",
        "storage:StorageAccount",
        [{"allowSharedKeyAccess": False}, {"sasPolicy": {"sasExpirationPeriod": "7.00:00:00"}}],
        [
            {},
            {"allowSharedKeyAccess": True, "sasPolicy": {"sasExpirationPeriod": "7.00:00:01"}},
            {"sasPolicy": {"sasExpirationPeriod": "a day"}},
        ],
    ),
    Case(
        "storage-cors-named",
        good=[(BLOBS, {}), (FILES, {"cors": {"corsRules": [{"allowedOrigins": ["https://shop.example"]}]}})],
        bad=[
            (kind, {"cors": {"corsRules": [{"allowedOrigins": ["*"]}]}})
            for kind in (BLOBS, FILES, "storage:QueueServiceProperties", "storage:TableServiceProperties")
        ],
    ),
    switch("sql-threats-watched", {"state": "Enabled"}, {"state": "Disabled"}, "sql:ServerSecurityAlertPolicy"),
    switch(
        "flow-log-kept",
        {"enabled": True, "retentionPolicy": {"enabled": True, "days": 90}},
        {"enabled": True, "retentionPolicy": {"enabled": True, "days": 89}},
        "network:FlowLog",
    ),
    Case("mysql-single-server-refused", [("dbformysql:Server", {})], [("dbformysql:SingleServer", {})]),
    Case("frontdoor-classic-refused", [("cdn:Profile", {})], [("frontdoor:FrontDoor", {})]),
]
STACK_CASES = [
    StackCase(
        "sql-cmk",
        good=[
            [_with("sql:Server", "service", keyId=KEY_URI)],
            [SERVER, _with("sql:EncryptionProtector", "key", "serverName", serverKeyType="AzureKeyVault")],
        ],
        bad=[
            ([SERVER], {"service"}),
            (
                [SERVER, _with("sql:EncryptionProtector", "key", "serverName", serverKeyType="ServiceManaged")],
                {"service"},
            ),
            ([_with("sql:ManagedInstance", "service")], {"service"}),
        ],
    ),
    StackCase(
        "sql-audited",
        good=[
            [SERVER, _with("sql:ServerBlobAuditingPolicy", "audit", "serverName", state="Enabled", retentionDays=0)],
            [SERVER, _with("sql:ExtendedServerBlobAuditingPolicy", "audit", "serverName", state="Enabled")],
        ],
        bad=[
            ([SERVER], {"service"}),
            ([SERVER, _with("sql:ServerBlobAuditingPolicy", "audit", "serverName", state="Disabled")], {"service"}),
            (
                [
                    SERVER,
                    _with("sql:ServerBlobAuditingPolicy", "audit", "serverName", state="Enabled", retentionDays=30),
                ],
                {"audit"},
            ),
        ],
    ),
    StackCase(
        "platform-services-are-logged",
        good=[
            [_with("web:WebApp", "service"), _with("monitor:DiagnosticSetting", "logs", "resourceUri", **SETTING)],
            [_with("storage:StorageAccount", "service")],
        ],
        bad=[
            ([_with("web:WebApp", "service")], {"service"}),
            (
                [_with("servicebus:Namespace", "service"), _with("monitor:DiagnosticSetting", "logs", "", **SETTING)],
                {"service"},
            ),
        ],
    ),
]
