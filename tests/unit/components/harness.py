"""Declares components without an engine, and shows what they would register.

Beside types, names and inputs this records the options that the SDK's own mocks hide: protection, ignored changes,
parents and dependencies.
"""

from __future__ import annotations

import contextvars
import importlib.util
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pulumi
from google.protobuf import json_format
from pulumi.runtime import get_root_resource, mocks, rpc
from pulumi.runtime.stack import Stack
from pulumi.runtime.sync_await import _ensure_event_loop

from components.base import Placement
from components.customer_key import CustomerKey
from components.private_link import PrivateLink
from stacks.sdk_aliases import drop_sdk_type_aliases
from tests.unit.components.mocked_azure import RESOURCE_GROUP, SUBSCRIPTION_ID, MockedAzure, arm_id, id_of, in_clear

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One resource as it was registered. `depends_on` and `parent` are Pulumi names; `secrets` are the top-level inputs
    with a secret in them; `inputs` shows secrets in clear; `aliases` are the types, or else the names, it once had;
    `outputs` are what Azure, as the tests make it, answers; `uses` are the URNs that each input was computed from."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    secrets: frozenset[str]
    protect: bool
    ignore_changes: tuple[str, ...]
    delete_before_replace: bool
    depends_on: frozenset[str]
    parent: str
    aliases: tuple[str, ...]
    urn: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    uses: Mapping[str, frozenset[str]] = field(default_factory=dict)


def placement(location: str = "westeurope", *, data_protected: bool = True) -> Placement:
    """A placement in the group of the tests, with tags and a workspace."""
    return Placement(
        subscription_id=SUBSCRIPTION_ID,
        resource_group_name=RESOURCE_GROUP,
        location=location,
        tags={"environment": "test", "owner": "finance-platform"},
        log_workspace_id=arm_id("Microsoft.OperationalInsights/workspaces", "log-erp-test-weu"),
        data_protected=data_protected,
    )


def private_link(*zones: str) -> PrivateLink:
    """A subnet for endpoints, and zones of these names."""
    subnets = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu") + "/subnets"
    return PrivateLink(
        subnet_id=f"{subnets}/snet-endpoints",
        location="westeurope",
        zone_ids={zone: arm_id("Microsoft.Network/privateDnsZones", zone) for zone in zones},
    )


def customer_key(purpose: str) -> CustomerKey:
    """A key and identity of that name."""
    vault_uri = "https://kv-erp-test-weu.vault.azure.net/"
    return CustomerKey(
        vault_id=arm_id("Microsoft.KeyVault/vaults", "kv-erp-test-weu"),
        vault_uri=vault_uri,
        key_name=purpose,
        key_uri=f"{vault_uri}keys/{purpose}",
        versioned_key_uri=f"{vault_uri}keys/{purpose}/{id_of(purpose, 'version').hex}",
        identity_id=arm_id("Microsoft.ManagedIdentity/userAssignedIdentities", f"id-{purpose}"),
        identity_client_id=str(id_of(purpose, "client")),
        identity_principal_id=str(id_of(purpose, "principal")),
    )


@dataclass(frozen=True, kw_only=True)
class DeclaredStack:
    """What a program declares, and what it exports, resolved."""

    resources: list[Declared]
    exports: Mapping[str, Any]


def declare(make: Callable[[], object]) -> list[Declared]:
    """Runs `make` and returns all resources it declares, components included, in the order of registration.

    Raises whatever `make`, or an output that it leads to, raises; and AssertionError if two resources share a URN.
    """
    return _run(_without_sdk_type_aliases(make))[0]


def resolve(
    make: Callable[[], Mapping[str, pulumi.Input[Any]]], azure: mocks.Mocks | None = None, *, preview: bool = False
) -> dict[str, Any]:
    """Runs `make`, against Azure as these mocks make it, and returns what its outputs resolve to."""
    return _run(_without_sdk_type_aliases(make), azure=azure, preview=preview)[1]


def waits_for(make: Callable[[], pulumi.Input[Any]]) -> set[str]:
    """Pulumi names of the resources that an output of what is made waits for."""

    async def resources(value: pulumi.Output[Any]) -> set[str]:
        return {resource._name for resource in await value.resources()}

    def outputs() -> Mapping[str, pulumi.Input[Any]]:
        value = make()
        assert isinstance(value, pulumi.Output)
        return {"found": pulumi.Output.from_input(resources(value))}

    found: set[str] = resolve(outputs)["found"]
    return found


def declare_stack(program: Callable[[], object], stack: str = "test") -> DeclaredStack:
    """Runs a whole program, as the stack of that name."""

    def run() -> Mapping[str, Any]:
        program()
        root = get_root_resource()
        assert isinstance(root, Stack)
        return root.outputs

    resources, exports = _run(run, stack=stack)
    return DeclaredStack(resources=resources, exports=exports)


