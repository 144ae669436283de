"""A tenant's namespace: what holds for every pod of Odoo before there is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.base import Component
from components.tenant.args import Rollback
from components.tenant.namespace import declare_namespace
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import (
    LABELS,
    ODOO_CLIENT_ID,
    OPERATIONS_CLIENT_ID,
    TENANT,
    tenant_args,
)


class _Namespace(Component):
    """The namespace alone; `with_processor` is a field of its limits that names the processor."""

    def __init__(self, with_processor: str | None = None, **changes: Any) -> None:
        args = tenant_args(**changes)
        if with_processor is not None:
            changed: dict[str, Any] = {with_processor: {"cpu": "4"}}
            args = replace(args, limits=replace(args.limits, **changed))
        super().__init__("erp", args.placement, None)
        declare_namespace(self, "erp", args)
        self.finish({})


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(_Namespace)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def test_every_object_says_whose_it_is(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) >= 8
    for each in objects:
        assert each.inputs["metadata"]["labels"].items() >= {**LABELS, "app.kubernetes.io/part-of": TENANT}.items()


def test_only_restricted_pods_are_let_in(declared: list[Declared]) -> None:
    labels = _inputs(declared, "erp-namespace")["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "latest"


def test_the_namespace_says_which_tenant_it_is_and_which_hosts_it_may_claim(declared: list[Declared]) -> None:
    metadata = _inputs(declared, "erp-namespace")["metadata"]
    assert metadata["name"] == TENANT
    assert metadata["labels"]["odoo-azure/tenant"] == TENANT
    assert metadata["annotations"] == {"odoo-azure/hosts": "erp.acme.example"}


def test_a_network_policy_denies_all_by_default(declared: list[Declared]) -> None:
    policies = [each for each in declared if each.type.endswith(":NetworkPolicy")]
    denials = [
        each
        for each in policies
        if each.inputs["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        and each.inputs["metadata"]["namespace"] == TENANT
    ]
    assert len(denials) == 1


def test_the_namespace_takes_no_more_than_its_share(declared: list[Declared]) -> None:
    assert _inputs(declared, "erp-quota")["spec"]["hard"] == {
        "requests.cpu": "24",
        "requests.memory": "96Gi",
        "limits.memory": "96Gi",
        "pods": "60",
        "services.nodeports": "0",
        "services.loadbalancers": "0",
        "count/secrets": "0",
    }
    assert _inputs(declared, "erp-limits")["spec"]["limits"] == [
        {
            "type": "Container",
            "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
            "default": {"memory": "512Mi"},
            "max": {"memory": "24Gi"},
        }
    ]


@pytest.mark.parametrize("field", ["limits", "default_limit", "container_max"])
def test_a_limit_of_the_processor_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=rf"NamespaceLimits\.{field}: leave `cpu` out"):
        declare(lambda: _Namespace(field))


@pytest.mark.parametrize(("account", "client_id"), [("odoo", ODOO_CLIENT_ID), ("operations", OPERATIONS_CLIENT_ID)])
def test_accounts_stand_for_their_identities_without_a_token_of_the_cluster(
    declared: list[Declared], account: str, client_id: str
) -> None:
    inputs = _inputs(declared, f"erp-account-{account}")
    assert inputs["automountServiceAccountToken"] is False
    assert inputs["metadata"]["annotations"] == {"azure.workload.identity/client-id": client_id}
    assert (inputs["metadata"]["name"], inputs["metadata"]["namespace"]) == (account, TENANT)


def test_operations_may_pause_the_pools_and_nothing_else(declared: list[Declared]) -> None:
    pools = ["cron", "queue", "reporting", "web", "websocket"]
    assert _inputs(declared, "erp-role")["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]},
        {"apiGroups": ["batch"], "resources": ["jobs"], "verbs": ["get", "list"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": pools, "verbs": ["get"]},
        {
            "apiGroups": ["apps"],
            "resources": ["deployments/scale"],
            "resourceNames": pools,
            "verbs": ["get", "patch"],
        },
        {"apiGroups": ["keda.sh"], "resources": ["scaledobjects"], "resourceNames": pools, "verbs": ["get", "patch"]},
    ]
    binding = _inputs(declared, "erp-role-binding")
    assert binding["roleRef"] == {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operations"}
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "operations", "namespace": TENANT}]


def test_the_platform_s_jobs_may_pause_the_pools_while_they_restore_a_backup_only() -> None:
    restoring = declare(lambda: _Namespace(rollback=Rollback(backup="acme/some.dump")))
    assert _inputs(restoring, "erp-role-binding")["subjects"] == [
        {"kind": "ServiceAccount", "name": "operations", "namespace": TENANT},
        {"kind": "ServiceAccount", "name": "operations", "namespace": "platform-operations"},
    ]
