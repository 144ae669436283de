"""What the installed Azure SDK has for a type token."""

from __future__ import annotations

import importlib
from typing import Any

import pulumi
from pulumi._types import input_type_py_to_pulumi_names


def sdk_class(token: str) -> type[pulumi.CustomResource]:
    """The class of a type such as `azure-native:keyvault:Vault`; AssertionError where there is none."""
    package, module, name = token.split(":")
    assert package == "azure-native", token
    found = getattr(importlib.import_module(f"pulumi_azure_native.{module}"), name, None)
    assert isinstance(found, type), token
    assert issubclass(found, pulumi.CustomResource), token
    return found


def input_names(token: str) -> set[str]:
    """Names of a type's inputs, as the engine sees them."""
    class_ = sdk_class(token)
    args: Any = getattr(importlib.import_module(class_.__module__), f"{class_.__name__}Args")
    return set(input_type_py_to_pulumi_names(args).values())
