"""Writes the flat programs that a deployment is compared with: the SDK's classes, and bare resources as the limit."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

from benchmarks.recording import Recorded

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
AZURE_ID = re.compile(r"/subscriptions/[\w.()/-]+")


class _Program:
    """Source text of one program, with references between resources as the outputs they are."""

    def __init__(self, resources: list[Recorded]) -> None:
        self.resources = resources
        self.variables = {resource.resource_id: f"r{index}" for index, resource in enumerate(resources)}
        self.groups = {
            resource.inputs["resourceGroupName"]: self.variables[resource.resource_id]
            for resource in resources
            if resource.type_token == RESOURCE_GROUP
        }

    def value(self, value: Any, declared: set[str]) -> str:
        """Source of a value; ids of resources declared above become outputs."""
        if isinstance(value, dict):
            items = (f"{key!r}: {self.value(item, declared)}" for key, item in value.items())
            return "{" + ", ".join(items) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(self.value(item, declared) for item in value) + "]"
        if isinstance(value, str):
            for identity in _ids_in(value):
                if self.variables.get(identity) in declared:
                    return self.reference(value, identity)
        return repr(value)

    def reference(self, value: str, identity: str) -> str:
        """Source of a text that is, or holds, the id of a resource."""
        output = f"{self.variables[identity]}.id"
        if value == identity:
            return output
        head, tail = value.split(identity, 1)
        return f"pulumi.Output.concat({head!r}, {output}, {tail!r})"

    def argument(self, key: str, value: Any, declared: set[str]) -> str:
        """Source of an argument; the resource group's name is taken from the group."""
        if key == "resourceGroupName" and self.groups.get(value) in declared:
            return f"{self.groups[value]}.name"
        return self.value(value, declared)


def _ids_in(text: str) -> Iterator[str]:
    """What may be an id of Azure's in a text: longest first, so that a subnet's network is not taken for the subnet."""
    for found in AZURE_ID.findall(text):
        parts = found.split("/")
        yield from ("/".join(parts[:length]) for length in range(len(parts), 2, -1))


def typed_program(resources: list[Recorded]) -> str:
    """The same resources with the SDK's classes, one after the other, as a user would write them by hand."""
    program, declared, imports, body = _Program(resources), set[str](), set[str](), list[str]()
    for resource in resources:
        path, cls = _class_of(resource.type_token)
        imports.add(f"import {path}")
        parameters = _parameters(path, cls)
        arguments = ", ".join(
            f"{parameters[key.lower()]}={program.argument(key, value, declared)}"
            for key, value in resource.inputs.items()
            if key.lower() in parameters
        )
        variable = program.variables[resource.resource_id]
        body.append(f"{variable} = {path}.{cls}({resource.name!r}, {arguments})")
        declared.add(variable)
    return "\n".join(["import pulumi", *sorted(imports), *body, ""])


def bare_program(resources: list[Recorded]) -> str:
    """The same resources as bare `CustomResource`s: the least that the Python SDK of Pulumi can do."""
    program, declared, body = _Program(resources), set[str](), list[str]()
    for resource in resources:
        inputs = ", ".join(f"{key!r}: {program.value(value, declared)}" for key, value in resource.inputs.items())
        variable = program.variables[resource.resource_id]
        body.append(f"{variable} = pulumi.CustomResource({resource.type_token!r}, {resource.name!r}, {{{inputs}}})")
        declared.add(variable)
    return "\n".join(["import pulumi", *body, ""])


def _class_of(type_token: str) -> tuple[str, str]:
    """Module and name of the SDK's class of a type."""
    package, module, cls = type_token.split(":")
    group, _, version = module.partition("/")
    if package != "kubernetes":
        path = f"pulumi_{package.replace('-', '_')}.{group.replace('.', '_')}"
        return path.replace(".index", ""), cls
    # Groups of Kubernetes' own are called so, or end in k8s.io; the SDK's modules have their first part.
    if ("." in group and not group.endswith(".k8s.io")) or ".x-k8s.io" in group:
        return "pulumi_kubernetes.apiextensions", "CustomResource"
    return f"pulumi_kubernetes.{group.partition('.')[0]}.{version}", cls


def _parameters(path: str, cls: str) -> dict[str, str]:
    """Argument of the class by the lower-case name of its property."""
    found = getattr(importlib.import_module(path), cls)
    signature = inspect.signature(getattr(found, "_internal_init", found.__init__))
    return {name.replace("_", ""): name for name in signature.parameters if name not in {"resource_name", "opts"}}
