"""The pack as a whole: its catalogue, its levels, its page."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pulumi_policy import EnforcementLevel, Severity

from policies.kit.rule import StackRule
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from policies.reference import ENVIRONMENTS, PAGE, levels_of, page
from tests.policies.harness import BY_ID, judge, judge_stack
from tests.policies.test_rules import CASES, STACK_CASES

FOLDER = Path(__file__).parents[2] / "policies"
PINNED = Path(__file__).parent / "rule_ids.txt"
START_UP_SECONDS = 60


def test_the_ids_are_permanent() -> None:
    """Settings and exemptions of other people name them: removing or renaming one is a breaking change."""
    assert sorted(rule.id for rule in RULES) == PINNED.read_text(encoding="utf-8").split()


def test_the_ids_are_unique() -> None:
    assert [rule for rule, times in Counter(rule.id for rule in RULES).items() if times > 1] == []


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_says_everything_that_its_reader_needs(rule: StackRule) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id)
    assert rule.references
    assert rule.url.startswith("https://")
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.remedy.endswith(".")
    assert all("default" in schema for schema in rule.config_schema.values())


def test_the_engine_is_told_all_of_it() -> None:
    rule = BY_ID["tags-required"]
    made = policy(rule)
    assert (made.name, made.display_name, made.severity) == (rule.id, rule.title, rule.severity)
    assert (made.remediation_steps, made.url) == (rule.remedy, rule.url)
    assert made.tags == [rule.family, *rule.references]
    assert made.config_schema is not None
    assert set(made.config_schema.properties) == {"keys", "values"}


def test_the_severity_decides_the_level() -> None:
    grave = {Severity.CRITICAL, Severity.HIGH}
    for rule in RULES:
        assert (rule.level is EnforcementLevel.MANDATORY) is (rule.severity in grave)
    assert {rule.severity for rule in RULES} == set(Severity)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files_of_the_environments_name_rules_and_levels(environment: str) -> None:
    """The engine ignores a name that it does not know: a typing error would silently weaken nothing or everything."""
    said = json.loads((FOLDER / f"enforcement.{environment}.json").read_text(encoding="utf-8"))
    assert set(said) - {"all"} <= set(BY_ID)
    for name, setting in said.items():
        level = setting["enforcementLevel"] if isinstance(setting, dict) else setting
        assert EnforcementLevel(level)
        own = setting if isinstance(setting, dict) else {}
        assert set(own) - {"enforcementLevel"} <= set(BY_ID[name].config_schema if name != "all" else ())


def test_no_environment_lets_a_critical_violation_through() -> None:
    for environment in ENVIRONMENTS:
        levels = levels_of(environment)
        assert all(
            levels[rule.id] is EnforcementLevel.MANDATORY for rule in RULES if rule.severity is Severity.CRITICAL
        )


def test_production_is_never_laxer_than_the_severity_asks() -> None:
    levels = levels_of("production")
    assert all(levels[rule.id] is EnforcementLevel.MANDATORY for rule in RULES if rule.level is levels["pg-cmk"])


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m policies.reference"


def test_no_message_shows_a_value_that_may_be_secret() -> None:
    """Every string in the failing resources is made unmistakable; none may come back in a message."""
    for case in CASES:
        for type_token, inputs in case.bad:
            marked = _marked(inputs)
            assert "s3cr3t" not in judge(case.rule, type_token, marked).messages, case.rule
    for stack_case in STACK_CASES:
        for stack, _ in stack_case.bad:
            assert "hunter2" not in judge_stack(stack_case.rule, stack).messages


def _marked(value: object) -> dict[str, object]:
    return json.loads(re.sub(r'": "([^"]*)"', r'": "\1-s3cr3t="', json.dumps(value)))  # type: ignore[no-any-return]


def test_the_pack_starts_without_loading_the_azure_sdk() -> None:
    script = (
        "import sys, policies.pack as pack\n"
        "from policies.kit.runner import policy\n"
        "[policy(rule) for rule in pack.RULES]\n"
        "print(sorted({'pulumi_azure_native', 'pulumi_kubernetes'} & set(sys.modules)))\n"
    )
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, check=True, timeout=START_UP_SECONDS, capture_output=True, text=True).stdout
    assert loaded == "[]\n"


def test_the_pack_has_the_name_that_its_project_file_gives() -> None:
    assert f"name: {PACK}\n" in (FOLDER / "PulumiPolicy.yaml").read_text(encoding="utf-8")
