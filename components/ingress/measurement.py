"""What managed Prometheus scrapes of Traefik; which tenant and business transaction a router stands for. No Pulumi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.ingress.args import TenantIngress
from components.ingress.objects import METRICS_PORT, SELECTOR
from components.ingress.routers import KUBERNETES, either, router_pattern
from components.ingress.routing import ingress_names

API_VERSION: Final = "azmonitoring.coreos.com/v1"
"""learn.microsoft.com azure/azure-monitor/containers/prometheus-metrics-scrape-crd"""
TENANT_LABEL: Final = "tenant"
TRANSACTION_LABEL: Final = "transaction"


def pod_monitor(tenant: TenantIngress) -> Mapping[str, Any]:
    """Spec of the PodMonitor.

    Args:
        tenant: whom Traefik serves.
    """
    return {
        "selector": {"matchLabels": dict(SELECTOR)},
        "podMetricsEndpoints": [
            {
                "port": METRICS_PORT,
                "path": "/metrics",
                "interval": "30s",
                "metricRelabelings": relabelings(tenant.name, tenant.hostname),
            }
        ],
    }


def relabelings(tenant: str, hostname: str, provider: str = KUBERNETES) -> Sequence[Mapping[str, Any]]:
    """Rules that give every sample with a router its labels `tenant` and `transaction`.

    A transaction is the name of the Ingress without `tx-`: `posting`, `reports`, ..., and `web` for the rest.

    Args:
        tenant: the tenant's name.
        hostname: its host name.
        provider: what Traefik's routers come from.
    """
    transactions = either([name.removeprefix("tx-") for name in ingress_names()])
    regex = router_pattern(tenant, hostname, f"(?:tx-)?{transactions}", provider)
    return [
        {"sourceLabels": ["router"], "regex": regex, "targetLabel": label, "replacement": replacement}
        for label, replacement in ((TENANT_LABEL, tenant), (TRANSACTION_LABEL, "$1"))
    ]
