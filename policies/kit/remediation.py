"""Puts resources right for the engine: the answer to its question, and the finding that says what was changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import ResourceValidationArgs
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.proxy import unknown_checking_proxy

from policies.kit.remedy import applied
from policies.kit.rule import Change

REMEDIED = "the pack has set"
"""How the message begins of what a remediation has changed."""
Remedy = Callable[[ResourceValidationArgs], Sequence[Change]]
"""What a policy changes in a resource."""


def remediate(server: Any, policies: Sequence[Any], request: Any, pack: tuple[str, str]) -> tuple[Any, list[Any]]:
    """What policies change in a resource: each works on what the one before has left.

    The engine tells nobody but a terminal of it; as an advisory finding it is in every report.

    Args:
        server: the SDK's server of policies.
        policies: those that have a remedy and are to use it.
        request: the engine's, about one resource.
        pack: name and version of the pack.

    Returns:
        The answer, and the findings.
    """
    response, findings = proto.RemediateResponse(), []
    properties = json_format.MessageToDict(request.properties)
    for policy in policies:
        properties, made = applied(properties, policy.remedy(_arguments(server, policy, properties, request)))
        if not made:
            continue
        about = {
            "policyName": policy.name,
            "policyPackName": pack[0],
            "policyPackVersion": pack[1],
            "description": policy.description,
        }
        changed = json_format.ParseDict(properties, struct_pb2.Struct())
        response.remediations.append(proto.Remediation(**about, properties=changed))
        places = ", ".join(change.place for change in made)
        message = f"{policy.description}\n{REMEDIED} {places}; the program does not"
        findings.append(
            proto.AnalyzeDiagnostic(**about, message=message, urn=request.urn, enforcementLevel=proto.ADVISORY)
        )
    return response, findings


def _arguments(server: Any, policy: Any, properties: Any, request: Any) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        request.type,
        unknown_checking_proxy(deserialize_properties(properties)),
        request.urn,
        request.name,
        server._get_resource_options(request),
        server._get_provider_resource(request),
        server._get_policy_config(policy.name),
    )
