"""What no example has, and no rule expects."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_random as random
from pulumi_azure_native import maps, resources, storage

from tests.policies.strangers.shared import group, password

_DEPTH, _LENGTH = 60, 200_000


class Thing(pulumi.ComponentResource):
    """A component of a package that nobody has, with inputs of its own.

    Args:
        name: name of the component.
        inputs: anything.
    """

    def __init__(self, name: str, inputs: dict[str, Any]) -> None:
        super().__init__("strange:index:Thing", name, inputs)
        self.register_outputs({"told": password()})


def odd() -> None:
    """Made-up types, an old version of a type, types without a rule, nulls, empty lists, long text, deep trees."""
    inside = group("odd")
    nested: Any = password()
    for _ in range(_DEPTH):
        nested = {"deeper": [nested]}
    Thing("odd-thing", {"nothing": None, "none": [], "long": "x" * _LENGTH, "nested": nested, "id": inside.id})
    pet = random.RandomPet("odd-pet", length=3)
    pulumi.CustomResource(
        "azure-native:storage/v20230101:StorageAccount",
        "oddversion",
        {
            "resourceGroupName": inside.name,
            "accountName": pet.id.apply(lambda text: text.replace("-", "")[:20]),
            "kind": "StorageV2",
            "sku": {"name": "Standard_LRS"},
        },
    )
    storage.StorageAccount(
        "oddempty",
        resource_group_name=inside.name,
        kind=storage.Kind.FILE_STORAGE,
        sku={"name": "Premium_LRS"},
        network_rule_set={"default_action": storage.DefaultAction.DENY, "ip_rules": [], "virtual_network_rules": []},
        tags={"long": "x" * 256, "key": password()},
    )
    maps.Account("odd-map", resource_group_name=inside.name, kind="Gen2", sku={"name": "G2"}, location="global")
    resources.Deployment(
        "odd-deployment",
        resource_group_name=inside.name,
        properties={
            "mode": resources.DeploymentMode.INCREMENTAL,
            "template": {"contentVersion": "1.0.0.0", "resources": [], "outputs": {}},
            "parameters": {"password": {"value": password()}},
        },
    )
