"""What KEDA asks Prometheus: whose requests count, and what they add up to."""

from __future__ import annotations

import re

import pytest

from components.odoo.pool import Pool
from components.tenant.scaling_queries import busy_query, routers, slow_query

SUM = "sum(rate(traefik_router_request_duration_seconds_sum{X}[2m]))"
BUCKETS = "sum by (le) (rate(traefik_router_request_duration_seconds_bucket{X}[2m]))"


@pytest.mark.parametrize(
    ("router", "matches"),
    [
        # Traefik: Normalize(namespace + "-" + ingress + "-" + host + path)
        ("acme-web-erp-acme-example@kubernetes", True),
        ("acme-tx-posting-erp-acme-example-web-dataset-call-button-account-move-action-post@kubernetes", True),
        ("acme-web-erp-acme-example-fr@kubernetes", True),
        ("acme-web-erp-acme-examples@kubernetes", False),
        ("acme-es-web-erp-acme-example@kubernetes", False),
        ("acme-web-es-erp-acme-example@kubernetes", False),
        ("acme-websocket-erp-acme-example-websocket@kubernetes", False),
        ("acme-web-erp-acme-example@file", False),
    ],
)
def test_routers_are_told_apart(router: str, matches: bool) -> None:
    [pattern] = re.findall(r'router=~"([^"]+)"', routers("acme", "erp.acme.example", ["web", "tx-posting"]))
    assert bool(re.fullmatch(pattern, router)) == matches


def test_no_traffic_is_no_load_but_no_metrics_are_no_answer() -> None:
    assert busy_query(Pool.WEB, "X") == f"{SUM} or 0 * max(traefik_config_last_reload_success)"


def test_slow_answers_weigh_what_is_busy() -> None:
    query = slow_query(Pool.WEB, "X", target_seconds=0.5)
    assert query == f"{SUM} * clamp_max(histogram_quantile(0.95, {BUCKETS}) / 0.5, 1.5)"
