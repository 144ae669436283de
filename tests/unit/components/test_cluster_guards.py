"""ClusterGuards: what is declared. What it admits and refuses is tested on a real API server, in tests/cluster."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from components.cluster_guards import MANAGED_NAMESPACES, ClusterGuards, ClusterGuardsArgs
from tests.unit.components.harness import Declared, declare, names, placement, resolve
from tests.unit.components.mocked_azure import KUBECONFIG

GUARDS = ("images", "privileges", "labels", "services", "namespaces", "hosts", "doors")
LABELS = {"owner": "finance-platform", "cost-center": "4711"}
EMERGENCY_ID = "55555555-5555-4555-8555-555555555555"


def _guards(break_glass_groups: tuple[str, ...] | None = (EMERGENCY_ID,)) -> ClusterGuards:
    return ClusterGuards(
        "guards",
        ClusterGuardsArgs(
            placement=placement(),
            provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
            prefix="odoo",
            labels=LABELS,
            registry_login_server=pulumi.Output.from_input("crerptest.azurecr.io"),
            break_glass_groups=break_glass_groups,
        ),
    )


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(_guards)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def test_declares_exactly_these(declared: list[Declared]) -> None:
    policy, binding = (f"admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy{kind}" for kind in ("", "Binding"))
    assert names(declared) == {
        ("providers:kubernetes", "cluster"),
        *((policy, f"guards-{guard}") for guard in GUARDS),
        *((binding, f"guards-{guard}-binding") for guard in GUARDS),
        ("scheduling.k8s.io/v1:PriorityClass", "guards-priority-first"),
        ("scheduling.k8s.io/v1:PriorityClass", "guards-priority-web"),
        ("scheduling.k8s.io/v1:PriorityClass", "guards-priority-jobs"),
    }


def test_every_object_says_whose_it_is_and_carries_the_prefix(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) == 17
    for each in objects:
        assert each.inputs["metadata"]["labels"] == LABELS
        assert each.inputs["metadata"]["name"].startswith("odoo-")


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_fails_closed_denies_and_leaves_the_platform_alone(declared: list[Declared], guard: str) -> None:
    policy = _inputs(declared, f"guards-{guard}")["spec"]
    assert policy["failurePolicy"] == "Fail"
    excluded = {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": list(MANAGED_NAMESPACES)}
    assert policy["matchConstraints"]["namespaceSelector"]["matchExpressions"][0] == excluded
    binding = _inputs(declared, f"guards-{guard}-binding")["spec"]
    assert binding == {"policyName": f"odoo-{guard}", "validationActions": ["Deny", "Audit"]}


def test_only_guards_of_tenants_depend_on_a_label_that_somebody_sets(declared: list[Declared]) -> None:
    tenants_only = {
        guard
        for guard in GUARDS
        for each in _inputs(declared, f"guards-{guard}")["spec"]["matchConstraints"]["namespaceSelector"][
            "matchExpressions"
        ]
        if each == {"key": "odoo-azure/tenant", "operator": "Exists"}
    }
    assert tenants_only == {"labels", "hosts"}


def test_names_that_are_known_late_are_quoted_in_the_expressions(declared: list[Declared]) -> None:
    def variables(guard: str) -> dict[str, str]:
        return {each["name"]: each["expression"] for each in _inputs(declared, f"guards-{guard}")["spec"]["variables"]}

    assert variables("images")["registry"] == '"crerptest.azurecr.io"'
    assert variables("doors")["allowed"] == f'["{EMERGENCY_ID}"]'


def test_without_an_emergency_group_pods_are_open_to_whom_rbac_lets() -> None:
    assert not [each for each in declare(lambda: _guards(None)) if "doors" in each.name]


def test_users_come_before_jobs(declared: list[Declared]) -> None:
    web, jobs = _inputs(declared, "guards-priority-web"), _inputs(declared, "guards-priority-jobs")
    assert web["value"] > jobs["value"] > 0
    assert (web["preemptionPolicy"], jobs["preemptionPolicy"]) == ("PreemptLowerPriority", "Never")
    assert not any(each.get("globalDefault") for each in (web, jobs))


def test_what_it_passes_on() -> None:
    def make() -> dict[str, pulumi.Output[str]]:
        guards = _guards()
        return {"web": guards.web_priority_class, "jobs": guards.jobs_priority_class}

    assert resolve(make) == {"web": "odoo-web", "jobs": "odoo-jobs"}
