"""What operations do to the pools, on a real API server, with the rights that their service account really has."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.base import Component
from components.tenant.args import OdooTenantArgs, Rollback
from components.tenant.jobs import declare_bootstrap, declare_farewell, declare_restore, declare_upgrade
from components.tenant.namespace import declare_namespace
from components.tenant.objects import metadata
from ops import cluster as ops_cluster
from ops.errors import OpsError
from ops.pools import PAUSED, REPLICAS, having_image, quiesce, resume
from sandbox.cluster import kubeconfig
from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from tests.unit.components.harness import declare
from tests.unit.components.tenant_example import changed, tenant_args

DIGEST = f"sha256:{'a1' * 32}"
POOLS = ("cron", "queue", "reporting")
SIZES = {"cron": 1, "queue": 3}
SECONDS = 30.0
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}
STRICT_DRY_RUN = "dryRun=All&fieldValidation=Strict"


class _Namespace(Component):
    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        declare_namespace(self, "erp", args)
        self.finish({})


def _grant(api: Api, namespace: str) -> None:
    """The account of operations, with the rules of its role as the tenant declares them."""
    declared = declare(lambda: _Namespace(tenant_args()))
    [role] = [each for each in declared if each.type.endswith(":Role")]
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "operations"}})
    api.create(f"{rbac}/roles", {"metadata": {"name": "operations"}, "rules": role.inputs["rules"]})
    binding = {
        "metadata": {"name": "operations"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operations"},
        "subjects": [{"kind": "ServiceAccount", "name": "operations", "namespace": namespace}],
    }
    api.create(f"{rbac}/rolebindings", binding)


def _pool(api: Api, namespace: str, pool: str, replicas: int) -> None:
    labels = {"app.kubernetes.io/component": pool}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "odoo", "image": f"crerptest.azurecr.io/odoo@{DIGEST}"}]},
    }
    deployment = {
        "metadata": {"name": pool},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }
    api.create(f"/apis/apps/v1/namespaces/{namespace}/deployments", deployment)
    scaled = {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": pool, "annotations": {PAUSED: "false"}},
        "spec": {"scaleTargetRef": {"name": pool}, "triggers": [{"type": "cron", "metadata": {}}]},
    }
    api.create(f"/apis/keda.sh/v1alpha1/namespaces/{namespace}/scaledobjects", scaled)


@pytest.fixture
def operations(cluster: Cluster, api: Api, namespace: str, tmp_path: Path) -> ops_cluster.Cluster:
    """The cluster as a Job of operations sees it, with a cron pool of one pod and a queue pool of three."""
    _grant(api, namespace)
    for pool, replicas in SIZES.items():
        _pool(api, namespace, pool, replicas)
    server, _ = kubeconfig.current(cluster.kubeconfig)
    token = api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts/operations/token", {"spec": {}})
    (tmp_path / "token").write_text(token["status"]["token"], encoding="utf-8")
    (tmp_path / "ca.crt").write_bytes(base64.b64decode(server["certificate-authority-data"]))
    seen = ops_cluster.Cluster(
        url=server["server"],
        namespace=namespace,
        certificates=tmp_path / "ca.crt",
        token=tmp_path / "token",
    )
    _await_pods(seen, SIZES)
    return seen


def _await_pods(operations: ops_cluster.Cluster, sizes: dict[str, int]) -> None:
    deadline = time.monotonic() + SECONDS
    while (found := {pool: len(operations.running_pods(pool)) for pool in sizes}) != sizes:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def _annotations(operations: ops_cluster.Cluster, pool: str) -> dict[str, str]:
    scaled_object: dict[str, Any] = operations.scaled_object(pool) or {}
    return dict(scaled_object["metadata"]["annotations"])


def test_pools_stand_still_and_run_again_at_the_size_they_had(operations: ops_cluster.Cluster) -> None:
    assert quiesce(operations, POOLS, SECONDS) == ["cron", "queue"]
    assert [operations.running_pods(pool) for pool in SIZES] == [[], []]
    assert {pool: _annotations(operations, pool)[PAUSED] for pool in SIZES} == {"cron": "true", "queue": "true"}
    assert resume(operations, POOLS) == ["cron", "queue"]
    _await_pods(operations, SIZES)
    assert [_annotations(operations, pool) for pool in SIZES] == [{PAUSED: "false"}] * 2
    assert resume(operations, POOLS) == []


def test_a_second_pause_remembers_the_size_before_the_first(operations: ops_cluster.Cluster) -> None:
    for _ in range(2):
        quiesce(operations, POOLS, SECONDS)
    assert _annotations(operations, "queue")[REPLICAS] == "3"


def test_a_pause_that_a_rollout_ended_does_not_stand_in_the_way_of_the_next(operations: ops_cluster.Cluster) -> None:
    quiesce(operations, POOLS, SECONDS)
    operations.annotate_scaled_object("queue", {PAUSED: "false"})
    operations.scale("queue", 2)
    quiesce(operations, POOLS, SECONDS)
    assert _annotations(operations, "queue") == {PAUSED: "true", REPLICAS: "2"}


def test_pools_run_again_if_a_pod_does_not_end(operations: ops_cluster.Cluster, api: Api, namespace: str) -> None:
    stuck = {
        "metadata": {"name": "stuck", "labels": {"app.kubernetes.io/component": "cron"}},
        "spec": {"containers": [{"name": "odoo", "image": "busy"}]},
    }
    api.create(f"/api/v1/namespaces/{namespace}/pods", stuck)
    with pytest.raises(OpsError, match="pods did not finish in 3 s: stuck; nothing was changed"):
        quiesce(operations, POOLS, 3.0)
    assert _annotations(operations, "queue")[PAUSED] == "false"
    _await_pods(operations, {"queue": 3})


def test_pools_that_run_the_image_already_are_known(operations: ops_cluster.Cluster) -> None:
    assert having_image(operations, POOLS, DIGEST) == ["cron", "queue"]
    assert having_image(operations, POOLS, f"sha256:{'b2' * 32}") == []


def test_the_end_of_a_container_is_seen_even_if_it_was_killed(
    operations: ops_cluster.Cluster, api: Api, namespace: str
) -> None:
    pods = f"/api/v1/namespaces/{namespace}/pods"
    nowhere = {"nodeSelector": {"nowhere": "true"}, "containers": [{"name": "update", "image": "odoo"}]}
    api.create(pods, {"metadata": {"name": "upgrade"}, "spec": nowhere})
    assert operations.exit_code("upgrade", "update") is None
    ended = {"name": "update", "ready": False, "restartCount": 0, "image": "odoo", "imageID": ""}
    ended["state"] = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    api.patch(f"{pods}/upgrade/status", {"status": {"containerStatuses": [ended]}})
    assert operations.exit_code("upgrade", "update") == 137


def test_operations_may_touch_nothing_else(operations: ops_cluster.Cluster) -> None:
    with pytest.raises(OpsError, match='cannot get resource "deployments" in API group "apps"'):
        operations.deployment("somebody-elses")


class _Jobs(Component):
    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        declare_bootstrap(self, "erp", args, [])
        declare_restore(self, "erp", args, Rollback(backup="acme/some.dump"), [])
        declare_upgrade(self, "erp", args, namespace, [])
        declare_farewell(self, "erp", args, namespace, [])
        self.finish({})


def _without_priorities() -> OdooTenantArgs:
    args = tenant_args()
    return changed(args, priority_classes={}, administration=replace(args.services.administration, priority_class=None))


def test_jobs_and_their_pods_are_admitted_in_a_restricted_namespace(api: Api, namespace: str) -> None:
    api.patch(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": RESTRICTED}})
    api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": "operations"}})
    declared = declare(lambda: _Jobs(_without_priorities()))
    found = [dict(each.inputs) for each in declared if each.type.endswith(":Job")]
    assert len(found) == 4
    for job in found:
        own = {**job, "metadata": {**job["metadata"], "namespace": namespace}}
        api.create(f"/apis/batch/v1/namespaces/{namespace}/jobs?{STRICT_DRY_RUN}", own)
        pod = {"metadata": {"name": "of-the-job"}, "spec": job["spec"]["template"]["spec"]}
        api.create(f"/api/v1/namespaces/{namespace}/pods?{STRICT_DRY_RUN}", pod)
