"""Platform services beside the databases and stores: encrypted with a key of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import ResourceRule, StackRule, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Test, one_of
from policies.rules.catalog import APP_CONFIGURATION, COSMOS, ENCRYPTION, LEARN, MESSAGING, MYSQL

# Azure's services spell it Keyvault and KeyVault.
_OWN_KEY = one_of("Microsoft.KeyVault")


def _own_key(
    service: str, title: str, tokens: frozenset[str], page: str, *, path: str, test: Test = IS_SET, to: str
) -> ResourceRule:
    return ResourceRule(
        id=f"{service}-cmk",
        title=f"{title} are encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=tokens,
        why="Whoever holds the key decides who reads the data.",
        remedy=f"Set {path} to {to}, and give the service an identity that may use the key.",
        url=f"{LEARN}/{page}",
        references=("MCSB DP-5", "ISO 27001 8.24", "PCI DSS 3.5.1"),
        check=must(path, test),
    )


def _server_has_own_key(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for server in graph.of("sql:Server", "sql:ManagedInstance"):
        protectors = graph.children(server, "serverName", "sql:EncryptionProtector")
        protected = any(protector.at("serverKeyType").may_meet(one_of("AzureKeyVault")) for protector in protectors)
        if not protected and not server.has("keyId"):
            yield server.finding("keyId must be set, or an EncryptionProtector must name a key of type AzureKeyVault")


RULES = (
    _own_key(
        "mysql",
        "MySQL servers",
        MYSQL,
        "mysql/flexible-server/concepts-customer-managed-key",
        path="dataEncryption.type",
        test=one_of("AzureKeyVault"),
        to="AzureKeyVault with primaryKeyURI",
    ),
    _own_key(
        "cosmos",
        "Cosmos DB accounts",
        COSMOS,
        "cosmos-db/how-to-setup-customer-managed-keys",
        path="keyVaultKeyUri",
        to="the URI of a key",
    ),
    _own_key(
        "cognitive",
        "Accounts of Azure's AI services",
        types("cognitiveservices:Account"),
        "ai-services/encryption/cognitive-services-encryption-keys-portal",
        path="properties.encryption.keySource",
        test=_OWN_KEY,
        to="Microsoft.KeyVault with keyVaultProperties",
    ),
    _own_key(
        "search",
        "Indexes of AI Search",
        types("search:Service"),
        "search/search-security-manage-encryption-keys",
        path="encryptionWithCmk.enforcement",
        test=one_of("Enabled"),
        to="Enabled, which refuses indexes without a key",
    ),
    _own_key(
        "datafactory",
        "Data factories",
        types("datafactory:Factory"),
        "data-factory/enable-customer-managed-key",
        path="encryption.keyName",
        to="the name of a key in encryption.vaultBaseUrl",
    ),
    _own_key(
        "automation",
        "Automation accounts",
        types("automation:AutomationAccount"),
        "automation/automation-secure-asset-encryption",
        path="encryption.keySource",
        test=_OWN_KEY,
        to="Microsoft.Keyvault with keyVaultProperties",
    ),
    _own_key(
        "appconfig",
        "App Configuration stores",
        APP_CONFIGURATION,
        "azure-app-configuration/concept-customer-managed-keys",
        path="encryption.keyVaultProperties.keyIdentifier",
        to="the URI of a key",
    ),
    _own_key(
        "messaging",
        "Service Bus and Event Hubs namespaces",
        MESSAGING,
        "service-bus-messaging/configure-customer-managed-key",
        path="encryption.keySource",
        test=_OWN_KEY,
        to="Microsoft.KeyVault with keyVaultProperties",
    ),
    _own_key(
        "recovery-vault",
        "Recovery Services vaults",
        types("recoveryservices:Vault"),
        "backup/encryption-at-rest-with-cmk",
        path="properties.encryption.keyVaultProperties.keyUri",
        to="the URI of a key",
    ),
    _own_key(
        "backup-vault",
        "Backup vaults",
        types("dataprotection:BackupVault"),
        "backup/encryption-at-rest-with-cmk-for-backup-vault",
        path="properties.securitySettings.encryptionSettings.keyVaultProperties.keyUri",
        to="the URI of a key",
    ),
    _own_key(
        "container-group",
        "Container groups",
        types("containerinstance:ContainerGroup"),
        "container-instances/container-instances-encrypt-data",
        path="encryptionProperties.keyName",
        to="the name of a key in encryptionProperties.vaultBaseUrl",
    ),
    _own_key(
        "ml",
        "Workspaces of Machine Learning",
        types("machinelearningservices:Workspace"),
        "machine-learning/concept-customer-managed-keys",
        path="encryption.status",
        test=one_of("Enabled"),
        to="Enabled with keyVaultProperties",
    ),
    _own_key(
        "synapse",
        "Workspaces of Synapse",
        types("synapse:Workspace"),
        "synapse-analytics/security/workspaces-encryption",
        path="encryption.cmk.key",
        to="a key of the vault",
    ),
    _own_key(
        "batch",
        "Batch accounts",
        types("batch:BatchAccount"),
        "batch/batch-customer-managed-key",
        path="encryption.keySource",
        test=_OWN_KEY,
        to="Microsoft.KeyVault with keyVaultProperties",
    ),
    _own_key(
        "snapshot",
        "Snapshots of disks",
        types("compute:Snapshot"),
        "virtual-machines/disk-encryption",
        path="encryption.diskEncryptionSetId",
        to="a disk encryption set",
    ),
    StackRule(
        id="sql-cmk",
        title="SQL servers and managed instances are encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("sql:Server", "sql:ManagedInstance", "sql:EncryptionProtector"),
        why="Whoever holds the key decides who reads the data.",
        remedy="Set keyId, or an EncryptionProtector with serverKeyType AzureKeyVault.",
        url=f"{LEARN}/azure-sql/database/transparent-data-encryption-byok-overview",
        references=("MCSB DP-5", "CIS Azure 3.0 5.1.3", "PCI DSS 3.5.1"),
        check=_server_has_own_key,
    ),
    ResourceRule(
        id="sql-tde-on",
        title="SQL databases stay encrypted",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("sql:TransparentDataEncryption"),
        why="Encryption is on by default; whoever switches it off leaves files and backups readable.",
        remedy="Set state to Enabled.",
        url=f"{LEARN}/azure-sql/database/transparent-data-encryption-tde-overview",
        references=("MCSB DP-4", "CIS Azure 3.0 5.1.5", "PCI DSS 3.5.1"),
        check=must("state", one_of("Enabled")),
    ),
    ResourceRule(
        id="automation-variables-encrypted",
        title="Variables of an Automation account are encrypted",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("automation:Variable"),
        why="Everybody who may read the account reads the others; a variable cannot be encrypted later.",
        remedy="Set isEncrypted to true on a new variable.",
        url=f"{LEARN}/automation/shared-resources/variables",
        references=("MCSB DP-4", "MCSB IM-8"),
        check=must("isEncrypted", IS_TRUE),
    ),
)
