"""PlatformOperations: where the database administrator's password may be, and no tenant."""

from __future__ import annotations

from typing import Any

import pytest

from components.platform_operations import OperationsNetwork, PlatformOperations, PlatformOperationsArgs
from tests.unit.components.harness import Declared, declare, names, resolve
from tests.unit.components.tenant_example import (
    ADMINISTRATION_CLIENT_ID,
    LABELS,
    TENANT,
    tenant_args,
)

NAMESPACE = "platform-operations"


def platform_operations(**changes: Any) -> PlatformOperations:
    """The namespace on the cluster of the example's tenant."""
    tenant = tenant_args()
    place = tenant.services.administration
    arguments: dict[str, Any] = {
        "placement": tenant.placement,
        "provider": tenant.provider,
        "labels": LABELS,
        "client_id": ADMINISTRATION_CLIENT_ID,
        "network": OperationsNetwork(
            database_range=tenant.network.database_range,
            private_endpoints_range=tenant.network.private_endpoints_range,
            api_server_range=tenant.network.api_server_range,
        ),
        "nodes": place.nodes,
        "priority_class": place.priority_class,
    }
    return PlatformOperations("erp-operations", PlatformOperationsArgs(**{**arguments, **changes}))


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(platform_operations)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == f"erp-operations-{name}"]
    return dict(found.inputs)


def test_every_object_is_in_its_namespace_and_names_no_tenant(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) >= 9
    for each in objects:
        metadata = each.inputs["metadata"]
        assert metadata["labels"].items() >= LABELS.items()
        if not each.type.endswith(":Namespace"):
            assert metadata["namespace"] == NAMESPACE
        assert TENANT not in str(each.inputs)


def test_only_restricted_pods_are_let_in(declared: list[Declared]) -> None:
    metadata = _inputs(declared, "namespace")["metadata"]
    assert metadata["name"] == NAMESPACE
    assert metadata["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_jobs_talk_to_database_backups_entra_api_server_and_dns_and_listen_to_nobody(declared: list[Declared]) -> None:
    flows = {
        each.inputs["metadata"]["name"]: each.inputs["spec"]
        for each in declared
        if each.type.endswith(":NetworkPolicy")
    }
    assert flows["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    out = {
        name: (
            spec["egress"][0]["to"][0].get("ipBlock", {}).get("cidr"),
            {each["port"] for each in spec["egress"][0]["ports"]},
        )
        for name, spec in flows.items()
        if name != "default-deny"
    }
    assert out == {
        "allow-dns": (None, {53}),
        "operations-to-database": ("10.40.8.0/28", {5432}),
        "operations-to-backups": ("10.40.9.0/26", {443}),
        "operations-to-api-server": ("10.40.7.0/28", {443, 4443}),
        "operations-to-entra": ("0.0.0.0/0", {443}),
    }
    assert not any("ingress" in spec for spec in flows.values())


def test_so_many_jobs_run_at_once_and_nothing_larger(declared: list[Declared]) -> None:
    hard = _inputs(declared, "quota")["spec"]["hard"]
    assert (hard["pods"], hard["requests.cpu"], hard["limits.memory"]) == ("20", "5000m", "10240Mi")
    assert (hard["services.loadbalancers"], hard["count/secrets"]) == ("0", "0")
    [limit] = _inputs(declared, "limits")["spec"]["limits"]
    assert limit["max"] == {"memory": "512Mi"}
    fewer = declare(lambda: platform_operations(jobs_at_once=2))
    assert _inputs(fewer, "quota")["spec"]["hard"]["limits.memory"] == "1024Mi"
    assert names(fewer) == names(declared)


def test_the_account_stands_for_the_identity_without_a_token_of_the_cluster(declared: list[Declared]) -> None:
    inputs = _inputs(declared, "account")
    assert inputs["automountServiceAccountToken"] is False
    assert inputs["metadata"]["name"] == "operations"
    assert inputs["metadata"]["annotations"] == {"azure.workload.identity/client-id": ADMINISTRATION_CLIENT_ID}


def test_tenants_are_told_where_it_is() -> None:
    def make() -> dict[str, Any]:
        operations = platform_operations()
        return {"namespace": operations.place.namespace, "client_id": operations.place.client_id}

    assert resolve(make) == {"namespace": NAMESPACE, "client_id": ADMINISTRATION_CLIENT_ID}
