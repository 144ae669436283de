"""The stand-in for `azure-native`: checks, names, compares, and keeps what ARM would keep."""

import functools
import importlib
import pkgutil
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.azure import answers as answer_modules
from sandbox.azure import immutable, invokes, naming, outputs, paths, rulebook
from sandbox.azure import rules as rule_modules
from sandbox.azure.rules.defender import ALWAYS_THERE
from sandbox.azure.tenant import SUBSCRIPTION_ID
from sandbox.azure.world import World
from sandbox.cluster.clusters import Clusters
from sandbox.provider.compare import changes, is_at_or_below, same_text_or_set
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure, PartialFailure, ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.sdk import Package, ResourceType
from sandbox.provider.validate import check_inputs, did_you_mean
from sandbox.provider.values import Object
from sandbox.store import Entry, Store

SECONDS_A_MINUTE: Final = 60
CONFIG_KEYS: Final = frozenset(
    {
        "location", "subscriptionId", "tenantId", "clientId", "clientSecret", "environment", "useMsi", "useOidc",
        "msiEndpoint", "auxiliaryTenantIds", "disablePulumiPartnerId", "partnerId", "metadataHost", "oidcToken",
        "oidcRequestToken", "oidcRequestUrl", "clientCertificatePath", "clientCertificatePassword", "version",
        "pluginDownloadURL", "useDefaultAzureCredential", "oidcAudience", "oidcTokenFilePath",
    }
)  # fmt: skip

for _package in (answer_modules, rule_modules):
    for _module in pkgutil.iter_modules(_package.__path__):
        importlib.import_module(f"{_package.__name__}.{_module.name}")


@functools.cache
def durations() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("durations.yaml").read_text(encoding="utf-8"))
    return table


