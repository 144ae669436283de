"""Platform services beside the databases and stores: TLS, of a version that is still safe."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_TRUE, Finding, matches, one_of
from policies.rules.catalog import ENCRYPTION, LEARN, MESSAGING, SQL_INSTANCE

_REFERENCES = ("MCSB DP-3", "PCI DSS 4.2.1")
_TLS_1_2 = one_of("1.2", "1.3")
_OLD_TLS = "Older versions of TLS are broken."
_MODERN_LIST = matches(r"^\s*TLSv1\.[23]\s*(,\s*TLSv1\.[23]\s*)?$", "list TLSv1.2 and TLSv1.3 only")
# Settings of a gateway whose default is off (learn.microsoft.com rest/api/apimanagement/api-management-service/
# create-or-update); each may be turned on for old callers or old backends.
_GATEWAY = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security"
_OLD_PROTOCOLS = (
    *(
        f"{_GATEWAY}.{side}.{name}"
        for side in ("Protocols", "Backend.Protocols")
        for name in ("Tls10", "Tls11", "Ssl30")
    ),
    f"{_GATEWAY}.Ciphers.TripleDes168",
)


def _min_tls(service: str, title: str, tokens: frozenset[str], page: str, *, path: str) -> ResourceRule:
    return ResourceRule(
        id=f"{service}-min-tls",
        title=f"{title} speak TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=tokens,
        why=_OLD_TLS,
        remedy=f"Set {path} to 1.2.",
        url=f"{LEARN}/{page}",
        references=(*_REFERENCES, "MCSB NS-8"),
        check=must(path, _TLS_1_2),
    )


def _mysql_requires_tls(resource: Resource) -> Iterator[Finding]:
    if resource.at("configurationName").meets(one_of("require_secure_transport")):
        yield from resource.at("value").must(one_of("ON"))
    if resource.at("configurationName").meets(one_of("tls_version")):
        yield from resource.at("value").must(_MODERN_LIST)


def _old_protocols_are_off(resource: Resource) -> Iterator[Finding]:
    for name in _OLD_PROTOCOLS:
        yield from resource.at("customProperties").key(name).must_if_set(one_of("False"))


def _api_is_encrypted(resource: Resource) -> Iterator[Finding]:
    for protocol in resource.at("protocols").elements():
        yield from protocol.must(one_of("https", "wss"))


RULES = (
    ResourceRule(
        id="mysql-tls-required",
        title="MySQL refuses connections without TLS 1.2 or newer",
        family=ENCRYPTION,
        severity=Severity.CRITICAL,
        types=types("dbformysql:Configuration"),
        why="Passwords and payroll would cross the network in clear text.",
        remedy="Leave require_secure_transport ON, and name TLSv1.2 and TLSv1.3 alone in tls_version.",
        url=f"{LEARN}/mysql/flexible-server/concepts-networking",
        references=(*_REFERENCES, "CIS Azure 3.0 5.3.1"),
        check=_mysql_requires_tls,
    ),
    _min_tls(
        "messaging",
        "Service Bus and Event Hubs namespaces",
        MESSAGING,
        "service-bus-messaging/transport-layer-security-configure-minimum-version",
        path="minimumTlsVersion",
    ),
    _min_tls(
        "eventgrid",
        "Event Grid topics, domains and namespaces",
        types("eventgrid:Topic", "eventgrid:Domain", "eventgrid:Namespace"),
        "event-grid/transport-layer-security-configure-minimum-version",
        path="minimumTlsVersionAllowed",
    ),
    _min_tls(
        "sql-instance",
        "SQL managed instances",
        SQL_INSTANCE,
        "azure-sql/managed-instance/minimal-tls-version-configure",
        path="minimalTlsVersion",
    ),
    _min_tls(
        "iothub",
        "IoT hubs",
        types("iothub:IotHubResource"),
        "iot-hub/iot-hub-tls-support",
        path="properties.minTlsVersion",
    ),
    ResourceRule(
        id="redis-classic-encrypted",
        title="Azure Cache for Redis takes connections with TLS 1.2 only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("redis:Redis"),
        why="Session identifiers in clear text are as good as passwords.",
        remedy="Set minimumTlsVersion to 1.2 and leave enableNonSslPort off.",
        url=f"{LEARN}/azure-cache-for-redis/cache-tls-configuration",
        references=_REFERENCES,
        check=all_of(must("minimumTlsVersion", one_of("1.2")), must_if_set("enableNonSslPort", IS_FALSE)),
    ),
    ResourceRule(
        id="container-app-https-only",
        title="Container apps answer over HTTPS only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("app:ContainerApp"),
        why="What is typed into a page of plain HTTP is read on the way.",
        remedy="Leave configuration.ingress.allowInsecure off.",
        url=f"{LEARN}/container-apps/ingress-overview",
        references=_REFERENCES,
        check=must_if_set("configuration.ingress.allowInsecure", IS_FALSE),
    ),
    ResourceRule(
        id="apim-old-protocols-off",
        title="API Management turns no old protocol or cipher on",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("apimanagement:ApiManagementService"),
        why="Older versions of TLS, SSL and triple DES are broken.",
        remedy="Leave the settings Tls10, Tls11, Ssl30 and TripleDes168 out of customProperties, or set them to False.",
        url=f"{LEARN}/api-management/api-management-howto-manage-protocols-ciphers",
        references=(*_REFERENCES, "MCSB NS-8"),
        check=_old_protocols_are_off,
    ),
    ResourceRule(
        id="apim-https-only",
        title="APIs answer over HTTPS only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("apimanagement:Api"),
        why="Subscription keys and tokens would cross the network in clear text.",
        remedy="Name https and wss only in protocols.",
        url=f"{LEARN}/api-management/mitigate-owasp-api-threats",
        references=_REFERENCES,
        check=_api_is_encrypted,
    ),
    ResourceRule(
        id="apim-backend-verified",
        title="API Management checks the certificates of its backends",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("apimanagement:Backend"),
        why="Without the check anybody on the way may answer for the backend.",
        remedy="Leave tls.validateCertificateChain and tls.validateCertificateName on.",
        url=f"{LEARN}/api-management/backends",
        references=(*_REFERENCES, "MCSB IM-4"),
        check=all_of(
            must_if_set("tls.validateCertificateChain", IS_TRUE), must_if_set("tls.validateCertificateName", IS_TRUE)
        ),
    ),
)
