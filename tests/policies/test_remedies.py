"""What the pack puts right by itself: what is wrong and known, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Severity
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from policies.kit.analyzer import TypedAnalyzer
from policies.kit.exceptions import NONE, Exceptions, PolicyException
from policies.kit.rule import ResourceRule
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from policies.rules.remedies import FIXES
from tests.policies.harness import BY_ID, UNKNOWN, struct, token
from tests.policies.test_rules import CASES

ACCOUNT = "storage:StorageAccount"
URN = "urn:pulumi:prod::shop::azure-native:storage:StorageAccount::shop-books"
SECRET = {SPECIAL_SIG_KEY: SPECIAL_SECRET_SIG, "value": "hunter2"}
OWNER = {"keys": ["owner", "cost-center"], "values": {"owner": "erp@acme.example", "note": "never required"}}
FIXED = [(case, sample) for case in CASES if case.rule in FIXES for sample in (*case.good, *case.bad)]


class Server:
    """The pack with one rule, whose level is `remediate`."""

    def __init__(self, rule: str, settings: Mapping[str, Any] | None = None, exceptions: Exceptions = NONE) -> None:
        self._rule = rule
        made = [policy(BY_ID[rule], exceptions)]
        self._server = TypedAnalyzer(PACK, "0.0.1", made, EnforcementLevel.ADVISORY)
        request = proto.ConfigureAnalyzerRequest()
        request.policyConfig[rule].enforcementLevel = proto.REMEDIATE
        request.policyConfig[rule].properties.update(settings or {})
        self._server.Configure(request, None)

    def remedied(self, type_token: str, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        """The properties after the remediation; None when there was none."""
        found = self._server.Remediate(_request(type_token, properties), None).remediations
        assert [(each.policyName, each.diagnostic) for each in found] in ([], [(self._rule, "")])
        return json_format.MessageToDict(found[0].properties) if found else None

    def said(self, type_token: str, properties: Mapping[str, Any]) -> list[tuple[str, int]]:
        """What is said of the resource, with its level."""
        answer = self._server.Analyze(_request(type_token, properties), None)
        return [(each.message.splitlines()[-1], each.enforcementLevel) for each in answer.diagnostics]


def _request(type_token: str, properties: Mapping[str, Any]) -> Any:
    return proto.AnalyzeRequest(type=token(type_token), properties=struct(properties), urn=URN, name="shop-books")


@pytest.mark.parametrize(("case", "sample"), FIXED, ids=[case.rule for case, _ in FIXED])
def test_a_fix_leaves_nothing_wrong_and_good_resources_alone(case: Any, sample: tuple[str, dict[str, Any]]) -> None:
    type_token, inputs = sample
    settings = {"values": dict.fromkeys(BY_ID["tags-required"].config_schema["keys"]["default"], "x")}
    server = Server(case.rule, settings if case.rule == "tags-required" else {})
    remedied = server.remedied(type_token, inputs)
    if sample in case.good:
        assert remedied is None
        return
    # Of app-https-only two of three settings are fixed: how files are published is the owner's to say.
    left = {"siteConfig.ftpsState"} if case.rule == "app-https-only" else set()
    assert remedied is not None or left
    server.said(type_token, inputs)
    violations = server.said(type_token, remedied or inputs)
    assert {message.split(" must")[0] for message, _ in violations} <= left
    assert server.remedied(type_token, remedied or inputs) is None


def test_every_fix_is_of_a_rule_about_one_resource() -> None:
    for rule in FIXES:
        assert isinstance(BY_ID[rule], ResourceRule)
        assert EnforcementLevel.REMEDIATE in BY_ID[rule].levels
    assert {rule.id for rule in RULES if EnforcementLevel.REMEDIATE in rule.levels} == set(FIXES)


def test_missing_tags_are_those_that_are_required_and_have_a_value() -> None:
    given = {"location": "westeurope", "tags": {"environment": "dev"}, "sizes": [1, 2.5], "nothing": None}
    assert Server("tags-required", OWNER).remedied(ACCOUNT, given) == {
        **given,
        "tags": {"environment": "dev", "owner": "erp@acme.example"},
    }
    assert Server("tags-required", OWNER).remedied(ACCOUNT, {}) == {"tags": {"owner": "erp@acme.example"}}
    assert Server("tags-required").remedied(ACCOUNT, {}) is None


@pytest.mark.parametrize(
    "tags", [UNKNOWN, SECRET, {"owner": UNKNOWN}, {"owner": SECRET}, {"owner": "ann@acme.example"}, "x", ["x"]]
)
def test_what_is_unknown_secret_set_or_of_another_form_is_left_alone(tags: Any) -> None:
    assert Server("tags-required", OWNER).remedied(ACCOUNT, {"tags": tags}) is None


@pytest.mark.parametrize("version", [UNKNOWN, SECRET, "TLS1_3"])
def test_a_version_of_tls_that_is_unknown_secret_or_better_is_left_alone(version: Any) -> None:
    assert Server("storage-min-tls").remedied(ACCOUNT, {"minimumTlsVersion": version}) is None


def test_secrets_beside_it_stay_secret() -> None:
    remedied = Server("storage-min-tls").remedied(ACCOUNT, {"minimumTlsVersion": "TLS1_0", "tags": {"note": SECRET}})
    assert remedied == {"minimumTlsVersion": "TLS1_2", "tags": {"note": SECRET}}


def test_it_is_said_once_as_an_advisory() -> None:
    server = Server("storage-min-tls")
    remedied = server.remedied(ACCOUNT, {})
    assert remedied is not None
    said = ("the pack has set minimumTlsVersion; the program does not", proto.ADVISORY)
    assert server.said(ACCOUNT, remedied) == [said]
    assert server.said(ACCOUNT, remedied) == []


def test_what_could_not_be_put_right_is_mandatory() -> None:
    server = Server("tags-required", {**OWNER, "values": {}})
    assert server.remedied(ACCOUNT, {}) is None
    assert server.said(ACCOUNT, {}) == [("tags must have owner, cost-center", proto.MANDATORY)]


def test_an_exception_keeps_a_resource_as_it_is() -> None:
    exception = PolicyException(
        rule="storage-min-tls",
        stack="prod",
        resource="azure-native:storage:StorageAccount::shop-books",
        reason="Old scanners know TLS 1.0 only until they are replaced.",
        owner="ann@acme.example",
        approver="security@acme.example",
        ticket="SEC-12",
        granted=date(2026, 11, 2),
        until=date(2026, 12, 31),
    )
    server = Server("storage-min-tls", exceptions=Exceptions((exception,), date(2026, 11, 22)))
    assert server.remedied(ACCOUNT, {}) is None
    assert [level for _, level in server.said(ACCOUNT, {})] == [proto.ADVISORY]
    assert BY_ID["storage-min-tls"].severity is Severity.HIGH


def test_nothing_is_put_right_at_any_other_level() -> None:
    for level in (EnforcementLevel.ADVISORY, EnforcementLevel.MANDATORY):
        server = TypedAnalyzer(PACK, "0.0.1", [policy(BY_ID["storage-min-tls"])], level)
        assert not server.Remediate(_request(ACCOUNT, {}), None).remediations
