"""What KEDA asks Prometheus and the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.ingress.routers import either, router_pattern
from components.odoo.pool import Pool

_WINDOWS: Final = {Pool.WEB: "2m", Pool.REPORTING: "10m"}
"""Time that busy workers are averaged over: longer where requests are, because a request counts when it ends."""

_SLOWDOWN: Final = 1.5
"""Most that slow answers count for: more pods do not help when the cause is another."""

# OCA queue_job, 17.0 to 19.0; times are UTC without a zone. A job that the runner has handed out, but no worker has
# started, still waits.
WAITING: Final = (
    "SELECT count(*) FROM queue_job WHERE state = 'enqueued' "
    "OR (state = 'pending' AND (eta IS NULL OR eta <= now() AT TIME ZONE 'utc'))"
)
"""Jobs that wait for a worker."""
ENQUEUED_OR_STARTED: Final = (
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM queue_job WHERE state IN ('enqueued', 'started')) THEN 1 ELSE 0 END"
)
"""1 while a job is under way, else 0."""


def routers(tenant: str, hostname: str, ingresses: Sequence[str]) -> str:
    """PromQL: label matchers of the routers of some Ingresses, for requests but not for websockets.

    A websocket counts when it closes, with code 0.

    Args:
        tenant: the tenant's namespace.
        hostname: its host name.
        ingresses: names of the Ingresses.
    """
    return f'router=~"{router_pattern(tenant, hostname, either(sorted(ingresses)))}",code!="0"'


def busy_query(pool: Pool, selected: str) -> str:
    """PromQL: workers of a pool that are busy.

    0 where Traefik is there but had no request yet; nothing at all where Traefik's metrics are missing.

    Args:
        pool: the pool: `web` or `reporting`.
        selected: the routers that lead to it.
    """
    return f"{_busy(pool, selected)} or 0 * max(traefik_config_last_reload_success)"


def slow_query(pool: Pool, selected: str, *, target_seconds: float) -> str:
    """PromQL: busy workers, times how far the 95th percentile of the latency is above its target, at most 1.5.

    Below the target it is less than `busy_query`, and so decides nothing; a slow request at night hardly counts.

    Args:
        pool: the pool: `web` or `reporting`.
        selected: the routers that lead to it.
        target_seconds: what the 95th percentile should not exceed.
    """
    buckets = f"sum by (le) (rate(traefik_router_request_duration_seconds_bucket{{{selected}}}[{_WINDOWS[pool]}]))"
    slowness = f"clamp_max(histogram_quantile(0.95, {buckets}) / {target_seconds:g}, {_SLOWDOWN})"
    return f"{_busy(pool, selected)} * {slowness}"


def _busy(pool: Pool, selected: str) -> str:
    return f"sum(rate(traefik_router_request_duration_seconds_sum{{{selected}}}[{_WINDOWS[pool]}]))"
