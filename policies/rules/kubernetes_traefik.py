"""Traefik's configuration, wherever a ConfigMap holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml
from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceCheck, ResourceRule
from policies.kit.texts import yaml_of
from policies.kit.values import Finding
from policies.rules.catalog import CONFIG_MAP, INGRESS

_TRAEFIK = "https://doc.traefik.io/traefik/v3.6/reference"
_EVERYBODY = frozenset({"0.0.0.0/0", "::/0"})
_HTTP_NAMES = frozenset({"web", "http"})
_TLS_VERSIONS = frozenset({"VersionTLS12", "VersionTLS13"})
# RFC 9325, 4.2: no key exchange without forward secrecy, no cipher without authentication.
_WEAK_CIPHERS = ("TLS_RSA_", "_CBC_", "_RC4_", "_3DES_", "_NULL_")
# What a browser never encodes, and what the matching of paths takes for something else than Odoo does.
_SMUGGLED = ("Slash", "BackSlash", "NullCharacter")
_MOST_CALLS = 10_000  # a period: above it, a limit limits nobody
_A_YEAR = 31_536_000  # seconds: what hstspreload.org asks for
Document = Mapping[str, Any]


def _documents(resource: Resource) -> Iterator[tuple[str, Document]]:
    """The YAML mappings of a ConfigMap, and where they stand."""
    for key, value in resource.at("data").entries():
        text = value.text() if key.endswith((".yaml", ".yml", ".json")) else None
        try:
            document = yaml_of(text) if text else None
        except yaml.YAMLError:
            continue
        if isinstance(document, Mapping):
            yield value.path, document


def _in(document: Any, path: str) -> Any:
    """What stands at a dotted path; None when nothing does."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _static(check: Callable[[Document], Iterator[str]]) -> ResourceCheck:
    """A check of Traefik's static configuration, which is what names entry points."""
    return lambda resource: (
        Finding(message=f"{path}: {wrong}")
        for path, document in _documents(resource)
        if isinstance(document.get("entryPoints"), Mapping)
        for wrong in check(document)
    )


def _dynamic(check: Callable[[Document], Iterator[str]]) -> ResourceCheck:
    """A check of Traefik's dynamic configuration."""
    return lambda resource: (
        Finding(message=f"{path}: {wrong}")
        for path, document in _documents(resource)
        if "entryPoints" not in document and ("tls" in document or "http" in document)
        for wrong in check(document)
    )


def _api_is_closed(document: Document) -> Iterator[str]:
    if _in(document, "api.insecure"):
        yield "api.insecure must be false"
    if "api" in document and _in(document, "api.dashboard") is not False:
        yield "api.dashboard must be false"
    if _in(document, "api.debug"):
        yield "api.debug must be false"


def _access_is_logged(document: Document) -> Iterator[str]:
    if "accessLog" not in document:
        yield "accessLog must be set"


def _entry_points(document: Document) -> Iterator[tuple[str, Any]]:
    yield from document["entryPoints"].items()


def _http_redirects(document: Document) -> Iterator[str]:
    for name, entry in _entry_points(document):
        if name in _HTTP_NAMES and _in(entry, "http.redirections.entryPoint.scheme") != "https":
            yield f"entryPoints.{name} must redirect to https"


def _callers_are_not_believed(document: Document) -> Iterator[str]:
    for name, entry in _entry_points(document):
        for block in ("forwardedHeaders", "proxyProtocol"):
            trusted = _in(entry, f"{block}.trustedIPs") or ()
            if _in(entry, f"{block}.insecure") or _EVERYBODY & set(trusted):
                yield f"entryPoints.{name}.{block} must trust named proxies only"


def _no_names_outside(document: Document) -> Iterator[str]:
    for provider in ("kubernetesIngress", "kubernetesCRD"):
        if _in(document, f"providers.{provider}.allowExternalNameServices"):
            yield f"providers.{provider}.allowExternalNameServices must be false"


