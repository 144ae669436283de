"""ClusterGuards on a real API server: each guard admits what is right and refuses what is wrong, saying why."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi_kubernetes
import pytest
import urllib3
import yaml
from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config_dict
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ForbiddenError

from components.admission_rules import HOSTS_ANNOTATION, INGRESS_LABEL, TENANT_LABEL
from components.cluster_guards import ClusterGuards, ClusterGuardsArgs
from sandbox.cluster.cluster import Cluster
from tests.cluster.guard_cases import (
    ADMITTED,
    FOREIGN,
    IMAGE,
    INTERNAL,
    PROBES,
    REFUSED,
    REGISTRY,
    SECURE,
    TAGGED,
    ingress,
    pod,
    service,
)
from tests.unit.components.harness import declare, placement
from tests.unit.components.mocked_azure import KUBECONFIG

T = TypeVar("T")

BREAK_GLASS = "99999999-9999-4999-8999-999999999999"
OK, CREATED, FORBIDDEN, NOT_FOUND = 200, 201, 403, 404
SECONDS_TO_TAKE_EFFECT = 30
PREFIX = "guards-test"
KINDS = {
    "Pod": "v1",
    "Service": "v1",
    "Deployment": "apps/v1",
    "CronJob": "batch/v1",
    "Ingress": "networking.k8s.io/v1",
}


@dataclass(frozen=True)
class Guarded:
    """A server with the guards in force, and in it the namespaces of a tenant, of another, and of the first one's way
    in."""

    api: ApiClient
    client: DynamicClient
    tenant: str
    rival: str
    ingress: str

    def filled(self, text: str) -> str:
        """The text with the name of the tenant's namespace in it."""
        return text.replace("TENANT", self.tenant)

    def refusal(self, manifest: Mapping[str, Any], namespace: str | None = None) -> str:
        """What the server says against creating the object (in the tenant's namespace); empty when it admits it."""
        api_version = KINDS[manifest["kind"]]
        resource = self.client.resources.get(api_version=api_version, kind=manifest["kind"])
        body = json.loads(self.filled(json.dumps({"apiVersion": api_version, **manifest})))
        try:
            resource.create(body=body, namespace=namespace or self.tenant, dry_run="All")
        except ForbiddenError as error:
            return str(json.loads(error.body or "")["message"])
        return ""

    def create_pod(self, name: str, container: Mapping[str, Any], **metadata: Any) -> None:
        """Makes a pod of that name in the tenant's namespace."""
        manifest = json.loads(self.filled(json.dumps(pod(container=container))))
        manifest["metadata"] |= {"name": name, **metadata}
        self.client.resources.get(api_version="v1", kind="Pod").create(body=manifest, namespace=self.tenant)

    def change_pod(self, name: str, patch: Mapping[str, Any], groups: Sequence[str] = ("system:masters",)) -> str:
        """What the server says against a change of a pod by somebody of these groups; empty when it allows it."""
        headers = _as(groups)
        headers["Content-Type"] = "application/strategic-merge-patch+json"
        url = f"{self.api.configuration.host}/api/v1/namespaces/{self.tenant}/pods/{name}"
        reply = self.api.rest_client.pool_manager.request("PATCH", url, body=json.dumps(patch), headers=headers)
        assert reply.status in {OK, FORBIDDEN}, reply.data
        return "" if reply.status == OK else str(json.loads(reply.data)["message"])

    def change_namespace(self, name: str, change: Mapping[str, Any], account: str | None = None) -> str:
        """What the server says against metadata of a namespace, new or not, from a service account (or from maria)."""
        headers = _as(("system:masters",))
        if account is not None:
            home = account.partition(":")[0]
            headers = _as(("system:masters", "system:serviceaccounts", f"system:serviceaccounts:{home}"))
            headers["Impersonate-User"] = f"system:serviceaccount:{account}"
        headers["Content-Type"] = "application/apply-patch+yaml"
        url = f"{self.api.configuration.host}/api/v1/namespaces/{name}?dryRun=All&force=true&fieldManager=test"
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **change}}
        reply = self.api.rest_client.pool_manager.request("PATCH", url, body=json.dumps(body), headers=headers)
        assert reply.status in {OK, CREATED, FORBIDDEN}, reply.data
        return str(json.loads(reply.data)["message"]) if reply.status == FORBIDDEN else ""

    def refuses(self, what: str) -> bool:
        """Whether the server refuses that case for its own reason."""
        manifest, words = REFUSED[what]
        return self.filled(words) in self.refusal(manifest)

    def connect(self, door: str, groups: Sequence[str]) -> tuple[int, str]:
        """Status and message when somebody of these groups connects to a pod."""
        headers = _as(groups)
        headers |= {"Connection": "Upgrade", "Upgrade": "SPDY/3.1"}
        host = self.api.configuration.host
        url = f"{host}/api/v1/namespaces/{self.tenant}/pods/web/{door}?command=sh&stdin=true&ports=8069"
        reply = self.api.rest_client.pool_manager.request("POST", url, headers=headers)
        return reply.status, json.loads(reply.data)["message"]


