"""Traefik's dynamic configuration: middlewares, TLS and certificates, for its file provider. No Pulumi.

Fields are those of Traefik 3.6 (doc.traefik.io/traefik/v3.6/reference/routing-configuration/http/middlewares). One file
holds what is the same for every tenant but its certificate, the other what the tenant may ask for. What one replica
counts no other knows: rates and requests in flight are each replica's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from components.ingress.transactions import Limit

COMPRESS: Final = "compress"
HEADERS: Final = "headers"
REFUSE: Final = "refuse"

CERTIFICATES_DIRECTORY: Final = "/run/secrets/certificates"

# RFC 6890: reserved for broadcasts, so nobody calls from it.
_NOBODY = "255.255.255.255/32"
_YEAR_SECONDS = 31_536_000
_BUFFER_BYTES = 1 << 20

# RFC 9325, 4.2: forward secrecy and authenticated encryption. TLS 1.3 chooses its own.
_CIPHER_SUITES = (
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
)
_CURVES = ("X25519MLKEM768", "X25519", "CurveP256", "CurveP384")

_DROPPED_FROM_REQUESTS = (
    # Odoo chooses its database by them: odoo/http.py (19), OCA dbfilter_from_header.
    "X-Odoo-Database",
    "X-Odoo-Dbfilter",
    # With one of these Go repeats a POST when its connection broke (pkg.go.dev/net/http#Transport): a posting twice.
    "Idempotency-Key",
    "X-Idempotency-Key",
)
_DROPPED_FROM_RESPONSES = ("Server", "X-Powered-By")


@dataclass(frozen=True, kw_only=True)
class TenantLimits:
    """What one tenant's users may ask for; rates and numbers are each replica's of Traefik.

    Args:
        upload_mib: largest request, in MiB; 128 is what Odoo itself takes.
        login_per_minute: logins a minute from one address; many users may share one.
        rpc_per_minute: calls of one API a minute from one address.
        reports_in_flight: reports at once, and exports at once, of the whole tenant.
    """

    upload_mib: int = 128
    login_per_minute: int = 60
    rpc_per_minute: int = 600
    reports_in_flight: int = 8


def middleware(tenant: str, purpose: str) -> str:
    """Name of a tenant's own middleware."""
    return f"{tenant}-{purpose}"


def shared_configuration(certificate: str, *, directory: str = CERTIFICATES_DIRECTORY) -> str:
    """The file of what is the same for every tenant, in YAML.

    Args:
        certificate: name of the file with the certificate, its chain and its key.
        directory: where it is.
    """
    file = f"{directory}/{certificate}"
    return _yaml(
        {
            "http": {
                # All in one file: without it no route works, so none is open because it could not be refused.
                "middlewares": {
                    HEADERS: {"headers": _headers()},
                    COMPRESS: {"compress": {}},
                    REFUSE: {"ipAllowList": {"sourceRange": [_NOBODY]}},
                }
            },
            "tls": {
                "certificates": [{"certFile": file, "keyFile": file}],
                "options": {
                    "default": {
                        "minVersion": "VersionTLS12",
                        "cipherSuites": list(_CIPHER_SUITES),
                        "curvePreferences": list(_CURVES),
                        # A name without a certificate gets no connection, rather than a made-up certificate.
                        "sniStrict": True,
                    }
                },
            },
        }
    )


def tenant_configuration(
    tenant: str, limits: TenantLimits, client_ranges: tuple[str, ...], *, behind_proxy: bool = False
) -> str:
    """The file of one tenant, in YAML.

    Args:
        tenant: its name.
        limits: what it may ask for.
        client_ranges: ranges that its users call from.
        behind_proxy: whether a trusted proxy names the caller, as the last of `X-Forwarded-For`.
    """
    source: dict[str, Any] = {"ipStrategy": {"depth": 1}} if behind_proxy else {}
    criterion = {"sourceCriterion": source} if source else {}
    purposes: dict[str, Any] = {
        "clients": {"ipAllowList": {"sourceRange": list(client_ranges), **source}},
        "uploads": {"buffering": _buffering(limits.upload_mib)},
        Limit.LOGIN: {"rateLimit": {**_rate(limits.login_per_minute), **criterion}},
        Limit.RPC: {"rateLimit": {**_rate(limits.rpc_per_minute), **criterion}},
        Limit.REPORTS: {"inFlightReq": {"amount": limits.reports_in_flight, "sourceCriterion": {"requestHost": True}}},
    }
    return _yaml({"http": {"middlewares": {middleware(tenant, purpose): spec for purpose, spec in purposes.items()}}})


def _headers() -> Mapping[str, Any]:
    # No Content-Security-Policy: it would take the place of Odoo's own, stricter one on images (odoo/http.py, set_csp).
    return {
        "stsSeconds": _YEAR_SECONDS,
        "contentTypeNosniff": True,
        "customFrameOptionsValue": "SAMEORIGIN",
        "referrerPolicy": "strict-origin-when-cross-origin",
        "customRequestHeaders": dict.fromkeys(_DROPPED_FROM_REQUESTS, ""),
        "customResponseHeaders": dict.fromkeys(_DROPPED_FROM_RESPONSES, ""),
    }


def _buffering(upload_mib: int) -> Mapping[str, Any]:
    """A request is read whole before Odoo sees it, and a response before its client does: a slow line holds no worker.

    There is no retry expression, and must be none: a call that timed out may still be posting.
    """
    return {
        "maxRequestBodyBytes": upload_mib << 20,
        "memRequestBodyBytes": _BUFFER_BYTES,
        "memResponseBodyBytes": _BUFFER_BYTES,
    }


def _rate(per_minute: int) -> Mapping[str, Any]:
    """A minute's worth may come at once: people log in when the day begins."""
    return {"average": per_minute, "period": "1m", "burst": per_minute}


def _yaml(document: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(document, sort_keys=True, width=120)
    return text
