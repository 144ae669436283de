"""The reports: each in the form its readers demand, and nothing in them that gets out of its place."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator
from rich.console import Console
from rich.markdown import Markdown

from checks import markdown, sarif, text
from checks.cli import write
from checks.junit import junit
from checks.metrics import metrics
from checks.model import Check
from policies.pack import RULES
from sandbox.toolchain import module_folders
from tests.unit.checks.samples import (
    ADVISORY,
    BY_ID,
    FILES,
    MANDATORY,
    checked,
    exception,
    result,
    undecided,
    violation,
)

SARIF_MODULE = "github.com/owenrumney/go-sarif/v3"
COVERED = "excepted until 2026-12-31 by security@acme.example (SEC-12): must hold"
HOSTILE = "a|b `c` <img src=x onerror=alert(1)> [x](javascript:1) @everyone **d**\n\n# e\r\n| f | \x1b[31m</details>"
OTHER = FILES.replace("files-a", "books")


@pytest.fixture
def everything() -> Check:
    """A check with everything in it that there can be."""
    outcome = result(
        violation(MANDATORY, message=COVERED),
        violation(MANDATORY, OTHER),
        violation(ADVISORY),
        undecided=(undecided("storage-https-only"),),
    )
    return checked(outcome, exception(), exception(rule="storage-https-only"))


@pytest.fixture
def hostile() -> Check:
    """A check whose every free text tries to be something else."""
    urn = f"{FILES}{HOSTILE}"
    outcome = result(violation(MANDATORY, urn, HOSTILE), undecided=(replace(undecided(ADVISORY), message=HOSTILE),))
    check = checked(outcome, exception(reason=HOSTILE))
    stack = replace(check.stacks[0], error=HOSTILE)
    return replace(check, stacks=(stack,))


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# Markdown


def test_a_report_says_what_is_wrong_where_and_what_to_do(everything: Check) -> None:
    report = markdown.report(everything, everything.stacks[0])
    assert "# prod: ❌ 2 findings" in report
    (row,) = [
        line for line in report.partition("## Violations")[2].partition("## Advisory")[0].splitlines() if "](" in line
    ]
    rule = BY_ID[MANDATORY]
    assert cells(row)[0] == f"[`{MANDATORY}`]({rule.url}), high"
    assert cells(row)[1] == "StorageAccount `shop-books` at `Pulumi.prod.yaml:9`"
    assert cells(row)[3] == text.plain(rule.remedy)
    assert "| 2026-12-31 | `storage-shared-key-off` |" in report
    assert "components/storage_account.py:61" in report.partition("## Advisory")[2]


def test_the_summary_begins_with_the_marker_and_names_exceptions_that_fail(everything: Check) -> None:
    summary = markdown.summary(everything)
    assert summary.startswith(markdown.MARKER + "\n")
    assert "## Check: ❌ 3 findings" in summary
    assert "| prod | ❌ | 1 | 1 | 1 | 1 | 1 |" in summary
    assert "Nothing that it covers breaks the rule" in summary.partition("Exceptions that fail the check")[2]


def test_a_check_without_findings_says_so_shortly() -> None:
    summary = markdown.summary(checked(result()))
    assert "## Check: ✅ nothing found" in summary
    assert "violations" not in summary.partition("|---|")[2]


def test_a_summary_fits_a_comment() -> None:
    many = [violation(MANDATORY, f"{FILES}-{number}", "must hold " * 300) for number in range(300)]
    summary = markdown.summary(checked(result(*many)))
    assert len(summary) <= markdown.LONGEST_SUMMARY
    assert "and 300 more, in the stack's own report" in summary


def test_no_text_gets_out_of_its_cell(hostile: Check) -> None:
    for page in (markdown.summary(hostile), markdown.report(hostile, hostile.stacks[0])):
        assert "<img" not in page
        assert "](javascript" not in page
        assert "@everyone" not in page
        assert page.count("<details>") == page.count("</details>")
        assert not re.search(r"^# e", page, re.MULTILINE)
        tables = [line for line in page.splitlines() if line.startswith("|")]
        assert {len(cells(line)) for line in tables if "](https" in line} == {4}


def test_a_report_can_be_rendered(everything: Check) -> None:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(Markdown(markdown.summary(everything)))
    assert "Exceptions that fail the check" in console.export_text()


# SARIF


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The standard's own schema, which a module of Go carries."""
    if shutil.which("go") is None:
        pytest.skip("there is no Go to fetch the schema with")
    source = module_folders("sarif", [SARIF_MODULE])[SARIF_MODULE] / "pkg" / "report" / "v210" / "sarif" / "schema.go"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8").split("`")[1])
    assert loaded["id"] == sarif.SCHEMA
    return loaded


@pytest.mark.programs
def test_the_log_is_valid_sarif(schema: dict[str, Any], everything: Check, hostile: Check) -> None:
    validator = Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)
    for check in (everything, hostile, checked(result()), checked(None, error="x")):
        assert [error.message for error in validator.iter_errors(sarif.sarif(check))] == []


@pytest.mark.programs
def test_the_schema_finds_what_is_wrong(schema: dict[str, Any], everything: Check) -> None:
    log = sarif.sarif(everything)
    log["runs"][0]["results"][0]["level"] = "fatal"
    assert not Draft4Validator(schema).is_valid(log)


def test_every_rule_is_described_once_with_its_page_and_score(everything: Check) -> None:
    rules = sarif.sarif(everything)["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [*(rule.id for rule in RULES), sarif.DEPLOYS, sarif.EXCEPTIONS]
    described = rules[[rule["id"] for rule in rules].index("storage-https-only")]
    assert described["helpUri"] == BY_ID["storage-https-only"].url
    assert described["properties"]["security-severity"] == "9.5"
    assert described["defaultConfiguration"] == {"level": "error"}


def test_results_point_to_their_rule_and_place(everything: Check) -> None:
    run = sarif.sarif(everything)["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    said = []
    for each in run["results"]:
        assert rules[each["ruleIndex"]] == each["ruleId"]
        place = each["locations"][0]["physicalLocation"]
        said.append((each["ruleId"], each["level"], place["artifactLocation"]["uri"], place["region"]["startLine"]))
    assert sorted(said) == [
        ("exceptions-in-force-and-used", "error", "policies/exceptions.yaml", 1),
        ("storage-https-only", "error", "Pulumi.prod.yaml", 9),
        (ADVISORY, "warning", "components/storage_account.py", 61),
        (MANDATORY, "error", "Pulumi.prod.yaml", 9),
        (MANDATORY, "note", "components/storage_account.py", 61),
    ]
    (suppressed,) = [each for each in run["results"] if "suppressions" in each]
    assert suppressed["suppressions"][0]["justification"].endswith("(SEC-12, until 2026-12-31)")


def test_a_finding_is_the_same_in_the_next_run_and_another_of_another_resource(everything: Check) -> None:
    def fingerprints() -> list[str]:
        results = sarif.sarif(everything)["runs"][0]["results"]
        return [each["partialFingerprints"]["primaryLocationLineHash"] for each in results]

    assert fingerprints() == fingerprints()
    assert len(set(fingerprints())) == len(fingerprints())


# JUnit


def test_junit_has_a_case_a_rule_and_counts_what_it_says(everything: Check) -> None:
    root = ET.fromstring(junit(everything))  # noqa: S314 - made a line above
    prod, exceptions = root
    failed = [case.get("name") for case in prod if case.find("failure") is not None]
    assert sorted(failed, key=str) == ["storage-https-only", MANDATORY]
    assert [case.get("name") for case in prod] == ["deploys", *(rule.id for rule in RULES)]
    assert (root.get("failures"), prod.get("failures"), exceptions.get("failures")) == ("3", "2", "1")
    assert root.get("tests") == str(len(RULES) + 2)
    noted = next(case for case in prod if case.get("name") == ADVISORY).findtext("system-out")
    assert noted == "components/storage_account.py:61: shop-files-a: must hold"


def test_junit_takes_any_text(hostile: Check) -> None:
    assert "\ufffd" in "".join(ET.fromstring(junit(hostile)).itertext())  # noqa: S314 - made in this line


def test_a_stack_that_did_not_start_is_one_failed_case() -> None:
    prod = ET.fromstring(junit(checked(None, error="No platform.")))[0]  # noqa: S314 - made in this line
    assert (prod.get("tests"), prod.get("failures")) == ("1", "1")


# Metrics


def test_every_exception_is_a_metric_of_the_days_it_still_holds() -> None:
    ended = exception(until=date(2026, 11, 21), resource="azure-native:storage:StorageAccount::shop-books")
    *heads, ended_line, line = sorted(metrics(checked(result(), exception(), ended)).splitlines())
    assert [head.split()[:2] for head in heads] == [["#", "HELP"], ["#", "TYPE"]]
    labels = 'rule="storage-shared-key-off",stack="prod",resource="azure-native:storage:StorageAccount::shop-'
    assert line == f'odoo_azure_policy_exception_days_left{{{labels}files-*",ticket="SEC-12"}} 40'
    assert ended_line == f'odoo_azure_policy_exception_days_left{{{labels}books",ticket="SEC-12"}} 0'


def test_all_reports_are_written(tmp_path: Path, everything: Check) -> None:
    write(everything, tmp_path / "out")
    write(everything, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["exceptions.prom", "junit.xml", "prod.md", "results.sarif", "summary.md"]
