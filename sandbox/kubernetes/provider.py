"""The stand-in for `kubernetes`: accepts typed objects and keeps them, one cluster for each API server's address."""

import base64
import hashlib
import random
import time
from collections.abc import Mapping
from typing import Any, Final

import yaml

from sandbox.kubernetes import objects
from sandbox.provider.compare import changes, is_at_or_below
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure, PartialFailure, ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.sdk import Package
from sandbox.provider.validate import check_inputs
from sandbox.provider.values import UNKNOWN, Object, dig, has_unknown
from sandbox.store import Entry, Store

AUTONAMED: Final = "pulumi.com/autonamed"
SUFFIX_DIGITS: Final = 8
SERVER_METADATA: Final = ("uid", "resourceVersion", "creationTimestamp", "generation")


class Kubernetes:
    """A cluster's API as far as keeping objects goes: types, names, namespaces, no duplicates."""

    package = "kubernetes"

    def __init__(self, store: Store, faults: Faults) -> None:
        self.faults = faults
        self._store = store
        self._sdk = Package("pulumi_kubernetes")
        self.version = self._sdk.version

    def check_config(self, inputs: Object) -> list[Failure]:
        kubeconfig = inputs.get("kubeconfig")
        if not isinstance(kubeconfig, str):
            return []  # none, or not known yet: the cluster is made in the same update
        try:
            _server(kubeconfig)
        except ValueError as error:
            return [Failure("kubeconfig", str(error))]
        return []

    def check(self, request: Request, inputs: Object, olds: Object, naming: Naming) -> tuple[Object, list[Failure]]:
        checked = dict(inputs)
        failures = _complete_name(checked, olds, request.name, naming)
        resource = self._sdk.resource(request.type)
        if resource is not None:  # custom resources have no type in the SDK
            failures += check_inputs(checked, resource.inputs)
        return checked, failures + objects.findings(request.type, checked)

    def diff(self, request: Request, old: Object, new: Object) -> Verdict:
        found = changes(old, new, lambda _path, _old, _new: False)
        fixed = objects.fixed_properties(request.type, old)
        replaces = frozenset(path for path, _ in found if is_at_or_below(path, fixed))
        renamed = bool(replaces & {"metadata.name", "metadata.namespace"})
        return Verdict(found, replaces, delete_before_replace=bool(replaces) and not renamed)

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        if olds:
            return {**inputs, "metadata": {**olds.get("metadata", {}), **inputs.get("metadata", {})}}
        made = dict.fromkeys(SERVER_METADATA, UNKNOWN)
        return {**inputs, "metadata": {**inputs.get("metadata", {}), **made}, "status": UNKNOWN}

    def physical_name(self, request: Request, inputs: Object, identifier: str) -> str:
        return identifier.rpartition("/")[2] or str(dig(inputs, "metadata", "name") or request.name)

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        identifier = objects.identifier(request.type, inputs, _namespace(request.config))
        with self._store.transaction():
            key = _key(request, identifier)
            if self._store.is_known(key):
                raise ProviderError("AlreadyExists", f"{_what(request)} {identifier!r} already exists")
            self._refuse_missing_namespace(request, inputs)
            entry = Entry(key, request.type, inputs)
            entry.outputs = _answer(entry, request, generation=1)
            self._store.put(entry, answered=bool(fault))
        if fault:
            raise PartialFailure(identifier, inputs, entry.outputs, [fault])
        return identifier, entry.outputs

    def answered(self, request: Request, identifier: str) -> None:
        self._store.confirm(_key(request, identifier))

    def read(self, request: Request, identifier: str, inputs: Object, state: Object) -> tuple[Object, Object] | None:
        key = _key(request, identifier)
        self._store.confirm(key)
        entry = self._store.get(key)
        return (entry.outputs, entry.inputs) if entry else None

    def update(self, request: Request, identifier: str, old: Object, new: Object, fault: str | None) -> Object:
        with self._store.transaction():
            entry = self._store.get(_key(request, identifier))
            if entry is None:
                raise ProviderError("NotFound", f"{_what(request)} {identifier!r} not found: run a refresh")
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
                for entry in self._store.below(_cluster(request.config)):
                    if dig(entry.outputs, "metadata", "namespace") == identifier:
                        self._store.delete(entry.id)

    def invoke(self, token: str, arguments: Object, config: Mapping[str, str]) -> Object:
        raise ProviderError("", f"the sandbox has no function {token}")

    def duration_seconds(self, request: Request, operation: str) -> float:
        return 0.0

    def _refuse_missing_namespace(self, request: Request, inputs: Object) -> None:
        if not objects.is_namespaced(request.type):
            return
        namespace = str(dig(inputs, "metadata", "namespace") or _namespace(request.config))
        key = f"{_cluster(request.config)}/kubernetes:core/v1:Namespace/{namespace}"
        if namespace not in objects.BUILT_IN_NAMESPACES and not self._store.exists(key):
            raise ProviderError("NotFound", f"namespace {namespace!r} not found")


def _what(request: Request) -> str:
    return request.type.removeprefix("kubernetes:").replace(":", " ")


def _namespace(config: Mapping[str, str]) -> str:
    return config.get("namespace") or "default"


def _server(kubeconfig: str) -> str:
    """The API server's address of the current context; `ValueError` when there is none."""
    try:
        config = yaml.safe_load(kubeconfig)
    except yaml.YAMLError as error:
        raise ValueError(f"is neither YAML nor JSON: {error}") from error
    if not isinstance(config, dict):
        raise ValueError("holds no kubeconfig (paths to files are not read here)")
    contexts = {item["name"]: item["context"] for item in config.get("contexts") or []}
    clusters = {item["name"]: item["cluster"] for item in config.get("clusters") or []}
    context = contexts.get(config.get("current-context"))
    if context is None or context.get("cluster") not in clusters:
        raise ValueError("its current-context names no cluster of it")
    return str(clusters[context["cluster"]].get("server"))


def _cluster(config: Mapping[str, str]) -> str:
    """A short key of the cluster that a provider configuration points to."""
    kubeconfig = config.get("kubeconfig")
    server = _server(kubeconfig) if kubeconfig else "default"
    return "cluster-" + hashlib.sha256(server.encode()).hexdigest()[:12]


def _key(request: Request, identifier: str) -> str:
    return f"{_cluster(request.config)}/{request.type}/{identifier}"


def _complete_name(inputs: Object, olds: Object, logical: str, naming: Naming) -> list[Failure]:
    metadata = inputs.get("metadata", {})
    if not isinstance(metadata, dict) or "name" in metadata or "generateName" in metadata:
        return []
    if naming.disabled:
        return [Failure("metadata.name", "automatic naming is disabled (pulumi:autonaming): give a name")]
    before = dig(olds, "metadata", "name")
    source = random.Random(naming.seed or None)  # noqa: S311 - a name, not a secret
    made = naming.proposed or f"{logical}-{source.getrandbits(4 * SUFFIX_DIGITS):0{SUFFIX_DIGITS}x}"
    annotations = {**metadata.get("annotations", {}), AUTONAMED: "true"}
    inputs["metadata"] = {**metadata, "name": before or made, "annotations": annotations}
    return []


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
        outputs["metadata"].setdefault("namespace", _namespace(request.config))
    texts = entry.inputs.get("stringData")
    if texts and not has_unknown(texts):
        encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in texts.items()}
        outputs["data"] = {**entry.inputs.get("data", {}), **encoded}
    return outputs
