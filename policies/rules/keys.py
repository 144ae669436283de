"""Keys, secrets and the vaults that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule, all_of, must, must_if_set, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Test, Value, at_least, one_of
from policies.rules.catalog import ENCRYPTION, KEY, LEARN, VAULT

_SOFT_DELETE_DAYS = 90  # the longest that Key Vault keeps
_MINIMUM_RSA_BITS = 3072  # NIST SP 800-57: 128 bits of security, good beyond 2030
_ELLIPTIC_CURVES = ("P-256", "P-384", "P-521")
_MONTHS_IN_YEAR, _DAYS_IN_YEAR = 12, 366
_PERIOD = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$")
# Services that take a customer-managed key, and what gives them one.
_KEY_CONSUMERS = (
    "appconfiguration:ConfigurationStore",
    "automation:AutomationAccount",
    "batch:BatchAccount",
    "cognitiveservices:Account",
    "compute:DiskEncryptionSet",
    "containerinstance:ContainerGroup",
    "containerregistry:Registry",
    "containerservice:ManagedCluster",
    "cosmosdb:DatabaseAccount",
    "databricks:Workspace",
    "datafactory:Factory",
    "dataprotection:BackupVault",
    "dbformysql:Server",
    "dbforpostgresql:Server",
    "elasticsan:VolumeGroup",
    "eventhub:Namespace",
    "kusto:Cluster",
    "machinelearningservices:Workspace",
    "netapp:Account",
    "operationalinsights:Cluster",
    "recoveryservices:Vault",
    "redisenterprise:RedisEnterprise",
    "servicebus:Namespace",
    "sql:Database",
    "sql:EncryptionProtector",
    "sql:ManagedInstance",
    "sql:ManagedInstanceKey",
    "sql:Server",
    "sql:ServerKey",
    "storage:EncryptionScope",
    "storage:StorageAccount",
    "synapse:Key",
    "synapse:Workspace",
)


def _within_a_year(period: Any) -> bool:
    match = _PERIOD.match(period) if isinstance(period, str) else None
    if match is None:
        return False
    years, months, days = (int(part or 0) for part in match.groups())
    return 0 < years + months / _MONTHS_IN_YEAR + days / _DAYS_IN_YEAR <= 1


_YEARLY = Test("be an ISO 8601 period of at most a year", _within_a_year)


def _rotates(policy: Value) -> Iterator[Finding]:
    """A rotation action that comes within a year of the key's creation, or any time before its expiry."""
    for action in policy.at("lifetimeActions").elements():
        if action.at("action.type").may_meet(one_of("Rotate")):
            trigger = action.at("trigger")
            if not trigger.at("timeBeforeExpiry").is_set():
                yield from trigger.at("timeAfterCreate").must(_YEARLY)
            return
    if not policy.at("lifetimeActions").is_unknown():
        yield Finding(message=f"{policy.path}.lifetimeActions must have an action of type Rotate")


def _strength(resource: Resource) -> Iterator[Finding]:
    properties = resource.at("properties")
    if not properties.at("kty").known():
        return
    if properties.at("kty").meets(one_of("EC", "EC-HSM")):
        yield from properties.at("curveName").must(one_of(*_ELLIPTIC_CURVES))
    else:
        yield from properties.at("keySize").must(at_least(_MINIMUM_RSA_BITS, " bits"))


def _expires(resource: Resource) -> Iterator[Finding]:
    if not resource.at("properties.attributes.expires").is_set():
        yield from resource.at("properties.rotationPolicy.attributes.expiryTime").must(IS_SET)


def _not_exportable(resource: Resource) -> Iterator[Finding]:
    exportable = resource.at("properties.attributes.exportable")
    yield from exportable.must_not(IS_TRUE, "a key that leaves the vault is a password")


