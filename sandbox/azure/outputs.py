"""What Azure answers: the inputs in the shape of the SDK's output types, ids of inner resources, states, and the
values that programs build upon (`sandbox.azure.answers`, by type).

What nobody set and no rule knows is left out rather than invented. In a preview it is unknown instead.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.azure import answerbook, paths
from sandbox.azure.tenant import TENANT_ID
from sandbox.azure.world import World
from sandbox.provider.sdk import Node, ResourceType, outputs_of
from sandbox.provider.values import UNKNOWN, Object
from sandbox.store import Entry

SUCCEEDED: Final = "Succeeded"
# Inputs that ARM takes and never gives back.
WRITE_ONLY: Final = frozenset({"administratorLoginPassword", "value"})
SECRET_TYPE: Final = "azure-native:keyvault:Secret"  # noqa: S105 - a type token


def known(resource: ResourceType, entry: Entry, world: World) -> Object:
    """The outputs of a resource that exists."""
    path = paths.path_of(resource.token, tuple(resource.inputs))
    result: Object = {}
    for name, node in resource.outputs.items():
        if name in entry.inputs and not _is_write_only(resource.token, name):
            result[name] = _shape(entry.inputs[name], node, f"{entry.id}/{name}", entry)
    if "name" in resource.outputs:
        result["name"] = paths.name_of(entry.id)
    result.setdefault("type", paths.arm_type(entry.id))
    result.setdefault("azureApiVersion", path.api_version)
    if "provisioningState" in resource.outputs:
        result["provisioningState"] = SUCCEEDED
    if "etag" in resource.outputs:
        result["etag"] = f'W/"{entry.guid("etag")}"'
    _identity(result, entry, world)
    for key, value in answerbook.answer(resource.token, entry, world).items():
        if key in resource.outputs:
            result[key] = value
    return result


def preview(resource: ResourceType, inputs: Object, olds: Object) -> Object:
    """The outputs as far as they can be foretold: what follows from the inputs, or did not change; else unknown."""
    path = paths.path_of(resource.token, tuple(resource.inputs))
    result: Object = {}
    for name, node in resource.outputs.items():
        if name in inputs and not _is_write_only(resource.token, name):
            result[name] = _foretell(inputs[name], node, olds.get(name))
        else:
            result[name] = olds.get(name, UNKNOWN)
    parameter = path.name_parameter
    if "name" in resource.outputs and parameter and parameter in inputs:
        result["name"] = inputs[parameter]
    result["azureApiVersion"] = path.api_version
    if "etag" in result and olds:
        result["etag"] = UNKNOWN
    return result


def _is_write_only(token: str, name: str) -> bool:
    return name in WRITE_ONLY and not (name == "value" and token != SECRET_TYPE)


def _shape(value: Any, node: Node, identifier: str, entry: Entry) -> Any:
    """A value as the service returns it: unknown keys dropped, inner resources with id and state."""
    if node.kind == "list" and node.item and isinstance(value, list):
        return [_shape(item, node.item, _inner_id(item, identifier), entry) for item in value]
    if node.kind == "map" and node.item and isinstance(value, Mapping):
        return {key: _shape(item, node.item, identifier, entry) for key, item in value.items()}
    if node.kind != "object" or not node.cls or not isinstance(value, Mapping):
        return value
    fields = outputs_of(node.cls)
    hidden = WRITE_ONLY if entry.type == SECRET_TYPE else frozenset()
    shaped = {
        key: _shape(item, fields[key], f"{identifier}/{key}", entry)
        for key, item in value.items()
        if key in fields and key not in hidden
    }
    if "id" in fields and "name" in shaped and "id" not in shaped:
        shaped["id"] = identifier
        if "provisioningState" in fields:
            shaped.setdefault("provisioningState", SUCCEEDED)
        if "etag" in fields:
            shaped.setdefault("etag", f'W/"{entry.guid("etag")}"')
    return shaped


def _inner_id(item: Any, collection: str) -> str:
    name = item.get("name") if isinstance(item, Mapping) else None
    return f"{collection}/{name}" if name else collection


def _foretell(value: Any, node: Node, old: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN
    if node.kind == "list" and node.item and isinstance(value, list):
        olds = old if isinstance(old, list) and len(old) == len(value) else [None] * len(value)
        return [_foretell(item, node.item, before) for item, before in zip(value, olds, strict=True)]
    if node.kind == "map" and node.item and isinstance(value, Mapping):
        return {key: _foretell(item, node.item, None) for key, item in value.items()}
    if node.kind == "object" and node.cls and isinstance(value, Mapping):
        before = old if isinstance(old, Mapping) else {}
        fields = outputs_of(node.cls)
        unset = {key: before[key] for key in fields if key in before} if old else dict.fromkeys(fields, UNKNOWN)
        given = {key: _foretell(value[key], fields[key], before.get(key)) for key in value if key in fields}
        return unset | given
    if node.kind == "map" and isinstance(value, list):
        return UNKNOWN  # the ids of user-assigned identities become a map with their principals
    return value


def _identity(result: Object, entry: Entry, world: World) -> None:
    """Principals of managed identities, system- and user-assigned."""
    identity = entry.inputs.get("identity")
    if not isinstance(identity, Mapping) or "identity" not in result:
        return
    shaped: Object = {key: value for key, value in identity.items() if key != "userAssignedIdentities"}
    if "systemassigned" in str(identity.get("type", "")).lower().replace(" ", ""):
        shaped |= {"principalId": entry.guid("principal"), "tenantId": TENANT_ID}
    assigned = identity.get("userAssignedIdentities")
    if isinstance(assigned, list):
        shaped["userAssignedIdentities"] = {text: _principal(text, world) for text in assigned}
    result["identity"] = shaped


def _principal(identifier: str, world: World) -> Object:
    identity = world.get(identifier)
    outputs = identity.outputs if identity else {}
    return {key: outputs[key] for key in ("clientId", "principalId") if key in outputs}
