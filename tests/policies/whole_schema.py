"""What the installed SDK says about an Azure input: whether it must be given, and which values it may have."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints

import pulumi
import pulumi_azure_native
from pulumi import _types


@dataclass(frozen=True)
class Input:
    """One input, at any depth.

    Args:
        required: whether the SDK refuses a resource without it.
        allowed: the values that it names; none where any text will do.
        below: the class of its members; None where the SDK gives them no types.
    """

    required: bool = False
    allowed: tuple[str, ...] = ()
    below: type | None = None

    def member(self, name: str) -> Input:
        """The input of this name below this one."""
        return _members(self.below).get(name, Input()) if self.below else Input()


def inputs_of(kind: str) -> Input:
    """All inputs of a type, such as `keyvault:Vault`; without members for one that is not azure-native's."""
    module_name, _, name = kind.partition(":")
    module = getattr(pulumi_azure_native, module_name, None)
    for candidate in (f"{name}Args", f"{name}InitArgs"):
        found = getattr(module, candidate, None)
        if isinstance(found, type):
            return Input(below=found)
    return Input()


@cache
def _members(arguments: type) -> Mapping[str, Input]:
    initialiser: Any = vars(arguments)["__init__"]
    # pulumi.Input is written in terms of these two, which the SDK's modules do not import.
    known = {**vars(sys.modules[arguments.__module__]), "Output": pulumi.Output, "T": Any}
    hints = get_type_hints(initialiser, known)
    names = _types.input_type_py_to_pulumi_names(arguments)
    return {
        names[parameter.name]: _input(hints[parameter.name], required=parameter.default is inspect.Parameter.empty)
        for parameter in inspect.signature(initialiser).parameters.values()
        if parameter.name in names
    }


def _input(hint: Any, *, required: bool) -> Input:
    classes = list(_classes(hint))
    allowed = tuple(str(each.value) for found in classes if issubclass(found, Enum) for each in found)
    below = next((found for found in classes if _types.is_input_type(found)), None)
    return Input(required=required, allowed=allowed, below=below)


def _classes(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for inner in get_args(hint):
        yield from _classes(inner)
