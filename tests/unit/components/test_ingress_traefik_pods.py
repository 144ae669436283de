"""The pods of a tenant's Traefik: restricted, bounded, spread over zones, and replaced one after the other."""

from __future__ import annotations

import pytest

from components.ingress.configuration import DRAIN_SECONDS, GRACE_SECONDS
from tests.unit.components.harness import Declared
from tests.unit.components.ingress_example import IMAGE, SELECTOR, declared_ingress, inputs_of, pod_of


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_ingress()


def test_pods_keep_to_the_restricted_standard(declared: list[Declared]) -> None:
    labels = inputs_of(declared, "ingress-namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = pod_of(declared)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    [container] = pod["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {mount["name"]: mount["readOnly"] for mount in container["volumeMounts"]} == {
        "static": True,
        "dynamic": True,
        "certificates": True,
        "api-token": True,
        "tmp": False,
    }


def test_memory_is_bounded_below_what_the_kernel_would_kill_for(declared: list[Declared]) -> None:
    [container] = pod_of(declared)["containers"]
    assert container["resources"] == {"requests": {"cpu": "500m", "memory": "1024Mi"}, "limits": {"memory": "1024Mi"}}
    assert container["env"] == [{"name": "GOMEMLIMIT", "value": "921MiB"}]


def test_pods_are_spread_over_zones_and_replaced_one_after_the_other(declared: list[Declared]) -> None:
    spec = inputs_of(declared, "ingress-deployment")["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert [
        (each["topologyKey"], each["maxSkew"], each["whenUnsatisfiable"])
        for each in pod_of(declared)["topologySpreadConstraints"]
    ] == [("topology.kubernetes.io/zone", 1, "DoNotSchedule"), ("kubernetes.io/hostname", 1, "ScheduleAnyway")]
    budget = inputs_of(declared, "ingress-budget")["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": SELECTOR}}
    assert inputs_of(declared, "ingress-quota")["spec"]["hard"]["pods"] == "7"


def test_pods_run_where_they_are_told_to(declared: list[Declared]) -> None:
    pod = pod_of(declared)
    assert pod["nodeSelector"] == {"odoo-azure/pool": "web"}
    assert pod["tolerations"] == [
        {"key": "odoo-azure/pool", "operator": "Equal", "value": "web", "effect": "NoSchedule"}
    ]
    assert pod["priorityClassName"] == "erp-web"


def test_a_stopping_pod_outlives_the_longest_request(declared: list[Declared]) -> None:
    assert pod_of(declared)["terminationGracePeriodSeconds"] > DRAIN_SECONDS + GRACE_SECONDS


def test_a_token_that_changes_lies_beside_the_configuration(declared: list[Declared]) -> None:
    volumes = {volume["name"]: volume for volume in pod_of(declared)["volumes"]}
    assert volumes["dynamic"]["projected"]["sources"] == [
        {
            "configMap": {
                "name": "traefik-dynamic",
                "items": [
                    {"key": file, "path": f"configuration/{file}"} for file in ("shared.yaml", "tenant-acme.yaml")
                ],
            }
        },
        {"serviceAccountToken": {"audience": "traefik-reload", "expirationSeconds": 600, "path": "reload"}},
    ]


def test_metrics_are_scraped_and_carry_tenant_and_transaction(declared: list[Declared]) -> None:
    spec = inputs_of(declared, "ingress-monitor")["spec"]
    assert spec["selector"] == {"matchLabels": SELECTOR}
    [endpoint] = spec["podMetricsEndpoints"]
    [container] = pod_of(declared)["containers"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert {rule["targetLabel"] for rule in endpoint["metricRelabelings"]} == {"tenant", "transaction"}
