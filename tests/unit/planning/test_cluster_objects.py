"""What the plan hands to Kubernetes is what Kubernetes takes, and fits the nodes."""

from __future__ import annotations

import re

from hypothesis import given

from stacks.planning.assemble import make_plan
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties

# kubernetes.io docs/concepts/overview/working-with-objects/labels
LABEL_VALUE = r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
VCPUS_AND_GIB = {"Standard_D4ads_v5": (4, 16), "Standard_D8ads_v5": (8, 32), "Standard_E4ads_v5": (4, 32)}


def _gib(quantity: str) -> int:
    return int(quantity.removesuffix("Gi"))


@properties
@given(SETTINGS)
def test_the_namespace_may_request_what_its_nodes_have_and_no_more(settings: Settings) -> None:
    plan = make_plan(settings)
    pools = [pool for name, pool in plan.cluster.pools.items() if name != "system"]
    vcpus = sum(VCPUS_AND_GIB[pool.vm_size][0] * pool.max_nodes for pool in pools)
    gib = sum(VCPUS_AND_GIB[pool.vm_size][1] * pool.max_nodes for pool in pools)
    limits = plan.odoo.namespace
    assert vcpus * 0.75 < int(limits.requests["cpu"]) < vcpus
    assert gib * 0.75 < _gib(limits.requests["memory"]) < gib
    assert _gib(limits.limits["memory"]) >= _gib(limits.requests["memory"])
    # A quota on limits of processor time would refuse every pod without one.
    for quantities in (limits.limits, limits.default_limit, limits.container_max):
        assert quantities.keys() == {"memory"}
    assert _gib(limits.container_max["memory"]) < max(VCPUS_AND_GIB[pool.vm_size][1] for pool in pools)
    assert limits.pods == sum(pool.max_nodes * pool.max_pods for pool in pools)


def test_tags_become_labels_that_kubernetes_takes() -> None:
    plan = plan_with(governance__business_unit="Group Finance & Tax " + "x" * 80, governance__owner="a.b@acme.example")
    assert plan.cluster.labels.keys() == plan.tags.keys()
    for value in plan.cluster.labels.values():
        assert re.fullmatch(LABEL_VALUE, value), value
    assert plan.cluster.labels["owner"] == "a.b-acme.example"
    assert plan.cluster.labels["business-unit"].startswith("Group-Finance---Tax-xxx")
