"""Runs one rule as the engine does: over the pack's analyzer, with the SDK's own proxies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.kit.analyzer import TypedAnalyzer
from policies.kit.rule import Rule
from policies.kit.runner import policy
from policies.pack import PACK, RULES

BY_ID = {rule.id: rule for rule in RULES}
UNKNOWN = UNKNOWN_STRING_VALUE
NOT_EVALUATED = "could not be evaluated"


def token(short: str) -> str:
    """The full type token; azure-native may be left out."""
    return (
        short if short.startswith(("kubernetes:", "azure-native:", "pulumi:", "random:")) else f"azure-native:{short}"
    )


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource of a stack: its properties (None: its provider waits), and what they were computed from."""

    type: str
    name: str
    properties: Mapping[str, Any] | None = field(default_factory=dict)
    uses: Mapping[str, Sequence[str]] = field(default_factory=dict)
    protect: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a rule said: violations as (resource, message), and whether something was not yet known."""

    violations: tuple[tuple[str, str], ...]
    not_yet_known: str

    @property
    def clean(self) -> bool:
        return not self.violations and not self.not_yet_known

    @property
    def messages(self) -> str:
        return "\n".join(message for _, message in self.violations)


def judge(
    rule: Rule | str, type_token: str, inputs: Mapping[str, Any], config: Mapping[str, Any] | None = None
) -> Outcome:
    """One resource, by one rule."""
    analyzer, rule = _analyzer(rule, config)
    request = proto.AnalyzeRequest(
        type=token(type_token), properties=struct(inputs), urn=_urn("the-resource"), name="the-resource"
    )
    return _outcome(rule, analyzer.Analyze(request, None))


def judge_stack(rule: Rule | str, resources: Sequence[Declared], config: Mapping[str, Any] | None = None) -> Outcome:
    """A stack, by one rule."""
    analyzer, rule = _analyzer(rule, config)
    return _outcome(rule, analyzer.AnalyzeStack(stack_request(resources), None))


def stack_request(resources: Sequence[Declared]) -> Any:
    """What the engine asks about a stack."""
    messages = [
        proto.AnalyzerResource(
            type=token(resource.type),
            properties=struct({} if resource.properties is None else {"name": resource.name, **resource.properties}),
            urn=_urn(resource.name),
            name=resource.name,
            options=proto.AnalyzerResourceOptions(protect=resource.protect),
            propertyDependencies={
                name: proto.AnalyzerPropertyDependencies(urns=[_urn(target) for target in targets])
                for name, targets in resource.uses.items()
            },
        )
        for resource in resources
    ]
    return proto.AnalyzeStackRequest(resources=messages)


def _analyzer(rule: Rule | str, config: Mapping[str, Any] | None) -> tuple[Any, Rule]:
    chosen = BY_ID[rule] if isinstance(rule, str) else rule
    analyzer = TypedAnalyzer(PACK, "0.0.1", [policy(chosen)], EnforcementLevel.ADVISORY)
    if config is not None:
        request = proto.ConfigureAnalyzerRequest()
        request.policyConfig[chosen.id].enforcementLevel = proto.MANDATORY
        request.policyConfig[chosen.id].properties.update(config)
        analyzer.Configure(request, None)
    return analyzer, chosen


def _outcome(rule: Rule, response: Any) -> Outcome:
    violations, unknown = [], ""
    for diagnostic in response.diagnostics:
        assert diagnostic.policyName == rule.id
        if "not yet known" in diagnostic.message:
            assert diagnostic.enforcementLevel == proto.ADVISORY
            unknown = diagnostic.message
        else:
            resource = diagnostic.urn.rsplit("::", 1)[-1]
            violations.append((resource, diagnostic.message.removeprefix(f"{rule.title}.\n")))
    return Outcome(tuple(violations), unknown)


def _urn(name: str) -> str:
    return f"urn:pulumi:test::project::type::{name}"


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(properties), struct_pb2.Struct())
