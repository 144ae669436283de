"""The kubernetes provider against a real API server: what it applies, refuses, foresees, replaces and finds changed."""

from __future__ import annotations

import base64
import dataclasses
from pathlib import Path

import pytest

from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from sandbox.provider.contract import Request
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import UNKNOWN
from tests.cluster.provider_harness import Object, Program, annotated, changed, config_map, deployment, job, resource

WIDGETS: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.test"},
    "spec": {
        "group": "example.test",
        "names": {"kind": "Widget", "plural": "widgets"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                    }
                },
            }
        ],
    },
}


@pytest.fixture
def program(cluster: Cluster, tmp_path: Path) -> Program:
    return Program(cluster.kubeconfig, tmp_path)


def test_an_applied_object_comes_back_with_what_the_server_knows(program: Program, namespace: str) -> None:
    wanted = config_map(namespace, {"a": "1"})
    identifier, outputs = program.create(wanted)
    assert identifier == f"{namespace}/settings"
    assert outputs["data"] == {"a": "1"}
    assert outputs["metadata"]["uid"]
    assert "managedFields" not in outputs["metadata"]
    assert outputs["__fieldManager"].startswith("pulumi-kubernetes-")
    assert program.read(wanted) == (outputs, wanted)


def test_an_object_that_exists_is_not_taken_over_unless_that_is_asked_for(
    program: Program, api: Api, namespace: str
) -> None:
    theirs = config_map(namespace, {"a": "1"})
    api.create(f"/api/v1/namespaces/{namespace}/configmaps", theirs)
    with pytest.raises(ProviderError, match="already exists"):
        program.create(theirs)
    identifier, _ = program.create(theirs, upsertExistingObjects="true")
    assert identifier == f"{namespace}/settings"


def test_a_creation_that_was_never_heard_of_is_taken_up_again(program: Program, namespace: str) -> None:
    wanted = config_map(namespace, {"a": "1"})
    assert program.create(wanted)[1]["metadata"]["uid"] == program.create(wanted)[1]["metadata"]["uid"]


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("spec/replicas", -1, "spec.replicas: Invalid value"),
        ("spec/replcas", 3, "field not declared in schema"),
        ("spec/template/metadata/labels", {"app": "other"}, "`selector` does not match template `labels`"),
    ],
)
def test_a_preview_finds_what_the_server_would_refuse(
    program: Program, api: Api, namespace: str, path: str, value: object, says: str
) -> None:
    with pytest.raises(ProviderError, match=says):
        program.preview(changed(deployment(namespace), path, value))
    assert api.items(f"/apis/apps/v1/namespaces/{namespace}/deployments") == []


def test_a_preview_knows_what_the_server_fills_in_and_not_what_it_makes_up(program: Program, namespace: str) -> None:
    seen = program.preview(deployment(namespace))
    assert seen["spec"]["strategy"]["type"] == "RollingUpdate"
    assert seen["metadata"]["uid"] is UNKNOWN
    assert "status" not in seen


def test_a_preview_asks_no_server_of_what_cannot_be_there_yet(program: Program, namespace: str) -> None:
    nowhere = config_map("nowhere", {"a": "1"})
    assert program.preview(nowhere)["data"] == {"a": "1"}
    unknown = changed(deployment(namespace), "spec/replicas", UNKNOWN)
    assert program.preview(unknown)["spec"]["replicas"] is UNKNOWN
    undefined = resource("no.example/v1", "Nothing", namespace, "n", spec={"a": 1})
    assert program.preview(undefined)["spec"] == {"a": 1}


@pytest.mark.parametrize(
    ("path", "value", "replaced"),
    [("spec/replicas", 3, False), ("spec/selector/matchLabels/app", "x", True)],
)
def test_what_cannot_be_changed_is_replaced_under_its_name(
    program: Program, namespace: str, path: str, value: object, replaced: bool
) -> None:
    before = deployment(namespace)
    verdict = program.diff(before, changed(before, path, value))
    assert verdict.changes == [(path.replace("/", "."), "update")]
    assert (bool(verdict.replaces), verdict.delete_before_replace) == (replaced, replaced)


def test_a_preview_of_a_replacement_sees_the_new_object_and_not_the_old_one(program: Program, namespace: str) -> None:
    old = job(namespace)
    program.create(old)
    new = changed(old, "spec/template/spec/containers/0/image", "registry.example/other")
    assert program.diff(old, new).replaces == {"spec.template.spec.containers[0].image"}
    seen = program.preview(new)
    assert seen["metadata"]["name"] == "upgrade"
    assert seen["spec"]["backoffLimit"] == 6
    with pytest.raises(ProviderError, match="restartPolicy"):
        program.preview(changed(new, "spec/template/spec/restartPolicy", "Always"))


