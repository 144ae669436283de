"""Sets right what a killed run left in the stack's state, so that the next one makes nothing twice.

The engine writes down every operation before it begins and strikes it off when it ends. A kill in between leaves
*pending operations*; of a pending create nobody knows whether the resource exists. Azure would be asked; here the
store is. What was made is put into the state under its id, what was not is struck off, and whatever else was under
way is read again.

`pulumi refresh --import-pending-creates` is meant for this, but as of v3.259 it marks the operations and then drops
them, resources and all; so the state is edited here, as its documentation of `pulumi stack export` and `import` shows.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.store import open_all

Resource = dict[str, Any]
# The engine's mark of a secret in a state file (sdk/go/common/resource: SigKey).
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A deployment without pending operations, the URNs to read again, and one line on what was found."""

    deployment: dict[str, Any]
    to_read: list[str]
    summary: str


def repair(deployment: dict[str, Any], cloud: Path) -> Repair | None:
    """What to make of a deployment's pending operations, by the store in `cloud`; None when there are none."""
    pending = deployment.get("pending_operations") or []
    if not pending:
        return None
    repaired = copy.deepcopy(deployment)
    resources: list[Resource] = repaired.setdefault("resources", [])
    repaired["pending_operations"] = []
    made: list[str] = []
    not_made: list[str] = []
    for resource in (copy.deepcopy(operation["resource"]) for operation in pending if operation["type"] == "creating"):
        identifier = _find(resource, cloud, {str(known.get("id", "")).lower() for known in resources})
        if identifier:
            _insert(resources, {**resource, "id": identifier})
            made.append(resource["urn"])
        else:
            not_made.append(resource["urn"])
    present = {resource["urn"] for resource in resources}
    others = [operation["resource"]["urn"] for operation in pending if operation["type"] != "creating"]
    return Repair(
        deployment=repaired,
        to_read=[urn for urn in made + others if urn in present],
        summary=_summary(len(made), len(not_made), len(others)),
    )


def _summary(made: int, not_made: int, others: int) -> str:
    parts = [f"{made} created and now taken into the state"] if made else []
    parts += [f"{not_made} not created and struck off"] if not_made else []
    parts += [f"{others} of other kinds read again"] if others else []
    return "The run before this one was killed in the middle of operations: " + ", ".join(parts) + "."


def _find(resource: Resource, cloud: Path, known: set[str]) -> str | None:
    """The id of the resource in the store that was made of these very inputs and that the state does not know."""
    wanted = resource.get("inputs") or {}
    for store in open_all(cloud):
        for entry in store.of_type(resource["type"]):
            if entry.id.lower() not in known and same_inputs(wanted, entry.inputs):
                store.close()
                return entry.id
        store.close()
    return None


def same_inputs(wanted: object, stored: object) -> bool:
    """Whether a state's inputs are those a resource was made of; a secret, which is encrypted, matches anything."""
    if isinstance(wanted, dict):
        if SIGNATURE_KEY in wanted:
            return True
        stated = {key: value for key, value in wanted.items() if not key.startswith("__")}
        return isinstance(stored, dict) and all(same_inputs(value, stored.get(key)) for key, value in stated.items())
    if isinstance(wanted, list):
        return (
            isinstance(stored, list)
            and len(wanted) == len(stored)
            and all(same_inputs(one, other) for one, other in zip(wanted, stored, strict=True))
        )
    return wanted == stored


def _insert(resources: list[Resource], made: Resource) -> None:
    """Puts a resource behind all it depends on, as the engine demands; what it replaces is left for deletion."""
    for old in resources:
        if old["urn"] == made["urn"]:
            old["delete"] = True
    needed = _dependencies(made)
    position = max((index + 1 for index, known in enumerate(resources) if known["urn"] in needed), default=0)
    resources.insert(position, made)


def _dependencies(resource: Resource) -> set[str]:
    named = {resource.get("parent"), resource.get("deletedWith"), *(resource.get("dependencies") or [])}
    for urns in (resource.get("propertyDependencies") or {}).values():
        named.update(urns or [])
    # A provider reference is the URN of the provider, "::" and its id.
    named.add(str(resource.get("provider", "")).rpartition("::")[0])
    return {urn for urn in named if urn}