def _as(groups: Sequence[str]) -> urllib3.HTTPHeaderDict:
    """Headers of a request by maria, who is of these groups."""
    headers = urllib3.HTTPHeaderDict({"Impersonate-User": "maria"})
    for group in groups:
        headers.add("Impersonate-Group", group)
    return headers


@pytest.fixture(scope="module")
def guarded(cluster: Cluster) -> Iterator[Guarded]:
    api = new_client_from_config_dict(yaml.safe_load(cluster.kubeconfig))  # type: ignore[no-untyped-call]
    client = DynamicClient(api)  # type: ignore[no-untyped-call]
    run = uuid.uuid4().hex[:6]
    tenant, rival, door = names = f"acme-{run}", f"globex-{run}", f"acme-{run}-ingress"
    namespaces = client.resources.get(api_version="v1", kind="Namespace")
    hosts = {tenant: "erp.acme.example, api.acme.example", rival: "erp.globex.example"}
    for name, claimed in hosts.items():
        metadata = {"labels": {TENANT_LABEL: name}, "annotations": {HOSTS_ANNOTATION: claimed}}
        namespaces.create(body={"metadata": {"name": name, **metadata}})
    namespaces.create(body={"metadata": {"name": door, "labels": {INGRESS_LABEL: tenant}}})
    accounts = client.resources.get(api_version="v1", kind="ServiceAccount")
    for namespace in names:
        accounts.create(body={"metadata": {"name": "odoo"}}, namespace=namespace)
    made: list[tuple[Any, str]] = []
    server = Guarded(api, client, tenant, rival, door)
    # From before the guards: a pod that they would refuse, and that a controller has yet to let go.
    server.create_pod("old", {"image": TAGGED}, finalizers=["example.com/accounting"])
    try:
        for each in declare(_guards):
            if each.type.startswith("kubernetes:"):
                made.append(_create(client, each.type, each.inputs))
        wait_for(lambda: [what for what in PROBES if not server.refuses(what)], lambda waiting: not waiting)
        wait_for(lambda: server.connect("exec", ("system:masters",))[0], lambda status: status == FORBIDDEN)
        wait_for(lambda: server.change_namespace(door, {"labels": {INGRESS_LABEL: rival}}), bool)
        yield server
    finally:
        # The cluster is shared with other tests, whose images come from anywhere.
        for resource, name in reversed(made):
            resource.delete(name=name)
        # They go as they came: a moment later.
        wait_for(lambda: [what for what in PROBES if server.refuses(what)], lambda left: not left)
        for namespace in names:
            namespaces.delete(name=namespace)


