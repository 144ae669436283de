"""Odoo's pools on the cluster: a ConfigMap, a Deployment, a Service and a disruption budget each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pulumi
from pulumi_kubernetes import apps, core, meta, policy

from components.base import Component
from components.odoo.pool import Pool
from components.odoo.process import CONFIG_PATH
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata, pool_selector
from components.tenant.pods import config_name, pod_template
from components.tenant.runtime import PoolRuntime

SURGE = "25%"
ROLLOUT_ROUNDS = 5
"""Rounds that a rollout takes at most: a quarter of the pods at a time, and one for good measure."""
IMAGE_PULL_SECONDS = 600
"""A new node has to come, and pull an image of a gigabyte or more."""
DISRUPTED_AT_ONCE = "10%"
KEPT_REVISIONS = 5


def declare_pool(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    pool: Pool,
    runtime: PoolRuntime,
    depends_on: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Declares a pool.

    Args:
        component: the component that owns the objects.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        pool: the pool.
        runtime: how Odoo runs in it.
        depends_on: what must be done first: the upgrade of the database. Until then the pool stays as it is, its
            configuration too: a pod that restarts reads it.

    Returns:
        What stands in front of users' requests: the Deployment and, if the pool has ports, its Service.
    """
    config = core.v1.ConfigMap(
        f"{name}-{pool.value}-config",
        metadata=metadata(args, config_name(pool), namespace, labels=pool_selector(pool)),
        data={PurePosixPath(CONFIG_PATH).name: runtime.config},
        opts=component.child(provider=args.provider, depends_on=depends_on),
    )
    deployment = _deployment(component, name, args, namespace, pool, runtime, [config, *depends_on])
    declared: list[pulumi.Resource] = [deployment]
    if args.pools.sizes[pool].max_replicas > 1:
        _disruption_budget(component, name, args, namespace, pool)
    if runtime.process.ports:
        declared.append(_service(component, name, args, namespace, pool, runtime, deployment))
    return declared


def _deployment(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    pool: Pool,
    runtime: PoolRuntime,
    depends_on: Sequence[pulumi.Resource],
) -> apps.v1.Deployment:
    deadline = IMAGE_PULL_SECONDS + runtime.process.startup.patience_seconds
    timeout = f"{ROLLOUT_ROUNDS * deadline}s"
    options = component.child(provider=args.provider, depends_on=depends_on)
    options.custom_timeouts = pulumi.CustomTimeouts(create=timeout, update=timeout)
    return apps.v1.Deployment(
        f"{name}-{pool.value}",
        metadata=metadata(args, pool.value, namespace, labels=pool_selector(pool)),
        # No `replicas`: KEDA sets them, and an update must not undo what it chose.
        spec=apps.v1.DeploymentSpecArgs(
            selector=meta.v1.LabelSelectorArgs(match_labels=pool_selector(pool)),
            template=pod_template(args, pool, runtime),
            strategy=apps.v1.DeploymentStrategyArgs(
                type="RollingUpdate",
                rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=SURGE, max_unavailable=0),
            ),
            revision_history_limit=KEPT_REVISIONS,
            progress_deadline_seconds=deadline,
        ),
        opts=options,
    )


def _disruption_budget(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, pool: Pool
) -> None:
    """A tenth of the pods, but always one, may go for a drain: Kubernetes rounds the share up."""
    policy.v1.PodDisruptionBudget(
        f"{name}-{pool.value}-disruption",
        metadata=metadata(args, pool.value, namespace, labels=pool_selector(pool)),
        spec=policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=DISRUPTED_AT_ONCE,
            selector=meta.v1.LabelSelectorArgs(match_labels=pool_selector(pool)),
            # Pods that do not work anyway hold no node upgrade up.
            unhealthy_pod_eviction_policy="AlwaysAllow",
        ),
        opts=component.child(provider=args.provider),
    )


def _service(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    pool: Pool,
    runtime: PoolRuntime,
    deployment: apps.v1.Deployment,
) -> core.v1.Service:
    return core.v1.Service(
        f"{name}-{pool.value}-service",
        metadata=metadata(
            args,
            pool.value,
            namespace,
            labels=pool_selector(pool),
            # The Deployment has been waited for; a pool that an upgrade put to sleep has no pods to wait for.
            annotations={"pulumi.com/skipAwait": "true"},
        ),
        spec=core.v1.ServiceSpecArgs(
            type="ClusterIP",
            selector=pool_selector(pool),
            ports=[
                core.v1.ServicePortArgs(name=port_name, port=port, target_port=port_name, protocol="TCP")
                for port_name, port in runtime.process.ports.items()
            ],
        ),
        opts=component.child(provider=args.provider, depends_on=[deployment]),
    )
