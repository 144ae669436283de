"""The Kubernetes stand-in without a server: types, names, namespaces, one store a cluster, and what is replaced."""

import json
from pathlib import Path

import pytest

from sandbox.failures import SandboxError
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


CONFIG_MAP: Object = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "odoo"},
    "data": {"a": "1"},
}
HERE = "https://127.0.0.1:6443"


def kubeconfig(server: str, authority: str = "") -> str:
    cluster = {"server": server} | ({"certificate-authority-data": authority} if authority else {})
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": cluster}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
    )


@pytest.fixture
def cluster(tmp_path: Path) -> Kubernetes:
    store = Store(tmp_path / "kubernetes.sqlite")
    return Kubernetes(store, Faults(tmp_path / "faults.json", "kubernetes", store))


def request(kind: str, server: str = "https://one", **config: str) -> Request:
    return Request(f"kubernetes:{kind}", "web", {"kubeconfig": kubeconfig(server), **config})


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
    ("kind", "body", "path", "value", "replaced", "first_deleted"),
    [
        ("apps/v1:Deployment", DEPLOYMENT, "spec.selector.matchLabels.app", "x", True, True),
        ("apps/v1:Deployment", DEPLOYMENT, "spec.replicas", 3, False, False),
        ("apps/v1:Deployment", DEPLOYMENT, "metadata.name", "api", True, False),
        ("apps/v1:Deployment", DEPLOYMENT, "metadata.namespace", "other", True, False),
        ("core/v1:ConfigMap", CONFIG_MAP, "data.a", "2", True, True),
        ("core/v1:ConfigMap", CONFIG_MAP, "metadata.labels", {"a": "b"}, False, False),
        ("core/v1:Secret", SECRET, "stringData.password", "y", True, True),
        ("core/v1:Secret", SECRET, "type", "kubernetes.io/tls", True, True),
        ("core/v1:ConfigMapPatch", CONFIG_MAP, "data.a", "2", False, False),
    ],
)
def test_what_cannot_be_changed_is_replaced(
    cluster: Kubernetes, kind: str, body: Object, path: str, value: object, replaced: bool, first_deleted: bool
) -> None:
    verdict = cluster.diff(request(kind), body, changed(body, path, value))
    assert (bool(verdict.replaces), verdict.delete_before_replace) == (replaced, first_deleted)


def test_contents_change_in_place_if_the_provider_is_told_so_and_they_are_not_sealed(cluster: Kubernetes) -> None:
    about = request("core/v1:ConfigMap", enableConfigMapMutable="true")
    assert not cluster.diff(about, CONFIG_MAP, changed(CONFIG_MAP, "data.a", "2")).replaces
    sealed = changed(CONFIG_MAP, "immutable", True)
    assert cluster.diff(about, sealed, changed(sealed, "data.a", "2")).replaces == {"data.a"}
    assert cluster.diff(request("core/v1:Secret", enableSecretMutable="true"), SECRET, SECRET).changes == []


def test_an_autonamed_object_is_replaced_before_the_old_one_goes(cluster: Kubernetes) -> None:
    named = changed(CONFIG_MAP, "metadata.annotations", {"pulumi.com/autonamed": "true"})
    verdict = cluster.diff(request("core/v1:ConfigMap"), named, changed(named, "data.a", "2"))
    assert verdict.replaces
    assert not verdict.delete_before_replace


def test_the_same_in_other_words_is_no_change(cluster: Kubernetes) -> None:
    asked = changed(DEPLOYMENT, "spec.template.spec.containers.0.resources", {"requests": {"cpu": "1000m"}})
    answered = changed(DEPLOYMENT, "spec.template.spec.containers.0.resources", {"requests": {"cpu": "1"}})
    assert cluster.diff(request("apps/v1:Deployment"), answered, asked).changes == []
    default = changed(CONFIG_MAP, "metadata.namespace", "default")
    nowhere = changed(CONFIG_MAP, "metadata.namespace", ...)
    assert cluster.diff(request("core/v1:ConfigMap"), default, nowhere).changes == []


def test_what_may_not_change_and_is_not_replaced_is_refused(cluster: Kubernetes) -> None:
    rank: Object = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": "web"},
        "value": 1,
    }
    about = request("scheduling.k8s.io/v1:PriorityClass")
    assert not cluster.diff(about, rank, changed(rank, "value", 2)).replaces
    make(cluster, "scheduling.k8s.io/v1:PriorityClass", rank)
    with pytest.raises(ProviderError, match="value: field is immutable"):
        cluster.update(about, "web", rank, changed(rank, "value", 2), None)


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


@pytest.mark.parametrize("starts", [True, False])
def test_a_cluster_of_this_machine_that_does_not_run_breaks_no_preview_and_loses_no_object(
    tmp_path: Path, starts: bool
) -> None:
    def current(_given: str) -> None:
        if starts:
            raise SandboxError("it does not come up")

    store = Store(tmp_path / "kubernetes.sqlite")
    cluster = Kubernetes(store, Faults(tmp_path / "faults.json", "kubernetes", store), current)
    about = Request("kubernetes:core/v1:Namespace", "ns", {"kubeconfig": kubeconfig(HERE, "Y2E=")})
    assert cluster.check(about, NAMESPACE, {}, Naming())[1] == []
    assert cluster.preview(about, NAMESPACE, {})["metadata"]["name"] == "odoo"
    with pytest.raises(ProviderError, match="cluster is unreachable"):
        cluster.read(about, "odoo", NAMESPACE, {})
    with pytest.raises(ProviderError, match="cluster is unreachable"):
        cluster.create(about, NAMESPACE, None)


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (kubeconfig(HERE, "Y2E="), kubeconfig("https://127.0.0.1:7443", "Y2E="), []),
        (kubeconfig(HERE, "Y2E="), kubeconfig(HERE, "Y2I="), ["kubeconfig"]),
        (kubeconfig("https://one"), kubeconfig("https://two"), ["kubeconfig"]),
        (kubeconfig("https://one"), UNKNOWN, []),
        (None, kubeconfig("https://one"), []),
    ],
)
def test_another_cluster_takes_everything_with_it(
    cluster: Kubernetes, old: object, new: object, moved: list[str]
) -> None:
    assert cluster.moves({"kubeconfig": old} if old else {}, {"kubeconfig": new}) == moved
