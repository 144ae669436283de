"""A tenant's objects on a real API server: taken whole, and its pods scheduled as they should be."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.cluster_guards import ClusterGuards, ClusterGuardsArgs
from components.odoo.pool import Pool
from components.tenant.args import Rollback
from components.tenant.tenant import OdooTenant
from sandbox.cluster.api import APPLY_PATCH, Api, ApiError
from sandbox.cluster.cluster import Cluster
from sandbox.cluster.nodes import NodePool, sync_nodes
from tests.cluster.conftest import POOLS, ZONES
from tests.cluster.test_control_plane import eventually
from tests.unit.components import tenant_example
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import TENANT, tenant_args
from tests.unit.components.test_platform_operations import NAMESPACE as PLATFORM
from tests.unit.components.test_platform_operations import platform_operations

Object = dict[str, Any]
NODES = tuple(
    NodePool(
        name=f"odoo{pool}",
        count=3,
        vm_size="Standard_D8ads_v5",
        region="westeurope",
        zones=ZONES,
        labels={"odoo-azure/pool": pool},
        taints=(f"odoo-azure/pool={pool}:NoSchedule",) if pool == "jobs" else (),
    )
    for pool in ("web", "jobs")
)
PODS = f"/api/v1/namespaces/{TENANT}/pods"


def _plurals(api: Api) -> dict[tuple[str, str], tuple[str, bool]]:
    """Name in paths, and whether it is namespaced, by API version and kind."""
    groups = (api.get("/apis") or {})["groups"]
    versions = ["v1", *(version["groupVersion"] for group in groups for version in group["versions"])]
    return {
        (version, resource["kind"]): (resource["name"], resource["namespaced"])
        for version in versions
        for resource in (api.get(_root(version)) or {}).get("resources", [])
        if "/" not in resource["name"]
    }


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _apply(api: Api, plurals: dict[tuple[str, str], tuple[str, bool]], body: Object) -> None:
    plural, namespaced = plurals[body["apiVersion"], body["kind"]]
    place = f"/namespaces/{body['metadata']['namespace']}" if namespaced else ""
    path = f"{_root(body['apiVersion'])}{place}/{plural}/{body['metadata']['name']}"
    api.request("PATCH", f"{path}?fieldManager=test&fieldValidation=Strict", body, APPLY_PATCH)


def _kubernetes(declared: list[Declared]) -> list[Object]:
    return [dict(each.inputs) for each in declared if each.type.startswith("kubernetes:")]


def _guards() -> ClusterGuards:
    """The guards of the tenant's cluster; its priority classes are those that the tenant names."""
    args = tenant_args()
    guards = ClusterGuardsArgs(
        placement=args.placement,
        provider=args.provider,
        prefix="erp",
        labels=args.labels,
        registry_login_server="crerptest.azurecr.io",
    )
    return ClusterGuards("guards", guards)


@pytest.fixture(scope="module")
def objects() -> list[Object]:
    """What a tenant declares, in its order, on a platform where its database can be restored."""
    rollback = Rollback(backup="acme/some.dump")
    return [
        *_kubernetes(declare(platform_operations)),
        *_kubernetes(declare(lambda: OdooTenant("erp", tenant_args(rollback=rollback)))),
    ]


@pytest.fixture(scope="module")
def tenant(cluster: Cluster, objects: list[Object]) -> Iterator[Api]:
    """The API of a guarded cluster with the tenant on it."""
    api = Api(cluster.kubeconfig)
    sync_nodes(cluster.kubeconfig, [*POOLS, *NODES])
    plurals = _plurals(api)
    guarded = [*_kubernetes(declare(_guards)), *objects]
    for each in guarded:
        _apply(api, plurals, each)
    yield api
    for each in reversed(guarded):
        plural, namespaced = plurals[each["apiVersion"], each["kind"]]
        if not namespaced:
            api.delete(f"{_root(each['apiVersion'])}/{plural}/{each['metadata']['name']}")
    sync_nodes(cluster.kubeconfig, POOLS)
    # Guards go as they came, a moment later; other tests' images come from anywhere.
    eventually(lambda: _admits_strangers(api))


