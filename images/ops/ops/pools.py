"""`ops quiesce` and `ops resume`: pools that work in the background stand still while the database changes."""

from __future__ import annotations

import time
from collections.abc import Iterable

from ops.cluster import Cluster
from ops.errors import OpsError

# keda.sh/docs/2.21/concepts/scaling-deployments, "Pausing autoscaling"
PAUSED = "autoscaling.keda.sh/paused"
REPLICAS = "odoo-azure/replicas-before-pause"
# Longer than a pod may take to finish its job (limit_time_real, 20 minutes) and to end.
QUIESCE_TIMEOUT_SECONDS = 1500.0
POLL_SECONDS = 2.0


def quiesce(cluster: Cluster, pools: Iterable[str], timeout_seconds: float = QUIESCE_TIMEOUT_SECONDS) -> list[str]:
    """Pauses pools, scales them to nothing, and waits until their pods have finished.

    Args:
        cluster: where they run.
        pools: their names. One that is not there is left out; one that is paused keeps the size it had before.
        timeout_seconds: how long to wait.

    Returns:
        the pools that stand still now.

    Raises:
        OpsError: a pod did not end in time. The pools run again then.
    """
    present = [pool for pool in pools if cluster.deployment(pool) and cluster.scaled_object(pool)]
    for pool in present:
        _pause(cluster, pool)
    deadline = time.monotonic() + timeout_seconds
    while left := [name for pool in present for name in _still_running(cluster, pool)]:
        if time.monotonic() > deadline:
            resume(cluster, present)
            raise OpsError(f"pods did not finish in {timeout_seconds:.0f} s: {', '.join(left)}; nothing was changed")
        time.sleep(POLL_SECONDS)
    return present


def resume(cluster: Cluster, pools: Iterable[str]) -> list[str]:
    """Lets pools run again at the size they had, and returns those that were paused."""
    resumed = []
    for pool in pools:
        annotations = _annotations(cluster, pool)
        if annotations.get(PAUSED) == "true":
            cluster.scale(pool, int(annotations.get(REPLICAS, "1")))
            cluster.annotate_scaled_object(pool, {PAUSED: "false", REPLICAS: None})
            resumed.append(pool)
    return resumed


def having_image(cluster: Cluster, pools: Iterable[str], digest: str) -> list[str]:
    """The pools that have the image of this digest already: no rollout will come that wakes them."""
    return [pool for pool in pools if digest in _image(cluster, pool)]


def _pause(cluster: Cluster, pool: str) -> None:
    if _annotations(cluster, pool).get(PAUSED) != "true":
        deployment = cluster.deployment(pool) or {}
        replicas = deployment.get("spec", {}).get("replicas", 1)
        cluster.annotate_scaled_object(pool, {PAUSED: "true", REPLICAS: str(replicas)})
    cluster.scale(pool, 0)


def _still_running(cluster: Cluster, pool: str) -> list[str]:
    """Pods of a paused pool; its autoscaler may have scaled it once more before it learned of the pause."""
    deployment = cluster.deployment(pool) or {}
    if deployment.get("spec", {}).get("replicas"):
        cluster.scale(pool, 0)
    return cluster.running_pods(pool)


def _annotations(cluster: Cluster, pool: str) -> dict[str, str]:
    scaled_object = cluster.scaled_object(pool) or {}
    return dict(scaled_object.get("metadata", {}).get("annotations") or {})


def _image(cluster: Cluster, pool: str) -> str:
    deployment = cluster.deployment(pool)
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"]) if deployment else ""
