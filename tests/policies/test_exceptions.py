"""Exceptions: what may be written in their file, and that anything else stops the pack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pulumi_policy import Severity

from policies import schema
from policies.kit import exceptions as kit
from policies.kit.exceptions import ExceptionsError, load, load_own
from policies.pack import RULES
from tests.policies.exceptions_example import ENTRY, TODAY, entry, read, refused, written

CRITICAL = next(rule.id for rule in RULES if rule.severity is Severity.CRITICAL)


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


@pytest.mark.programs
def test_a_wrong_file_stops_the_pack_with_its_problems(tmp_path: Path) -> None:
    environment = {"POLICY_EXCEPTIONS": str(written(tmp_path, entry(rule="no-such-rule"))), "PATH": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "policies"], check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.endswith("is wrong:\n  [0].rule: there is no rule no-such-rule\n")
