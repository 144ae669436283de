"""The SDK's server of policies, asking of each resource only the policies about its type, and reading it once.

The SDK (pulumi-policy 1.21, policy.py `Analyze`, `AnalyzeStack`) reads the properties of every resource anew for every
policy, before it asks the policy: the time of a pack grows with its policies times its resources. It gives all
violations of a policy one level: those that an exception covers become advisory here. And of each resource it says that
it passes every policy that does not find anything: here a policy about other types is not applicable to it, as the
engine's summary of a resource then says, too (pkg/resource/analyzer/summary.go).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pulumi_policy.policy as sdk
from pulumi.runtime import proto
from pulumi_policy import (
    EnforcementLevel,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies.kit.configuration import refuse_mistakes
from policies.kit.remediation import Remedy, remediate
from policies.kit.shown import properties_of, resources_of
from policies.kit.tokens import canonical

_POLICIES = "_PolicyAnalyzerServicer__policies"
_PACK_NAME = "_PolicyAnalyzerServicer__policy_pack_name"
_PACK_VERSION = "_PolicyAnalyzerServicer__policy_pack_version"
_Server: Any = sdk._PolicyAnalyzerServicer
# Only this process knows it: no text of a resource can pass a violation off as excepted.
_EXCEPTED = f"[{secrets.token_hex(16)}] "


def as_excepted(message: str) -> str:
    """The message of a violation that is to be advisory, whatever the level of its policy."""
    return _EXCEPTED + message


class TypedPolicy(ResourceValidationPolicy):
    """A policy about resources of these canonical types; about all of them when there are none."""

    def __init__(self, types: frozenset[str], remedy: Remedy | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.types = types
        self.remedy = remedy


class TypedStackPolicy(StackValidationPolicy):
    """A policy that looks at resources of these canonical types; at all of them when there are none."""

    def __init__(self, types: frozenset[str], **arguments: Any) -> None:
        super().__init__(**arguments)
        self.types = types


class TypedAnalyzer(_Server):  # type: ignore[misc]  # the SDK gives its class no types
    """Answers for a pack as the SDK does, but shows a policy only resources of its types."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.__remedied: dict[str, list[Any]] = {}
        self.__about: dict[str, list[TypedPolicy]] = {}
        self.__clean: dict[str, Any] = {}
        self.__no_remedies: Any = None

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        refuse_mistakes(self, getattr(self, _POLICIES), request, context)
        return super().Configure(request, context)

    def Analyze(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        token = canonical(request.type)
        response = proto.AnalyzeResponse()
        concerned = [each for each in self.__concerned(token) if self.__is_on(each)]
        if concerned:
            read = self.__reader(request)
            for policy in concerned:
                self.__ask(policy, read(policy), response)
        response.diagnostics.extend(self.__remedied.pop(request.urn, ()))
        if not response.diagnostics:
            return self.__without_findings(token)
        response.not_applicable.extend(self.__without_findings(token).not_applicable)
        return _without_excepted(response)

    def Remediate(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        policies = [
            each
            for each in self.__concerned(canonical(request.type))
            if each.remedy and self._get_enforcement_level(each) == EnforcementLevel.REMEDIATE
        ]
        # The engine asks of every resource, and reading one takes time.
        if not policies:
            return self.__without_remedies()
        pack = getattr(self, _PACK_NAME), getattr(self, _PACK_VERSION)
        response, self.__remedied[request.urn] = remediate(self, policies, request, pack)
        response.not_applicable.extend(_not_applicable(each for each in self.__of_resources() if each not in policies))
        return response

    def AnalyzeStack(self, request: Any, context: Any) -> Any:  # noqa: N802 the name is the protocol's
        response = proto.AnalyzeResponse()
        policies = [
            each for each in getattr(self, _POLICIES) if isinstance(each, TypedStackPolicy) and self.__is_on(each)
        ]
        looked_at = [each for each in request.resources if _any_is_about(policies, canonical(each.type))]
        shown = [(canonical(each.resource_type), each) for each in resources_of(self, looked_at)]
        for policy in policies:
            own = [resource for token, resource in shown if _is_about(policy, token)]
            self.__ask(policy, StackValidationArgs(own, self._get_policy_config(policy.name)), response)
        return _without_excepted(response)

    def __is_on(self, policy: Any) -> bool:
        return bool(self._get_enforcement_level(policy) != EnforcementLevel.DISABLED)

    def __concerned(self, token: str) -> list[TypedPolicy]:
        """The policies about a type, in their order."""
        if token not in self.__about:
            self.__about[token] = [each for each in self.__of_resources() if _is_about(each, token)]
        return self.__about[token]

    def __of_resources(self) -> list[TypedPolicy]:
        return [each for each in getattr(self, _POLICIES) if isinstance(each, TypedPolicy)]

    def __without_findings(self, token: str) -> Any:
        """The answer about a resource of a type that no policy finds anything in: made once, sent often."""
        if token not in self.__clean:
            others = (each for each in self.__of_resources() if each not in self.__concerned(token))
            self.__clean[token] = proto.AnalyzeResponse(not_applicable=_not_applicable(others))
        return self.__clean[token]

    def __without_remedies(self) -> Any:
        """The answer that no policy changes anything."""
        if self.__no_remedies is None:
            self.__no_remedies = proto.RemediateResponse(not_applicable=_not_applicable(self.__of_resources()))
        return self.__no_remedies

    def __ask(self, policy: Any, arguments: Any, response: Any) -> None:
        """Adds what a policy says to the answer."""
        level = self._get_enforcement_level(policy)
        # What a remediation has left is as bad as it was before (as the SDK has it).
        left = EnforcementLevel.MANDATORY if level == EnforcementLevel.REMEDIATE else level
        report = self._create_report_violation(response, policy.name, policy.description, left, policy.severity)
        try:
            policy.validate(arguments, report)
        except UnknownValueError as error:
            pack, version = getattr(self, _PACK_NAME), getattr(self, _PACK_VERSION)
            said = (
                f"can't run policy '{policy.name}' from policy pack '{pack}@v{version}' during preview: {error.message}"
            )
            response.diagnostics.append(
                proto.AnalyzeDiagnostic(
                    policyName=policy.name,
                    policyPackName=pack,
                    policyPackVersion=version,
                    message=said,
                    description=policy.description,
                    enforcementLevel=proto.ADVISORY,
                )
            )

    def __reader(self, request: Any) -> Callable[[Any], ResourceValidationArgs]:
        """Arguments for each policy about one resource, which is read once."""
        about = (
            request.type,
            properties_of(request.properties),
            request.urn,
            request.name,
            self._get_resource_options(request),
            None,
        )
        return lambda policy: ResourceValidationArgs(*about, self._get_policy_config(policy.name))


def _not_applicable(policies: Iterable[TypedPolicy]) -> list[Any]:
    return [proto.PolicyNotApplicable(policy_name=each.name) for each in policies]


def _any_is_about(policies: Sequence[TypedStackPolicy], token: str) -> bool:
    return any(_is_about(policy, token) for policy in policies)


def _is_about(policy: TypedPolicy | TypedStackPolicy, token: str) -> bool:
    return not policy.types or token in policy.types


def _without_excepted(response: Any) -> Any:
    """The answer, in which violations that were reported as excepted are advisory."""
    for diagnostic in response.diagnostics:
        if _EXCEPTED in diagnostic.message:
            diagnostic.message = diagnostic.message.replace(_EXCEPTED, "")
            diagnostic.enforcementLevel = proto.ADVISORY
    return response


def install() -> None:
    """Makes every pack that starts in this process from now on use it."""
    sdk._PolicyAnalyzerServicer = TypedAnalyzer  # type: ignore[misc, assignment]
