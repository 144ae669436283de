"""A recorded deployment: what the stand-in answers from, and what the flat programs are written from."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

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


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if SIGNATURE in value:
            return SECRET_PLACEHOLDER
        return {key: _plain(item) for key, item in value.items() if not key.startswith("__")}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
