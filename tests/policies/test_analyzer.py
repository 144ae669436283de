"""The pack's own server says what the SDK's says, and asks no policy that is not concerned."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pulumi_policy.policy as sdk
import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policies.kit import analyzer, shown
from policies.kit.analyzer import TypedAnalyzer
from policies.kit.rule import ResourceRule
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from tests.policies.cases import StackCase
from tests.policies.harness import BY_ID, Declared, stack_request, struct, token
from tests.policies.test_rules import CASES, STACK_CASES

# Of each type that which says most: the SDK's server reads each anew for each of the policies, and that takes time.
SAMPLES = dict(
    sorted((sample for case in CASES for sample in (*case.good, *case.bad)), key=lambda sample: len(str(sample[1])))
)


def _server(kind: Any) -> Any:
    return kind(PACK, "0.0.1", [policy(rule) for rule in RULES], EnforcementLevel.ADVISORY)


def _said(server: Any, type_token: str, properties: Any) -> list[tuple[str, str, int]]:
    request = proto.AnalyzeRequest(type=token(type_token), properties=struct(properties), urn="urn:pulumi:a::b::c::d")
    answer = server.Analyze(request, None)
    return [(each.policyName, each.message, each.enforcementLevel) for each in answer.diagnostics]


@pytest.mark.stacks
def test_it_says_what_the_sdk_says() -> None:
    ours, theirs = _server(TypedAnalyzer), _server(sdk._PolicyAnalyzerServicer)
    for type_token, properties in SAMPLES.items():
        assert _said(ours, type_token, properties) == _said(theirs, type_token, properties)


def test_it_reads_a_resource_once_and_asks_only_policies_about_its_type(monkeypatch: pytest.MonkeyPatch) -> None:
    server = _server(TypedAnalyzer)
    read = MagicMock(wraps=getattr(shown, "deserialize_properties"))  # noqa: B009 it belongs to the SDK
    asked: list[str] = []
    monkeypatch.setattr(shown, "deserialize_properties", read)
    monkeypatch.setattr(analyzer.TypedPolicy, "validate", lambda policy, *_: asked.append(policy.name))
    _said(server, "kubernetes:core/v1:Service", {})
    concerned = [
        rule.id
        for rule in RULES
        if isinstance(rule, ResourceRule) and (not rule.types or "kubernetes:core:Service" in rule.types)
    ]
    assert asked == concerned
    assert 0 < len(concerned) < len(RULES) / 4
    assert read.call_count == 1


def test_it_reads_no_resource_that_no_policy_is_about(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TypedAnalyzer(PACK, "0.0.1", [policy(BY_ID["pg-cmk"])], EnforcementLevel.ADVISORY)
    monkeypatch.setattr(shown, "deserialize_properties", MagicMock(side_effect=AssertionError))
    assert _said(server, "kubernetes:core/v1:Service", {}) == []


@pytest.mark.parametrize("case", STACK_CASES, ids=[case.rule for case in STACK_CASES])
def test_it_says_of_stacks_what_the_sdk_says(case: StackCase) -> None:
    ours, theirs = _server(TypedAnalyzer), _server(sdk._PolicyAnalyzerServicer)
    for stack in [*case.good, *(stack for stack, _ in case.bad)]:
        request = stack_request(stack)
        said = [
            [(each.policyName, each.message, each.urn) for each in server.AnalyzeStack(request, None).diagnostics]
            for server in (ours, theirs)
        ]
        assert sorted(said[0]) == sorted(said[1])


def test_a_stack_policy_is_shown_resources_of_its_types_only(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TypedAnalyzer(PACK, "0.0.1", [policy(BY_ID["ns-quota"])], EnforcementLevel.ADVISORY)
    read = MagicMock(wraps=getattr(shown, "deserialize_properties"))  # noqa: B009 it belongs to the SDK
    monkeypatch.setattr(shown, "deserialize_properties", read)

    answer = server.AnalyzeStack(
        stack_request(
            [
                Declared(type="kubernetes:core/v1:Namespace", name="es", properties={"metadata": {"name": "es"}}),
                Declared(type="kubernetes:core/v1:Service", name="web"),
            ]
        ),
        None,
    )

    assert read.call_count == 1
    assert [each.policyName for each in answer.diagnostics] == ["ns-quota"]


def test_it_keeps_to_the_configuration_of_the_moment() -> None:
    server = _server(TypedAnalyzer)
    bad = ("kubernetes:core/v1:Service", {"spec": {"type": "ExternalName"}})
    assert "svc-no-external-name" in {rule for rule, *_ in _said(server, *bad)}
    request = proto.ConfigureAnalyzerRequest()
    request.policyConfig["svc-no-external-name"].enforcementLevel = proto.DISABLED
    server.Configure(request, None)
    assert "svc-no-external-name" not in {rule for rule, *_ in _said(server, *bad)}


def test_packs_that_start_afterwards_use_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", sdk._PolicyAnalyzerServicer)
    analyzer.install()
    assert sdk._PolicyAnalyzerServicer is TypedAnalyzer


def test_policies_about_other_types_are_not_applicable_to_a_resource() -> None:
    names = {rule.id for rule in RULES if isinstance(rule, ResourceRule)}
    about = {rule.id for rule in RULES if isinstance(rule, ResourceRule) and "azure-native:keyvault:Key" in rule.types}
    about |= {rule.id for rule in RULES if isinstance(rule, ResourceRule) and not rule.types}
    server, kind = _server(TypedAnalyzer), token("keyvault:Key")
    request = proto.AnalyzeRequest(type=kind, properties=struct({}), urn="urn:pulumi:a::b::c::d")
    for _ in range(2):
        assert {each.policy_name for each in server.Analyze(request, None).not_applicable} == names - about
        assert {each.policy_name for each in server.Remediate(request, None).not_applicable} == names


PAIR = ("storage-min-tls", "pg-cmk")


def test_a_policy_that_puts_a_resource_right_is_applicable_to_it() -> None:
    server = TypedAnalyzer(PACK, "0.0.1", [policy(BY_ID[each]) for each in PAIR], EnforcementLevel.ADVISORY)
    configuration = proto.ConfigureAnalyzerRequest()
    configuration.policyConfig["storage-min-tls"].enforcementLevel = proto.REMEDIATE
    server.Configure(configuration, None)
    request = proto.AnalyzeRequest(type=token("storage:StorageAccount"), properties=struct({}), urn="urn")
    assert [each.policy_name for each in server.Remediate(request, None).not_applicable] == ["pg-cmk"]
