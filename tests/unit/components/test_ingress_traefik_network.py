"""The way to a tenant's Traefik: an internal load balancer with its address, and no flow but what is named."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
import yaml
from pulumi.runtime import mocks

from components.ingress.args import IngressNetwork, PrivateLinkExposure
from tests.unit.components.harness import Declared, declare, resolve
from tests.unit.components.ingress_example import SELECTOR, declared_ingress, ingress, inputs_of, pod_of

AZURE = "service.beta.kubernetes.io/azure-"
PRIVATE_LINK = PrivateLinkExposure(
    name="pls-erp-test",
    subnet_name="snet-private-link",
    address_range="10.40.6.0/28",
    subscription_ids=("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"),
)


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_ingress()


def test_without_plain_http_nothing_but_443_is_open() -> None:
    network = IngressNetwork(subnet_name="snet-ingress", api_server_range="10.40.7.0/28", plain_http=False)
    declared = declare(lambda: ingress(network=network))
    [container] = pod_of(declared)["containers"]
    assert {port["containerPort"] for port in container["ports"]} == {8443, 8080}
    assert [port["port"] for port in inputs_of(declared, "ingress-service")["spec"]["ports"]] == [443]
    [rule] = inputs_of(declared, "ingress-allow-clients")["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [8443]
    static = yaml.safe_load(inputs_of(declared, "ingress-traefik-static")["data"]["traefik.yaml"])
    assert set(static["entryPoints"]) == {"websecure", "traefik"}


def test_the_load_balancer_is_internal_and_keeps_the_callers_address(declared: list[Declared]) -> None:
    service = inputs_of(declared, "ingress-service")
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
    annotations = inputs_of(declared, "ingress-service")["metadata"]["annotations"]
    assert annotations[f"{AZURE}load-balancer-ipv4"] == "10.40.5.10"
    assert annotations[f"{AZURE}pls-create"] == "true"
    assert annotations[f"{AZURE}pls-name"] == "pls-erp-test"
    assert annotations[f"{AZURE}pls-ip-configuration-subnet"] == "snet-private-link"
    assert annotations[f"{AZURE}pls-visibility"] == " ".join(PRIVATE_LINK.subscription_ids)
    # Each connection is approved by hand.
    assert f"{AZURE}pls-auto-approval" not in annotations
    [rule] = inputs_of(declared, "ingress-allow-clients")["spec"]["ingress"]
    assert rule["from"] == [{"ipBlock": {"cidr": "10.40.6.0/28"}}]
    static = yaml.safe_load(inputs_of(declared, "ingress-traefik-static")["data"]["traefik.yaml"])
    assert static["entryPoints"]["websecure"]["forwardedHeaders"]["trustedIPs"] == ["10.40.6.0/28"]
    acme = yaml.safe_load(inputs_of(declared, "ingress-traefik-dynamic")["data"]["tenant-acme.yaml"])
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