def test_a_change_that_neither_table_nor_server_allows_stops_the_preview(program: Program, namespace: str) -> None:
    rank = resource("scheduling.k8s.io/v1", "PriorityClass", namespace, f"{namespace}-web", value=10)
    del rank["metadata"]["namespace"]
    _, outputs = program.create(rank)
    try:
        with pytest.raises(ProviderError, match="value: Forbidden"):
            program.preview(changed(rank, "value", 20), outputs)
    finally:
        program.delete(rank)


def test_two_managers_of_one_property_are_a_conflict_unless_forced(program: Program, api: Api, namespace: str) -> None:
    ours = config_map(namespace, {"a": "1"})
    program.create(ours)
    api.apply(f"/api/v1/namespaces/{namespace}/configmaps/settings", config_map(namespace, {"a": "theirs"}))
    wanted = changed(ours, "data", {"a": "2"})
    with pytest.raises(ProviderError, match=r'conflict with "sandbox".*\.data\.a'):
        program.update(ours, wanted)
    forced = annotated(wanted, patchForce="true")
    assert program.update(ours, forced)["data"] == {"a": "2"}


def test_a_refresh_finds_what_others_changed_and_not_what_they_added(
    program: Program, api: Api, namespace: str
) -> None:
    ours = changed(deployment(namespace), "spec/template/spec/containers/0/resources", {"requests": {"cpu": "1000m"}})
    ours["metadata"]["labels"] = {"tier": "ours"}
    program.create(ours)
    before = program.read(ours)
    assert before is not None
    assert before[1] == ours
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/web"
    api.patch(path, {"metadata": {"labels": {"tier": "theirs", "by": "them"}}})
    after = program.read(ours)
    assert after is not None
    assert after[1] == changed(ours, "metadata/labels", {"tier": "theirs"})
    assert after[0]["metadata"]["labels"] == {"tier": "theirs", "by": "them"}


def test_an_object_that_no_program_describes_is_imported(program: Program, api: Api, namespace: str) -> None:
    theirs = config_map(namespace, {"a": "1"})
    api.create(f"/api/v1/namespaces/{namespace}/configmaps", theirs)
    found = program.provider.read(program.request(theirs), f"{namespace}/settings", {}, {})
    assert found is not None
    assert found[1] == theirs


def test_a_patch_changes_what_somebody_else_made_and_gives_it_back(program: Program, api: Api, namespace: str) -> None:
    api.create(f"/api/v1/namespaces/{namespace}/configmaps", config_map(namespace, {"a": "1"}))
    patch = config_map(namespace, {"b": "2"})
    about = Request("kubernetes:core/v1:ConfigMapPatch", "patch", program.config)
    identifier, outputs = program.provider.create(about, patch, None)
    assert outputs["data"] == {"a": "1", "b": "2"}
    program.provider.delete(about, identifier)
    left = api.get(f"/api/v1/namespaces/{namespace}/configmaps/settings")
    assert left is not None
    assert left["data"] == {"a": "1"}


def test_a_resource_that_gets_another_name_in_the_program_keeps_its_properties(
    program: Program, namespace: str
) -> None:
    settings = config_map(namespace, {"a": "1"})
    program.create(settings)
    renamed = dataclasses.replace(program.request(settings), name="renamed")
    wanted = changed(settings, "data", {"b": "2"})
    outputs = program.provider.update(renamed, program.id(settings), settings, wanted, None)
    assert outputs["data"] == {"b": "2"}


def test_a_refresh_forgets_what_is_gone(program: Program, namespace: str) -> None:
    assert program.read(config_map(namespace, {})) is None
    assert program.read(resource("no.example/v1", "Nothing", namespace, "n")) is None


def test_a_secret_is_stored_encoded_and_read_as_it_was_written(program: Program, namespace: str) -> None:
    secret = resource("v1", "Secret", namespace, "keys", type="Opaque", stringData={"password": "x"})
    _, outputs = program.create(secret)
    assert outputs["data"] == {"password": base64.b64encode(b"x").decode()}
    assert program.read(secret) == (outputs, secret)


def test_a_quota_refuses_in_words(program: Program, namespace: str) -> None:
    program.create(resource("v1", "ResourceQuota", namespace, "quota", spec={"hard": {"configmaps": "1"}}))
    with pytest.raises(ProviderError, match=r"exceeded quota: quota, requested: configmaps=1, used: configmaps=1"):
        program.create(config_map(namespace, {}))


def test_a_custom_resource_follows_its_definition(program: Program, namespace: str) -> None:
    program.create(WIDGETS)
    try:
        widget = resource("example.test/v1", "Widget", namespace, "w", spec={"size": 3})
        assert program.check(widget) == []
        assert program.create(widget)[1]["spec"] == {"size": 3}
        [wrong_type] = program.check(changed(widget, "spec/size", "three"))
        assert "spec.size" in wrong_type.reason
        [wrong_name] = program.check(changed(widget, "spec", {"sise": 3}))
        assert "sise" in wrong_name.reason
    finally:
        program.delete(WIDGETS)
