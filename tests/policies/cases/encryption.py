from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

PG, SA, KEY = "dbforpostgresql:Server", "storage:StorageAccount", "keyvault:Key"
MC, AP, VM, VMSS = (
    "containerservice:ManagedCluster",
    "containerservice:AgentPool",
    "compute:VirtualMachine",
    "compute:VirtualMachineScaleSet",
)
PARAMETER, RDB, RE = "dbforpostgresql:Configuration", "redisenterprise:Database", "redisenterprise:RedisEnterprise"
VAULT, WEB = "keyvault:Vault", "web:WebApp"

PG_KEY = {
    "type": "AzureKeyVault",
    "primaryKeyURI": "https://kv-a.vault.azure.net/keys/pg",
    "primaryUserAssignedIdentityId": "/subscriptions/s/x/id-a",
}
PG_GEO_KEY = {
    "geoBackupKeyURI": "https://kv-b.vault.azure.net/keys/pg",
    "geoBackupUserAssignedIdentityId": "/subscriptions/s/x/id-b",
}
STORAGE_KEY = {
    "keySource": "Microsoft.Keyvault",
    "keyVaultProperties": {"keyName": "files", "keyVaultUri": "https://kv-a.vault.azure.net/"},
    "encryptionIdentity": {"encryptionUserAssignedIdentity": "/subscriptions/s/x/id-a"},
}
GEO = {"geoRedundantBackup": "Enabled"}
ROTATION = {
    "attributes": {"expiryTime": "P13M"},
    "lifetimeActions": [
        {"action": {"type": "notify"}, "trigger": {"timeBeforeExpiry": "P30D"}},
        {"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P11M"}},
    ],
}
NOTIFY_ONLY = {"lifetimeActions": ROTATION["lifetimeActions"][:1]}  # type: ignore[index]
LATE = {"lifetimeActions": [{"action": {"type": "rotate"}, "trigger": {"timeAfterCreate": "P2Y"}}]}
BEFORE_EXPIRY = {"lifetimeActions": [{"action": {"type": "Rotate"}, "trigger": {"timeBeforeExpiry": "P30D"}}]}
SMB = {"versions": "SMB3.1.1;", "channelEncryption": "AES-256-GCM;", "authenticationMethods": "Kerberos"}


def _parameter(name: str, value: str) -> dict[str, str]:
    return {"configurationName": name, "source": "user-override", "value": value}


def _account(**inputs: object) -> Declared:
    return Declared(type=SA, name="files", properties={"kind": "FileStorage", **inputs})


def _file_service(required: object) -> Declared:
    return Declared(
        type="storage:FileServiceProperties",
        name="file-service",
        properties={"protocolSettings": {"nfs": {"encryptionInTransit": {"required": required}}}},
        uses={"accountName": ["files"]},
    )


# azure-native's outputs of a key are flat; its inputs, and those of a vault, are below `properties`.
ROTATING = Declared(type=KEY, name="key", properties={"rotationPolicy": ROTATION}, uses={"vaultName": ["vault"]})
STILL = Declared(type=KEY, name="key", properties={"kty": "RSA"}, uses={"vaultName": ["vault"]})
PROTECTED = Declared(type=VAULT, name="vault", properties={"properties": {"enablePurgeProtection": True}})
PURGEABLE = Declared(type=VAULT, name="vault", properties={"properties": {}})
# Some of the others that take a key, each by a property of its own.
STRANGERS = {
    "appconfiguration:ConfigurationStore": "encryption",
    "cognitiveservices:Account": "properties",
    "datafactory:Factory": "encryption",
    "dbformysql:Server": "dataEncryption",
    "eventhub:Namespace": "encryption",
    "recoveryservices:Vault": "properties",
    "sql:ServerKey": "uri",
    "storage:EncryptionScope": "keyVaultProperties",
    "synapse:Workspace": "encryption",
}


def _encrypted(token: str) -> Declared:
    return Declared(type=token, name="service", uses={STRANGERS[token]: ["key"]})


ENCRYPTED = Declared(type=PG, name="db", properties={"dataEncryption": PG_KEY}, uses={"dataEncryption": ["key"]})

