"""What the engine sends about resources, read once for all policies.

The SDK (pulumi-policy 1.21, policy.py `Analyze`, `AnalyzeStack`) reads a resource anew for every policy that it asks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from google.protobuf import struct_pb2
from pulumi_policy import PolicyResource
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy


def properties_of(message: struct_pb2.Struct) -> Mapping[str, Any]:
    """Properties as the SDK shows them to a policy: secrets open, what is not yet known raising when it is read."""
    return unknown_checking_proxy(deserialize_properties(_members(message)))


def resources_of(server: Any, messages: Collection[Any]) -> list[PolicyResource]:
    """The resources of a stack as the SDK shows them to a policy, with those that their properties were computed from.

    Args:
        server: the SDK's server of policies.
        messages: what the engine sends about each resource.
    """
    by_urn = {
        each.urn: PolicyResource(
            each.type,
            properties_of(each.properties),
            each.urn,
            each.name,
            server._get_resource_options(each),
            None,
            None,
            [],
            {},
        )
        for each in messages
    }
    for each in messages:
        dependencies = by_urn[each.urn].property_dependencies
        for name, sources in each.propertyDependencies.items():
            dependencies[name] = [by_urn[urn] for urn in sources.urns if urn in by_urn]
    return list(by_urn.values())


def _members(message: struct_pb2.Struct) -> dict[str, Any]:
    return {name: _plain(value) for name, value in message.fields.items()}


def _plain(value: struct_pb2.Value) -> Any:
    """As json_format.MessageToDict does, which asks of every value first whether it is one."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "struct_value":
        return _members(value.struct_value)
    if kind == "list_value":
        return [_plain(element) for element in value.list_value.values]
    if kind == "bool_value":
        return value.bool_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    return None