class AzureNative:
    """Azure Resource Manager, as far as it can catch a mistake."""

    package = "azure-native"

    def __init__(self, store: Store, faults: Faults, latency: float = 0.0, clusters: Clusters | None = None) -> None:
        self.faults = faults
        self.world = World(store, clusters)
        self._store = store
        self._latency = latency
        self._sdk = Package("pulumi_azure_native")
        self.version = self._sdk.version

    def check_config(self, inputs: Object) -> list[Failure]:
        return [
            Failure(key, f"unknown provider setting{did_you_mean(key, sorted(CONFIG_KEYS))}")
            for key in inputs
            if key not in CONFIG_KEYS
        ]

    def moves(self, old: Object, new: Object) -> list[str]:
        return []

    def check(self, request: Request, inputs: Object, olds: Object, naming_: Naming) -> tuple[Object, list[Failure]]:
        resource, path = self._type(request.type)
        checked = dict(inputs)
        failures = naming.complete(path, checked, olds, request.name, naming_)
        if "location" in resource.inputs and "location" not in checked:
            place = request.config.get("location") or self._group_location(checked, request)
            if place:
                checked["location"] = place
        failures += check_inputs(checked, resource.inputs)
        failures += naming.findings(path, checked)
        if not failures:
            failures += rulebook.static_findings(request.type, checked)
        return checked, failures

    def diff(self, request: Request, old: Object, new: Object) -> Verdict:
        _, path = self._type(request.type)
        found = changes(old, new, _same)
        fixed = immutable.fixed_properties(request.type, path.parameters)
        replaces = frozenset(where for where, _ in found if is_at_or_below(where, fixed))
        # ARM names cannot be held twice: unless the name itself changes, the old resource has to go first.
        own = path.name_parameter
        renamed = any(where in path.parameters for where in replaces) if own else False
        return Verdict(found, replaces, delete_before_replace=bool(replaces) and not renamed)

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        return outputs.preview(self._type(request.type)[0], inputs, olds)

    def physical_name(self, request: Request, inputs: Object, identifier: str) -> str:
        if identifier:
            return paths.name_of(identifier)
        parameter = self._type(request.type)[1].name_parameter
        return str(inputs.get(parameter or "", request.name))

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        resource, path = self._type(request.type)
        identifier = path.identifier(inputs, request.config.get("subscriptionId") or SUBSCRIPTION_ID)
        with rulebook.busy(request.type, inputs, identifier), self._store.transaction():
            existing = self.world.get(identifier)
            # A create that was killed before its answer is made again, as PUT is: the engine knows nothing of it.
            known = self._store.is_known(identifier) or not self._store.exists(identifier)
            if existing is not None and known and request.type not in ALWAYS_THERE:
                raise ProviderError("", f"cannot create already existing resource '{existing.id}'")
            change = rulebook.Change(self.world, request.type, identifier, inputs, None)
            rulebook.refuse_change(change)
            entry = Entry(identifier, request.type, inputs)
            entry.outputs = outputs.known(resource, entry, self.world)
            if fault:
                _mark_failed(entry)
            self._store.put(entry, answered=bool(fault))
            rulebook.take_effect(change)
        if fault:
            raise PartialFailure(identifier, inputs, entry.outputs, [fault])
        self._changed(entry)
        return identifier, entry.outputs

    def answered(self, request: Request, identifier: str) -> None:
        self._store.confirm(identifier)

    def read(self, request: Request, identifier: str, inputs: Object, state: Object) -> tuple[Object, Object] | None:
        entry = self.world.get(identifier)
        if entry is None:
            return None
        self._store.confirm(identifier)
        _, path = self._type(request.type)
        # An import knows the id only: what the id says goes with what is stored.
        return entry.outputs, {**path.parse(identifier), **inputs_as_stored(entry.inputs, inputs)}

    def update(self, request: Request, identifier: str, old: Object, new: Object, fault: str | None) -> Object:
        resource, _ = self._type(request.type)
        with rulebook.busy(request.type, new, identifier), self._store.transaction():
            entry = self._store.get(identifier)
            if entry is None:
                raise ProviderError("ResourceNotFound", f"the resource '{identifier}' was not found: run a refresh")
            rulebook.refuse_change(rulebook.Change(self.world, request.type, identifier, new, entry.inputs))
            entry.inputs = new
            entry.outputs = outputs.known(resource, entry, self.world)
            if fault:
                _mark_failed(entry)
            self._store.put(entry)
        if fault:
            raise PartialFailure(identifier, new, entry.outputs, [fault])
        self._changed(entry)
        return entry.outputs

    def delete(self, request: Request, identifier: str) -> None:
        with self._store.transaction():
            entry = self._store.get(identifier)
            if entry is None:
                return
            rulebook.refuse_deletion(self.world, entry.type, identifier)
            children = self._store.below(identifier)
            for child in children:
                rulebook.refuse_deletion(self.world, child.type, child.id)
                self._store.delete(child.id)
            self._store.delete(identifier)
        invokes.forget_clusters(self.world, [entry, *children])
        self._changed(entry)

    def _changed(self, entry: Entry) -> None:
        """What follows outside the store from a change in it."""
        if entry.type == invokes.AGENT_POOL:
            invokes.bring_nodes(self.world, entry.id)

    def invoke(self, token: str, arguments: Object, config: Mapping[str, str]) -> Object:
        return invokes.invoke(self.world, self._sdk, token, arguments, config.get("subscriptionId") or SUBSCRIPTION_ID)

    def duration_seconds(self, request: Request, operation: str) -> float:
        if not self._latency:
            return 0.0
        table = durations()
        row = table["types"].get(request.type.partition(":")[2], table["default"])
        return float(row[operation]) * SECONDS_A_MINUTE * self._latency

    def _type(self, token: str) -> tuple[ResourceType, paths.ArmPath]:
        # Tokens may carry an API version: azure-native:storage/v20240101:StorageAccount
        plain = re.sub(r"/v\d{8}(preview)?:", ":", token)
        resource = self._sdk.resource(plain)
        if resource is None:
            raise ProviderError("", f"{token} is not a resource of pulumi-azure-native {self.version}")
        return resource, paths.path_of(plain, tuple(resource.inputs))

    def _group_location(self, inputs: Object, request: Request) -> str | None:
        """Like the real provider: without a configured location, that of the resource group, if it exists."""
        name = inputs.get("resourceGroupName")
        if not isinstance(name, str):
            return None
        subscription = request.config.get("subscriptionId") or SUBSCRIPTION_ID
        group = self.world.get(f"/subscriptions/{subscription}/resourceGroups/{name}")
        return str(group.inputs["location"]) if group and "location" in group.inputs else None


def inputs_as_stored(stored: Object, known: Object) -> Object:
    """The stored inputs; where the stack's own spelling says the same, the stack's."""
    spelled = {key: value for key, value in known.items() if key in stored and _same(key, value, stored[key])}
    return stored | spelled


def _mark_failed(entry: Entry) -> None:
    if "provisioningState" in entry.outputs:
        entry.outputs["provisioningState"] = "Failed"


def _same(path: str, old: Any, new: Any) -> bool:
    if path == "location" and isinstance(old, str) and isinstance(new, str):
        return old.lower().replace(" ", "") == new.lower().replace(" ", "")
    return same_text_or_set(path, old, new)
