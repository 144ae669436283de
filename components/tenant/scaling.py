"""Scaling of the pools: one ScaledObject of KEDA each, as plain specs, and their declaration.

What makes a pool grow, and never the processor alone:

| pool | grows with |
|---|---|
| web, reporting | busy workers, more so when answers are slow |
| websocket | the web pool |
| queue | jobs that wait |
| cron | nothing: scheduled actions lock one another out anyway |
| all | the calendar |

Busy workers are counted by Little's law from Traefik's own metrics: the seconds of requests that ended in a second are
the requests that were under way. Those that wait for a worker count too, so that demand shows, not just what is served.

KEDA owns `spec.replicas` of the Deployments: they are declared without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi_kubernetes import apiextensions, core

from components.base import Component
from components.ingress.routing import pool_of_ingress
from components.odoo.pool import Pool, PoolSize
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata, pool_selector
from components.tenant.running import PoolScaling
from components.tenant.scaling_queries import ENQUEUED_OR_STARTED, WAITING, busy_query, routers, slow_query

API_VERSION: Final = "keda.sh/v1alpha1"
PROMETHEUS_LOGIN: Final = "prometheus"
DATABASE_LOGIN: Final = "database"
"""TriggerAuthentications: how KEDA logs in to managed Prometheus and to the database."""

# KEDA reads the value as a boolean (apis/keda/v1alpha1 getBoolAnnotation, v2.21.0): "false" is the same as none. An
# upgrade writes "true" over it. The rollout after it changes the digest, so the object is applied again, "false" with
# it; by force, because the field is then the upgrade's.
_PAUSED: Final = {"autoscaling.keda.sh/paused": "false", "pulumi.com/patchForce": "true"}
DIGEST_ANNOTATION: Final = "odoo-azure/image-digest"

_FAILURES: Final = 3
"""Readings of a metric that fail in a row before the fallback holds."""
_SCALE_DOWN_PERIOD_SECONDS: Final = 300
"""A pool loses one pod in that time."""
_SCALE_UP_PERIOD_SECONDS: Final = 60
"""A pool gains half its size, or two pods, in that time: a moment's peak is not answered with all there is."""
_LONGEST_STABILIZATION_SECONDS: Final = 3600
"""Kubernetes takes no longer one (pkg/apis/autoscaling/validation, MaxStabilizationWindowSeconds)."""

Spec = dict[str, Any]


def scaled_object(pool: Pool, args: OdooTenantArgs, served: Mapping[str, Pool]) -> Spec:
    """The spec of a pool's ScaledObject.

    Args:
        pool: the pool.
        args: the tenant.
        served: the pool that each Ingress leads to, by the Ingress's name.

    Raises:
        ValueError: a window of the calendar wants more pods than the pool may have.
    """
    size, scaling = args.pools.sizes[pool], args.pools.scaling.pools.get(pool, PoolScaling())
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": pool.value},
        "minReplicaCount": size.min_replicas,
        "maxReplicaCount": size.max_replicas,
        # Until the metrics are back as many pods as there are, but at least half of what may be: too many cost money,
        # too few cost the close.
        "fallback": {
            "failureThreshold": _FAILURES,
            "replicas": (size.min_replicas + size.max_replicas + 1) // 2,
            "behavior": "currentReplicasIfHigher",
        },
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(args.pools.scaling.scale_down_minutes)}},
        "triggers": [
            *_load_triggers(pool, args, scaling, served),
            *(
                _calendar_trigger(
                    args.pools.scaling.timezone, window.start, window.end, _bounded(window.replicas, pool, size)
                )
                for window in scaling.windows
            ),
            _standing_trigger(size),
        ],
    }


def trigger_authentications(args: OdooTenantArgs) -> Mapping[str, Spec]:
    """Specs of the TriggerAuthentications, by name: KEDA logs in as its own managed identity; no secret is stored."""
    identity = {"provider": "azure-workload", "identityId": args.services.identities.scaler_client_id}
    logins: dict[str, Spec] = {PROMETHEUS_LOGIN: {"podIdentity": identity}}
    if Pool.QUEUE in args.pools.sizes:
        # Without a podIdentity of its own, the scaler takes the password; with one, it would ask Entra for a token.
        logins[DATABASE_LOGIN] = {
            "azureKeyVault": {
                "vaultUri": args.services.secrets.vault_uri,
                "podIdentity": identity,
                "secrets": [{"parameter": "password", "name": args.services.secrets.monitor_password}],
            }
        }
    return logins


