"""Ingresses, Services, and Traefik's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from tests.policies.cases import StackCase, of

INGRESS, SERVICE = "kubernetes:networking.k8s.io/v1:Ingress", "kubernetes:core/v1:Service"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
ROUTER = "traefik.ingress.kubernetes.io/router."
SECURE = {f"{ROUTER}tls": "true", f"{ROUTER}entrypoints": "websecure"}
CLASS = {"kubernetes.io/ingress.class": "traefik"}
REDIRECT = {"http": {"redirections": {"entryPoint": {"to": ":443", "scheme": "https"}}}}


def _annotated(annotations: Mapping[str, str], **spec: Any) -> Mapping[str, Any]:
    return {"metadata": {"annotations": dict(annotations)}, "spec": {"ingressClassName": "traefik", **spec}}


def _static(**settings: Any) -> Mapping[str, Any]:
    entries = {"web": REDIRECT, "websecure": {"address": ":8443"}}
    return {"data": {"traefik.yaml": yaml.safe_dump({"entryPoints": entries, "accessLog": {}, **settings})}}


def _secure_entry(**settings: Any) -> Mapping[str, Any]:
    return _static(entryPoints={"web": REDIRECT, "websecure": settings})


def _tls(**option: Any) -> Mapping[str, Any]:
    strong = {"minVersion": "VersionTLS12", "sniStrict": True}
    return {"data": {"shared.yaml": yaml.safe_dump({"tls": {"options": {"default": {**strong, **option}}}})}}


NOT_TRAEFIK = {"data": {"settings.yaml": "a: [", "other.yaml": "- a\n", "notes.txt": "api: {insecure: true}"}}
CASES = [
    of(
        "ingress-class-set",
        INGRESS,
        [{"spec": {"ingressClassName": "traefik"}}, {"metadata": {"annotations": CLASS}}],
        [{"spec": {"rules": []}}, {"metadata": {"annotations": {}}}],
    ),
    of(
        "ingress-secure-entry-point",
        INGRESS,
        [_annotated(SECURE), {"spec": {"ingressClassName": "webapprouting.kubernetes.azure.com"}}],
        [
            _annotated({}),
            {"metadata": {"annotations": CLASS}},
            _annotated({**SECURE, f"{ROUTER}entrypoints": "web,websecure"}),
            {},
        ],
    ),
    of(
        "ingress-middlewares",
        INGRESS,
        [_annotated({f"{ROUTER}middlewares": "headers@file"}), {"spec": {"ingressClassName": "internal"}}],
        [_annotated({}), _annotated({f"{ROUTER}middlewares": ""})],
    ),
    of(
        "ingress-host-exact",
        INGRESS,
        [{"spec": {"rules": [{"host": "erp.acme.example"}], "tls": [{"hosts": ["erp.acme.example"]}]}}],
        [{"spec": {"rules": [{"host": "*.acme.example"}]}}, {"spec": {"tls": [{"hosts": ["*.acme.example"]}]}}],
    ),
    of(
        "ingress-no-catch-all",
        INGRESS,
        [_annotated({**SECURE, f"{ROUTER}pathmatcher": "PathRegexp"})],
        [
            _annotated({}, defaultBackend={"service": {"name": "web"}}),
            _annotated({f"{ROUTER}PathMatcher": "Host(`erp.globex.example`) || Path"}),
            _annotated({"nginx.ingress.kubernetes.io/configuration-snippet": "return 200;"}),
        ],
    ),
    of(
        "svc-no-external-name",
        SERVICE,
        [{"spec": {"type": "ClusterIP"}}, {"spec": {"ports": [{"port": 80}]}}],
        [{"spec": {"type": "ExternalName"}}],
    ),
    of(
        "traefik-api-closed",
        CONFIG_MAP,
        [_static(), _static(api={"dashboard": False}), NOT_TRAEFIK],
        [_static(api={"insecure": True}), _static(api={}), _static(api={"dashboard": False, "debug": True})],
    ),
    of("traefik-access-log", CONFIG_MAP, [_static()], [{"data": {"traefik.yaml": "entryPoints: {web: {}}"}}]),
    of(
        "traefik-http-redirects",
        CONFIG_MAP,
        [_static()],
        [
            _static(entryPoints={"web": {"address": ":80"}}),
            _static(entryPoints={"http": {"http": {"redirections": {"entryPoint": {"scheme": "http"}}}}}),
        ],
    ),
    of(
        "traefik-forwarded-headers",
        CONFIG_MAP,
        [_static(), _secure_entry(forwardedHeaders={"trustedIPs": ["10.40.0.0/24"]})],
        [
            _secure_entry(forwardedHeaders={"insecure": True}),
            _secure_entry(proxyProtocol={"trustedIPs": ["0.0.0.0/0"]}),
        ],
    ),
    of(
        "traefik-no-external-names",
        CONFIG_MAP,
        [_static(), _static(providers={"kubernetesIngress": {"allowExternalNameServices": False}})],
        [_static(providers={"kubernetesIngress": {"allowExternalNameServices": True}})],
    ),
    of(
        "traefik-tls-strong",
        CONFIG_MAP,
        [_tls(), _tls(minVersion="VersionTLS13"), {"data": {"tenant.yaml": "http: {middlewares: {}}"}}],
        [
            _tls(minVersion="VersionTLS11"),
            _tls(sniStrict=False),
            _tls(cipherSuites=["TLS_RSA_WITH_AES_256_GCM_SHA384"]),
        ],
    ),
]
STACK_CASES: list[StackCase] = []
