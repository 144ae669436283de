"""The pools of a tenant: how their pods are held to their place, started, spread and stopped."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.base import Component
from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS
from components.odoo.pool import Pool
from components.tenant.args import Attachments, OdooTenantArgs, Sessions
from components.tenant.objects import metadata
from components.tenant.runtime import pool_runtime
from components.tenant.workload import declare_pool
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import DIGEST, LABELS, SIZES, TENANT, changed, tenant_args

POOLS = list(Pool)
BEHIND_A_SERVICE = [pool for pool in Pool if pool is not Pool.CRON]


class _Pools(Component):
    """The pools alone, after an upgrade."""

    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        upgrade = core.v1.ConfigMap("erp-upgrade", opts=self.child(provider=args.provider))
        for pool in args.pools.sizes:
            declare_pool(self, "erp", args, namespace, pool, pool_runtime(args, pool), [upgrade])
        self.finish({})


def _declare(**changes: Any) -> list[Declared]:
    return declare(lambda: _Pools(tenant_args(**changes)))


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return _declare()


def _one(declared: list[Declared], name: str) -> Declared:
    [found] = [each for each in declared if each.name == name]
    return found


def _pod(declared: list[Declared], pool: Pool) -> dict[str, Any]:
    return dict(_one(declared, f"erp-{pool}").inputs["spec"]["template"])


def _container(declared: list[Declared], pool: Pool) -> dict[str, Any]:
    [container] = _pod(declared, pool)["spec"]["containers"]
    return dict(container)


def _environment(declared: list[Declared], pool: Pool) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in _container(declared, pool)["env"]}


def _config(declared: list[Declared], pool: Pool) -> str:
    return str(_one(declared, f"erp-{pool}-config").inputs["data"]["odoo.conf"])


@pytest.mark.parametrize("pool", POOLS)
def test_pods_and_selectors_agree_and_say_whose_they_are(declared: list[Declared], pool: Pool) -> None:
    deployment = _one(declared, f"erp-{pool}").inputs
    selector = {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value}
    assert (deployment["metadata"]["name"], deployment["metadata"]["namespace"]) == (pool.value, TENANT)
    assert deployment["spec"]["selector"] == {"matchLabels": selector}
    assert _pod(declared, pool)["metadata"]["labels"] == {
        **LABELS,
        **selector,
        "app.kubernetes.io/part-of": TENANT,
        "azure.workload.identity/use": "true",
    }


@pytest.mark.parametrize("pool", POOLS)
def test_pods_meet_the_restricted_standard_and_cannot_write_to_their_image(
    declared: list[Declared], pool: Pool
) -> None:
    assert _pod(declared, pool)["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 100,
        "runAsGroup": 101,
        "fsGroup": 101,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert _container(declared, pool)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("pool", POOLS)
def test_pods_act_as_odoo_without_a_token_of_the_cluster(declared: list[Declared], pool: Pool) -> None:
    spec = _pod(declared, pool)["spec"]
    assert spec["serviceAccountName"] == "odoo"
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False


@pytest.mark.parametrize("pool", POOLS)
def test_odoo_is_started_itself_from_the_image_by_digest(declared: list[Declared], pool: Pool) -> None:
    container = _container(declared, pool)
    assert container["image"].endswith(f"@{DIGEST}")
    assert container["command"] == ["odoo"]
    assert "--config=/etc/odoo/odoo.conf" in container["args"]


@pytest.mark.parametrize("pool", POOLS)
def test_memory_is_kept_back_and_the_processor_is_not_cut_off(declared: list[Declared], pool: Pool) -> None:
    size = SIZES[pool]
    resources = _container(declared, pool)["resources"]
    assert resources["requests"]["cpu"] == f"{size.cpu_millicores}m"
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == f"{size.memory_mib}Mi"
    assert "cpu" not in resources["limits"]


@pytest.mark.parametrize("pool", POOLS)
def test_what_pods_write_fits_what_they_may_take(declared: list[Declared], pool: Pool) -> None:
    def mib(quantity: str) -> int:
        number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
        return int(number) * {"Mi": 1, "Gi": 1024}[unit]

    scratch = [
        mib(volume["emptyDir"]["sizeLimit"])
        for volume in _pod(declared, pool)["spec"]["volumes"]
        if "emptyDir" in volume
    ]
    resources = _container(declared, pool)["resources"]
    assert len(scratch) >= 2
    assert sum(scratch) < mib(resources["limits"]["ephemeral-storage"])


@pytest.mark.parametrize("pool", POOLS)
def test_no_secret_is_in_an_environment_a_command_or_a_config_map(declared: list[Declared], pool: Pool) -> None:
    environment = _environment(declared, pool)
    assert environment["PGSERVICE"] == "odoo"
    assert environment["PGSERVICEFILE"] == "/run/secrets/odoo/pg_service.conf"
    assert not [name for name in environment if re.search("PASS|SECRET|TOKEN|KEY", name)]
    assert "db_password" not in _config(declared, pool)
    assert "db_user" not in _config(declared, pool)
    assert not [each.name for each in declared if each.secrets]


@pytest.mark.parametrize("pool", POOLS)
def test_a_changed_secret_reaches_a_running_pod(declared: list[Declared], pool: Pool) -> None:
    volumes = {volume["name"]: volume for volume in _pod(declared, pool)["spec"]["volumes"]}
    [mount] = [each for each in _container(declared, pool)["volumeMounts"] if each["name"] == "secrets"]
    assert mount == {"name": "secrets", "mountPath": "/run/secrets/odoo", "readOnly": True}
    assert volumes["secrets"]["csi"] == {
        "driver": "secrets-store.csi.k8s.io",
        "readOnly": True,
        "volumeAttributes": {"secretProviderClass": "odoo"},
    }


@pytest.mark.parametrize("pool", POOLS)
def test_another_configuration_makes_another_rollout(declared: list[Declared], pool: Pool) -> None:
    text = _config(declared, pool)
    annotations = _pod(declared, pool)["metadata"]["annotations"]
    assert annotations["odoo-azure/config"] == hashlib.sha256(text.encode()).hexdigest()
    volumes = {volume["name"]: volume for volume in _pod(declared, pool)["spec"]["volumes"]}
    assert volumes["config"]["configMap"]["name"] == f"odoo-{pool}"
    assert "db_host = psql-erp-test.postgres.database.azure.com" in text


@pytest.mark.parametrize("pool", POOLS)
def test_the_data_directory_is_the_share(declared: list[Declared], pool: Pool) -> None:
    volumes = {volume["name"]: volume for volume in _pod(declared, pool)["spec"]["volumes"]}
    mounts = {mount["mountPath"]: mount["name"] for mount in _container(declared, pool)["volumeMounts"]}
    assert volumes[mounts["/var/lib/odoo"]] == {"name": "data", "persistentVolumeClaim": {"claimName": "files"}}


def test_what_azure_names_reaches_the_environment_and_the_rest_is_known_at_once() -> None:
    def make() -> _Pools:
        args = tenant_args()
        return _Pools(
            changed(
                args,
                application=replace(args.application, sessions=Sessions.REDIS, attachments=Attachments.BLOB),
                stores=replace(
                    args.services.stores,
                    files=None,
                    cache_host="amr-erp-test.westeurope.redis.azure.net",
                    blob_account_url="https://sterptestatt.blob.core.windows.net",
                ),
            )
        )

    declared = declare(make)
    assert (
        _environment(declared, Pool.WEB)["ODOO_SESSION_REDIS_URL"]
        == "rediss://amr-erp-test.westeurope.redis.azure.net:10000"
    )
    assert '"account_name": "sterptestatt"' in _config(declared, Pool.WEB)
    assert ".invalid" not in str([each.inputs for each in declared])
    volumes = {volume["name"]: volume for volume in _pod(declared, Pool.WEB)["spec"]["volumes"]}
    assert volumes["data"] == {"name": "data", "emptyDir": {"sizeLimit": "2Gi"}}


def test_a_preview_without_servers_knows_the_environment() -> None:
    environments: dict[Pool, Any] = {}

    def keep() -> None:
        args = tenant_args()
        environments.update({pool: pool_runtime(args, pool).environment for pool in Pool})

    declare(keep)
    for environment in environments.values():
        assert all(isinstance(value, str) for value in environment.values())


@pytest.mark.parametrize("pool", POOLS)
def test_how_many_pods_there_are_is_left_to_keda(declared: list[Declared], pool: Pool) -> None:
    assert "replicas" not in _one(declared, f"erp-{pool}").inputs["spec"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_rollout_takes_no_pod_away_before_another_serves(declared: list[Declared], pool: Pool) -> None:
    spec = _one(declared, f"erp-{pool}").inputs["spec"]
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0},
    }
    startup = _container(declared, pool)["startupProbe"]
    assert spec["progressDeadlineSeconds"] > startup["periodSeconds"] * startup["failureThreshold"]


@pytest.mark.parametrize("pool", POOLS)
def test_a_pool_keeps_its_version_until_the_database_has_the_next(declared: list[Declared], pool: Pool) -> None:
    assert "erp-upgrade" in _one(declared, f"erp-{pool}-config").depends_on
    assert {"erp-upgrade", f"erp-{pool}-config"} <= _one(declared, f"erp-{pool}").depends_on


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.CRON, Pool.QUEUE, Pool.REPORTING])
def test_a_pod_that_stops_may_end_the_longest_request(declared: list[Declared], pool: Pool) -> None:
    grace = _pod(declared, pool)["spec"]["terminationGracePeriodSeconds"]
    prestop = _container(declared, pool).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert grace > LIMIT_TIME_REAL_SECONDS + prestop


@pytest.mark.parametrize("pool", BEHIND_A_SERVICE)
def test_a_pod_that_stops_serves_until_nobody_sends_requests_to_it(declared: list[Declared], pool: Pool) -> None:
    assert _container(declared, pool)["lifecycle"] == {"preStop": {"sleep": {"seconds": 15}}}


@pytest.mark.parametrize("pool", POOLS)
@pytest.mark.parametrize("kind", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_every_probe_looks_in_one_way(declared: list[Declared], pool: Pool, kind: str) -> None:
    probe = _container(declared, pool)[kind]
    assert len({"exec", "httpGet", "tcpSocket"} & set(probe)) == 1
    assert {"periodSeconds", "timeoutSeconds", "failureThreshold"} <= set(probe)


@pytest.mark.parametrize("pool", POOLS)
def test_a_busy_pod_lives_longer_than_the_longest_request(declared: list[Declared], pool: Pool) -> None:
    probe = _container(declared, pool)["livenessProbe"]
    if pool in (Pool.WEB, Pool.REPORTING):
        assert probe["periodSeconds"] * probe["failureThreshold"] > LIMIT_TIME_REAL_SECONDS


@pytest.mark.parametrize("pool", POOLS)
def test_pods_spread_over_zones_and_nodes(declared: list[Declared], pool: Pool) -> None:
    zones, nodes = _pod(declared, pool)["spec"]["topologySpreadConstraints"]
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
    def make() -> _Pools:
        args = tenant_args()
        return _Pools(
            changed(args, sizes={**args.pools.sizes, Pool.WEB: replace(args.pools.sizes[Pool.WEB], min_replicas=1)})
        )

    zones, _ = _pod(declare(make), Pool.WEB)["spec"]["topologySpreadConstraints"]
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
    spec = _pod(declared, pool)["spec"]
    assert spec["nodeSelector"] == {"odoo-azure/pool": nodes}
    assert spec.get("tolerations", []) == (
        [{"key": "odoo-azure/pool", "operator": "Equal", "value": nodes, "effect": "NoSchedule"}] if tainted else []
    )
    assert spec["priorityClassName"] == priority


@pytest.mark.parametrize("pool", POOLS)
def test_the_autoscaler_stops_no_batch(declared: list[Declared], pool: Pool) -> None:
    annotations = _pod(declared, pool)["metadata"]["annotations"]
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
    service = _one(declared, f"erp-{pool}-service").inputs
    assert (service["metadata"]["name"], service["metadata"]["namespace"]) == (pool.value, TENANT)
    assert service["spec"] == {
        "type": "ClusterIP",
        "selector": {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value},
        "ports": [{"name": port_name, "port": port, "targetPort": port_name, "protocol": "TCP"}],
    }
    assert _container(declared, pool)["ports"] == [{"name": port_name, "containerPort": port}]


def test_nothing_listens_in_the_cron_pool(declared: list[Declared]) -> None:
    assert not [each for each in declared if each.name == "erp-cron-service"]
    assert "ports" not in _container(declared, Pool.CRON) or _container(declared, Pool.CRON)["ports"] == []