def declare_scaling(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Declares the scaling of all pools.

    Args:
        component: the component that owns the objects.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: the Deployments, in their new version: an upgrade's pause ends here.
    """
    logins = [
        apiextensions.CustomResource(
            f"{name}-scaling-login-{login}",
            api_version=API_VERSION,
            kind="TriggerAuthentication",
            metadata=metadata(args, login, namespace),
            spec=spec,
            opts=component.child(provider=args.provider),
        )
        for login, spec in trigger_authentications(args).items()
    ]
    served = pool_of_ingress(args.application.version, args.pools.sizes)
    annotations = {**_PAUSED, DIGEST_ANNOTATION: args.application.image_digest}
    return [
        *logins,
        *(
            apiextensions.CustomResource(
                f"{name}-scaling-{pool.value}",
                api_version=API_VERSION,
                kind="ScaledObject",
                metadata=metadata(args, pool.value, namespace, labels=pool_selector(pool), annotations=annotations),
                spec=scaled_object(pool, args, served),
                opts=component.child(provider=args.provider, depends_on=[*logins, *depends_on]),
            )
            for pool in args.pools.sizes
        ),
    ]


def _behavior(scale_down_minutes: int) -> Spec:
    return {
        "scaleUp": {
            "stabilizationWindowSeconds": 0,
            "selectPolicy": "Max",
            "policies": [
                {"type": "Percent", "value": 50, "periodSeconds": _SCALE_UP_PERIOD_SECONDS},
                {"type": "Pods", "value": 2, "periodSeconds": _SCALE_UP_PERIOD_SECONDS},
            ],
        },
        "scaleDown": {
            "stabilizationWindowSeconds": min(60 * scale_down_minutes, _LONGEST_STABILIZATION_SECONDS),
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": _SCALE_DOWN_PERIOD_SECONDS}],
        },
    }


def _load_triggers(pool: Pool, args: OdooTenantArgs, scaling: PoolScaling, served: Mapping[str, Pool]) -> list[Spec]:
    if pool in (Pool.WEB, Pool.REPORTING):
        return _http_triggers(pool, args, scaling, served)
    if pool is Pool.QUEUE:
        return _queue_triggers(args, scaling)
    if pool is Pool.WEBSOCKET:
        return [_follow_web(args)]
    return []


def _http_triggers(pool: Pool, args: OdooTenantArgs, scaling: PoolScaling, served: Mapping[str, Pool]) -> list[Spec]:
    ingresses = [ingress for ingress, serving in served.items() if serving is pool]
    selected = routers(args.tenant, args.application.hostname, ingresses)
    busy = busy_query(pool, selected)
    slow = slow_query(pool, selected, target_seconds=scaling.target_latency_ms / 1000)
    threshold = f"{args.pools.sizes[pool].workers * scaling.target_busy_percent / 100:g}"
    # Nothing about busy workers is an error, which leads to the fallback; nothing about slow answers: nobody asked.
    return [
        _prometheus_trigger(args, "busy", busy, threshold, "false"),
        _prometheus_trigger(args, "slow", slow, threshold, "true"),
    ]


def _prometheus_trigger(args: OdooTenantArgs, name: str, query: str, threshold: str, ignore_null_values: str) -> Spec:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": "AverageValue",
        "metadata": {
            "serverAddress": args.pools.scaling.prometheus_query_url,
            "query": query,
            "threshold": threshold,
            "ignoreNullValues": ignore_null_values,
        },
        "authenticationRef": {"name": PROMETHEUS_LOGIN},
    }


def _queue_triggers(args: OdooTenantArgs, scaling: PoolScaling) -> list[Spec]:
    """Grows with jobs that wait; holds its size while one runs.

    A value that just meets its target, as `Value`, makes the autoscaler keep the pods that there are, and it takes the
    most that any trigger wants. So as long as a job is under way no pod goes, and without one this trigger wants none.
    """
    waiting = args.pools.sizes[Pool.QUEUE].workers * scaling.jobs_per_worker
    return [
        _database_trigger(args, "waiting", WAITING, "AverageValue", waiting),
        _database_trigger(args, "running", ENQUEUED_OR_STARTED, "Value", 1),
    ]


def _database_trigger(args: OdooTenantArgs, name: str, query: str, metric_type: str, target: int) -> Spec:
    return {
        "type": "postgresql",
        "name": name,
        "metricType": metric_type,
        "metadata": {
            "host": args.services.database.host,
            # Past PgBouncer: one connection that stays open.
            "port": str(args.services.database.direct_port),
            "dbName": args.services.database.name,
            "userName": f"{args.services.database.owner}_monitor",
            "sslmode": "verify-full",
            "query": query,
            "targetQueryValue": str(target),
        },
        "authenticationRef": {"name": DATABASE_LOGIN},
    }


def _follow_web(args: OdooTenantArgs) -> Spec:
    """Who works in a browser has a socket open: one websocket pod for so many web pods as at their highest scale."""
    web, websocket = args.pools.sizes[Pool.WEB], args.pools.sizes[Pool.WEBSOCKET]
    selector = ",".join(f"{key}={value}" for key, value in pool_selector(Pool.WEB).items())
    ratio = max(1.0, web.max_replicas / websocket.max_replicas)
    return {
        "type": "kubernetes-workload",
        "name": "users",
        "metricType": "AverageValue",
        "metadata": {"podSelector": selector, "value": f"{ratio:g}"},
    }


def _calendar_trigger(timezone: str, start: str, end: str, replicas: int) -> Spec:
    return {
        "type": "cron",
        "metricType": "AverageValue",
        "metadata": {"timezone": timezone, "start": start, "end": end, "desiredReplicas": str(replicas)},
    }


def _standing_trigger(size: PoolSize) -> Spec:
    """Always on, all but a minute a day.

    From no pods, where an upgrade leaves a pool, KEDA starts some only when a trigger is active or none fails
    (pkg/scaling/executor, v2.21.0); so a pool comes back even while no metric can be read.
    """
    return {"name": "standing", **_calendar_trigger("Etc/UTC", "0 0 * * *", "59 23 * * *", size.min_replicas)}


def _bounded(replicas: int, pool: Pool, size: PoolSize) -> int:
    if not 1 <= replicas <= size.max_replicas:
        raise ValueError(
            f"{pool.value}: a window of the calendar wants {replicas} pods, but the pool has 1 to {size.max_replicas}; "
            "raise max_replicas, for which the connection budget must have room, or lower the window's replicas"
        )
    return replicas
