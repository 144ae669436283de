"""The SDK's server of policies, asking of each resource only the policies about its type.

The SDK (pulumi-policy 1.21, policy.py `Analyze`) reads the properties of a resource anew for every policy, before it
asks the policy: the time of a pack grows with its policies times its resources.
"""

from __future__ import annotations

import copy
from typing import Any

import pulumi_policy.policy as sdk
from pulumi_policy import ResourceValidationPolicy

from policies.kit.tokens import canonical

_POLICIES = "_PolicyAnalyzerServicer__policies"
_Server: Any = sdk._PolicyAnalyzerServicer


class TypedPolicy(ResourceValidationPolicy):
    """A policy about resources of these canonical types; about all of them when there are none."""

    def __init__(self, types: frozenset[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.types = types


class TypedAnalyzer(_Server):  # type: ignore[misc]  # the SDK gives its class no types
    """Answers for a pack as the SDK does, but asks no policy about a resource of another type."""

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        token = canonical(request.type)
        # Requests come at the same time: each gets a copy of its own, with the configuration of the moment.
        narrowed = copy.copy(self)
        concerned = [each for each in getattr(self, _POLICIES) if _is_about(each, token)]
        setattr(narrowed, _POLICIES, concerned)
        return _Server.Analyze(narrowed, request, context)


def _is_about(policy: object, token: str) -> bool:
    return not isinstance(policy, TypedPolicy) or not policy.types or token in policy.types


def install() -> None:
    """Makes every pack that starts in this process from now on use it."""
    sdk._PolicyAnalyzerServicer = TypedAnalyzer  # type: ignore[misc]
