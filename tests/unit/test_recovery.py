"""What becomes of the operations that a killed run left pending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.recovery import SIGNATURE_KEY, repair, same_inputs
from sandbox.store import Entry, Store

ACCOUNT = "azure-native:storage:StorageAccount"
STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:azure-native::default"
GROUP = "urn:pulumi:dev::shop::azure-native:resources:ResourceGroup::rg"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::{ACCOUNT}::{name}"


def pending(name: str, kind: str = "creating", **more: object) -> dict[str, Any]:
    resource = {
        "urn": urn(name),
        "type": ACCOUNT,
        "custom": True,
        "inputs": {"accountName": name, "tags": {"owner": "finance"}, "__defaults": []},
        "parent": STACK,
        "provider": f"{PROVIDER}::1234",
        "dependencies": [GROUP],
        **more,
    }
    return {"type": kind, "resource": resource}


def deployment(*operations: dict[str, Any], resources: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    settled = [{"urn": known, "type": known.split("::")[2]} for known in (STACK, PROVIDER, GROUP)]
    return {"resources": [*settled, *resources], "pending_operations": list(operations)}


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A store with one account, `books`, that was made."""
    store = Store(tmp_path / "azure.sqlite")
    store.put(Entry("/sub/rg/books", ACCOUNT, {"accountName": "books", "tags": {"owner": "finance"}}, {"x": 1}))
    store.close()
    return tmp_path


def test_nothing_pending_is_nothing_to_repair(cloud: Path) -> None:
    assert repair(deployment(), cloud) is None
    assert repair({}, cloud) is None


def test_what_was_made_comes_into_the_state_behind_what_it_depends_on(cloud: Path) -> None:
    dependent = {"urn": urn("later"), "type": ACCOUNT, "id": "/sub/rg/later"}
    found = repair(deployment(pending("books"), resources=(dependent,)), cloud)
    assert found is not None
    assert [resource["urn"] for resource in found.deployment["resources"]] == [
        STACK,
        PROVIDER,
        GROUP,
        urn("books"),
        urn("later"),
    ]
    assert found.deployment["resources"][3]["id"] == "/sub/rg/books"
    assert found.deployment["pending_operations"] == []
    assert found.to_read == [urn("books")]
    assert "1 created and now taken into the state" in found.summary


def test_what_was_not_made_is_struck_off(cloud: Path) -> None:
    before = deployment(pending("other"))
    found = repair(before, cloud)
    assert found is not None
    assert found.deployment["resources"] == before["resources"]
    assert (found.deployment["pending_operations"], found.to_read) == ([], [])
    assert "1 not created and struck off" in found.summary
    assert len(before["pending_operations"]) == 1


def test_what_the_state_knows_is_not_taken_for_the_one_that_was_being_made(cloud: Path) -> None:
    known = {"urn": urn("first"), "type": ACCOUNT, "id": "/SUB/rg/books"}
    found = repair(deployment(pending("books"), resources=(known,)), cloud)
    assert found is not None
    assert found.to_read == []


def test_of_two_alike_each_is_found_once(cloud: Path) -> None:
    store = Store(cloud / "azure.sqlite")
    store.put(Entry("/sub/rg2/books", ACCOUNT, {"accountName": "books", "tags": {"owner": "finance"}}))
    store.close()
    found = repair(deployment(pending("books"), pending("books", urn=urn("twin"))), cloud)
    assert found is not None
    assert sorted(resource["id"] for resource in found.deployment["resources"] if "id" in resource) == [
        "/sub/rg/books",
        "/sub/rg2/books",
    ]


def test_what_a_replacement_replaces_is_left_for_deletion(cloud: Path) -> None:
    old = {"urn": urn("books"), "type": ACCOUNT, "id": "/sub/rg/old"}
    found = repair(deployment(pending("books"), resources=(old,)), cloud)
    assert found is not None
    assert [(r["id"], r.get("delete", False)) for r in found.deployment["resources"] if r["urn"] == urn("books")] == [
        ("/sub/rg/books", False),
        ("/sub/rg/old", True),
    ]


def test_other_operations_are_read_again_where_their_resource_is_known(cloud: Path) -> None:
    known = {"urn": urn("books"), "type": ACCOUNT, "id": "/sub/rg/books"}
    operations = (pending("books", "updating"), pending("gone", "deleting"))
    found = repair(deployment(*operations, resources=(known,)), cloud)
    assert found is not None
    assert found.to_read == [urn("books")]
    assert "2 of other kinds read again" in found.summary


@pytest.mark.parametrize(
    ("wanted", "stored", "same"),
    [
        ({"a": 1}, {"a": 1, "defaulted": 2}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, "a", False),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": [1]}, {"a": 1}, False),
        ({"password": {SIGNATURE_KEY: "secret", "ciphertext": "x"}}, {"password": "hunter2"}, True),
        ({"__defaults": ["x"]}, {}, True),
    ],
)
def test_inputs_are_compared_as_far_as_a_state_tells_them(wanted: object, stored: object, same: bool) -> None:
    assert same_inputs(wanted, stored) is same
