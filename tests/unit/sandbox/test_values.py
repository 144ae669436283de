"""The wire's values: there and back, secrets opened, unknowns kept."""

import pytest
from google.protobuf import json_format, struct_pb2

from sandbox.provider.compare import changes, same_text_or_set
from sandbox.provider.values import UNKNOWN, UNKNOWN_SENTINELS, dig, from_struct, has_unknown, is_unknown_at, to_struct
from tests.unit.sandbox.harness import Object

SIG = "4dabf18193072939515e22adb298388d"


def struct(value: Object) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    json_format.ParseDict(value, message)
    return message


def test_values_survive_the_wire() -> None:
    values = {"a": "x", "b": True, "c": 3, "d": 1.5, "e": [1, {"f": []}, {}], "g": UNKNOWN, "h": {}}
    assert from_struct(to_struct(values)) == values


@pytest.mark.parametrize("sentinel", sorted(UNKNOWN_SENTINELS))
def test_every_kind_of_unknown_is_unknown(sentinel: str) -> None:
    assert from_struct(struct({"a": {"b": [sentinel]}})) == {"a": {"b": [UNKNOWN]}}


def test_signed_values_are_opened() -> None:
    secret = {SIG: "1b47061264138c4ac30d75fd1eb44270", "value": {"x": 1}}
    known = {SIG: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "y", "secret": True}
    unknown = {SIG: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "dependencies": ["urn"]}
    resource = {SIG: "5cf8f73096256a8f31e491e813e4eb8e", "urn": "urn:x", "id": "i"}
    asset = {SIG: "c44067f5952c0a294b673a41bacd8c17", "text": "hello"}
    opened = from_struct(struct({"s": secret, "k": known, "u": unknown, "r": resource, "a": asset}))
    assert opened == {"s": {"x": 1}, "k": "y", "u": UNKNOWN, "r": "i", "a": asset}


def test_nulls_are_left_out() -> None:
    assert from_struct(struct({"a": None, "b": {"c": None}})) == {"b": {}}


def test_paths_lead_to_values_and_to_what_is_not_known() -> None:
    value = {"a": [{"b": UNKNOWN}], "c": {"d": 1}}
    assert dig(value, "c", "d") == 1
    assert dig(value, "a", 0, "b") is None
    assert dig(value, "a", 5, "b") is None
    assert is_unknown_at(value, "a[0].b.x")
    assert not is_unknown_at(value, "c.d")
    assert has_unknown(value)
    assert not has_unknown(value["c"])


def test_changes_are_named_by_their_paths() -> None:
    old = {"a": 1, "b": [1, 2], "zones": ["1", "2"], "id": "/subscriptions/A", "same": {"x": UNKNOWN}}
    new = {"a": 2, "b": [1], "zones": ["2", "1"], "id": "/subscriptions/a", "c": 3, "same": {"x": 1}}
    assert changes(old, new, same_text_or_set) == [
        ("a", "update"),
        ("b[1]", "delete"),
        ("same.x", "update"),
        ("c", "add"),
    ]
