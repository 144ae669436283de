"""Exceptions: what they cover, on which days, and what the engine is told of a covered violation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Severity

from policies.kit.analyzer import TypedAnalyzer
from policies.kit.exceptions import Exceptions, ExceptionsError, PolicyException, load_own
from policies.kit.rule import ResourceRule, Rule, StackRule, types
from policies.kit.runner import policy
from policies.kit.values import Finding
from policies.pack import PACK, RULES
from tests.policies.exceptions_example import FILES, TODAY, entry, exception, read, written
from tests.policies.harness import struct


def test_an_exception_covers_its_rule_on_its_resources(tmp_path: Path) -> None:
    found = read(tmp_path, entry())
    assert found.covering("storage-cmk-versionless", FILES) == found.entries[0]
    assert found.covering("storage-https-only", FILES) is None
    assert found.covering("storage-cmk-versionless", None) is None


@pytest.mark.parametrize(
    "urn",
    [
        FILES.replace(":prod::", ":staging::"),
        FILES.replace("odoo-files-a", "odoo-file"),
        FILES.replace("odoo-files-a", "my-odoo-files-a"),
        FILES.replace("odoo-files-a", "ODOO-FILES-A"),
        FILES.replace(":StorageAccount:", ":StorageAccounts:"),
        FILES.replace("azure-native:storage:StorageAccount", "azure-native:storage:FileShare"),
        # What stands in the parents' types, or in the name, is not the type.
        "urn:pulumi:prod::odoo-azure::azure-native:storage:StorageAccount$azure-native:storage:Blob::odoo-files-a",
        "urn:pulumi:prod::odoo-azure::a:b:C::azure-native:storage:StorageAccount::odoo-files-a",
        "urn:pulumi:prod",
        "",
    ],
)
def test_an_exception_covers_nothing_else(urn: str) -> None:
    assert not exception().covers("storage-cmk-versionless", urn)


def test_a_name_without_a_star_is_that_name_alone() -> None:
    one = exception(resource="azure-native:storage:StorageAccount::odoo-files-a")
    assert one.covers("storage-cmk-versionless", FILES)
    assert not one.covers("storage-cmk-versionless", f"{FILES}b")


def test_versions_of_a_type_are_the_type() -> None:
    versioned = FILES.replace("storage:StorageAccount", "storage/v20240101:StorageAccount")
    assert exception().covers("storage-cmk-versionless", versioned)
    older = exception(resource="azure-native:storage/v20230101:StorageAccount::odoo-files-a")
    assert older.covers("storage-cmk-versionless", FILES)


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (date(2026, 11, 1), False),
        (date(2026, 11, 2), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_an_exception_holds_from_its_first_day_to_its_last(day: date, holds: bool, tmp_path: Path) -> None:
    assert bool(read(tmp_path, entry(), today=day).covering("storage-cmk-versionless", FILES)) is holds


def test_the_variables_name_the_file_and_the_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICY_EXCEPTIONS", str(written(tmp_path, entry())))
    monkeypatch.setenv("SOURCE_DATE", "2027-01-01")
    assert load_own(RULES) == Exceptions((exception(),), date(2027, 1, 1))
    monkeypatch.setenv("SOURCE_DATE", "tomorrow")
    with pytest.raises(ExceptionsError, match="SOURCE_DATE must be a day"):
        load_own(RULES)
    monkeypatch.setenv("POLICY_EXCEPTIONS", str(tmp_path / "gone.yaml"))
    with pytest.raises(ExceptionsError, match="which is no file"):
        load_own(RULES)


# In the engine's eyes


def _rule(check: Any, kind: Any = ResourceRule) -> Rule:
    made: Rule = kind(
        id="storage-cmk-versionless", title="Something holds", family="test", severity=Severity.HIGH, why="w.",
        remedy="r.", url="https://example.org", references=(), types=types("storage:StorageAccount"), check=check,
    )  # fmt: skip
    return made


def _server(rule: Rule, *entries: PolicyException, today: date = TODAY) -> Any:
    return TypedAnalyzer(PACK, "0.0.1", [policy(rule, Exceptions(entries, today))], EnforcementLevel.MANDATORY)


def _asked(server: Any, urn: str = FILES, **properties: Any) -> list[tuple[str, int]]:
    request = proto.AnalyzeRequest(
        type="azure-native:storage:StorageAccount", properties=struct(properties), urn=urn, name="x"
    )
    return [(each.message.split("\n")[1], each.enforcementLevel) for each in server.Analyze(request, None).diagnostics]


BREAKS = _rule(lambda resource: [Finding(message="must hold")])
COVERED = "excepted until 2026-12-31 by security@acme.example (SEC-12): must hold"


def test_a_covered_violation_is_advisory_and_says_by_whom_and_until_when() -> None:
    assert _asked(_server(BREAKS, exception())) == [(COVERED, proto.ADVISORY)]


def test_the_day_after_it_the_rule_is_mandatory_again() -> None:
    assert _asked(_server(BREAKS, exception(), today=date(2027, 1, 1))) == [("must hold", proto.MANDATORY)]


def test_other_resources_stay_mandatory() -> None:
    assert _asked(_server(BREAKS, exception()), urn=FILES.replace("files", "books")) == [("must hold", proto.MANDATORY)]


def test_a_text_like_that_of_an_exception_excepts_nothing() -> None:
    forged = _rule(lambda resource: [Finding(message=COVERED)])
    assert _asked(_server(forged)) == [(COVERED, proto.MANDATORY)]


def test_a_rule_that_breaks_is_never_excepted() -> None:
    def explode(_: object) -> list[Finding]:
        raise ValueError

    (said, level), *none = _asked(_server(_rule(explode), exception()))
    assert "could not be evaluated" in said
    assert level == proto.MANDATORY
    assert none == []


def test_a_stack_rule_is_excepted_for_the_resource_that_it_names() -> None:
    other = FILES.replace("files", "books")
    rule = _rule(
        lambda graph, config: [Finding(message="must hold", urn=urn) for urn in (FILES, other, None)], StackRule
    )
    resource = proto.AnalyzerResource(type="azure-native:storage:StorageAccount", properties=struct({}), urn=FILES)
    answer = _server(rule, exception()).AnalyzeStack(proto.AnalyzeStackRequest(resources=[resource]), None)
    assert [(each.urn, each.enforcementLevel) for each in answer.diagnostics] == [
        (FILES, proto.ADVISORY),
        (other, proto.MANDATORY),
        ("", proto.MANDATORY),
    ]