def _admits_strangers(api: Api) -> bool:
    stranger = {"metadata": {"name": "stranger"}, "spec": {"containers": [{"name": "it", "image": "elsewhere/it:1"}]}}
    try:
        api.request("POST", "/api/v1/namespaces/default/pods?dryRun=All", stranger)
    except ApiError:
        return False
    return True


def _pod(objects: list[Object], pool: Pool, name: str) -> Object:
    """A pod as the pool's Deployment makes them, of that name."""
    [deployment] = [each for each in objects if each["kind"] == "Deployment" and each["metadata"]["name"] == pool]
    template = json.loads(json.dumps(deployment["spec"]["template"]))
    return {"metadata": {**template["metadata"], "name": name}, "spec": template["spec"]}


def _refusal(api: Api, pod: Object) -> str:
    """What the server says against a pod: not at once, as guards take a moment to be heard of."""

    def refused() -> str | None:
        try:
            api.request("POST", f"{PODS}?dryRun=All", pod)
        except ApiError as error:
            return str(error)
        return None

    said: str = eventually(refused)
    return said


def _scale(api: Api, pool: Pool, replicas: int) -> list[Object]:
    """Asks for so many pods, as KEDA would, and returns them once they run."""
    path = f"/apis/apps/v1/namespaces/{TENANT}/deployments/{pool}/scale"
    api.patch(path, {"spec": {"replicas": replicas}})
    running: list[Object] = eventually(lambda: _running(api, pool, replicas))
    return running


def _running(api: Api, pool: Pool, replicas: int) -> list[Object]:
    selector = f"app.kubernetes.io%2Fname=odoo,app.kubernetes.io%2Fcomponent={pool}"
    found = [pod for pod in api.items(f"{PODS}?labelSelector={selector}") if pod["status"].get("phase") == "Running"]
    return found if len(found) == replicas else []


def _nodes(api: Api) -> dict[str, dict[str, str]]:
    """Labels of the nodes by name."""
    return {node["metadata"]["name"]: node["metadata"]["labels"] for node in api.items("/api/v1/nodes")}


def test_the_server_takes_every_object_and_the_restricted_level_every_pod(tenant: Api, objects: list[Object]) -> None:
    pools = [each["metadata"]["name"] for each in objects if each["kind"] == "Deployment"]
    assert sorted(pools) == sorted(pool.value for pool in Pool)
    for pool in Pool:
        assert len(_scale(tenant, pool, 1)) == 1


@pytest.mark.parametrize(
    ("operation", "namespace"),
    [("bootstrap", PLATFORM), ("restore", PLATFORM), ("upgrade", TENANT)],
)
def test_the_jobs_pods_are_let_in_and_end(tenant: Api, objects: list[Object], operation: str, namespace: str) -> None:
    [job] = [
        each["metadata"]["name"]
        for each in objects
        if each["kind"] == "Job" and each["metadata"]["labels"]["app.kubernetes.io/component"] == operation
    ]
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs/{job}"
    assert eventually(lambda: (tenant.get(path) or {})["status"].get("succeeded")) == 1


@pytest.mark.parametrize(
    ("verb", "group", "resource", "name", "allowed"),
    [
        ("patch", "apps", "deployments/scale", "queue", True),
        ("patch", "keda.sh", "scaledobjects", "cron", True),
        ("list", "", "pods", "", True),
        ("patch", "apps", "deployments", "queue", False),
        ("patch", "apps", "deployments/scale", "somebody-elses", False),
        ("delete", "batch", "jobs", "", False),
        ("list", "", "secrets", "", False),
        ("create", "", "pods/exec", "", False),
    ],
)
@pytest.mark.parametrize("whose", [TENANT, PLATFORM])
def test_operations_may_pause_pools_and_no_more(
    tenant: Api, whose: str, verb: str, group: str, resource: str, name: str, allowed: bool
) -> None:
    kind, _, part = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": kind, "subresource": part, "name": name}
    asker = {"user": f"system:serviceaccount:{whose}:operations", "groups": ["system:serviceaccounts"]}
    review = {"spec": {**asker, "resourceAttributes": {"namespace": TENANT, **asked}}}
    answer = tenant.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert answer["status"]["allowed"] is allowed