CASES = [
    of("pg-cmk", PG, [{"dataEncryption": PG_KEY}], [{}, {"dataEncryption": {**PG_KEY, "type": "SystemManaged"}}]),
    of(
        "pg-cmk-geo-key",
        PG,
        [
            {"backup": GEO, "dataEncryption": {**PG_KEY, **PG_GEO_KEY}},
            {"backup": {"geoRedundantBackup": "Disabled"}, "dataEncryption": PG_KEY},
            {"createMode": "Replica", "backup": GEO, "dataEncryption": PG_KEY},
        ],
        [{"backup": GEO, "dataEncryption": PG_KEY}],
    ),
    of(
        "pg-cmk-versionless",
        PG,
        [{"dataEncryption": PG_KEY}, {}],
        [{"dataEncryption": {"primaryKeyURI": "https://kv-a.vault.azure.net/keys/pg/0123"}}],
    ),
    of("storage-cmk", SA, [{"encryption": STORAGE_KEY}], [{}, {"encryption": {"keySource": "Microsoft.Storage"}}]),
    of(
        "storage-cmk-versionless",
        SA,
        [{"encryption": STORAGE_KEY}, {}],
        [{"encryption": {"keyVaultProperties": {"keyName": "files", "keyVersion": "0123"}}}],
    ),
    of(
        "storage-infrastructure-encryption",
        SA,
        [{"encryption": {"requireInfrastructureEncryption": True}}],
        [{}, {"encryption": {"requireInfrastructureEncryption": False}}],
    ),
    of(
        "redis-cmk",
        RE,
        [{"encryption": {"customerManagedKeyEncryption": {"keyEncryptionKeyUrl": "https://kv/keys/r/1"}}}],
        [{}, {"encryption": {}}],
    ),
    of(
        "acr-cmk",
        "containerregistry:Registry",
        [{"encryption": {"status": "enabled", "keyVaultProperties": {"keyIdentifier": "https://kv/keys/acr"}}}],
        [{}, {"encryption": {"status": "disabled"}}],
    ),
    of(
        "aks-secrets-encrypted",
        MC,
        [
            {"securityProfile": {"azureKeyVaultKms": {"enabled": True, "keyId": "https://kv/keys/etcd/1"}}},
            {"securityProfile": {"kubernetesResourceObjectEncryptionProfile": {"infrastructureEncryption": "Enabled"}}},
        ],
        [{}, {"securityProfile": {"azureKeyVaultKms": {"enabled": False}}}],
    ),
    Case(
        "pool-host-encryption",
        good=[(MC, {"agentPoolProfiles": [{"enableEncryptionAtHost": True}]}), (AP, {"enableEncryptionAtHost": True})],
        bad=[
            (MC, {"agentPoolProfiles": [{"enableEncryptionAtHost": True}, {"name": "jobs"}]}),
            (AP, {}),
            (AP, {"enableEncryptionAtHost": False}),
        ],
    ),
    Case(
        "vm-host-encryption",
        good=[
            (VM, {"securityProfile": {"encryptionAtHost": True}}),
            (VMSS, {"virtualMachineProfile": {"securityProfile": {"encryptionAtHost": True}}}),
        ],
        bad=[(VM, {}), (VMSS, {"securityProfile": {"encryptionAtHost": True}})],
    ),
    of("disk-cmk", "compute:Disk", [{"encryption": {"diskEncryptionSetId": "/subscriptions/s/des"}}], [{}]),
    of(
        "disk-set-rotates",
        "compute:DiskEncryptionSet",
        [{"rotationToLatestKeyVersionEnabled": True}],
        [{}, {"rotationToLatestKeyVersionEnabled": False}],
    ),
    of(
        "pg-tls-required",
        PARAMETER,
        [_parameter("require_secure_transport", "on"), _parameter("log_checkpoints", "off")],
        [_parameter("require_secure_transport", "off")],
    ),
    of(
        "pg-tls-minimum",
        PARAMETER,
        [_parameter("ssl_min_protocol_version", "TLSv1.3"), _parameter("work_mem", "65536")],
        [_parameter("ssl_min_protocol_version", "TLSv1.1")],
    ),
    of("redis-encrypted-protocol", RDB, [{"clientProtocol": "Encrypted"}], [{}, {"clientProtocol": "Plaintext"}]),
    of("redis-min-tls", RE, [{"minimumTlsVersion": "1.2"}], [{}, {"minimumTlsVersion": "1.1"}]),
    of("storage-min-tls", SA, [{"minimumTlsVersion": "TLS1_2"}], [{}, {"minimumTlsVersion": "TLS1_0"}]),
    of(
        "file-smb-hardened",
        "storage:FileServiceProperties",
        [{"protocolSettings": {"smb": SMB}}],
        [{}, {"protocolSettings": {"smb": {**SMB, "versions": "SMB3.0;SMB3.1.1"}}}],
    ),
    of("sql-min-tls", "sql:Server", [{"minimalTlsVersion": "1.2"}], [{}, {"minimalTlsVersion": "None"}]),
    of(
        "cosmos-min-tls",
        "cosmosdb:DatabaseAccount",
        [{"minimalTlsVersion": "Tls12"}],
        [{}, {"minimalTlsVersion": "Tls11"}],
    ),
    of(
        "app-https-only",
        WEB,
        [{"httpsOnly": True, "siteConfig": {"minTlsVersion": "1.2", "ftpsState": "Disabled"}}],
        [{}, {"httpsOnly": True, "siteConfig": {"minTlsVersion": "1.2", "ftpsState": "AllAllowed"}}],
    ),
    of(
        "vault-purge-protection",
        VAULT,
        [{"properties": {"enablePurgeProtection": True}}],
        [{}, {"properties": {"enableSoftDelete": True}}],
    ),
    of(
        "vault-soft-delete-90",
        VAULT,
        [{"properties": {"softDeleteRetentionInDays": 90}}],
        [
            {},
            {"properties": {"softDeleteRetentionInDays": 7}},
            {"properties": {"softDeleteRetentionInDays": 90, "enableSoftDelete": False}},
        ],
    ),
    of(
        "key-rotation",
        KEY,
        [{"properties": {"rotationPolicy": ROTATION}}, {"properties": {"rotationPolicy": BEFORE_EXPIRY}}],
        [{}, {"properties": {"rotationPolicy": NOTIFY_ONLY}}, {"properties": {"rotationPolicy": LATE}}],
    ),
    of(
        "key-expiry",
        KEY,
        [{"properties": {"rotationPolicy": ROTATION}}, {"properties": {"attributes": {"expires": 1893456000}}}],
        [{}, {"properties": {"rotationPolicy": NOTIFY_ONLY}}],
    ),
    of(
        "key-strength",
        KEY,
        [{"properties": {"kty": "RSA-HSM", "keySize": 3072}}, {"properties": {"kty": "EC", "curveName": "P-384"}}],
        [{}, {"properties": {"kty": "RSA", "keySize": 2048}}, {"properties": {"kty": "EC", "curveName": "P-256K"}}],
    ),
    of(
        "key-not-exportable",
        KEY,
        [{}, {"properties": {"attributes": {"exportable": False}}}],
        [{"properties": {"attributes": {"exportable": True}}}],
    ),
    of(
        "secret-expiry",
        "keyvault:Secret",
        [{"properties": {"attributes": {"expires": 1893456000}}}],
        [{}, {"properties": {"value": "x"}}],
    ),
]
STACK_CASES = [
    StackCase(
        "storage-https-only",
        good=[
            [_account()],
            [_account(enableHttpsTrafficOnly=True)],
            [_account(enableHttpsTrafficOnly=False), _file_service(True)],
        ],
        bad=[
            ([_account(enableHttpsTrafficOnly=False)], {"files"}),
            ([_account(enableHttpsTrafficOnly=False), _file_service(False)], {"files"}),
        ],
    ),
    StackCase(
        "encryption-keys-in-use-rotate",
        good=[[ROTATING, PROTECTED, ENCRYPTED], [STILL, PURGEABLE]],
        bad=[
            ([STILL, PROTECTED, ENCRYPTED], {"key"}),
            ([ROTATING, PURGEABLE, ENCRYPTED], {"vault"}),
            *(([STILL, PROTECTED, _encrypted(token)], {"key"}) for token in STRANGERS),
        ],
    ),
]
