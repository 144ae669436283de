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
        ("networking.k8s.io/v1:IngressClass", "ingress-class"),
        *(
            ("networking.k8s.io/v1:NetworkPolicy", f"ingress-{name}")
            for name in (
                "default-deny",
                "allow-clients",
                "allow-metrics",
                "allow-dns",
                "allow-tenants",
                "allow-api-server",
            )
        ),
        ("rbac.authorization.k8s.io/v1:ClusterRole", "ingress-role"),
        ("rbac.authorization.k8s.io/v1:ClusterRoleBinding", "ingress-binding"),
        *(("rbac.authorization.k8s.io/v1:Role", f"ingress-role-{tenant}") for tenant in TENANTS),
        *(("rbac.authorization.k8s.io/v1:RoleBinding", f"ingress-binding-{tenant}") for tenant in TENANTS),
        ("secrets-store.csi.x-k8s.io/v1:SecretProviderClass", "ingress-certificates"),
        ("azmonitoring.coreos.com/v1:PodMonitor", "ingress-monitor"),
    }


def test_every_object_says_whose_it_is(declared: list[Declared]) -> None:
    objects = [each for each in declared if each.type.startswith("kubernetes:")]
    assert len(objects) == len(names(declared)) - 1
    for each in objects:
        assert LABELS.items() <= each.inputs["metadata"]["labels"].items()


def test_secrets_are_read_in_the_tenants_namespaces_only_and_nothing_is_ever_written(declared: list[Declared]) -> None:
    assert _inputs(declared, "ingress-role")["rules"] == [
        {"apiGroups": ["networking.k8s.io"], "resources": ["ingressclasses"], "verbs": ["list", "watch"]},
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list", "watch"]},
    ]
    for tenant in TENANTS:
        role = _inputs(declared, f"ingress-role-{tenant}")
        assert role["metadata"]["namespace"] == tenant
        assert {(rule["resources"][0], *rule["verbs"]) for rule in role["rules"]} == {
            (resource, "list", "watch") for resource in ("ingresses", "endpointslices", "services", "secrets")
        }
        binding = _inputs(declared, f"ingress-binding-{tenant}")
        assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "traefik", "namespace": "ingress"}]
        assert binding["roleRef"]["kind"] == "Role"


def test_traefik_starts_only_when_it_may_read_every_tenant_and_has_its_files(declared: list[Declared]) -> None:
    [deployment] = [each for each in declared if each.name == "ingress-deployment"]
    assert deployment.depends_on >= {
        "ingress-account",
        "ingress-binding",
        *(f"ingress-binding-{tenant}" for tenant in TENANTS),
        "ingress-class",
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
                    {"key": file, "path": f"configuration/{file}"}
                    for file in ("shared.yaml", "tenant-acme.yaml", "tenant-globex.yaml")
                ],
                "optional": True,
            }
        },
        {"serviceAccountToken": {"audience": "traefik-reload", "expirationSeconds": 600, "path": "reload"}},
    ]


def test_certificates_come_from_the_vault_as_files_and_never_as_secrets(declared: list[Declared]) -> None:
    spec = _inputs(declared, "ingress-certificates")["spec"]
    assert set(spec) == {"provider", "parameters"}
    parameters = spec["parameters"]
    objects = [yaml.safe_load(each) for each in yaml.safe_load(parameters.pop("objects"))["array"]]
    assert objects == [
        {"objectName": name, "objectType": "secret", "objectAlias": name} for name in ("erp-acme", "erp-globex")
    ]
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


def test_a_tenants_change_touches_its_own_file_and_no_pod(declared: list[Declared]) -> None:
    changed = {**TENANTS, "globex": replace(TENANTS["globex"], limits=TenantLimits(upload_mib=64))}
    other = declare(lambda: ingress(tenants=changed))
    before, after = (_inputs(each, "ingress-traefik-dynamic")["data"] for each in (declared, other))
    assert {name for name in before if before[name] != after[name]} == {"tenant-globex.yaml"}
    assert _inputs(declared, "ingress-deployment") == _inputs(other, "ingress-deployment")


def test_a_new_tenant_makes_new_pods_because_traefik_must_watch_another_namespace(declared: list[Declared]) -> None:
    fewer = declare(lambda: ingress(tenants={"acme": TENANTS["acme"]}))
    hashes = {
        _inputs(each, "ingress-deployment")["spec"]["template"]["metadata"]["annotations"]["odoo-azure/config"]
        for each in (declared, fewer)
    }
    assert len(hashes) == 2


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

    def pods(labels: dict[str, str], *namespaces: str) -> dict[str, Any]:
        key = "kubernetes.io/metadata.name"
        named = {"matchExpressions": [{"key": key, "operator": "In", "values": list(namespaces)}]}
        return {"namespaceSelector": named, **({"podSelector": {"matchLabels": labels}} if labels else {})}

    def ranges(*cidrs: str) -> list[dict[str, Any]]:
        return [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]

    assert flows == {
        "allow-clients": (ranges("10.1.0.0/16", "10.2.0.0/16"), [8000, 8443]),
        "allow-metrics": ([pods({}, "kube-system")], [8080]),
        "allow-dns": ([pods({"k8s-app": "kube-dns"}, "kube-system")], [53]),
        "allow-tenants": ([pods({"app.kubernetes.io/name": "odoo"}, "acme", "globex")], [8069, 8072]),
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
    made = ingress()
    return {"address": made.address, "class": made.ingress_class}


def test_what_it_passes_on() -> None:
    assert resolve(_outputs) == {"address": "10.40.8.4", "class": "traefik"}
    assert resolve(_outputs, _Unaddressed()) == {"address": "", "class": "traefik"}
