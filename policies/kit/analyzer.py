"""The SDK's server of policies, asking of each resource only the policies about its type.

The SDK (pulumi-policy 1.21, policy.py `Analyze`, `AnalyzeStack`) reads the properties of every resource anew for every
policy, before it asks the policy: the time of a pack grows with its policies times its resources. And it gives all
violations of a policy one level: those that an exception covers become advisory here.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Sequence
from typing import Any

import pulumi_policy.policy as sdk
from pulumi.runtime import proto
from pulumi_policy import ResourceValidationPolicy, StackValidationPolicy

from policies.kit.tokens import canonical

_POLICIES = "_PolicyAnalyzerServicer__policies"
_Server: Any = sdk._PolicyAnalyzerServicer
# Only this process knows it: no text of a resource can pass a violation off as excepted.
_EXCEPTED = f"[{secrets.token_hex(16)}] "


def as_excepted(message: str) -> str:
    """The message of a violation that is to be advisory, whatever the level of its policy."""
    return _EXCEPTED + message


class TypedPolicy(ResourceValidationPolicy):
    """A policy about resources of these canonical types; about all of them when there are none."""

    def __init__(self, types: frozenset[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.types = types


class TypedStackPolicy(StackValidationPolicy):
    """A policy that looks at resources of these canonical types; at all of them when there are none."""

    def __init__(self, types: frozenset[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.types = types


class TypedAnalyzer(_Server):  # type: ignore[misc]  # the SDK gives its class no types
    """Answers for a pack as the SDK does, but shows a policy only resources of its types."""

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        token = canonical(request.type)
        concerned = [each for each in getattr(self, _POLICIES) if _is_about(each, token)]
        return _without_excepted(_Server.Analyze(self.__with(concerned), request, context))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        response = proto.AnalyzeResponse()
        tokens = [canonical(resource.type) for resource in request.resources]
        for policy in getattr(self, _POLICIES):
            if isinstance(policy, StackValidationPolicy):
                shown = [
                    each for each, token in zip(request.resources, tokens, strict=True) if _is_about(policy, token)
                ]
                part = proto.AnalyzeStackRequest(resources=shown)
                response.MergeFrom(_Server.AnalyzeStack(self.__with([policy]), part, context))
        return _without_excepted(response)

    def __with(self, policies: Sequence[Any]) -> Any:
        # Requests come at the same time: each gets a copy of its own, with the configuration of the moment.
        narrowed = copy.copy(self)
        setattr(narrowed, _POLICIES, policies)
        return narrowed


def _is_about(policy: object, token: str) -> bool:
    if isinstance(policy, TypedPolicy | TypedStackPolicy):
        return not policy.types or token in policy.types
    return True


def _without_excepted(response: Any) -> Any:
    """The answer, in which violations that were reported as excepted are advisory."""
    for diagnostic in response.diagnostics:
        if _EXCEPTED in diagnostic.message:
            diagnostic.message = diagnostic.message.replace(_EXCEPTED, "")
            diagnostic.enforcementLevel = proto.ADVISORY
    return response


def install() -> None:
    """Makes every pack that starts in this process from now on use it."""
    sdk._PolicyAnalyzerServicer = TypedAnalyzer  # type: ignore[misc]
