"""What a move refuses before it touches a state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.failures import BadInputError
from sandbox.move import component
from sandbox.runner import Run

STACK = "urn:pulumi:group::shop::pulumi:pulumi:Stack::shop-group"
TENANT = "urn:pulumi:group::shop::shop:index:Tenant::acme-es"
INNER = "urn:pulumi:group::shop::shop:index:Tenant$shop:index:Inner::acme-es"


def resource(urn: str, parent: str = STACK, *, custom: bool = False) -> dict[str, Any]:
    return {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], "parent": parent, "custom": custom}


AT_THE_TOP = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack"},
    resource("urn:pulumi:group::shop::pulumi:providers:kubernetes::acme-es", custom=True),
    resource(TENANT),
    resource(INNER, TENANT),
]


def test_a_component_is_found_at_the_top_by_its_name() -> None:
    assert component("group", AT_THE_TOP, "acme-es") == TENANT


@pytest.mark.parametrize(("resources", "listed"), [(AT_THE_TOP[:2], "none"), (AT_THE_TOP, "acme-es")])
def test_what_is_not_there_is_answered_with_what_is(resources: list[dict[str, Any]], listed: str) -> None:
    with pytest.raises(BadInputError, match=rf"group has no component acme-it at its top\. It has: {listed}\."):
        component("group", resources, "acme-it")


def test_a_provider_somewhere_below_cannot_be_moved() -> None:
    below = resource(f"{INNER.rpartition('::')[0]}$pulumi:providers:kubernetes::aks", INNER, custom=True)
    with pytest.raises(BadInputError, match="provider aks is declared below component acme-es"):
        component("group", [*AT_THE_TOP, below], "acme-es")


@pytest.mark.parametrize(
    ("destination", "problem"), [("other", "group and other do not share a cloud"), ("missing", "no stack missing")]
)
def test_a_destination_is_a_stack_of_the_same_cloud(tmp_path: Path, destination: str, problem: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    for stack in ("group", "other"):
        (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    run = Run(stack="group", project=tmp_path, home=tmp_path / "home")
    with pytest.raises(BadInputError, match=problem):
        run.move(destination, "acme-es")
    assert not (tmp_path / "home").exists()
