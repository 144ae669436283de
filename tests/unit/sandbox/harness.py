"""Azure in this process: the provider over a store in a temporary folder, called without gRPC."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.azure.paths import path_of
from sandbox.azure.provider import AzureNative
from sandbox.azure.tenant import SUBSCRIPTION_ID, TENANT_ID
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.faults import Faults
from sandbox.store import Entry, Store

SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
PLACE = "westeurope"
TENANT = TENANT_ID
Object = dict[str, Any]


class Azure:
    """A small Azure with one resource group, `rg`."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "azure.sqlite")
        self.provider = AzureNative(self.store, Faults(folder / "faults.json", "azure-native", self.store))
        self.make("resources:ResourceGroup", {"resourceGroupName": "rg"})

    def check(
        self, kind: str, inputs: Object, olds: Object | None = None, naming: Naming | None = None
    ) -> list[Failure]:
        return self.checked(kind, inputs, olds, naming)[1]

    def checked(
        self, kind: str, inputs: Object, olds: Object | None = None, naming: Naming | None = None
    ) -> tuple[Object, list[Failure]]:
        return self.provider.check(request(kind), _complete(kind, inputs), olds or {}, naming or Naming(seed=b"seed"))

    def make(self, kind: str, inputs: Object, fault: str | None = None) -> str:
        """Check and create; the id. Raises what the provider raises."""
        values, failures = self.checked(kind, inputs)
        assert not failures, failures
        made, _ = self.provider.create(request(kind), values, fault)
        self.provider.answered(request(kind), made)
        return made

    def change(self, kind: str, identifier: str, **new: Any) -> Object:
        """Check and update with some inputs changed; the outputs."""
        old = self.entry(identifier).inputs
        values, failures = self.checked(kind, {**old, **new}, old)
        assert not failures, failures
        return self.provider.update(request(kind), identifier, old, values, None)

    def diff(self, kind: str, old: Object, new: Object) -> Verdict:
        return self.provider.diff(request(kind), _complete(kind, old), _complete(kind, new))

    def delete(self, kind: str, identifier: str) -> None:
        self.provider.delete(request(kind), identifier)

    def entry(self, identifier: str) -> Entry:
        entry = self.store.get(identifier)
        assert entry is not None
        return entry

    def outputs(self, identifier: str) -> Object:
        return self.entry(identifier).outputs


def request(kind: str) -> Request:
    return Request(f"azure-native:{kind}", "logical", {"location": PLACE})


def _complete(kind: str, inputs: Object) -> Object:
    path = path_of(f"azure-native:{kind}", ("resourceGroupName",))
    return {"resourceGroupName": "rg", **inputs} if "resourceGroupName" in path.parameters else dict(inputs)


def changed(inputs: Object, path: str, value: object) -> Object:
    """A deep copy with one property set (or removed, with `...`)."""
    result = copy.deepcopy(inputs)
    node: Any = result
    steps: list[Any] = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps[:-1]:
        node = node[step]
    if value is ...:
        del node[steps[-1]]
    else:
        node[steps[-1]] = value
    return result


def refused(code: str, action: Callable[[], object]) -> None:
    """What is done ends in an error that says so."""
    with pytest.raises(ProviderError, match=re.escape(code)):
        action()


def tried(azure: Azure, code: str, kind: str, inputs: Object) -> None:
    """Made if there is no code, else refused with it."""
    if code:
        refused(code, lambda: azure.make(kind, inputs))
    else:
        assert azure.store.exists(azure.make(kind, inputs))
