"""What managed Prometheus scrapes of Traefik; which tenant and business transaction a router stands for. No Pulumi."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.ingress.args import TenantIngress
from components.ingress.objects import METRICS_PORT, SELECTOR
from components.ingress.routes import ingress_names

API_VERSION: Final = "azmonitoring.coreos.com/v1"
"""learn.microsoft.com azure/azure-monitor/containers/prometheus-metrics-scrape-crd"""
TENANT_LABEL: Final = "tenant"
TRANSACTION_LABEL: Final = "transaction"


def pod_monitor(tenants: Mapping[str, TenantIngress]) -> Mapping[str, Any]:
    """Spec of the PodMonitor.

    Args:
        tenants: whom Traefik serves.
    """
    return {
        "selector": {"matchLabels": dict(SELECTOR)},
        "podMetricsEndpoints": [
            {
                "port": METRICS_PORT,
                "path": "/metrics",
                "interval": "30s",
                "metricRelabelings": relabelings({tenant: served.hostname for tenant, served in tenants.items()}),
            }
        ],
    }


def relabelings(hostnames: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Rules that give every sample with a router its labels `tenant` and `transaction`.

    A transaction is the name of the Ingress without `tx-`: `posting`, `reports`, ..., and `web` for the rest.

    Args:
        hostnames: host name by tenant.
    """
    return [rule for tenant, hostname in sorted(hostnames.items()) for rule in _rules(tenant, hostname)]


def _rules(tenant: str, hostname: str) -> Sequence[Mapping[str, Any]]:
    names = "|".join(name.removeprefix("tx-") for name in ingress_names())
    regex = f"({tenant})-(?:tx-)?({names})-{_normalized(hostname)}(?:-.*)?@kubernetes"
    return [
        {"sourceLabels": ["router"], "regex": regex, "targetLabel": label, "replacement": replacement}
        for label, replacement in ((TENANT_LABEL, "$1"), (TRANSACTION_LABEL, "$2"))
    ]


def _normalized(name: str) -> str:
    """As Traefik writes `<namespace>-<ingress>-<host><path>` (pkg/provider/configuration.go, Normalize)."""
    return "-".join(re.findall(r"[^\W_]+", name))
