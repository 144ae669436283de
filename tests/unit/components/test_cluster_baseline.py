"""ClusterBaseline: what holds for every pod of Odoo before there is one."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.cluster_baseline import ClusterBaseline, ClusterBaselineArgs, NamespaceLimits
from tests.unit.components.harness import KUBECONFIG, Declared, declare, names, placement, resolve

CLIENT_ID = "55555555-5555-4555-8555-555555555555"
LABELS = {"owner": "finance-platform", "cost-center": "4711"}


def _baseline() -> ClusterBaseline:
    return ClusterBaseline(
        "base",
        ClusterBaselineArgs(
            placement=placement(),
            provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
            namespace="odoo",
            labels=LABELS,
            limits=NamespaceLimits(
                requests={"cpu": "24", "memory": "96Gi"},
                limits={"memory": "128Gi"},
                pods=60,
                default_request={"cpu": "100m", "memory": "128Mi"},
                default_limit={"memory": "512Mi"},
                container_max={"memory": "24Gi"},
            ),
            service_account="odoo",
            identity_client_id=CLIENT_ID,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(_baseline)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def test_declares_exactly_these(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("providers:kubernetes", "cluster"),
        ("core/v1:Namespace", "base-namespace"),
        ("networking.k8s.io/v1:NetworkPolicy", "base-default-deny"),
        ("networking.k8s.io/v1:NetworkPolicy", "base-allow-dns"),
        ("core/v1:ResourceQuota", "base-quota"),
        ("core/v1:LimitRange", "base-limits"),
        ("scheduling.k8s.io/v1:PriorityClass", "base-priority-web"),
        ("scheduling.k8s.io/v1:PriorityClass", "base-priority-jobs"),
        ("core/v1:ServiceAccount", "base-account"),
    }


def test_every_object_says_whose_it_is(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) == 8
    for each in objects:
        assert LABELS.items() <= each.inputs["metadata"]["labels"].items()


def test_pods_are_restricted(declared: list[Declared]) -> None:
    labels = _inputs(declared, "base-namespace")["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "latest"


def test_no_pod_talks_to_anything_but_dns(declared: list[Declared]) -> None:
    deny = _inputs(declared, "base-default-deny")
    assert deny["metadata"]["namespace"] == "odoo"
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    dns = _inputs(declared, "base-allow-dns")["spec"]
    assert dns["policyTypes"] == ["Egress"]
    assert dns["egress"] == [
        {
            "to": [
                {
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                }
            ],
            "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
        }
    ]


def test_the_namespace_takes_no_more_than_its_share(declared: list[Declared]) -> None:
    assert _inputs(declared, "base-quota")["spec"]["hard"] == {
        "requests.cpu": "24",
        "requests.memory": "96Gi",
        "limits.memory": "128Gi",
        "pods": "60",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
    }
    assert _inputs(declared, "base-limits")["spec"]["limits"] == [
        {
            "type": "Container",
            "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
            "default": {"memory": "512Mi"},
            "max": {"memory": "24Gi"},
        }
    ]


def test_users_come_before_jobs(declared: list[Declared]) -> None:
    web, jobs = _inputs(declared, "base-priority-web"), _inputs(declared, "base-priority-jobs")
    assert web["value"] > jobs["value"] > 0
    assert (web["preemptionPolicy"], jobs["preemptionPolicy"]) == ("PreemptLowerPriority", "Never")
    assert not any(each.get("globalDefault") for each in (web, jobs))


def test_odoo_stands_for_its_identity_without_a_token_of_the_cluster(declared: list[Declared]) -> None:
    account = _inputs(declared, "base-account")
    assert account["automountServiceAccountToken"] is False
    assert account["metadata"]["annotations"] == {"azure.workload.identity/client-id": CLIENT_ID}
    assert (account["metadata"]["name"], account["metadata"]["namespace"]) == ("odoo", "odoo")


def test_what_it_passes_on() -> None:
    def make() -> dict[str, pulumi.Output[str]]:
        baseline = _baseline()
        return {
            "namespace": baseline.namespace_name,
            "account": baseline.service_account_name,
            "web": baseline.web_priority_class,
            "jobs": baseline.jobs_priority_class,
        }

    assert resolve(make) == {"namespace": "odoo", "account": "odoo", "web": "odoo-web", "jobs": "odoo-jobs"}