def _keys_in_use_rotate(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for key in graph.of("keyvault:Key"):
        if not any(service.uses(key) for service in graph.of(*_KEY_CONSUMERS)):
            continue
        # Inputs have `properties`; azure-native's outputs are flat.
        flat, nested = key.at("rotationPolicy"), key.at("properties.rotationPolicy")
        yield from (
            key.finding(f"{finding.message}, since a service encrypts with this key")
            for finding in _rotates(nested if nested.is_set() else flat)
        )
        for vault in graph.of("keyvault:Vault"):
            if key.refers_to(vault, key.at("vaultName")):
                for finding in vault.at("properties.enablePurgeProtection").must(IS_TRUE):
                    yield vault.finding(f"{finding.message}, since a service encrypts with a key of this vault")


RULES = (
    ResourceRule(
        id="vault-purge-protection",
        title="Key vaults are protected from purging",
        family=ENCRYPTION,
        severity=Severity.CRITICAL,
        types=VAULT,
        why="A purged key takes every database, file and backup encrypted with it along.",
        remedy="Set properties.enablePurgeProtection to true.",
        url=f"{LEARN}/key-vault/general/soft-delete-overview",
        references=("MCSB DP-8", "CIS Azure 6.0 8.3.5", "DORA 12", "PCI DSS 3.7"),
        check=must("properties.enablePurgeProtection", IS_TRUE),
    ),
    ResourceRule(
        id="vault-soft-delete-90",
        title="Key vaults keep what was deleted for 90 days",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=VAULT,
        why="The time there is to notice that a key was deleted.",
        remedy="Set properties.softDeleteRetentionInDays to 90 and leave enableSoftDelete on.",
        url=f"{LEARN}/key-vault/general/soft-delete-overview",
        references=("MCSB DP-8",),
        check=all_of(
            must("properties.softDeleteRetentionInDays", at_least(_SOFT_DELETE_DAYS)),
            must_if_set("properties.enableSoftDelete", IS_TRUE),
        ),
    ),
    ResourceRule(
        id="key-rotation",
        title="Keys rotate by themselves at least once a year",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=KEY,
        why="A rotation that somebody has to remember does not happen.",
        remedy="Set properties.rotationPolicy with a lifetime action of type Rotate.",
        url=f"{LEARN}/key-vault/keys/how-to-configure-key-rotation",
        references=("MCSB DP-6", "CIS Azure 6.0 8.3.9", "PCI DSS 3.7.4", "ISO 27001 8.24"),
        check=lambda resource: _rotates(resource.at("properties.rotationPolicy")),
    ),
    ResourceRule(
        id="key-expiry",
        title="Keys expire",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=KEY,
        why="Without an expiry nothing warns when the rotation stops working.",
        remedy="Set properties.rotationPolicy.attributes.expiryTime.",
        url=f"{LEARN}/key-vault/keys/how-to-configure-key-rotation",
        references=("MCSB DP-6", "CIS Azure 6.0 8.3.1"),
        check=_expires,
    ),
    ResourceRule(
        id="key-strength",
        title="Keys are RSA of 3072 bits or more, or elliptic of 256 or more",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=KEY,
        why="Books are kept for ten years and more: the key has to hold that long.",
        remedy="Set properties.keySize to 3072 or 4096, or take a P curve.",
        url=f"{LEARN}/key-vault/keys/about-keys",
        references=("MCSB DP-6", "PCI DSS 3.6.1"),
        check=_strength,
    ),
    ResourceRule(
        id="key-not-exportable",
        title="Keys do not leave their vault",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=KEY,
        why="An exported key cannot be revoked.",
        remedy="Leave properties.attributes.exportable out.",
        url=f"{LEARN}/key-vault/keys/about-keys",
        references=("MCSB DP-8", "PCI DSS 3.6.1"),
        check=_not_exportable,
    ),
    ResourceRule(
        id="secret-expiry",
        title="Secrets expire",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("keyvault:Secret"),
        why="A secret without an end is never replaced.",
        remedy="Set properties.attributes.expires, in seconds since 1970, and rotate before it.",
        url=f"{LEARN}/key-vault/secrets/about-secrets",
        references=("MCSB DP-6", "CIS Azure 6.0 8.3.3", "PCI DSS 8.6.3"),
        check=must("properties.attributes.expires", IS_SET),
    ),
    StackRule(
        id="encryption-keys-in-use-rotate",
        title="Every key that a service encrypts with rotates, in a vault that cannot be purged",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("keyvault:Key", "keyvault:Vault", *_KEY_CONSUMERS),
        why="The keys of data at rest are the ones whose loss or age costs the data.",
        remedy="Give the key a rotation policy and its vault purge protection.",
        url=f"{LEARN}/key-vault/keys/how-to-configure-key-rotation",
        references=("MCSB DP-6", "PCI DSS 3.7.4", "ISO 27001 8.24"),
        check=_keys_in_use_rotate,
    ),
)
