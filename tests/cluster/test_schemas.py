"""Every object of our components fits the API server's schemas, read by a program that is not the server."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster.api import Api
from tests.cluster.schemas import refusals
from tests.policies.mutations import drop, put
from tests.policies.ours import our_objects

OBJECTS = [dict(each.properties or {}) for each in our_objects()]
CONTAINER = ("spec", "template", "spec", "containers", 0)


def _one(kind: str) -> dict[str, Any]:
    return copy.deepcopy(next(each for each in OBJECTS if each["kind"] == kind))


def test_all_our_objects_fit(api: Api, tmp_path: Path) -> None:
    assert refusals(api, OBJECTS, tmp_path) == {}


@pytest.mark.parametrize(
    ("kind", "change", "words"),
    [
        ("Deployment", put("spec", "replcas", value=3), "replcas"),
        ("Deployment", put(*CONTAINER, "imagePullpolicy", value="Always"), "imagePullpolicy"),
        ("Deployment", put("spec", "revisionHistoryLimit", value="five"), "revisionHistoryLimit"),
        ("Ingress", drop("spec", "rules", 0, "http", "paths", 0, "pathType"), "pathType"),
        ("ScaledObject", put("spec", "maxReplicaCount", value="12"), "maxReplicaCount"),
        ("ScaledObject", put("spec", "maxReplicas", value=12), "maxReplicas"),
        ("SecretProviderClass", put("spec", "objects", value="array: []"), "objects"),
    ],
)
def test_a_field_that_is_not_there_or_of_another_type_is_found(
    api: Api, tmp_path: Path, kind: str, change: Callable[[Any], None], words: str
) -> None:
    spoiled = _one(kind)
    change(spoiled)
    [said] = refusals(api, [spoiled], tmp_path).values()
    assert said.startswith("statusInvalid")
    assert words in said
