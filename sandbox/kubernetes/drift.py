"""The live object in the shape of the inputs it was made from: what others have added is left out, and what they have
changed or taken away shows."""

import base64
from collections.abc import Mapping
from typing import Any, Final

from sandbox.kubernetes import quantity
from sandbox.provider.values import Object

SERVER_SET: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")


def as_inputs(live: Object, inputs: Object) -> Object:
    """What the inputs would be if they described the live object."""
    current = _mapping(live, {key: value for key, value in inputs.items() if key != "stringData"}, "")
    texts = inputs.get("stringData")
    if texts:
        # Written once and never answered: the server keeps the values under `data`, in base64.
        data = live.get("data") or {}
        current["stringData"] = {key: _decoded(data[key]) for key in texts if key in data}
    return current


def imported(live: Object) -> Object:
    """Inputs for an object that no program has described yet."""
    inputs = {key: value for key, value in live.items() if key != "status"}
    metadata = {key: value for key, value in live["metadata"].items() if key not in SERVER_SET}
    return {**inputs, "metadata": metadata}


def _mapping(live: Mapping[str, Any], inputs: Mapping[str, Any], path: str) -> Object:
    current: Object = {}
    for key, value in inputs.items():
        if key in live:
            current[key] = _value(live[key], value, f"{path}.{key}")
        elif _is_empty(value):
            current[key] = value  # the server leaves out what is empty
    return current


def _value(live: Any, value: Any, path: str) -> Any:
    if isinstance(live, Mapping) and isinstance(value, Mapping):
        return _mapping(live, value, path)
    if isinstance(live, list) and isinstance(value, list):
        return _list(live, value, path)
    return value if quantity.same(path, live, value) else live


def _list(live: list[Any], value: list[Any], path: str) -> list[Any]:
    if not all(isinstance(item, Mapping) for item in (*live, *value)):
        return live
    if all("name" in item for item in (*live, *value)):
        named = {item["name"]: item for item in live}
        return [_value(named[item["name"]], item, path) for item in value if item["name"] in named]
    return [_value(now, then, path) for now, then in zip(live, value, strict=False)]


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_empty(item) for item in value.values())
    return value in (None, False, 0, "", [])


def _decoded(text: str) -> str:
    return base64.b64decode(text).decode(errors="replace")