def one(declared: Iterable[Declared], type_: str, name: str | None = None) -> Declared:
    """The only resource of that type (`keyvault:Vault`), or of that type and name."""
    found = [each for each in of_type(declared, type_) if name in (None, each.name)]
    assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {[each.name for each in found]}"
    return found[0]


def of_type(declared: Iterable[Declared], type_: str) -> list[Declared]:
    """The azure-native resources of a type, e.g. `keyvault:Vault`."""
    return [each for each in declared if each.type == f"azure-native:{type_}"]


def names(declared: Iterable[Declared]) -> set[tuple[str, str]]:
    """Type and name of every resource that is not a component: the type without its package."""
    return {(each.type.partition(":")[2], each.name) for each in declared if not each.type.startswith("odoo-azure:")}


def arm_findings(declared: Iterable[Declared]) -> list[str]:
    """What Azure Resource Manager's types say against the resources; nothing where the types are not on the machine.

    The folder with them and their checker is named by ODOO_AZURE_ARM_TYPES, or is `shared/arm` beside the checkout.
    """
    beside = Path(__file__).resolve().parents[4] / "shared" / "arm"
    checker_path = Path(os.environ.get("ODOO_AZURE_ARM_TYPES", beside)) / "arm.py"
    if not checker_path.exists():
        return []
    spec = importlib.util.spec_from_file_location("arm_types", checker_path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arm = module.Arm()
    return [
        f"{each.type} {each.name}: {finding.path}: {finding.msg}"
        for each in declared
        if each.type.startswith("azure-native:")
        for finding in arm.check(each.type, dict(each.inputs))[1] or ()  # none of a type that it does not know
        if finding.level == "error"
    ]


def _without_sdk_type_aliases(make: Callable[[], _T]) -> Callable[[], _T]:
    """As programs are run unless their settings say otherwise, and several times as fast."""

    def run() -> _T:
        pulumi.runtime.register_stack_transformation(drop_sdk_type_aliases)
        return make()

    return run


def _run(
    make: Callable[[], object], *, stack: str = "test", azure: mocks.Mocks | None = None, preview: bool = False
) -> tuple[list[Declared], dict[str, Any]]:
    # In a context of its own, each run has a root of its own: transformations and exports of one do not reach the next.
    return contextvars.Context().run(_run_in_context, make, stack, azure or MockedAzure(), preview)


def _run_in_context(
    make: Callable[[], object], stack: str, azure: mocks.Mocks, preview: bool
) -> tuple[list[Declared], dict[str, Any]]:
    # asyncio.run(), in any test before this one, leaves the thread without a loop.
    _ensure_event_loop()  # type: ignore[no-untyped-call]  # the SDK leaves it so
    monitor = _Monitor(azure)
    mocks.set_mocks(azure, project="odoo-azure", stack=stack, preview=preview, monitor=monitor)
    resolved: dict[str, Any] = {}

    @mocks.test  # type: ignore[untyped-decorator]  # the SDK leaves it so
    def run() -> pulumi.Output[object] | None:
        made = make()
        if not isinstance(made, Mapping):
            return None
        return pulumi.Output.all(**made).apply(resolved.update)

    run()
    return monitor.declared, resolved


class _Monitor(mocks.MockMonitor):
    """Keeps each registration whole."""

    def __init__(self, azure: mocks.Mocks) -> None:
        super().__init__(azure)
        self.declared: list[Declared] = []
        self.__urns: set[str] = set()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 the name is the protocol's
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK leaves it so
        if request.type != "pulumi:pulumi:Stack":
            assert response.urn not in self.__urns, f"two resources are {response.urn}"
            self.__urns.add(response.urn)
            self.declared.append(_declared(request, response))
        return response


def _declared(request: Any, response: Any) -> Declared:
    raw = json_format.MessageToDict(request.object)
    outputs = json_format.MessageToDict(response.object)
    return Declared(
        type=request.type,
        name=request.name,
        inputs={key: in_clear(value) for key, value in raw.items()},
        secrets=frozenset(key for key, value in raw.items() if _has_secret(value)),
        protect=request.protect,
        ignore_changes=tuple(request.ignoreChanges),
        delete_before_replace=request.deleteBeforeReplace,
        depends_on=frozenset(_name_of(urn) for urn in request.dependencies),
        parent=_name_of(request.parent),
        aliases=tuple(alias.spec.type or alias.spec.name or alias.urn for alias in request.aliases),
        urn=response.urn,
        outputs={"id": response.id} | {key: in_clear(value) for key, value in outputs.items()},
        uses={name: frozenset(each.urns) for name, each in request.propertyDependencies.items() if each.urns},
    )


def _name_of(urn: str) -> str:
    return urn.rpartition("::")[2]


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        is_secret = value.get(rpc._special_sig_key) == rpc._special_secret_sig
        return is_secret or any(_has_secret(each) for each in value.values())
    return isinstance(value, list) and any(_has_secret(each) for each in value)
