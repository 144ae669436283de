"""The Kubernetes stand-in: types, names, namespaces, one store a cluster."""

import json
from pathlib import Path

import pytest

from sandbox.kubernetes.provider import Kubernetes
from sandbox.provider.contract import Naming, Request
from sandbox.provider.errors import ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.values import UNKNOWN
from sandbox.store import Store
from tests.unit.sandbox.harness import Object, changed

DEPLOYMENT: Object = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "odoo"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "odoo", "image": "odoo:18"}]},
        },
    },
}
NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "odoo"}}
SECRET: Object = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "pg", "namespace": "odoo"},
    "stringData": {"password": "x"},
}


def kubeconfig(server: str) -> str:
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Kubernetes:
    store = Store(tmp_path / "kubernetes.sqlite")
    return Kubernetes(store, Faults(tmp_path / "faults.json", "kubernetes", store))


def request(kind: str, server: str = "https://one") -> Request:
    return Request(f"kubernetes:{kind}", "web", {"kubeconfig": kubeconfig(server)})


def make(cluster: Kubernetes, kind: str, body: Object, server: str = "https://one") -> str:
    inputs, failures = cluster.check(request(kind, server), body, {}, Naming(seed=b"s"))
    assert failures == []
    made, _ = cluster.create(request(kind, server), inputs, None)
    cluster.answered(request(kind, server), made)
    return made


def test_objects_are_made_once_and_in_a_namespace_that_is_there(cluster: Kubernetes) -> None:
    with pytest.raises(ProviderError, match="namespace 'odoo' not found"):
        make(cluster, "apps/v1:Deployment", DEPLOYMENT)
    assert make(cluster, "core/v1:Namespace", NAMESPACE) == "odoo"
    assert make(cluster, "apps/v1:Deployment", DEPLOYMENT) == "odoo/web"
    with pytest.raises(ProviderError, match="already exists"):
        make(cluster, "apps/v1:Deployment", DEPLOYMENT)


def test_each_cluster_has_objects_of_its_own(cluster: Kubernetes) -> None:
    make(cluster, "core/v1:Namespace", NAMESPACE)
    make(cluster, "core/v1:Namespace", NAMESPACE, "https://two")
    with pytest.raises(ProviderError, match="not found"):
        make(cluster, "apps/v1:Deployment", DEPLOYMENT, "https://three")


def test_a_namespace_goes_with_what_is_in_it(cluster: Kubernetes) -> None:
    make(cluster, "core/v1:Namespace", NAMESPACE)
    make(cluster, "apps/v1:Deployment", DEPLOYMENT)
    cluster.delete(request("core/v1:Namespace"), "odoo")
    assert cluster.read(request("apps/v1:Deployment"), "odoo/web", {}, {}) is None


@pytest.mark.parametrize(
    ("kind", "body", "path", "value", "finding"),
    [
        ("apps/v1:Deployment", DEPLOYMENT, "spec.replica", 2, "spec.replica"),
        ("apps/v1:Deployment", DEPLOYMENT, "spec.replicas", "2", "spec.replicas"),
        ("apps/v1:Deployment", DEPLOYMENT, "spec.selector", ..., "spec.selector"),
        ("apps/v1:Deployment", DEPLOYMENT, "metadata.name", "Web", "metadata.name"),
        ("apps/v1:Deployment", DEPLOYMENT, "kind", "StatefulSet", "kind"),
        ("core/v1:Namespace", NAMESPACE, "metadata.namespace", "odoo", "metadata.namespace"),
        ("core/v1:Namespace", NAMESPACE, "metadata.name", "a.b", "metadata.name"),
    ],
)
def test_bad_objects_are_refused_at_the_path(
    cluster: Kubernetes, kind: str, body: Object, path: str, value: object, finding: str
) -> None:
    _, failures = cluster.check(request(kind), changed(body, path, value), {}, Naming())
    assert [failure.path for failure in failures] == [finding]


def test_a_name_left_out_is_made_up_once(cluster: Kubernetes) -> None:
    nameless = changed(NAMESPACE, "metadata.name", ...)
    first, _ = cluster.check(request("core/v1:Namespace"), nameless, {}, Naming(seed=b"a"))
    again, _ = cluster.check(request("core/v1:Namespace"), nameless, first, Naming(seed=b"b"))
    assert first["metadata"]["name"].startswith("web-")
    assert first["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    assert again == first


@pytest.mark.parametrize(
    ("path", "value", "replaced"),
    [("spec.selector.matchLabels.app", "x", True), ("spec.replicas", 3, False), ("metadata.name", "api", True)],
)
def test_what_the_api_server_will_not_change_is_replaced(
    cluster: Kubernetes, path: str, value: object, replaced: bool
) -> None:
    verdict = cluster.diff(request("apps/v1:Deployment"), DEPLOYMENT, changed(DEPLOYMENT, path, value))
    assert bool(verdict.replaces) is replaced


def test_updates_and_secrets_come_back_as_the_api_server_has_them(cluster: Kubernetes) -> None:
    make(cluster, "core/v1:Namespace", NAMESPACE)
    make(cluster, "core/v1:Secret", SECRET)
    about = request("core/v1:Secret")
    outputs = cluster.update(about, "odoo/pg", SECRET, changed(SECRET, "stringData.password", "yy"), None)
    assert outputs["data"] == {"password": "eXk="}
    assert outputs["metadata"]["generation"] == 2
    assert "stringData" not in outputs


def test_a_preview_without_a_cluster_knows_the_inputs(cluster: Kubernetes) -> None:
    outputs = cluster.preview(request("core/v1:Namespace"), NAMESPACE, {})
    assert outputs["metadata"]["name"] == "odoo"
    assert outputs["metadata"]["uid"] is UNKNOWN


@pytest.mark.parametrize("text", ["/home/me/.kube/config", "{}", "a: [", json.dumps({"current-context": "x"})])
def test_what_is_no_kubeconfig_is_refused(cluster: Kubernetes, text: str) -> None:
    assert [failure.path for failure in cluster.check_config({"kubeconfig": text})] == ["kubeconfig"]


def test_an_unknown_kubeconfig_is_no_mistake(cluster: Kubernetes) -> None:
    assert cluster.check_config({"kubeconfig": UNKNOWN}) == []
    assert cluster.check_config({"kubeconfig": kubeconfig("https://one")}) == []