def test_web_pods_spread_over_the_zones(tenant: Api) -> None:
    nodes = _nodes(tenant)
    pods = _scale(tenant, Pool.WEB, 6)
    zones = Counter(nodes[pod["spec"]["nodeName"]]["topology.kubernetes.io/zone"] for pod in pods)
    assert sorted(zones.values()) == [2, 2, 2]


@pytest.mark.parametrize("pool", [Pool.CRON, Pool.QUEUE, Pool.REPORTING])
def test_batch_work_stays_off_the_web_nodes(tenant: Api, pool: Pool) -> None:
    nodes = _nodes(tenant)
    [pod] = _scale(tenant, pool, 1)
    assert nodes[pod["spec"]["nodeName"]]["odoo-azure/pool"] == "jobs"


def test_the_share_is_bound_to_the_tenants_claim(tenant: Api) -> None:
    claim = eventually(
        lambda: (
            found
            if (found := tenant.get(f"/api/v1/namespaces/{TENANT}/persistentvolumeclaims/files"))
            and found["status"].get("phase") == "Bound"
            else None
        )
    )
    assert claim["spec"]["volumeName"] == f"{TENANT}-files"


def test_the_share_may_grow(tenant: Api) -> None:
    def grown() -> OdooTenant:
        args = tenant_args()
        assert args.services.stores.files is not None
        files = replace(args.services.stores.files, capacity_gib=1024)
        return OdooTenant("erp", tenant_example.changed(args, stores=replace(args.services.stores, files=files)))

    changed = [each for each in _kubernetes(declare(grown)) if each["kind"].startswith("PersistentVolume")]
    for each in changed:
        _apply(tenant, _plurals(tenant), each)
    volume = tenant.get(f"/api/v1/persistentvolumes/{TENANT}-files") or {}
    assert volume["spec"]["capacity"] == {"storage": "1Ti"}


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.WEBSOCKET, Pool.QUEUE, Pool.REPORTING])
def test_a_drain_may_take_a_pod(tenant: Api, pool: Pool) -> None:
    _scale(tenant, pool, 2)
    path = f"/apis/policy/v1/namespaces/{TENANT}/poddisruptionbudgets/{pool}"
    allowed = eventually(lambda: (tenant.get(path) or {})["status"].get("disruptionsAllowed", 0))
    assert allowed == 1


def test_nobody_but_the_platform_mounts_its_passwords(tenant: Api) -> None:
    """A pod mounts a SecretProviderClass of its own namespace only."""
    path = f"/apis/secrets-store.csi.x-k8s.io/v1/namespaces/{TENANT}/secretproviderclasses"
    for each in tenant.items(path):
        assert "database-administrator" not in each["spec"]["parameters"]["objects"]
    asked = {"verb": "create", "resource": "pods", "namespace": PLATFORM}
    for account in ("operations", "odoo"):
        review = {"spec": {"user": f"system:serviceaccount:{TENANT}:{account}", "resourceAttributes": asked}}
        answer = tenant.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        assert answer["status"]["allowed"] is False


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("docker.io/library/odoo@sha256:" + "ab" * 32, "crerptest.azurecr.io"),
        ("crerptest.azurecr.io/odoo:18.0", "sha256"),
    ],
)
def test_another_image_than_ours_by_its_digest_is_refused(
    tenant: Api, objects: list[Object], image: str, said: str
) -> None:
    pod = _pod(objects, Pool.WEB, "foreign")
    pod["spec"]["containers"][0]["image"] = image
    assert said in _refusal(tenant, pod)


def test_a_privileged_pod_is_refused(tenant: Api, objects: list[Object]) -> None:
    pod = _pod(objects, Pool.WEB, "privileged")
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    assert "privileged" in _refusal(tenant, pod)


def test_the_quota_refuses_one_pod_too_many(tenant: Api, objects: list[Object]) -> None:
    quota = f"/api/v1/namespaces/{TENANT}/resourcequotas/quota"
    used = eventually(lambda: ((tenant.get(quota) or {}).get("status") or {}).get("used"))
    tenant.patch(quota, {"spec": {"hard": {"pods": used["pods"]}}})
    assert "exceeded quota: quota, requested: pods=1" in _refusal(tenant, _pod(objects, Pool.WEB, "one-too-many"))
