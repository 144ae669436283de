"""Ways in: Ingress objects, and the Services behind them."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import IS_SET, Finding, Value, matches, one_of
from policies.rules.catalog import INGRESS, KUBERNETES_DOCS

_DOCS = f"{KUBERNETES_DOCS}/concepts/services-networking"
_TRAEFIK = "https://doc.traefik.io/traefik/v3.6/reference"
_ROUTER = "traefik.ingress.kubernetes.io/router."
_INGRESSES = types("kubernetes:networking.k8s.io:Ingress")
_EXACT_HOST = matches(r"^[^*]+$", "be one name, without *")
_MATCHERS = one_of("Path", "PathPrefix", "PathRegexp")


def _class(resource: Resource) -> Value:
    """Its class: of the specification, or of the annotation that a controller without rights in the cluster goes by."""
    named = resource.at("spec.ingressClassName")
    return named if named.is_set() else resource.at("metadata.annotations").key("kubernetes.io/ingress.class")


def _is_traefik(resource: Resource) -> bool:
    """Whether Traefik serves it: another class belongs to another controller, with words of its own."""
    name = _class(resource)
    return name.known() and (not name.is_set() or name.meets(one_of("traefik")))


def _annotation(resource: Resource, name: str) -> Value:
    return resource.at("metadata.annotations").key(f"{_ROUTER}{name}")


def _takes_tls_only(resource: Resource) -> Iterator[Finding]:
    if _is_traefik(resource):
        yield from _annotation(resource, "tls").must(one_of("true"))
        yield from _annotation(resource, "entrypoints").must(one_of("websecure"))


def _is_guarded(resource: Resource) -> Iterator[Finding]:
    if _is_traefik(resource):
        yield from _annotation(resource, "middlewares").must(IS_SET)


def _hosts_are_exact(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("spec.rules").elements():
        yield from rule.at("host").must_if_set(_EXACT_HOST)
    for entry in resource.at("spec.tls").elements():
        for host in entry.at("hosts").elements():
            yield from host.must(_EXACT_HOST)


def _answers_for_its_hosts_only(resource: Resource) -> Iterator[Finding]:
    default = resource.at("spec.defaultBackend")
    yield from default.must_not(IS_SET, "it answers for every host that nobody else claims")
    for name, value in resource.at("metadata.annotations").entries():
        if name.casefold() == f"{_ROUTER}pathmatcher":
            yield from value.must(_MATCHERS)
        if name.casefold().endswith("-snippet"):
            yield Finding(message=f"{value.path} must not be set: it writes into the proxy's configuration")


def _no_external_name(resource: Resource) -> Iterator[Finding]:
    return resource.at("spec.type").must_not(one_of("ExternalName"), "whoever owns that name receives the requests")


RULES = (
    ResourceRule(
        id="ingress-class-set",
        title="Ingresses name their class",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=_INGRESSES,
        why="Without one, every controller of the cluster may serve it, a public one too.",
        remedy="Set spec.ingressClassName, or the annotation kubernetes.io/ingress.class.",
        url=f"{_DOCS}/ingress/#ingress-class",
        references=("MCSB NS-2", "ISO 27001 8.20"),
        check=lambda resource: _class(resource).must(IS_SET),
    ),
    ResourceRule(
        id="ingress-secure-entry-point",
        title="Traefik takes requests over TLS only",
        family=INGRESS,
        severity=Severity.HIGH,
        types=_INGRESSES,
        why="Without these annotations an Ingress is served on every entry point, in clear text too.",
        remedy=f'Annotate it {_ROUTER}tls: "true" and {_ROUTER}entrypoints: websecure.',
        url=f"{_TRAEFIK}/routing-configuration/kubernetes/ingress/",
        references=("MCSB DP-3", "PCI DSS 4.2.1", "CIS AKS 1.8 5.4.5"),
        check=_takes_tls_only,
    ),
    ResourceRule(
        id="ingress-middlewares",
        title="Every route goes through middlewares",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=_INGRESSES,
        why="Allow-lists, limits and security headers are middlewares: a route without any has none of them.",
        remedy=f"Annotate it {_ROUTER}middlewares with the list that applies.",
        url=f"{_TRAEFIK}/routing-configuration/kubernetes/ingress/",
        references=("MCSB NS-2", "MCSB NS-6", "ISO 27001 8.20"),
        check=_is_guarded,
    ),
    ResourceRule(
        id="ingress-host-exact",
        title="Ingresses claim names, not patterns",
        family=INGRESS,
        severity=Severity.MEDIUM,
        types=_INGRESSES,
        why="A wildcard answers for host names of other tenants, and of some that are yet to come.",
        remedy="Name each host.",
        url=f"{_DOCS}/ingress/#hostname-wildcards",
        references=("MCSB NS-2", "CIS AKS 1.8 4.6.1"),
        check=_hosts_are_exact,
    ),
    ResourceRule(
        id="ingress-no-catch-all",
        title="Ingresses answer for their own hosts only",
        family=INGRESS,
        severity=Severity.HIGH,
        types=_INGRESSES,
        why="A default backend, a snippet or a matcher of one's own takes over other tenants' requests.",
        remedy=f"Leave spec.defaultBackend and snippets out; {_ROUTER}pathmatcher is Path, PathPrefix or PathRegexp.",
        url=f"{_TRAEFIK}/routing-configuration/kubernetes/ingress/",
        references=("MCSB NS-1", "CIS AKS 1.8 4.6.1", "ISO 27001 8.22"),
        check=_answers_for_its_hosts_only,
    ),
    ResourceRule(
        id="svc-no-external-name",
        title="Services lead to pods, not to names outside",
        family=INGRESS,
        severity=Severity.HIGH,
        types=types("kubernetes:core:Service"),
        why="Behind an ingress, ExternalName makes a proxy to anything the cluster reaches, past network policies.",
        remedy="Let the workload call the other service by its own name.",
        url=f"{_DOCS}/service/#externalname",
        references=("MCSB NS-2", "ISO 27001 8.22"),
        check=_no_external_name,
    ),
)
