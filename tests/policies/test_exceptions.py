"""Exceptions: what may be written, what they cover, and on which days."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Severity

from policies import schema
from policies.kit import exceptions as kit
from policies.kit.analyzer import TypedAnalyzer
from policies.kit.exceptions import Exceptions, ExceptionsError, PolicyException, load, load_own
from policies.kit.rule import ResourceRule, Rule, StackRule, types
from policies.kit.runner import policy
from policies.kit.values import Finding
from policies.pack import PACK, RULES
from tests.policies.harness import struct

GRANTED = date(2026, 11, 2)
TODAY = date(2026, 11, 22)
ENTRY: dict[str, Any] = {
    "rule": "storage-cmk-versionless",
    "stack": "prod",
    "resource": "azure-native:storage:StorageAccount::odoo-files-*",
    "reason": "The key is pinned until the audit of the old one is done.",
    "owner": "ann@acme.example",
    "approver": "security@acme.example",
    "ticket": "SEC-12",
    "granted": "2026-11-02",
    "until": "2026-12-31",
}
CRITICAL = next(rule.id for rule in RULES if rule.severity is Severity.CRITICAL)
FILES = "urn:pulumi:prod::odoo-azure::odoo-azure:index:FileStore$azure-native:storage:StorageAccount::odoo-files-a"


def entry(**changes: Any) -> dict[str, Any]:
    return {**ENTRY, **changes}


def written(folder: Path, *entries: dict[str, Any]) -> Path:
    file = folder / "exceptions.yaml"
    file.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return file


def read(folder: Path, *entries: dict[str, Any], today: date = TODAY) -> Exceptions:
    return load(written(folder, *entries), RULES, today)


def refused(folder: Path, *entries: dict[str, Any]) -> str:
    with pytest.raises(ExceptionsError) as wrong:
        read(folder, *entries)
    return str(wrong.value)


def exception(**changes: Any) -> PolicyException:
    return PolicyException.model_validate(entry(**changes))


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
    "resource",
    [
        "*",
        "*::*",
        "**",
        "azure-native:storage:StorageAccount",
        "azure-native:storage:StorageAccount::",
        "azure-native:storage:StorageAccount::*",
        "azure-native:storage:StorageAccount::**",
        "azure-native:storage:StorageAccount::o*",
        "azure-native:storage:StorageAccount::odoo-fi*",
        "azure-native:storage:StorageAccount::odoo-files**",
        "azure-native:storage:StorageAccount::*odoo-files",
        "azure-native:storage:StorageAccount::odoo-*-files",
        "azure-native:storage:*::odoo-files-a",
        "azure-native:*:*::odoo-files-a",
        "*:storage:StorageAccount::odoo-files-a",
        "azure-native:storage:StorageAccount::odoo-files-?",
        "azure-native:storage:StorageAccount::odoo-files-[a-z]",
        "azure-native:storage:StorageAccount::odoo-files-{a,b}",
        "azure-native:storage:StorageAccount::odoo-files-.+",
        "azure-native:storage:StorageAccount::odoo-files-|x",
        "azure-native:storage:StorageAccount::(odoo-files-)",
        "azure-native:storage:StorageAccount::^odoo-files",
        "azure-native:storage:StorageAccount::odoo-files\\w",
        "azure-native:storage:StorageAccount::odoo-files-%",
        "azure-native:storage:StorageAccount::odoo-files-a\n",
        "azure-native:storage:StorageAccount::odoo-files-a\n*",
        "\nazure-native:storage:StorageAccount::odoo-files-a",
        "azure-native:storage:StorageAccount::odoo-files-a\x00",
        "azure-native:storage:StorageAccount::odoo-files-\uff0a",  # full-width asterisk
        "azure-native:storage:StorageAccount::odoo-files-\u2217",  # asterisk operator
        "azure-native:storage:StorageAccount::odoo-files\u200b*",  # zero-width space
        "azure-native:storage:Storage\u0410ccount::odoo-files-a",  # Cyrillic A
        "azure-native:storage:StorageAccount:: odoo-files-a",
        "azure-native:storage:StorageAccount::odoo-files-a,azure-native:sql:Server::odoo-books",
        "x$azure-native:storage:StorageAccount::odoo-files-a",
        "urn:pulumi:prod::odoo-azure::azure-native:storage:StorageAccount::odoo-files-a",
        "azure-native:storage:StorageAccount::" + "a" * 400 + "*",
        7,
        ["azure-native:storage:StorageAccount::odoo-files-a"],
    ],
)
def test_a_pattern_is_one_type_and_one_beginning_of_a_name(resource: object, tmp_path: Path) -> None:
    assert "[0].resource: " in refused(tmp_path, entry(resource=resource))


@pytest.mark.parametrize("stack", ["*", "prod*", "prod,staging", "pr?d", "", "prod\n", "[a-z]+", ".*"])
def test_an_exception_names_one_stack(stack: str, tmp_path: Path) -> None:
    assert "[0].stack: must be the name of one stack" in refused(tmp_path, entry(stack=stack))


@pytest.mark.parametrize("rule", ["*", "storage-*", "", "storage-cmk-versionless\n", "no-such-rule"])
def test_an_exception_names_one_rule(rule: str, tmp_path: Path) -> None:
    assert f"[0].rule: there is no rule {rule}" in refused(tmp_path, entry(rule=rule))


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


@pytest.mark.parametrize(("until", "said"), [("2027-05-01", ""), ("2027-05-02", "is 181 days after granted")])
def test_180_days_are_the_longest(until: str, said: str, tmp_path: Path) -> None:
    if not said:
        assert read(tmp_path, entry(until=until)).entries
    else:
        assert f"[0].until: {said}; at most 180 are allowed" in refused(tmp_path, entry(until=until))


def test_an_end_before_the_beginning_is_refused(tmp_path: Path) -> None:
    assert "[0].until: must not be before granted" in refused(tmp_path, entry(until="2026-11-01"))


@pytest.mark.parametrize(
    "day", [20270131, 1.5, "20270131", "2027-02-30", "never", "2027-01-31T00:00:00", None, True, "\uff12027-01-31"]
)
def test_only_a_day_is_a_day(day: object, tmp_path: Path) -> None:
    assert "[0].until: " in refused(tmp_path, entry(until=day))


@pytest.mark.parametrize(
    "approver", ["ann@acme.example", "ANN@ACME.example", "ann+erp@acme.example", "Ann+a+b@acme.example"]
)
def test_nobody_approves_an_exception_of_their_own(approver: str, tmp_path: Path) -> None:
    assert "[0].approver: must be another person" in refused(tmp_path, entry(approver=approver))


@pytest.mark.parametrize("approver", ["", " ", "nobody", "ann@acme.example ", "\u0430nn@acme.example", None])
def test_an_approver_is_a_mail_address(approver: object, tmp_path: Path) -> None:
    assert "[0].approver: " in refused(tmp_path, entry(approver=approver))


def test_a_critical_rule_is_excepted_only_when_that_is_written_out(tmp_path: Path) -> None:
    critical = entry(rule=CRITICAL)
    assert f"[0].critical: {CRITICAL} is a critical rule" in refused(tmp_path, critical)
    assert "[0].critical" in refused(tmp_path, {**critical, "critical": "yes"})
    assert read(tmp_path, {**critical, "critical": True}).entries


@pytest.mark.parametrize("field", sorted(set(ENTRY)))
def test_every_field_is_needed(field: str, tmp_path: Path) -> None:
    assert f"[0].{field}: " in refused(tmp_path, {key: value for key, value in ENTRY.items() if key != field})


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    text = refused(tmp_path, entry(rule="no-such-rule"), entry(until="2028-01-01", approver="ann@acme.example"))
    assert text.splitlines() == [
        f"{tmp_path / 'exceptions.yaml'} is wrong:",
        "  [0].rule: there is no rule no-such-rule",
        "  [1].approver: must be another person than the owner",
        "  [1].until: is 425 days after granted; at most 180 are allowed",
    ]


def test_a_field_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    assert "[0].untl: " in refused(tmp_path, entry(untl="2027-01-01"))


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n"])
def test_an_empty_file_holds_no_exceptions(text: str, tmp_path: Path) -> None:
    (tmp_path / "exceptions.yaml").write_text(text)
    assert load(tmp_path / "exceptions.yaml", RULES, TODAY).entries == ()


@pytest.mark.parametrize("text", ["a: [", "rule: x\n", "7\n", "- 7\n", "\xff"])
def test_a_file_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "exceptions.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ExceptionsError):
        load(tmp_path / "exceptions.yaml", RULES, TODAY)


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


def test_the_projects_own_file_and_its_schema_are_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POLICY_EXCEPTIONS", raising=False)
    monkeypatch.delenv("SOURCE_DATE", raising=False)
    assert load_own(RULES)
    text = schema.EXCEPTIONS.read_text(encoding="utf-8")
    assert text == schema.texts()[schema.EXCEPTIONS]
    validator = Draft202012Validator(json.loads(text))
    validator.validate(yaml.safe_load(kit.FILE.read_text(encoding="utf-8")))
    validator.validate([ENTRY])
    assert not validator.is_valid([entry(resource="*::*")])


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


@pytest.mark.programs
def test_a_wrong_file_stops_the_pack_with_its_problems(tmp_path: Path) -> None:
    environment = {"POLICY_EXCEPTIONS": str(written(tmp_path, entry(rule="no-such-rule"))), "PATH": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "policies"], check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith("is wrong:\n  [0].rule: there is no rule no-such-rule\n")