def _guards() -> ClusterGuards:
    return ClusterGuards(
        "guards",
        ClusterGuardsArgs(
            placement=placement(),
            provider=pulumi_kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
            prefix=PREFIX,
            labels={"owner": "finance-platform"},
            registry_login_server=REGISTRY,
            break_glass_groups=(BREAK_GLASS,),
        ),
    )


def _create(client: DynamicClient, type_token: str, inputs: Mapping[str, Any]) -> tuple[Any, str]:
    api_version, kind = inputs["apiVersion"], type_token.rpartition(":")[2]
    resource = client.resources.get(api_version=api_version, kind=kind)
    resource.create(body={**inputs, "kind": kind}, query_params=[("fieldValidation", "Strict")])
    return resource, inputs["metadata"]["name"]


def wait_for(read: Callable[[], T], done: Callable[[T], bool]) -> T:
    """What `read` returns once it is `done`; fails when that takes too long."""
    deadline = time.monotonic() + SECONDS_TO_TAKE_EFFECT
    while not done(found := read()):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)
    return found


@pytest.mark.parametrize("what", ADMITTED)
def test_what_is_right_is_admitted(guarded: Guarded, what: str) -> None:
    assert guarded.refusal(ADMITTED[what]) == ""


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_refused_with_its_reason(guarded: Guarded, what: str) -> None:
    manifest, words = REFUSED[what]
    said = guarded.refusal(manifest)
    assert guarded.filled(words) in said


def test_the_namespace_of_the_ingress_may_have_a_load_balancer_that_is_internal(guarded: Guarded) -> None:
    assert guarded.refusal(service({INTERNAL: "true"}, type="LoadBalancer"), guarded.ingress) == ""
    for found in ({}, {INTERNAL: "false"}):
        message = guarded.refusal(service(found, type="LoadBalancer"), guarded.ingress)
        assert f"Service web: a LoadBalancer must have the annotation {INTERNAL}: true" in message
    # Of no tenant and no ingress.
    assert "not allowed in namespace default" in guarded.refusal(
        service({INTERNAL: "true"}, type="LoadBalancer"), "default"
    )


def test_each_of_two_tenants_claims_its_own_hosts_and_not_the_others(guarded: Guarded) -> None:
    hosts = {guarded.tenant: "erp.acme.example", guarded.rival: "erp.globex.example"}
    for namespace, own in hosts.items():
        assert guarded.refusal(ingress(own), namespace) == ""
        for foreign in set(hosts.values()) - {own}:
            assert f"host '{foreign}' is not allowed: namespace {namespace} may claim" in guarded.refusal(
                ingress(own, foreign), namespace
            )


