"""Encryption in transit: TLS everywhere, of a version that is still safe."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_TRUE, Finding, Test, matches, one_of
from policies.rules.catalog import (
    COSMOS,
    ENCRYPTION,
    LEARN,
    POSTGRES_PARAMETER,
    REDIS_CLUSTER,
    REDIS_DATABASE,
    SQL_SERVER,
    STORAGE_ACCOUNT,
    WEB_APP,
)

_TLS_REFERENCES = ("MCSB DP-3", "PCI DSS 4.2.1")
_SMB_LISTS = {
    "versions": "SMB3.1.1",
    "channelEncryption": "AES-256-GCM",
    "authenticationMethods": "Kerberos",
}


def _parameter(name: str, test: Test) -> Any:
    """A check of one server parameter; other parameters are none of its business."""

    def check(resource: Resource) -> Iterator[Finding]:
        if resource.at("configurationName").meets(one_of(name)):
            yield from resource.at("value").must(test)

    return check


def _smb_is_hardened(resource: Resource) -> Iterator[Finding]:
    smb = resource.at("protocolSettings.smb")
    for name, only in _SMB_LISTS.items():
        # The lists end in an optional semicolon, and more than one entry allows the weaker one too.
        yield from smb.at(name).must(matches(f"^{re.escape(only)};?$", f"be {only} alone"))


def _plain_http_only_for_encrypted_nfs(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    """NFS shares need `enableHttpsTrafficOnly` off; then the file service has to require encryption by itself."""
    for account in graph.of("storage:StorageAccount"):
        if not account.at("enableHttpsTrafficOnly").meets(IS_FALSE):
            continue
        services = graph.children(account, "accountName", "storage:FileServiceProperties")
        required = [service.at("protocolSettings.nfs.encryptionInTransit.required") for service in services]
        if not any(value.is_unknown() or value.meets(IS_TRUE) for value in required):
            yield account.finding(
                "enableHttpsTrafficOnly must not be false unless the account's file service sets "
                "protocolSettings.nfs.encryptionInTransit.required to true"
            )


RULES = (
    ResourceRule(
        id="pg-tls-required",
        title="PostgreSQL refuses connections without TLS",
        family=ENCRYPTION,
        severity=Severity.CRITICAL,
        types=POSTGRES_PARAMETER,
        why="Passwords and payroll would cross the network in clear text.",
        remedy="Leave require_secure_transport on.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-networking-ssl-tls",
        references=(*_TLS_REFERENCES, "CIS Azure 3.0 5.2.1"),
        check=_parameter("require_secure_transport", one_of("on")),
    ),
    ResourceRule(
        id="pg-tls-minimum",
        title="PostgreSQL speaks TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=POSTGRES_PARAMETER,
        why="Older versions of TLS are broken.",
        remedy="Set ssl_min_protocol_version to TLSv1.2 or TLSv1.3.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-networking-ssl-tls",
        references=(*_TLS_REFERENCES, "MCSB NS-8"),
        check=_parameter("ssl_min_protocol_version", one_of("TLSv1.2", "TLSv1.3")),
    ),
    ResourceRule(
        id="redis-encrypted-protocol",
        title="Managed Redis takes TLS connections only",
        family=ENCRYPTION,
        severity=Severity.CRITICAL,
        types=REDIS_DATABASE,
        why="Session identifiers in clear text are as good as passwords.",
        remedy="Set clientProtocol to Encrypted.",
        url=f"{LEARN}/redis/tls-configuration",
        references=_TLS_REFERENCES,
        check=must("clientProtocol", one_of("Encrypted")),
    ),
    ResourceRule(
        id="redis-min-tls",
        title="Managed Redis speaks TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=REDIS_CLUSTER,
        why="Older versions of TLS are broken.",
        remedy="Set minimumTlsVersion to 1.2.",
        url=f"{LEARN}/redis/tls-configuration",
        references=(*_TLS_REFERENCES, "MCSB NS-8"),
        check=must("minimumTlsVersion", one_of("1.2", "1.3")),
    ),
    StackRule(
        id="storage-https-only",
        title="Storage accounts take encrypted traffic only",
        family=ENCRYPTION,
        severity=Severity.CRITICAL,
        types=types("storage:StorageAccount", "storage:FileServiceProperties"),
        why="Attachments and backups would cross the network in clear text.",
        remedy="Leave enableHttpsTrafficOnly on; for NFS require encryption in transit on the file service instead.",
        url=f"{LEARN}/storage/common/storage-require-secure-transfer",
        references=(*_TLS_REFERENCES, "CIS Azure 6.0 9.3.4"),
        check=_plain_http_only_for_encrypted_nfs,
    ),
    ResourceRule(
        id="storage-min-tls",
        title="Storage accounts speak TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="Older versions of TLS are broken.",
        remedy="Set minimumTlsVersion to TLS1_2.",
        url=f"{LEARN}/storage/common/transport-layer-security-configure-minimum-version",
        references=(*_TLS_REFERENCES, "CIS Azure 6.0 9.3.6"),
        check=must("minimumTlsVersion", one_of("TLS1_2", "TLS1_3")),
    ),
    ResourceRule(
        id="file-smb-hardened",
        title="SMB shares allow version 3.1.1, AES-256-GCM and Kerberos alone",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("storage:FileServiceProperties"),
        why="The defaults allow older dialects, weaker ciphers and NTLM.",
        remedy="Set versions, channelEncryption and authenticationMethods in protocolSettings.smb.",
        url=f"{LEARN}/storage/files/files-smb-protocol",
        references=("MCSB DP-3", "CIS Azure 6.0 9.1.2", "CIS Azure 6.0 9.1.3"),
        check=_smb_is_hardened,
    ),
    ResourceRule(
        id="sql-min-tls",
        title="SQL servers speak TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=SQL_SERVER,
        why="Older versions of TLS are broken.",
        remedy="Set minimalTlsVersion to 1.2.",
        url=f"{LEARN}/azure-sql/database/connectivity-settings",
        references=_TLS_REFERENCES,
        check=must("minimalTlsVersion", one_of("1.2", "1.3")),
    ),
    ResourceRule(
        id="cosmos-min-tls",
        title="Cosmos DB speaks TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=COSMOS,
        why="Older versions of TLS are broken.",
        remedy="Set minimalTlsVersion to Tls12.",
        url=f"{LEARN}/cosmos-db/self-serve-minimum-tls-enforcement",
        references=_TLS_REFERENCES,
        check=must("minimalTlsVersion", one_of("Tls12")),
    ),
    ResourceRule(
        id="app-https-only",
        title="Web apps answer over HTTPS only, with TLS 1.2 or newer",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=WEB_APP,
        why="The default answers plain HTTP as well, and takes uploads over FTP.",
        remedy="Set httpsOnly, siteConfig.minTlsVersion 1.2 or 1.3, and siteConfig.ftpsState Disabled or FtpsOnly.",
        url=f"{LEARN}/app-service/configure-ssl-bindings",
        references=(*_TLS_REFERENCES, "MCSB NS-8"),
        check=all_of(
            must("httpsOnly", IS_TRUE),
            must("siteConfig.minTlsVersion", one_of("1.2", "1.3")),
            must_if_set("siteConfig.ftpsState", one_of("Disabled", "FtpsOnly")),
        ),
    ),
)
