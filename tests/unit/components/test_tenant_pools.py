"""The pools of a tenant: how their pods are held to their place, started, spread, reached and stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS
from components.odoo.pool import Pool
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import TENANT, changed, tenant_args
from tests.unit.components.tenant_pools_example import POOLS, Pools, container_of, declared_pools, named, pod_of

BEHIND_A_SERVICE = [pool for pool in Pool if pool is not Pool.CRON]


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_pools()


@pytest.mark.parametrize("pool", POOLS)
def test_how_many_pods_there_are_is_left_to_keda(declared: list[Declared], pool: Pool) -> None:
    assert "replicas" not in named(declared, f"erp-{pool}").inputs["spec"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_rollout_takes_no_pod_away_before_another_serves(declared: list[Declared], pool: Pool) -> None:
    spec = named(declared, f"erp-{pool}").inputs["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
    }
    startup = container_of(declared, pool)["startupProbe"]
    assert spec["progressDeadlineSeconds"] > startup["periodSeconds"] * startup["failureThreshold"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_pool_keeps_its_version_until_the_database_has_the_next(declared: list[Declared], pool: Pool) -> None:
    assert "erp-upgrade" in named(declared, f"erp-{pool}-config").depends_on
    assert {"erp-upgrade", f"erp-{pool}-config"} <= named(declared, f"erp-{pool}").depends_on


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.CRON, Pool.QUEUE, Pool.REPORTING])
def test_a_pod_that_stops_may_end_the_longest_request(declared: list[Declared], pool: Pool) -> None:
    grace = pod_of(declared, pool)["spec"]["terminationGracePeriodSeconds"]
    prestop = container_of(declared, pool).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert grace > LIMIT_TIME_REAL_SECONDS + prestop


@pytest.mark.parametrize("pool", BEHIND_A_SERVICE)
def test_a_pod_that_stops_serves_until_nobody_sends_requests_to_it(declared: list[Declared], pool: Pool) -> None:
    assert container_of(declared, pool)["lifecycle"] == {"preStop": {"sleep": {"seconds": 15}}}


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("kind", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_every_probe_looks_in_one_way(declared: list[Declared], pool: Pool, kind: str) -> None:
    probe = container_of(declared, pool)[kind]
    assert len({"exec", "httpGet", "tcpSocket"} & set(probe)) == 1
    assert {"periodSeconds", "timeoutSeconds", "failureThreshold"} <= set(probe)


@pytest.mark.parametrize("pool", POOLS)
def test_a_busy_pod_lives_longer_than_the_longest_request(declared: list[Declared], pool: Pool) -> None:
    probe = container_of(declared, pool)["livenessProbe"]
    if pool in (Pool.WEB, Pool.REPORTING):
        assert probe["periodSeconds"] * probe["failureThreshold"] > LIMIT_TIME_REAL_SECONDS


@pytest.mark.parametrize("pool", POOLS)
def test_pods_spread_over_zones_and_nodes(declared: list[Declared], pool: Pool) -> None:
    zones, nodes = pod_of(declared, pool)["spec"]["topologySpreadConstraints"]
    strict = pool in (Pool.WEB, Pool.WEBSOCKET)
    assert zones == {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule" if strict else "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value}},
        "matchLabelKeys": ["pod-template-hash"],
        "nodeTaintsPolicy": "Honor",
    }
    assert nodes == {**zones, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}


def test_a_single_web_pod_may_go_to_any_zone() -> None:
    def make() -> Pools:
        args = tenant_args()
        return Pools(
            changed(args, sizes={**args.pools.sizes, Pool.WEB: replace(args.pools.sizes[Pool.WEB], min_replicas=1)})
        )

    zones, _ = pod_of(declare(make), Pool.WEB)["spec"]["topologySpreadConstraints"]
    assert zones["whenUnsatisfiable"] == "ScheduleAnyway"


@pytest.mark.parametrize(
    ("pool", "nodes", "tainted", "priority"),
    [
        (Pool.WEB, "web", False, "erp-web"),
        (Pool.WEBSOCKET, "web", False, "erp-web"),
        (Pool.CRON, "jobs", True, "erp-jobs"),
        (Pool.QUEUE, "jobs", True, "erp-jobs"),
        (Pool.REPORTING, "jobs", True, "erp-jobs"),
    ],
)
def test_batch_work_and_people_meet_on_no_node(
    declared: list[Declared], pool: Pool, nodes: str, tainted: bool, priority: str
) -> None:
    spec = pod_of(declared, pool)["spec"]
    assert spec["nodeSelector"] == {"odoo-azure/pool": nodes}
    assert spec.get("tolerations", []) == (
        [{"key": "odoo-azure/pool", "operator": "Equal", "value": nodes, "effect": "NoSchedule"}] if tainted else []
    )
    assert spec["priorityClassName"] == priority


@pytest.mark.parametrize("pool", POOLS)
def test_the_autoscaler_stops_no_batch(declared: list[Declared], pool: Pool) -> None:
    annotations = pod_of(declared, pool)["metadata"]["annotations"]
    batch = pool in (Pool.CRON, Pool.QUEUE, Pool.REPORTING)
    assert annotations.get("cluster-autoscaler.kubernetes.io/safe-to-evict") == ("false" if batch else None)


@pytest.mark.parametrize("pool", POOLS)
def test_a_drain_takes_few_pods_at_once_and_is_never_blocked(declared: list[Declared], pool: Pool) -> None:
    budgets = [each.inputs for each in declared if each.name == f"erp-{pool}-disruption"]
    if pool is Pool.CRON:
        assert budgets == []
        return
    assert [budget["spec"] for budget in budgets] == [
        {
            "maxUnavailable": "10%",
            "selector": {"matchLabels": {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value}},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        }
    ]


@pytest.mark.parametrize(
    ("pool", "port_name", "port"),
    [
        (Pool.WEB, "http", 8069),
        (Pool.WEBSOCKET, "websocket", 8072),
        (Pool.QUEUE, "http", 8069),
        (Pool.REPORTING, "http", 8069),
    ],
)
def test_a_service_leads_to_its_pool_inside_the_cluster_only(
    declared: list[Declared], pool: Pool, port_name: str, port: int
) -> None:
    service = named(declared, f"erp-{pool}-service").inputs
    assert (service["metadata"]["name"], service["metadata"]["namespace"]) == (pool.value, TENANT)
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value},
        "ports": [{"name": port_name, "port": port, "targetPort": port_name, "protocol": "TCP"}],
    }
    assert container_of(declared, pool)["ports"] == [{"name": port_name, "containerPort": port}]


def test_nothing_listens_in_the_cron_pool(declared: list[Declared]) -> None:
    assert not [each for each in declared if each.name == "erp-cron-service"]
    assert "ports" not in container_of(declared, Pool.CRON) or container_of(declared, Pool.CRON)["ports"] == []
