"""The types of an installed Pulumi SDK package, by introspection: the only schema the stand-ins have.

Input classes carry their wire names and types; what has no default in `__init__` is required. Everything is found on
first use and kept.
"""

import collections.abc
import functools
import importlib
import inspect
import threading
import types
import typing
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from typing import Any

import pulumi
from pulumi import _types as pulumi_types


@dataclass(frozen=True, slots=True)
class Node:
    """The type of one value: `string`, `integer`, `number`, `boolean`, `any`, `list`, `map`, `object`, `enum`, `union`.

    `item` is the member type of a list or map, `cls` the SDK's class of an object, `values` the words of an enum,
    `members` the alternatives of a union.
    """

    kind: str
    item: "Node | None" = None
    cls: type | None = None
    values: tuple[Any, ...] = ()
    members: tuple["Node", ...] = ()


IMPORTING = threading.Lock()
ANY = Node("any")
_SCALARS = {str: Node("string"), int: Node("integer"), float: Node("number"), bool: Node("boolean"), Any: ANY}


@dataclass(frozen=True, slots=True)
class Field:
    """One input property: its type and whether it must be given."""

    node: Node
    required: bool


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A resource of an SDK: its token and class, the inputs it takes and the outputs it has."""

    token: str
    cls: type
    inputs: dict[str, Field]
    outputs: dict[str, Node]


# The specification lists samples: data collection takes Custom-* streams and those of extensions, such as
# Microsoft-ContainerLogV2 (learn.microsoft.com azure/azure-monitor/data-collection/data-collection-rule-structure).
# Its sizes of virtual machines are old ones only; the SDK says itself that the list is no longer kept.
SAMPLE_ENUMS = frozenset(
    {
        "KnownDataFlowStreams",
        "KnownExtensionDataSourceStreams",
        "KnownPrometheusForwarderDataSourceStreams",
        "VirtualMachineSizeTypes",
    }
)

# Two enums of the specification have one name, and the SDK's class has the words of one alone: these are the other's
# (learn.microsoft.com rest/api/monitor/scheduled-query-rules: conditionOperator).
MERGED_ENUMS = {
    "ConditionOperator": ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"),
}


@functools.cache
def node_of(annotation: Any) -> Node:
    """The `Node` of a Python annotation as the SDKs write them."""
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return _union([arg for arg in args if not _is_plumbing(arg)])
    if origin in (list, collections.abc.Sequence):
        return Node("list", item=node_of(args[0]))
    if origin in (dict, collections.abc.Mapping):
        return Node("map", item=node_of(args[1]))
    return _class(annotation) if inspect.isclass(annotation) else ANY


def _class(cls: type) -> Node:
    if issubclass(cls, Enum):
        if cls.__name__ in SAMPLE_ENUMS:
            return _SCALARS[str]
        return Node("enum", values=(*MERGED_ENUMS.get(cls.__name__, ()), *(member.value for member in cls)))
    is_object = pulumi_types.is_input_type(cls) or pulumi_types.is_output_type(cls)
    return Node("object", cls=cls) if is_object else ANY


def _is_plumbing(arg: Any) -> bool:
    """`None`, the `Awaitable` and `Output` that every `Input` carries, and the dict twins of input classes."""
    if arg is type(None) or typing.is_typeddict(arg) or isinstance(arg, typing.ForwardRef):
        return True
    origin = typing.get_origin(arg)
    return arg is pulumi.Output or origin in (pulumi.Output, collections.abc.Awaitable)


def _union(args: list[Any]) -> Node:
    nodes = tuple(dict.fromkeys(node_of(arg) for arg in args))
    enums = [node for node in nodes if node.kind == "enum"]
    if enums:
        return enums[0]  # `Union[str, Enum]` is an open enum; services refuse nearly all other words
    if not nodes or any(node.kind == "any" for node in nodes):
        return ANY
    return nodes[0] if len(nodes) == 1 else Node("union", members=nodes)


@functools.cache
def fields_of(cls: type) -> dict[str, Field]:
    """The properties of an input class, by wire name."""
    names = pulumi_types.input_type_py_to_pulumi_names(cls)
    parameters = inspect.signature(cls.__init__).parameters  # type: ignore[misc]
    required = {
        names.get(name, name)
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and name not in ("__self__", "self")
    }
    annotations = pulumi_types.input_type_types(cls)
    return {name: Field(node_of(annotation), name in required) for name, annotation in annotations.items()}


@functools.cache
def outputs_of(cls: type) -> dict[str, Node]:
    """The properties of an output class, by wire name."""
    return {name: node_of(annotation) for name, annotation in pulumi_types.output_type_types(cls).items()}


class Package:
    """An installed SDK package, e.g. `pulumi_azure_native` for tokens `azure-native:module:Name`."""

    def __init__(self, module: str) -> None:
        self._module = module
        self.version = _version(module)

    @functools.cache  # noqa: B019 - one per process, kept to its end
    def resource(self, token: str) -> ResourceType | None:
        """The resource of a token, or None if this SDK has none."""
        # The SDK's modules load at the first look at an attribute; a second thread that looks meanwhile may see a
        # module that is half there (importlib.util.LazyLoader of Python 3.11).
        with IMPORTING:
            return self._load(token)

    def _load(self, token: str) -> ResourceType | None:
        _, module, name = token.split(":")
        # Tokens of kubernetes and random carry a path such as core/v1 or index/randomPassword.
        parts = [part.replace("-", "").replace(".", "_") for part in module.split("/")]
        for path in (".".join(parts), parts[0], ""):
            try:
                found = importlib.import_module(f"{self._module}.{path}".rstrip("."))
            except ModuleNotFoundError:
                continue
            cls: Any = getattr(found, name, None)
            args: Any = getattr(found, f"{name}InitArgs", None) or getattr(found, f"{name}Args", None)
            if inspect.isclass(cls) and inspect.isclass(args):
                outputs = {key: node_of(kind) for key, kind in pulumi_types.resource_types(cls).items()}
                return ResourceType(token, cls, fields_of(typing.cast(Any, args)), outputs)
        return None


def _version(module: str) -> str:
    return metadata.version(module.replace("_", "-"))