def _tls_is_strong(document: Document) -> Iterator[str]:
    options = _in(document, "tls.options")
    for name, option in options.items() if isinstance(options, Mapping) else ():
        if _in(option, "minVersion") not in _TLS_VERSIONS:
            yield f"tls.options.{name}.minVersion must be VersionTLS12 or VersionTLS13"
        if _in(option, "sniStrict") is not True:
            yield f"tls.options.{name}.sniStrict must be true"
        if any(weak in suite for suite in _in(option, "cipherSuites") or () for weak in _WEAK_CIPHERS):
            yield f"tls.options.{name}.cipherSuites must have forward secrecy and authenticated encryption"


def _paths_are_plain(document: Document) -> Iterator[str]:
    for name, entry in _entry_points(document):
        http = _in(entry, "http")
        if not isinstance(http, Mapping) or "redirections" in http:
            continue
        if http.get("sanitizePath") is False:
            yield f"entryPoints.{name}.http.sanitizePath must be true"
        for character in _SMUGGLED:
            if _in(http, f"encodedCharacters.allowEncoded{character}") is not False:
                yield f"entryPoints.{name}.http.encodedCharacters.allowEncoded{character} must be false"
    if _in(document, "providers.kubernetesIngress.strictPrefixMatching") is False:
        yield "providers.kubernetesIngress.strictPrefixMatching must be true"


def _namespaces_are_named(document: Document) -> Iterator[str]:
    for provider in ("kubernetesIngress", "kubernetesCRD"):
        if _in(document, f"providers.{provider}") is not None and not _in(document, f"providers.{provider}.namespaces"):
            yield f"providers.{provider}.namespaces must name those that Traefik serves"


