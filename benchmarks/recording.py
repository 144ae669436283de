"""A recorded deployment: what the stand-in answers from, and what the flat programs are written from."""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf import json_format, struct_pb2

from sandbox.runner import CHECKOUT, Run

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of Pulumi's special values; anything that carries it is a secret here."""
SECRET_PLACEHOLDER = "a-recorded-secret"  # noqa: S105 - stands where a secret was


@dataclass(frozen=True)
class Recorded:
    """One resource of the recorded state."""

    type_token: str
    name: str
    resource_id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


def recorded(stack: str, folder: Path) -> list[Recorded]:
    """The resources of a stack, deployed into a sandbox in a folder; ends this process if that fails."""
    run = Run(stack=stack, project=CHECKOUT, home=folder / "sandbox", policy_packs=(), cluster=False)
    result = run.up()
    if not result.ok:
        sys.exit(f"{stack} did not deploy: {result.message}")
    run.export(folder / "state.json")
    return resources_of(json.loads((folder / "state.json").read_text(encoding="utf-8"))["deployment"])


def resources_of(deployment: dict[str, Any]) -> list[Recorded]:
    """The resources of an exported deployment in the order of their dependencies, without components and providers."""
    return [
        Recorded(
            entry["type"],
            entry["urn"].rsplit("::", 1)[1],
            entry["id"],
            _plain(entry.get("inputs", {})),
            _plain(entry.get("outputs", {})),
        )
        for entry in deployment["resources"]
        if entry.get("custom") and not entry["type"].startswith("pulumi:")
    ]


def answers(resources: list[Recorded]) -> dict[str, dict[str, Any]]:
    """What the stand-in answers, by `type::name` and `invoke::token`."""
    table: dict[str, dict[str, Any]] = {
        f"{resource.type_token}::{resource.name}": {"id": resource.resource_id, "outputs": resource.outputs}
        for resource in resources
    }
    subscription = next(r.resource_id for r in resources if r.resource_id.startswith("/subscriptions/")).split("/")[2]
    table["invoke::azure-native:authorization:getClientConfig"] = {
        "outputs": {
            "clientId": subscription,
            "objectId": subscription,
            "subscriptionId": subscription,
            "tenantId": subscription,
        }
    }
    kubeconfig = base64.b64encode(json.dumps({"apiVersion": "v1", "kind": "Config"}).encode()).decode()
    for role in ("User", "Admin", "MonitoringUser"):
        table[f"invoke::azure-native:containerservice:listManagedCluster{role}Credentials"] = {
            "outputs": {"kubeconfigs": [{"name": "cluster", "value": kubeconfig}]}
        }
    return table


def as_struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine sends them."""
    return json_format.ParseDict(properties, struct_pb2.Struct())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if SIGNATURE in value:
            return SECRET_PLACEHOLDER
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
