"""TraefikIngress: restricted pods, few rights, an internal load balancer, and certificates that never touch etcd."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

from components.ingress.args import IngressNetwork, PrivateLinkExposure
from components.ingress.configuration import DRAIN_SECONDS, GRACE_SECONDS
from components.ingress.middlewares import TenantLimits
from tests.unit.components.harness import TENANT_ID, Declared, declare, names, resolve
from tests.unit.components.ingress_example import CLIENT_ID, IMAGE, LABELS, TENANTS, ingress

AZURE = "service.beta.kubernetes.io/azure-"
SELECTOR = {"app.kubernetes.io/name": "traefik"}
PRIVATE_LINK = PrivateLinkExposure(
    name="pls-erp-test",
    subnet_name="snet-private-link",
    address_range="10.40.6.0/28",
    subscription_ids=("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"),
)


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(ingress)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def _pod(declared: list[Declared]) -> dict[str, Any]:
    template = _inputs(declared, "ingress-deployment")["spec"]["template"]
    return dict(template["spec"])


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
    metadata = _inputs(declared, "ingress-namespace")["metadata"]
    assert metadata["name"] == "acme-ingress"
    assert metadata["labels"]["odoo-azure/ingress"] == "acme"
    assert _inputs(declared, "ingress-quota")["spec"]["hard"]["services.loadbalancers"] == "1"


def test_secrets_are_read_in_the_tenants_namespace_only_and_nothing_is_ever_written(declared: list[Declared]) -> None:
    assert {(rule["resources"][0], *rule["verbs"]) for rule in _inputs(declared, "ingress-role-acme")["rules"]} == {
        (resource, "list", "watch") for resource in ("ingresses", "endpointslices", "services", "secrets")
    }
    binding = _inputs(declared, "ingress-binding-acme")
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


def test_pods_keep_to_the_restricted_standard(declared: list[Declared]) -> None:
    labels = _inputs(declared, "ingress-namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pod = _pod(declared)
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
    [container] = _pod(declared)["containers"]
    assert container["resources"] == {"requests": {"cpu": "500m", "memory": "1024Mi"}, "limits": {"memory": "1024Mi"}}
    assert container["env"] == [{"name": "GOMEMLIMIT", "value": "921MiB"}]


def test_pods_are_spread_over_zones_and_replaced_one_after_the_other(declared: list[Declared]) -> None:
    spec = _inputs(declared, "ingress-deployment")["spec"]
    assert spec["replicas"] == 3
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert [
        (each["topologyKey"], each["maxSkew"], each["whenUnsatisfiable"])
        for each in _pod(declared)["topologySpreadConstraints"]
    ] == [("topology.kubernetes.io/zone", 1, "DoNotSchedule"), ("kubernetes.io/hostname", 1, "ScheduleAnyway")]
    budget = _inputs(declared, "ingress-budget")["spec"]
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": SELECTOR}}
    assert _inputs(declared, "ingress-quota")["spec"]["hard"]["pods"] == "7"


def test_pods_run_where_they_are_told_to(declared: list[Declared]) -> None:
    pod = _pod(declared)
    assert pod["nodeSelector"] == {"odoo-azure/pool": "web"}
    assert pod["tolerations"] == [
        {"key": "odoo-azure/pool", "operator": "Equal", "value": "web", "effect": "NoSchedule"}
    ]
    assert pod["priorityClassName"] == "erp-web"


def test_a_stopping_pod_outlives_the_longest_request(declared: list[Declared]) -> None:
    assert _pod(declared)["terminationGracePeriodSeconds"] > DRAIN_SECONDS + GRACE_SECONDS


def test_a_token_that_changes_lies_beside_the_configuration(declared: list[Declared]) -> None:
    volumes = {volume["name"]: volume for volume in _pod(declared)["volumes"]}
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


def test_the_tenants_own_certificate_comes_from_the_vault_as_a_file_and_never_as_a_secret(
    declared: list[Declared],
) -> None:
    spec = _inputs(declared, "ingress-certificates")["spec"]
    assert set(spec) == {"provider", "parameters"}
    parameters = spec["parameters"]
    [wanted] = yaml.safe_load(parameters.pop("objects"))["array"]
    assert yaml.safe_load(wanted) == {"objectName": "erp-acme", "objectType": "secret", "objectAlias": "erp-acme"}
    assert parameters == {
        "usePodIdentity": "false",
        "clientID": CLIENT_ID,
        "keyvaultName": "kv-erp-test-tls",
        "tenantId": TENANT_ID,
    }
    account = _inputs(declared, "ingress-account")
    assert account["metadata"]["annotations"] == {"azure.workload.identity/client-id": CLIENT_ID}
    assert account["automountServiceAccountToken"] is False
    assert _inputs(declared, "ingress-quota")["spec"]["hard"]["count/secrets"] == "0"


def test_a_tenants_limits_change_touches_a_file_and_no_pod(declared: list[Declared]) -> None:
    changed = replace(TENANTS["acme"], limits=TenantLimits(upload_mib=64))
    other = declare(lambda: ingress(changed))
    before, after = (_inputs(each, "ingress-traefik-dynamic")["data"] for each in (declared, other))
    assert {name for name in before if before[name] != after[name]} == {"tenant-acme.yaml"}
    assert _inputs(declared, "ingress-deployment") == _inputs(other, "ingress-deployment")


def test_without_plain_http_nothing_but_443_is_open() -> None:
    network = IngressNetwork(subnet_name="snet-ingress", api_server_range="10.40.7.0/28", plain_http=False)
    declared = declare(lambda: ingress(network=network))
    [container] = _pod(declared)["containers"]
    assert {port["containerPort"] for port in container["ports"]} == {8443, 8080}
    assert [port["port"] for port in _inputs(declared, "ingress-service")["spec"]["ports"]] == [443]
    [rule] = _inputs(declared, "ingress-allow-clients")["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [8443]
    static = yaml.safe_load(_inputs(declared, "ingress-traefik-static")["data"]["traefik.yaml"])
    assert set(static["entryPoints"]) == {"websecure", "traefik"}


def test_the_load_balancer_is_internal_and_keeps_the_callers_address(declared: list[Declared]) -> None:
    service = _inputs(declared, "ingress-service")
    assert service["metadata"]["annotations"] == {
        f"{AZURE}load-balancer-internal": "true",
        f"{AZURE}load-balancer-internal-subnet": "snet-ingress",
        f"{AZURE}load-balancer-tcp-idle-timeout": "30",
    }
    assert service["spec"] == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "selector": SELECTOR,
        "ports": [
            {"name": "web", "port": 80, "targetPort": "web"},
            {"name": "websecure", "port": 443, "targetPort": "websecure"},
        ],
    }


def test_behind_a_private_link_service_only_its_subnet_gets_in_and_is_believed() -> None:
    network = IngressNetwork(
        subnet_name="snet-ingress",
        api_server_range="10.40.7.0/28",
        address="10.40.5.10",
        private_link=PRIVATE_LINK,
    )
    declared = declare(lambda: ingress(network=network))
    annotations = _inputs(declared, "ingress-service")["metadata"]["annotations"]
    assert annotations[f"{AZURE}load-balancer-ipv4"] == "10.40.5.10"
    assert annotations[f"{AZURE}pls-create"] == "true"
    assert annotations[f"{AZURE}pls-name"] == "pls-erp-test"
    assert annotations[f"{AZURE}pls-ip-configuration-subnet"] == "snet-private-link"
    assert annotations[f"{AZURE}pls-visibility"] == " ".join(PRIVATE_LINK.subscription_ids)
    # Each connection is approved by hand.
    assert f"{AZURE}pls-auto-approval" not in annotations
    [rule] = _inputs(declared, "ingress-allow-clients")["spec"]["ingress"]
    assert rule["from"] == [{"ipBlock": {"cidr": "10.40.6.0/28"}}]
    static = yaml.safe_load(_inputs(declared, "ingress-traefik-static")["data"]["traefik.yaml"])
    assert static["entryPoints"]["websecure"]["forwardedHeaders"]["trustedIPs"] == ["10.40.6.0/28"]
    acme = yaml.safe_load(_inputs(declared, "ingress-traefik-dynamic")["data"]["tenant-acme.yaml"])
    assert acme["http"]["middlewares"]["acme-clients"]["ipAllowList"]["ipStrategy"] == {"depth": 1}


def test_nothing_flows_but_what_is_named(declared: list[Declared]) -> None:
    specs = {
        each.inputs["metadata"]["name"]: each.inputs["spec"]
        for each in declared
        if each.type.endswith(":NetworkPolicy")
    }
    assert specs["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    flows = {
        name: (
            [peer for rule in rules for peer in rule.get("from", rule.get("to"))],
            sorted({port["port"] for rule in rules for port in rule["ports"]}),
        )
        for name, spec in specs.items()
        if (rules := spec.get("ingress", spec.get("egress")))
    }

    def pods(labels: dict[str, str], namespace: str) -> dict[str, Any]:
        named = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
        return {"namespaceSelector": named, **({"podSelector": {"matchLabels": labels}} if labels else {})}

    def ranges(*cidrs: str) -> list[dict[str, Any]]:
        return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]

    assert flows == {
        "allow-clients": (ranges("10.1.0.0/16"), [8000, 8443]),
        "allow-metrics": ([pods({}, "kube-system")], [8080]),
        "allow-dns": ([pods({"k8s-app": "kube-dns"}, "kube-system")], [53]),
        "allow-tenant": ([pods({"app.kubernetes.io/name": "odoo"}, "acme")], [8069, 8072]),
        "allow-api-server": (ranges("10.40.7.0/28"), [443, 4443]),
    }


def test_metrics_are_scraped_and_carry_tenant_and_transaction(declared: list[Declared]) -> None:
    spec = _inputs(declared, "ingress-monitor")["spec"]
    assert spec["selector"] == {"matchLabels": SELECTOR}
    [endpoint] = spec["podMetricsEndpoints"]
    [container] = _pod(declared)["containers"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert {rule["targetLabel"] for rule in endpoint["metricRelabelings"]} == {"tenant", "transaction"}


class _Unaddressed(mocks.Mocks):
    """A cluster whose load balancers have no address yet."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the component does not invoke {args.token}")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return args.name, dict(args.inputs)


def _outputs() -> dict[str, pulumi.Output[str]]:
    return {"address": ingress().address}


def test_what_it_passes_on() -> None:
    assert resolve(_outputs) == {"address": "10.40.8.4"}
    assert resolve(_outputs, _Unaddressed()) == {"address": ""}