CLAIMS: list[Mapping[str, Any]] = [
    {"labels": {TENANT_LABEL: "TENANT"}},
    {"labels": {INGRESS_LABEL: "TENANT"}},
    {"annotations": {HOSTS_ANNOTATION: "erp.globex.example"}},
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_no_service_account_says_whose_a_namespace_is(guarded: Guarded, claim: Mapping[str, Any]) -> None:
    filled = json.loads(guarded.filled(json.dumps(claim)))
    for account in (f"{guarded.tenant}:odoo", f"{guarded.ingress}:traefik", "default:default"):
        assert f"system:serviceaccount:{account} may not set odoo-azure/tenant," in guarded.change_namespace(
            "initech", filled, account
        )
        assert guarded.change_namespace("initech", {"labels": {"team": "a"}}, account) == ""
    # People and pipelines may, and so may AKS's GitOps extension.
    for deployer in (None, "flux-system:kustomize-controller"):
        assert guarded.change_namespace("initech", filled, deployer) == ""


def test_a_service_account_may_not_change_what_is_claimed_either(guarded: Guarded) -> None:
    more = {"annotations": {HOSTS_ANNOTATION: "erp.acme.example, erp.globex.example"}}
    assert "no service account may" in guarded.change_namespace(guarded.tenant, more, f"{guarded.tenant}:operations")
    assert guarded.change_namespace(guarded.tenant, more) == ""
    kept = {"labels": {TENANT_LABEL: guarded.tenant}}
    assert guarded.change_namespace(guarded.tenant, kept, f"{guarded.tenant}:operations") == ""


def test_whose_a_namespace_is_stays_and_a_tenants_is_no_way_in(guarded: Guarded) -> None:
    assert "stay as they are once they are set" in guarded.change_namespace(
        guarded.tenant, {"labels": {TENANT_LABEL: guarded.rival}}
    )
    assert "exclude each other" in guarded.change_namespace(
        guarded.tenant, {"labels": {TENANT_LABEL: guarded.tenant, INGRESS_LABEL: guarded.tenant}}
    )
    # A namespace from before the label takes it once.
    assert guarded.change_namespace("default", {"labels": {INGRESS_LABEL: guarded.tenant}}) == ""


def test_what_belongs_to_no_tenant_needs_no_tenant_label_and_claims_any_host(guarded: Guarded) -> None:
    assert guarded.refusal(pod(labels={"owner": None}), guarded.ingress) == ""
    assert guarded.refusal(ingress("erp.globex.example"), guarded.ingress) == ""


def test_the_namespaces_of_the_platform_are_left_alone(guarded: Guarded) -> None:
    foreign = pod(container={"image": FOREIGN}, serviceAccountName="default")
    assert guarded.refusal(foreign, "kube-public") == ""
    assert "is not allowed" in guarded.refusal(foreign, guarded.ingress)


@pytest.mark.parametrize("door", ["exec", "attach", "portforward", "proxy"])
def test_only_the_emergency_group_gets_into_pods(guarded: Guarded, door: str) -> None:
    status, message = guarded.connect(door, groups=("system:masters",))
    assert status == FORBIDDEN
    assert f"maria may not use pods/{door} of web: only members of {BREAK_GLASS} may" in message
    # Admitted, the request goes on to look for the pod, which is not there.
    assert guarded.connect(door, groups=("system:masters", BREAK_GLASS))[0] == NOT_FOUND


def test_what_was_there_before_can_be_let_go_but_not_be_made_worse(guarded: Guarded) -> None:
    assert (
        guarded.change_pod("old", {"metadata": {"$deleteFromPrimitiveList/finalizers": ["example.com/accounting"]}})
        == ""
    )
    worse = {"spec": {"containers": [{"name": "odoo", "image": FOREIGN}]}}
    assert f"Pod old: image {FOREIGN} is not allowed" in guarded.change_pod("old", worse)


def test_a_container_to_debug_with_is_for_the_emergency_group_and_from_the_registry(guarded: Guarded) -> None:
    guarded.create_pod("debugged", {})

    def debug(image: str, *groups: str) -> str:
        shell = {"name": "shell", "image": image, **SECURE}
        patch = {"spec": {"ephemeralContainers": [shell]}}
        return guarded.change_pod("debugged/ephemeralcontainers", patch, ("system:masters", *groups))

    assert "maria may not use pods/ephemeralcontainers of debugged" in debug(IMAGE)
    assert f"Pod debugged: image {FOREIGN} is not allowed" in debug(FOREIGN, BREAK_GLASS)
    assert debug(IMAGE, BREAK_GLASS) == ""


def test_the_server_finds_no_mistake_of_type_in_any_expression(guarded: Guarded) -> None:
    """The controller manager checks each expression against the schemas of what the policy looks at."""
    policies = guarded.client.resources.get(
        api_version="admissionregistration.k8s.io/v1", kind="ValidatingAdmissionPolicy"
    )
    ours = wait_for(
        lambda: [each for each in policies.get().items if each.metadata.name.startswith(f"{PREFIX}-")],
        lambda found: all(each.status.observedGeneration for each in found),
    )
    assert len(ours) == 7
    warnings = {each.metadata.name: (each.status.typeChecking or {}).get("expressionWarnings") for each in ours}
    assert {name: found for name, found in warnings.items() if found} == {}
