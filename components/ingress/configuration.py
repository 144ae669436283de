"""Traefik's static configuration (doc.traefik.io/traefik/v3.6/reference/install-configuration). No Pulumi."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS

HTTP_ENTRY_POINT: Final = "web"
HTTPS_ENTRY_POINT: Final = "websecure"
INTERNAL_ENTRY_POINT: Final = "traefik"
INGRESS_CLASS: Final = "traefik"
"""Value of the annotation `kubernetes.io/ingress.class` of what Traefik serves."""

HTTP_PORT: Final = 8000
HTTPS_PORT: Final = 8443
INTERNAL_PORT: Final = 8080
"""Of the probes and metrics; no Service leads to it."""

DRAIN_SECONDS: Final = 20
"""How long a stopping Traefik takes new requests, until the load balancer's probes (two, 5 s apart) have seen it."""
GRACE_SECONDS: Final = LIMIT_TIME_REAL_SECONDS + 60
"""How long a stopping Traefik waits for requests that it has."""

_UPLOAD_SECONDS = 600
_DOWNLOAD_SECONDS = 600
# Below the 30 minutes that the load balancer keeps an idle connection for.
_IDLE_SECONDS = 180
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)


@dataclass(frozen=True, kw_only=True)
class StaticConfiguration:
    """What Traefik is started with.

    Args:
        namespace: namespace whose Ingress objects it serves; None where there is no cluster, and files hold its routes.
        dynamic_directory: folder of its dynamic configuration, which it watches.
        trusted_proxies: ranges whose `X-Forwarded-*` headers are believed; of all others they are dropped.
        address: address that it listens on; empty for all.
        http_port: port of what is redirected.
        https_port: port of all requests.
        internal_port: port of probes and metrics.
        public_https_port: port that users are redirected to.
        plain_http: whether it listens for plain HTTP, to redirect it.
        external_name_services: whether a Service may stand for a host outside the cluster.
    """

    namespace: str | None
    dynamic_directory: str = "/etc/traefik/dynamic"
    trusted_proxies: tuple[str, ...] = ()
    address: str = ""
    http_port: int = HTTP_PORT
    https_port: int = HTTPS_PORT
    internal_port: int = INTERNAL_PORT
    public_https_port: int = 443
    plain_http: bool = True
    external_name_services: bool = False


def static_configuration(settings: StaticConfiguration) -> str:
    """The file that Traefik is started with, in YAML.

    Raises:
        ValueError: the namespace is empty, which Traefik would take for all of them.
    """
    if settings.namespace == "":
        raise ValueError("Traefik needs a namespace to serve; none means all of them")
    text: str = yaml.safe_dump(
        {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "entryPoints": _entry_points(settings),
            "providers": _providers(settings),
            # No time limit is shorter than Odoo's own.
            "serversTransport": {
                "forwardingTimeouts": {
                    "dialTimeout": "10s",
                    "responseHeaderTimeout": f"{LIMIT_TIME_REAL_SECONDS + 30}s",
                }
            },
            "ping": {"entryPoint": INTERNAL_ENTRY_POINT},
            "metrics": {
                "prometheus": {
                    "entryPoint": INTERNAL_ENTRY_POINT,
                    "addEntryPointsLabels": True,
                    "addRoutersLabels": True,
                    "addServicesLabels": False,
                    "buckets": list(_BUCKETS),
                }
            },
            "log": {"level": "INFO", "format": "json"},
            "accessLog": _access_log(),
        },
        sort_keys=True,
        width=120,
    )
    return text


def _entry_points(settings: StaticConfiguration) -> Mapping[str, Any]:
    redirecting = {
        "address": f"{settings.address}:{settings.http_port}",
        "http": {
            "redirections": {
                "entryPoint": {"to": f":{settings.public_https_port}", "scheme": "https", "permanent": True}
            }
        },
    }
    return {
        **({HTTP_ENTRY_POINT: redirecting} if settings.plain_http else {}),
        HTTPS_ENTRY_POINT: {
            "address": f"{settings.address}:{settings.https_port}",
            "asDefault": True,
            "forwardedHeaders": {"trustedIPs": list(settings.trusted_proxies)},
            "http": {"encodedCharacters": _encoded_characters(), "sanitizePath": True},
            "transport": {
                "lifeCycle": {
                    "requestAcceptGraceTimeout": f"{DRAIN_SECONDS}s",
                    "graceTimeOut": f"{GRACE_SECONDS}s",
                },
                "respondingTimeouts": {
                    "readTimeout": f"{_UPLOAD_SECONDS}s",
                    "writeTimeout": f"{_UPLOAD_SECONDS + LIMIT_TIME_REAL_SECONDS + _DOWNLOAD_SECONDS}s",
                    "idleTimeout": f"{_IDLE_SECONDS}s",
                },
            },
        },
        INTERNAL_ENTRY_POINT: {"address": f"{settings.address}:{settings.internal_port}"},
    }


def _encoded_characters() -> Mapping[str, bool]:
    """Odoo decodes a path once, after routers have judged it: `%2F` would make a door out of what was none.

    The others occur in names of files, and lead to no other path.
    """
    refused = ("Slash", "BackSlash", "NullCharacter")
    allowed = ("Semicolon", "Percent", "QuestionMark", "Hash")
    return {
        **{f"allowEncoded{character}": False for character in refused},
        **{f"allowEncoded{character}": True for character in allowed},
    }


def _providers(settings: StaticConfiguration) -> Mapping[str, Any]:
    files = {"file": {"directory": settings.dynamic_directory, "watch": True}}
    if settings.namespace is None:
        return files
    return {**files, "kubernetesIngress": _ingress_provider(settings.namespace, settings.external_name_services)}


def _ingress_provider(namespace: str, external_name_services: bool) -> Mapping[str, Any]:
    return {
        "ingressClass": INGRESS_CLASS,
        "namespaces": [namespace],
        # It looks up neither IngressClasses nor nodes, and so needs no right in the cluster, only in its tenant's
        # namespace. It then serves by the annotation alone (traefik 3.6, pkg/provider/kubernetes/ingress/kubernetes.go,
        # shouldProcessIngress).
        "disableClusterScopeResources": True,
        # A pool without a ready pod answers 503, not 404: it is away, not unknown.
        "allowEmptyServices": True,
        # `/json/2` is not `/json/22`.
        "strictPrefixMatching": True,
        "allowExternalNameServices": external_name_services,
    }


def _access_log() -> Mapping[str, Any]:
    """No headers, and no path: Odoo's links carry tokens in their queries, which Traefik logs as part of the path."""
    return {
        "format": "json",
        "bufferingSize": 100,
        "fields": {"names": {"RequestPath": "drop"}, "headers": {"defaultMode": "drop"}},
    }
