"""Scaling of a tenant's pools: what makes them grow and shrink, and how KEDA logs in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.base import Component
from components.ingress.routing import pool_of_ingress
from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata
from components.tenant.running import CalendarWindow, PoolScaling
from components.tenant.scaling import declare_scaling
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import DIGEST, SCALER_CLIENT_ID, SIZES, VAULT, changed, tenant_args

CLOSE = CalendarWindow(start="0 6 25-31 * *", end="0 22 25-31 * *", replicas=7, purpose="close")


class _Scaling(Component):
    """The scaling alone, after a Deployment."""

    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        deployment = core.v1.ConfigMap("erp-web", opts=self.child(provider=args.provider))
        declare_scaling(self, "erp", args, namespace, [deployment])
        self.finish({})


def _declare(change: Callable[[OdooTenantArgs], OdooTenantArgs] = lambda args: args) -> list[Declared]:
    return declare(lambda: _Scaling(change(tenant_args())))


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return _declare()


def _of_kind(declared: list[Declared], kind: str) -> dict[str, Declared]:
    return {each.inputs["metadata"]["name"]: each for each in declared if each.inputs.get("kind") == kind}


def _spec(declared: list[Declared], pool: Pool) -> dict[str, Any]:
    return dict(_of_kind(declared, "ScaledObject")[pool.value].inputs["spec"])


def _triggers(declared: list[Declared], pool: Pool) -> dict[str, dict[str, Any]]:
    """By name; those of the calendar have none."""
    return {each["name"]: each for each in _spec(declared, pool)["triggers"] if "name" in each}


def _declare_scaling(**changes: Any) -> list[Declared]:
    return _declare(lambda args: changed(args, scaling=replace(args.pools.scaling, **changes)))


def _declare_without(missing: Pool) -> list[Declared]:
    pools = {pool: size for pool, size in SIZES.items() if pool is not missing}
    return _declare(lambda args: changed(args, sizes=pools))


def test_every_pool_is_scaled_and_so_can_be_paused(declared: list[Declared]) -> None:
    scaled = _of_kind(declared, "ScaledObject")
    assert set(scaled) == {pool.value for pool in Pool}
    for name, each in scaled.items():
        assert each.inputs["metadata"]["annotations"] == {
            "autoscaling.keda.sh/paused": "false",
            "pulumi.com/patchForce": "true",
            "odoo-azure/image-digest": DIGEST,
        }
        assert each.inputs["metadata"]["namespace"] == "acme"
        assert each.inputs["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}


def test_a_pause_ends_after_the_rollout(declared: list[Declared]) -> None:
    for each in _of_kind(declared, "ScaledObject").values():
        assert {"erp-web", "erp-scaling-login-prometheus", "erp-scaling-login-database"} <= each.depends_on


def test_bounds_are_those_of_the_connection_budget(declared: list[Declared]) -> None:
    for pool, size in SIZES.items():
        spec = _spec(declared, pool)
        assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (size.min_replicas, size.max_replicas)


def test_the_processor_alone_scales_nothing(declared: list[Declared]) -> None:
    kinds = {trigger["type"] for pool in Pool for trigger in _spec(declared, pool)["triggers"]}
    assert kinds == {"prometheus", "postgresql", "kubernetes-workload", "cron"}


def test_http_pools_grow_with_busy_workers_and_slow_answers(declared: list[Declared]) -> None:
    for pool, threshold, window in ((Pool.WEB, "4.2", "[2m]"), (Pool.REPORTING, "1.4", "[10m]")):
        triggers = _triggers(declared, pool)
        assert set(triggers) == {"busy", "slow", "standing"}
        for name, ignored in (("busy", "false"), ("slow", "true")):
            trigger = triggers[name]
            assert (trigger["type"], trigger["metricType"]) == ("prometheus", "AverageValue")
            assert trigger["metadata"]["threshold"] == threshold
            assert trigger["metadata"]["ignoreNullValues"] == ignored
            assert trigger["metadata"]["serverAddress"].endswith(".prometheus.monitor.azure.com")
            assert trigger["authenticationRef"] == {"name": "prometheus"}
            assert window in trigger["metadata"]["query"]


def test_slow_answers_count_for_half_as_much_again_at_most() -> None:
    declared = _declare_scaling(pools={Pool.WEB: PoolScaling(target_latency_ms=500)})
    assert re.search(r"clamp_max\(histogram_quantile\(0\.95, .*\) / 0\.5, 1\.5\)$", _query(declared, "slow"))


def _query(declared: list[Declared], name: str) -> str:
    return str(_triggers(declared, Pool.WEB)[name]["metadata"]["query"])


def test_each_router_counts_for_one_pool(declared: list[Declared]) -> None:
    matched = {
        pool: re.findall(r'router=~"([^"]+)"', _triggers(declared, pool)["busy"]["metadata"]["query"])[0]
        for pool in (Pool.WEB, Pool.REPORTING)
    }
    served = pool_of_ingress("18.0", SIZES)
    assert {Pool.WEB, Pool.WEBSOCKET, Pool.REPORTING} == set(served.values())
    for ingress, pool in served.items():
        router = f"acme-{ingress}-erp-acme-example-some-path@kubernetes"
        found = [candidate for candidate, pattern in matched.items() if re.fullmatch(pattern, router)]
        assert found == ([pool] if pool in matched else []), ingress


def test_websockets_are_no_requests(declared: list[Declared]) -> None:
    assert 'code!="0"' in _query(declared, "busy")
    assert 'code!="0"' in _query(declared, "slow")


def test_websocket_pods_follow_the_web_pool(declared: list[Declared]) -> None:
    users = _triggers(declared, Pool.WEBSOCKET)["users"]
    assert users["type"] == "kubernetes-workload"
    assert users["metadata"] == {
        "podSelector": "app.kubernetes.io/name=odoo,app.kubernetes.io/component=web",
        # 8 web pods at most for 4 websocket pods.
        "value": "2",
    }


def test_the_queue_grows_with_waiting_jobs_by_the_monitors_login(declared: list[Declared]) -> None:
    waiting = _triggers(declared, Pool.QUEUE)["waiting"]
    metadata = dict(waiting["metadata"])
    assert "enqueued" in metadata.pop("query")
    assert metadata == {
        "host": "psql-erp-test.postgres.database.azure.com",
        "port": "5432",
        "dbName": "odoo",
        "userName": "odoo_monitor",
        "sslmode": "verify-full",
        # 4 workers, 4 jobs each
        "targetQueryValue": "16",
    }
    assert (waiting["metricType"], waiting["authenticationRef"]) == ("AverageValue", {"name": "database"})


def test_the_queue_keeps_its_pods_while_a_job_runs(declared: list[Declared]) -> None:
    running = _triggers(declared, Pool.QUEUE)["running"]
    # The autoscaler keeps what there is when a Value is just its target: 1 of 1 while a job runs.
    assert running["metricType"] == "Value"
    assert running["metadata"]["targetQueryValue"] == "1"
    assert "THEN 1 ELSE 0 END" in running["metadata"]["query"]
    assert "'enqueued', 'started'" in running["metadata"]["query"]


def test_scheduled_actions_do_not_scale(declared: list[Declared]) -> None:
    assert set(_triggers(declared, Pool.CRON)) == {"standing"}


def test_a_pool_at_rest_comes_back_without_metrics(declared: list[Declared]) -> None:
    for pool, size in SIZES.items():
        standing = _triggers(declared, pool)["standing"]
        assert standing["metadata"] == {
            "timezone": "Etc/UTC",
            "start": "0 0 * * *",
            "end": "59 23 * * *",
            "desiredReplicas": str(size.min_replicas),
        }


def test_the_close_is_held_by_the_calendar_in_its_own_time() -> None:
    triggers = _spec(_declare_scaling(pools={Pool.WEB: PoolScaling(windows=(CLOSE,))}), Pool.WEB)["triggers"]
    assert [each["metadata"] for each in triggers if each["type"] == "cron" and "name" not in each] == [
        {"timezone": "Europe/Amsterdam", "start": "0 6 25-31 * *", "end": "0 22 25-31 * *", "desiredReplicas": "7"}
    ]


@pytest.mark.parametrize("replicas", [0, 9])
def test_a_window_beyond_the_budget_is_refused(replicas: int) -> None:
    with pytest.raises(
        ValueError, match=f"web: a window of the calendar wants {replicas} pods, but the pool has 1 to 8"
    ):
        _declare_scaling(pools={Pool.WEB: PoolScaling(windows=(replace(CLOSE, replicas=replicas),))})


@pytest.mark.parametrize(("minutes", "seconds"), [(15, 900), (60, 3600), (90, 3600)])
def test_a_pool_shrinks_slowly(minutes: int, seconds: int) -> None:
    declared = _declare_scaling(scale_down_minutes=minutes)
    for pool in Pool:
        behavior = _spec(declared, pool)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        assert behavior["scaleDown"] == {
            "stabilizationWindowSeconds": seconds,
            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 300}],
        }
        assert behavior["scaleUp"]["stabilizationWindowSeconds"] == 0


def test_without_metrics_no_pool_shrinks(declared: list[Declared]) -> None:
    for pool, size in SIZES.items():
        fallback = _spec(declared, pool)["fallback"]
        assert fallback["behavior"] == "currentReplicasIfHigher"
        assert size.min_replicas <= fallback["replicas"] <= size.max_replicas
    assert _spec(declared, Pool.WEB)["fallback"] == {
        "failureThreshold": 3,
        "replicas": 6,
        "behavior": "currentReplicasIfHigher",
    }


def test_keda_logs_in_without_a_stored_secret(declared: list[Declared]) -> None:
    identity = {"provider": "azure-workload", "identityId": SCALER_CLIENT_ID}
    logins = _of_kind(declared, "TriggerAuthentication")
    assert {name: each.inputs["spec"] for name, each in logins.items()} == {
        "prometheus": {"podIdentity": identity},
        "database": {
            "azureKeyVault": {
                "vaultUri": f"https://{VAULT}.vault.azure.net/",
                "podIdentity": identity,
                "secrets": [{"parameter": "password", "name": "database-odoo-monitor"}],
            }
        },
    }


def test_a_tenant_without_jobs_has_no_login_to_the_database() -> None:
    declared = _declare_without(Pool.QUEUE)
    assert set(_of_kind(declared, "TriggerAuthentication")) == {"prometheus"}


def test_without_a_reporting_pool_reports_count_for_web() -> None:
    declared = _declare_without(Pool.REPORTING)
    assert "|tx-reports|" in _query(declared, "busy")


def test_the_standing_window_leaves_out_one_minute_a_day(declared: list[Declared]) -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    start, end = (
        _minute_of_day(_triggers(declared, Pool.WEB)["standing"]["metadata"][key]) for key in ("start", "end")
    )
    minutes = [midnight + timedelta(minutes=minute) for minute in range(24 * 60)]
    outside = [each for each in minutes if not start <= each.hour * 60 + each.minute < end]
    assert [each.strftime("%H:%M") for each in outside] == ["23:59"]


def _minute_of_day(cron: str) -> int:
    minute, hour, *_ = cron.split()
    return int(hour) * 60 + int(minute)
