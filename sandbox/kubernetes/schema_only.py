"""A cluster that nobody runs: typed objects are kept in a store, one set for each API server's address."""

import base64
import time
from typing import Any, Final

from sandbox.kubernetes import kubeconfig, objects, replacement
from sandbox.provider.compare import changes, is_at_or_below
from sandbox.provider.contract import Request
from sandbox.provider.errors import PartialFailure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig, has_unknown
from sandbox.store import Entry, Store

SERVER_METADATA: Final = ("uid", "resourceVersion", "creationTimestamp", "generation")


class SchemaOnly:
    """Keeps objects: no duplicates, none in a namespace that is not there."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        return guess(inputs, olds)

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        identifier = objects.identifier(request.type, inputs, namespace_of(request))
        with self._store.transaction():
            key = _key(request, identifier)
            if self._store.is_known(key):
                raise ProviderError("AlreadyExists", f"{what(request)} {identifier!r} already exists")
            self._refuse_missing_namespace(request, inputs)
            entry = Entry(key, request.type, inputs)
            entry.outputs = _answer(entry, request, generation=1)
            self._store.put(entry, answered=bool(fault))
        if fault:
            raise PartialFailure(identifier, inputs, entry.outputs, [fault])
        return identifier, entry.outputs

    def answered(self, request: Request, identifier: str) -> None:
        self._store.confirm(_key(request, identifier))

    def read(self, request: Request, identifier: str, inputs: Object) -> tuple[Object, Object] | None:
        key = _key(request, identifier)
        self._store.confirm(key)
        entry = self._store.get(key)
        return (entry.outputs, entry.inputs) if entry else None

    def update(self, request: Request, identifier: str, new: Object, fault: str | None) -> Object:
        with self._store.transaction():
            entry = self._store.get(_key(request, identifier))
            if entry is None:
                raise ProviderError("NotFound", f"{what(request)} {identifier!r} not found: run a refresh")
            _refuse_immutable(request, identifier, entry.inputs, new)
            generation = int(dig(entry.outputs, "metadata", "generation") or 1) + 1
            entry.inputs = new
            entry.outputs = _answer(entry, request, generation)
            self._store.put(entry)
        if fault:
            raise PartialFailure(identifier, new, entry.outputs, [fault])
        return entry.outputs

    def delete(self, request: Request, identifier: str) -> None:
        with self._store.transaction():
            self._store.delete(_key(request, identifier))
            if objects.kind_of(request.type) == "Namespace":
                for entry in self._store.below(_cluster(request)):
                    if dig(entry.outputs, "metadata", "namespace") == identifier:
                        self._store.delete(entry.id)

    def _refuse_missing_namespace(self, request: Request, inputs: Object) -> None:
        if not objects.is_namespaced(request.type):
            return
        namespace = str(dig(inputs, "metadata", "namespace") or namespace_of(request))
        key = f"{_cluster(request)}/kubernetes:core/v1:Namespace/{namespace}"
        if namespace not in objects.BUILT_IN_NAMESPACES and not self._store.exists(key):
            raise ProviderError("NotFound", f"namespace {namespace!r} not found")


def guess(inputs: Object, olds: Object) -> Object:
    """What a preview can say of an object without asking a server; `olds` are the outputs of before, if any."""
    if olds:
        return {**inputs, "metadata": {**olds.get("metadata", {}), **inputs.get("metadata", {})}}
    made = dict.fromkeys(SERVER_METADATA, UNKNOWN)
    return {**inputs, "metadata": {**inputs.get("metadata", {}), **made}, "status": UNKNOWN}


def what(request: Request) -> str:
    """The kind of a request's object, for messages."""
    return request.type.removeprefix("kubernetes:").replace(":", " ")


def namespace_of(request: Request) -> str:
    """The namespace of objects that name none."""
    return request.config.get("namespace") or "default"


def _cluster(request: Request) -> str:
    return kubeconfig.key(request.config.get("kubeconfig") or "")


def _key(request: Request, identifier: str) -> str:
    return f"{_cluster(request)}/{request.type}/{identifier}"


def _refuse_immutable(request: Request, identifier: str, old: Object, new: Object) -> None:
    found = changes(old, new, lambda _path, _old, _new: False)
    fixed = [path for path, _ in found if is_at_or_below(path, replacement.refused(request.type))]
    if fixed:
        raise ProviderError("Invalid", f"{what(request)} {identifier!r} is invalid: {fixed[0]}: field is immutable")


def _answer(entry: Entry, request: Request, generation: int) -> Object:
    """The object as the API server returns it."""
    outputs: dict[str, Any] = {key: value for key, value in entry.inputs.items() if key != "stringData"}
    before = entry.outputs.get("metadata", {})
    created = before.get("creationTimestamp") or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    outputs["metadata"] = {
        **entry.inputs.get("metadata", {}),
        "uid": entry.guid("uid"),
        "creationTimestamp": created,
        "generation": generation,
        "resourceVersion": str(generation),
    }
    if objects.is_namespaced(request.type):
        outputs["metadata"].setdefault("namespace", namespace_of(request))
    texts = entry.inputs.get("stringData")
    if texts and not has_unknown(texts):
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in texts.items()}
        outputs["data"] = {**entry.inputs.get("data", {}), **encoded}
    return outputs
