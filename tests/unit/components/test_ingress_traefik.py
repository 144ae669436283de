"""TraefikIngress: objects of one tenant alone, few rights, and certificates that never touch etcd."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from components.ingress.middlewares import TenantLimits
from tests.unit.components.harness import Declared, declare, names
from tests.unit.components.ingress_example import CLIENT_ID, LABELS, TENANTS, declared_ingress, ingress, inputs_of
from tests.unit.components.mocked_azure import TENANT_ID


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_ingress()


def test_declares_exactly_these(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("providers:kubernetes", "cluster"),
        ("core/v1:Namespace", "ingress-namespace"),
        ("core/v1:ResourceQuota", "ingress-quota"),
        ("core/v1:ServiceAccount", "ingress-account"),
        ("core/v1:ConfigMap", "ingress-traefik-static"),
        ("core/v1:ConfigMap", "ingress-traefik-dynamic"),
        ("core/v1:Service", "ingress-service"),
        ("apps/v1:Deployment", "ingress-deployment"),
        ("policy/v1:PodDisruptionBudget", "ingress-budget"),
        *(
            ("networking.k8s.io/v1:NetworkPolicy", f"ingress-{name}")
            for name in (
                "default-deny",
                "allow-clients",
                "allow-metrics",
                "allow-dns",
                "allow-tenant",
                "allow-api-server",
            )
        ),
        ("rbac.authorization.k8s.io/v1:Role", "ingress-role-acme"),
        ("rbac.authorization.k8s.io/v1:RoleBinding", "ingress-binding-acme"),
        ("secrets-store.csi.x-k8s.io/v1:SecretProviderClass", "ingress-certificates"),
        ("azmonitoring.coreos.com/v1:PodMonitor", "ingress-monitor"),
    }


def test_every_object_says_whose_it_is(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) == len(names(declared)) - 1
    for each in objects:
        assert LABELS.items() <= each.inputs["metadata"]["labels"].items()


def test_everything_is_in_its_own_namespace_but_its_role_which_is_in_its_tenants(declared: list[Declared]) -> None:
    places = {each.name: each.inputs["metadata"].get("namespace") for each in declared if "metadata" in each.inputs}
    assert {name for name, place in places.items() if place == "acme"} == {"ingress-role-acme", "ingress-binding-acme"}
    # An object of the whole cluster would be every tenant's.
    assert {name for name, place in places.items() if place is None} == {"ingress-namespace"}
    assert set(places.values()) == {"acme", "acme-ingress", None}


def test_two_tenants_ingresses_share_no_object(declared: list[Declared]) -> None:
    def identities(objects: list[Declared]) -> set[tuple[str, str | None, str]]:
        return {
            (each.type, each.inputs["metadata"].get("namespace"), each.inputs["metadata"]["name"])
            for each in objects
            if "metadata" in each.inputs
        }

    assert identities(declared) & identities(declare(lambda: ingress(TENANTS["globex"]))) == set()


def test_its_namespace_says_whose_way_in_it_is(declared: list[Declared]) -> None:
    metadata = inputs_of(declared, "ingress-namespace")["metadata"]
    assert metadata["name"] == "acme-ingress"
    assert metadata["labels"]["odoo-azure/ingress"] == "acme"
    assert inputs_of(declared, "ingress-quota")["spec"]["hard"]["services.loadbalancers"] == "1"


def test_secrets_are_read_in_the_tenants_namespace_only_and_nothing_is_ever_written(declared: list[Declared]) -> None:
    assert {(rule["resources"][0], *rule["verbs"]) for rule in inputs_of(declared, "ingress-role-acme")["rules"]} == {
        (resource, "list", "watch") for resource in ("ingresses", "endpointslices", "services", "secrets")
    }
    binding = inputs_of(declared, "ingress-binding-acme")
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "traefik", "namespace": "acme-ingress"}]
    assert binding["roleRef"]["kind"] == "Role"


def test_traefik_starts_only_when_it_may_read_its_tenant_and_has_its_files(declared: list[Declared]) -> None:
    [deployment] = [each for each in declared if each.name == "ingress-deployment"]
    assert deployment.depends_on >= {
        "ingress-account",
        "ingress-binding-acme",
        "ingress-certificates",
        "ingress-traefik-static",
        "ingress-traefik-dynamic",
        "ingress-default-deny",
    }


def test_the_tenants_own_certificate_comes_from_the_vault_as_a_file_and_never_as_a_secret(
    declared: list[Declared],
) -> None:
    spec = inputs_of(declared, "ingress-certificates")["spec"]
    assert set(spec) == {"provider", "parameters"}
    parameters = dict(spec["parameters"])
    [wanted] = yaml.safe_load(parameters.pop("objects"))["array"]
    assert yaml.safe_load(wanted) == {"objectName": "erp-acme", "objectType": "secret", "objectAlias": "erp-acme"}
    assert parameters == {
        "usePodIdentity": "false",
        "clientID": CLIENT_ID,
        "keyvaultName": "kv-erp-test-tls",
        "tenantId": TENANT_ID,
    }
    account = inputs_of(declared, "ingress-account")
    assert account["metadata"]["annotations"] == {"azure.workload.identity/client-id": CLIENT_ID}
    assert account["automountServiceAccountToken"] is False
    assert inputs_of(declared, "ingress-quota")["spec"]["hard"]["count/secrets"] == "0"


def test_a_tenants_limits_change_touches_a_file_and_no_pod(declared: list[Declared]) -> None:
    changed = replace(TENANTS["acme"], limits=TenantLimits(upload_mib=64))
    other = declare(lambda: ingress(changed))
    before, after = (inputs_of(each, "ingress-traefik-dynamic")["data"] for each in (declared, other))
    assert {name for name in before if before[name] != after[name]} == {"tenant-acme.yaml"}
    assert inputs_of(declared, "ingress-deployment") == inputs_of(other, "ingress-deployment")
