"""Encryption at rest: customer-managed keys, and encryption where the key of the platform is not enough."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Test, one_of
from policies.rules.catalog import (
    AKS,
    AKS_POOL,
    ENCRYPTION,
    LEARN,
    MACHINES,
    POSTGRES,
    REDIS_CLUSTER,
    REGISTRY,
    STORAGE_ACCOUNT,
    machine_profile,
    pools,
)

# https://<vault>.vault.azure.net/keys/<name>/<version>: rotation stops at a named version
_VERSIONLESS = Test(
    "name no key version", lambda uri: isinstance(uri, str) and uri.rstrip("/").split("/keys/")[-1].count("/") == 0
)


def _is_replica(resource: Resource) -> bool:
    return resource.at("createMode").may_meet(one_of("Replica"))


def _postgres_geo_key(resource: Resource) -> Iterator[Finding]:
    encryption = resource.at("dataEncryption")
    if _is_replica(resource) or not encryption.meets(IS_SET):
        return
    if resource.at("backup.geoRedundantBackup").meets(one_of("Enabled")):
        yield from encryption.at("geoBackupKeyURI").must(IS_SET)
        yield from encryption.at("geoBackupUserAssignedIdentityId").must(IS_SET)


def _postgres_versionless(resource: Resource) -> Iterator[Finding]:
    for name in ("primaryKeyURI", "geoBackupKeyURI"):
        yield from resource.at(f"dataEncryption.{name}").must_if_set(_VERSIONLESS)


def _storage_versionless(resource: Resource) -> Iterator[Finding]:
    version = resource.at("encryption.keyVaultProperties.keyVersion")
    yield from version.must_not(IS_SET, "the account then stays on that version when the key rotates")


def _cluster_secrets(resource: Resource) -> Iterator[Finding]:
    newer = resource.at("securityProfile.kubernetesResourceObjectEncryptionProfile.infrastructureEncryption")
    if not newer.may_meet(one_of("Enabled")):
        yield from resource.at("securityProfile.azureKeyVaultKms.enabled").must(IS_TRUE)


def _pool_host_encryption(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from pool.at("enableEncryptionAtHost").must(IS_TRUE)


def _machine_host_encryption(resource: Resource) -> Iterator[Finding]:
    yield from machine_profile(resource).at("securityProfile.encryptionAtHost").must(IS_TRUE)


RULES = (
    ResourceRule(
        id="pg-cmk",
        title="PostgreSQL servers are encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=POSTGRES,
        why="Whoever holds the key decides who reads the books; it cannot be added after the server was made.",
        remedy="Set dataEncryption to type AzureKeyVault with primaryKeyURI and primaryUserAssignedIdentityId.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-data-encryption",
        references=("MCSB DP-5", "ISO 27001 8.24", "PCI DSS 3.5.1", "GDPR 32"),
        check=all_of(
            must("dataEncryption.type", one_of("AzureKeyVault")),
            must("dataEncryption.primaryKeyURI", IS_SET),
            must("dataEncryption.primaryUserAssignedIdentityId", IS_SET),
        ),
    ),
    ResourceRule(
        id="pg-cmk-geo-key",
        title="Geo-redundant PostgreSQL backups have a key in the recovery region",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=POSTGRES,
        why="A geo backup cannot be restored when the only vault with its key went down with the primary region.",
        remedy="Set dataEncryption.geoBackupKeyURI and geoBackupUserAssignedIdentityId, both in the paired region.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-data-encryption",
        references=("MCSB DP-5", "MCSB BR-2", "DORA 12"),
        check=_postgres_geo_key,
    ),
    ResourceRule(
        id="pg-cmk-versionless",
        title="PostgreSQL follows the rotation of its keys",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=POSTGRES,
        why="A key URI with a version pins the server to it; after the next rotation the old version expires under it.",
        remedy="Give the key URI without its version segment.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-data-encryption",
        references=("MCSB DP-6", "PCI DSS 3.7.4"),
        check=_postgres_versionless,
    ),
    ResourceRule(
        id="storage-cmk",
        title="Storage accounts are encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="Attachments and backups of the books are read by whoever holds their key.",
        remedy="Set encryption.keySource to Microsoft.Keyvault, keyVaultProperties, and a user-assigned identity.",
        url=f"{LEARN}/storage/common/customer-managed-keys-overview",
        references=("MCSB DP-5", "ISO 27001 8.24", "PCI DSS 3.5.1"),
        check=all_of(
            must("encryption.keySource", one_of("Microsoft.Keyvault")),
            must("encryption.keyVaultProperties.keyName", IS_SET),
            must("encryption.encryptionIdentity.encryptionUserAssignedIdentity", IS_SET),
        ),
    ),
    ResourceRule(
        id="storage-cmk-versionless",
        title="Storage accounts follow the rotation of their keys",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=STORAGE_ACCOUNT,
        why="An account with a key version stays on it until somebody edits it.",
        remedy="Leave encryption.keyVaultProperties.keyVersion out.",
        url=f"{LEARN}/storage/common/customer-managed-keys-overview",
        references=("MCSB DP-6", "PCI DSS 3.7.4"),
        check=_storage_versionless,
    ),
    ResourceRule(
        id="storage-infrastructure-encryption",
        title="Storage accounts encrypt twice",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=STORAGE_ACCOUNT,
        why="A second layer with another key and algorithm; it can only be chosen when the account is made.",
        remedy="Set encryption.requireInfrastructureEncryption to true on a new account.",
        url=f"{LEARN}/storage/common/infrastructure-encryption-enable",
        references=("MCSB DP-4",),
        check=must("encryption.requireInfrastructureEncryption", IS_TRUE),
    ),
    ResourceRule(
        id="redis-cmk",
        title="Managed Redis is encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=REDIS_CLUSTER,
        why="Sessions and queued jobs carry personal data, and persistence writes them to disk.",
        remedy="Set encryption.customerManagedKeyEncryption with the key's URL and a user-assigned identity.",
        url=f"{LEARN}/redis/how-to-encryption",
        references=("MCSB DP-5",),
        check=must("encryption.customerManagedKeyEncryption.keyEncryptionKeyUrl", IS_SET),
    ),
    ResourceRule(
        id="acr-cmk",
        title="Container registries are encrypted with a customer-managed key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=REGISTRY,
        why="Images hold the company's own modules; the key can only be chosen when the registry is made.",
        remedy="Set encryption.status to enabled with keyVaultProperties.keyIdentifier and identity.",
        url=f"{LEARN}/container-registry/tutorial-enable-customer-managed-keys",
        references=("MCSB DP-5",),
        check=all_of(
            must("encryption.status", one_of("enabled")),
            must("encryption.keyVaultProperties.keyIdentifier", IS_SET),
        ),
    ),
    ResourceRule(
        id="aks-secrets-encrypted",
        title="Kubernetes secrets are encrypted in etcd",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=AKS,
        why="A copy of etcd otherwise shows every secret of the cluster.",
        remedy="Enable securityProfile.azureKeyVaultKms with a key.",
        url=f"{LEARN}/aks/use-kms-etcd-encryption",
        references=("MCSB DP-5", "CIS AKS 1.8 5.3.1"),
        check=_cluster_secrets,
    ),
    ResourceRule(
        id="pool-host-encryption",
        title="Cluster nodes encrypt temporary disks and caches",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=AKS | AKS_POOL,
        why="Ephemeral disks and caches hold sessions and reports outside of any disk encryption set.",
        remedy="Set enableEncryptionAtHost to true on every pool.",
        url=f"{LEARN}/aks/enable-host-encryption",
        references=("MCSB DP-4", "PCI DSS 3.5.1"),
        check=_pool_host_encryption,
    ),
    ResourceRule(
        id="vm-host-encryption",
        title="Virtual machines encrypt temporary disks and caches",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=MACHINES,
        why="Temporary disks and caches are outside of any disk encryption set.",
        remedy="Set securityProfile.encryptionAtHost to true.",
        url=f"{LEARN}/virtual-machines/disk-encryption",
        references=("MCSB DP-4", "CIS Azure 3.0 8.11"),
        check=_machine_host_encryption,
    ),
    ResourceRule(
        id="disk-cmk",
        title="Managed disks are encrypted through a disk encryption set",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("compute:Disk"),
        why="Without a set the key belongs to the platform.",
        remedy="Set encryption.diskEncryptionSetId.",
        url=f"{LEARN}/virtual-machines/disk-encryption",
        references=("MCSB DP-5", "CIS Azure 3.0 8.3"),
        check=must("encryption.diskEncryptionSetId", IS_SET),
    ),
    ResourceRule(
        id="disk-set-rotates",
        title="Disk encryption sets follow the rotation of their key",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("compute:DiskEncryptionSet"),
        why="A set stays on the version it was made with unless told to follow.",
        remedy="Set rotationToLatestKeyVersionEnabled to true.",
        url=f"{LEARN}/virtual-machines/disk-encryption",
        references=("MCSB DP-6",),
        check=must("rotationToLatestKeyVersionEnabled", IS_TRUE),
    ),
)