def _middlewares(document: Document, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    named = _in(document, "http.middlewares")
    for name, middleware in named.items() if isinstance(named, Mapping) else ():
        if isinstance(middleware, Mapping) and kind in middleware:
            yield f"http.middlewares.{name}.{kind}", middleware[kind] or {}


def _callers_are_limited(document: Document) -> Iterator[str]:
    for path, allowed in _middlewares(document, "ipAllowList"):
        ranges = allowed.get("sourceRange") or ()
        if not ranges or _EVERYBODY & set(ranges):
            yield f"{path}.sourceRange must name ranges, and not everybody"


def _calls_are_limited(document: Document) -> Iterator[str]:
    for path, limit in _middlewares(document, "rateLimit"):
        for name in ("average", "burst"):
            if not 0 < (limit.get(name) or 0) <= _MOST_CALLS:
                yield f"{path}.{name} must be above 0 and at most {_MOST_CALLS}"


def _answers_are_hardened(document: Document) -> Iterator[str]:
    for path, headers in _middlewares(document, "headers"):
        if headers.get("contentTypeNosniff") is not True:
            yield f"{path}.contentTypeNosniff must be true"
        if (headers.get("stsSeconds") or 0) < _A_YEAR:
            yield f"{path}.stsSeconds must be {_A_YEAR} or more"


RULES = (
    ResourceRule(
        id="traefik-api-closed",
        title="Traefik shows no dashboard and no API",
        family=INGRESS,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="They show every route and host name, and debugging shows memory.",
        remedy="Leave `api` out of the static configuration.",
        url=f"{_TRAEFIK}/install-configuration/api-dashboard/",
        references=("MCSB PV-2", "PCI DSS 2.2.4"),
        check=_static(_api_is_closed),
    ),
    ResourceRule(
        id="traefik-access-log",
        title="Traefik logs who asked for what",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=CONFIG_MAP,
        why="Without it nobody can tell afterwards who downloaded what.",
        remedy="Set accessLog in the static configuration.",
        url=f"{_TRAEFIK}/install-configuration/observability/logs-and-accesslogs/",
        references=("MCSB LT-3", "PCI DSS 10.2.1", "ISO 27001 8.15"),
        check=_static(_access_is_logged),
    ),
    ResourceRule(
        id="traefik-http-redirects",
        title="Traefik sends plain HTTP to HTTPS",
        family=INGRESS,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="A session cookie that crosses the network once in clear text is everybody's.",
        remedy="Set http.redirections.entryPoint.scheme to https on the entry point.",
        url=f"{_TRAEFIK}/install-configuration/entrypoints/",
        references=("MCSB DP-3", "PCI DSS 4.2.1"),
        check=_static(_http_redirects),
    ),
    ResourceRule(
        id="traefik-forwarded-headers",
        title="Traefik believes X-Forwarded headers of known proxies only",
        family=INGRESS,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="A caller who may name its own address is on every allow-list and under no limit.",
        remedy="List the proxies' ranges in forwardedHeaders.trustedIPs, or none.",
        url=f"{_TRAEFIK}/install-configuration/entrypoints/",
        references=("MCSB NS-2", "PCI DSS 1.3.1"),
        check=_static(_callers_are_not_believed),
    ),
    ResourceRule(
        id="traefik-no-external-names",
        title="Traefik sends requests to pods only",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=CONFIG_MAP,
        why="Whoever may make a Service could make Traefik call anything that it reaches.",
        remedy="Leave allowExternalNameServices out.",
        url=f"{_TRAEFIK}/install-configuration/providers/kubernetes/kubernetes-ingress/",
        references=("MCSB NS-2", "ISO 27001 8.22"),
        check=_static(_no_names_outside),
    ),
    ResourceRule(
        id="traefik-tls-strong",
        title="Traefik speaks TLS 1.2 or newer, with strong ciphers, for the names it has certificates of",
        family=INGRESS,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="What is recorded today under a weak cipher can be read tomorrow.",
        remedy="Set minVersion VersionTLS12 and sniStrict true, and list ECDHE suites with GCM or ChaCha20.",
        url=f"{_TRAEFIK}/routing-configuration/http/tls/tls-options/",
        references=("MCSB DP-3", "MCSB NS-8", "PCI DSS 4.2.1"),
        check=_dynamic(_tls_is_strong),
    ),
    ResourceRule(
        id="traefik-paths-plain",
        title="Traefik refuses paths that mean one thing to it and another to what is behind",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=CONFIG_MAP,
        why="/web%2Fdatabase is no route that is closed, and may be the closed page to Odoo.",
        remedy="Set sanitizePath, and allowEncodedSlash, -BackSlash and -NullCharacter to false on each entry point.",
        url=f"{_TRAEFIK}/install-configuration/entrypoints/",
        references=("MCSB NS-6", "MCSB PV-2"),
        check=_static(_paths_are_plain),
    ),
    ResourceRule(
        id="traefik-namespaces-named",
        title="Traefik serves namespaces that are named",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=CONFIG_MAP,
        why="Without a list, an Ingress in any namespace takes over a host name.",
        remedy="List them in providers.kubernetesIngress.namespaces.",
        url=f"{_TRAEFIK}/install-configuration/providers/kubernetes/kubernetes-ingress/",
        references=("MCSB NS-1", "ISO 27001 8.22"),
        check=_static(_namespaces_are_named),
    ),
    ResourceRule(
        id="traefik-callers-limited",
        title="An allow-list names somebody, and not everybody",
        family=INGRESS,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="A route that is meant for the company's network is then for whoever reaches the load balancer.",
        remedy="List ranges in ipAllowList.sourceRange.",
        url=f"{_TRAEFIK}/routing-configuration/http/middlewares/ipallowlist/",
        references=("MCSB NS-2", "PCI DSS 1.3.1"),
        check=_dynamic(_callers_are_limited),
    ),
    ResourceRule(
        id="traefik-answers-hardened",
        title="Answers tell browsers to stay with HTTPS and to believe content types",
        family=INGRESS,
        severity=Severity.LOW,
        types=CONFIG_MAP,
        why="Otherwise an attachment runs as a page, and the first request of a day goes in clear text.",
        remedy="Set contentTypeNosniff and stsSeconds of a year in the headers middleware.",
        url=f"{_TRAEFIK}/routing-configuration/http/middlewares/headers/",
        references=("MCSB DP-3",),
        check=_dynamic(_answers_are_hardened),
    ),
    ResourceRule(
        id="traefik-calls-limited",
        title="A limit of calls limits",
        family=INGRESS,
        severity=Severity.LOW,
        types=CONFIG_MAP,
        why="Passwords are guessed at the rate that the limit allows.",
        remedy="Set average and burst of rateLimit to what people need.",
        url=f"{_TRAEFIK}/routing-configuration/http/middlewares/ratelimit/",
        references=("MCSB NS-6",),
        check=_dynamic(_calls_are_limited),
    ),
)
